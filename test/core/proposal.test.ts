/** A proposed rule as the change to make in the configuration. */
import { describe, expect, it } from "vitest";
import { fieldPolicySchema } from "../../shared/policy.ts";
import { changeOfRules } from "../../worker/core/proposal.ts";
import { config } from "../../worker/sync.config.ts";

const policy = fieldPolicySchema.parse({
  rule: "when",
  cases: [
    {
      if: { field: { name: "stage", in: ["won", "lost"] }, withinHours: 24 },
      use: { rule: "ask" },
    },
  ],
  otherwise: { rule: "prefer", system: "ops-1" },
});

describe("the change of a proposed rule", () => {
  it("is what stands in the configuration, ready to be pasted, with what was there", () => {
    const change = changeOfRules(config, { object: "contact", field: "phone", policy });
    expect(change.split("\n")).toEqual([
      `version: ${config.version + 1},`,
      "",
      "// objects.contact.fields.phone",
      '// was: policy: { rule: "ask" },',
      'policy: { rule: "when", cases: [{ if: { field: { name: "stage", in: ["won", "lost"] }, ' +
        'withinHours: 24 }, use: { rule: "ask" } }], otherwise: { rule: "prefer", system: ' +
        '"ops-1" } },',
    ]);
  });

  it("reads back as the same rule, whatever is in it", () => {
    const odd = { rule: "prefer", system: 'a "b"', "an odd key": null } as never;
    const change = changeOfRules(config, { object: "contact", field: "gone", policy: odd });
    expect(change).not.toContain("was:");
    const [, text] = /^policy: (.*),$/m.exec(change)!;
    expect(new Function(`return (${text})`)()).toEqual(odd);
  });
});
