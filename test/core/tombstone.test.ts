/** What is kept of an erased person: enough to recognise them, and nothing to read. */
import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { configure } from "../../worker/core/configure.ts";
import { tombstonesOf } from "../../worker/core/tombstone.ts";
import { configOf, thing } from "./fixtures.ts";

const config = configOf({ email: { type: { kind: "email" } }, code: {}, note: {} });
const person = thing(
  configure({
    ...config,
    objects: { thing: { ...config.objects.thing!, identity: ["email", "code"] } },
  }),
);

/** By another library on purpose. */
const hashOf = (key: string, field: string, value: string) =>
  createHmac("sha256", key).update(`${field}\n=${value}`).digest("hex");

describe("a tombstone", () => {
  test("is one keyed hash for every identity that is held", async () => {
    const fields = { email: "a@x.com", code: "7", note: "hers" };
    expect(await tombstonesOf("key", person, fields)).toEqual([
      hashOf("key", "email", "a@x.com"),
      hashOf("key", "code", "7"),
    ]);
    expect(await tombstonesOf("key", person, { email: null, note: "hers" })).toEqual([]);
  });

  test("covers what the person was also known by", async () => {
    const aliases = { email: ["b@x.com", "c@x.com"], note: ["n"] };
    expect(await tombstonesOf("key", person, { email: "a@x.com" }, aliases)).toEqual(
      ["a@x.com", "b@x.com", "c@x.com"].map((email) => hashOf("key", "email", email)),
    );
    expect(await tombstonesOf("key", person, {}, aliases)).toHaveLength(2);
  });

  test("says nothing without the key, and tells fields apart", async () => {
    const [own] = await tombstonesOf("key", person, { email: "7" });
    const [otherKey] = await tombstonesOf("yek", person, { email: "7" });
    const [otherField] = await tombstonesOf("key", person, { code: "7" });
    expect(new Set([own, otherKey, otherField]).size).toBe(3);
  });
});
