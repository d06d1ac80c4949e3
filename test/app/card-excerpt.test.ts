/** Long texts side by side show where they differ. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { excerpts } from "../../hubspot-app/src/app/cards/excerpt.ts";

const notes = (what: string) =>
  `Renewal with ${what} extra warehouses. Legal wants the agreement signed before the kick-off, ` +
  "and Pat asked for a discount on the onboarding package.";

describe("excerpts", () => {
  it("are not made of short texts", () => {
    expect(excerpts(["two warehouses", "three warehouses"])).toBeNull();
  });

  it("show the words that differ with a little around them", () => {
    expect(excerpts([notes("two"), notes("three")])).toEqual([
      { before: "Renewal with ", differing: "two ", after: "extra warehouses. Legal wants the…" },
      { before: "Renewal with ", differing: "three ", after: "extra warehouses. Legal wants the…" },
    ]);
  });

  it("show an empty part where the other text has more", () => {
    const [shorter, longer] = excerpts([notes("two"), `${notes("two")} Call first.`])!;
    expect([shorter!.differing, longer!.differing.trim()]).toEqual([
      "package.",
      "package. Call first.",
    ]);
  });

  it("are short, and differ wherever the texts do within reach", () => {
    const text = fc.array(fc.constantFrom("a", "bb", "ccc", "dddd"), { minLength: 60 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const made = excerpts([one.join(" "), other.join(" ")])!;
        for (const { before, differing, after } of made) {
          expect(`${before}${differing}${after}`.length).toBeLessThan(240);
        }
      }),
    );
  });
});
