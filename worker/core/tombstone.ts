/**
 * What is kept of an erased person: keyed hashes of the values they were known by. Without the key
 * nobody can try values against them; with it, a record that would bring them back is recognised.
 */
import type { Aliases, CanonicalValue, FieldName, Fields } from "../../shared/record.ts";
import { heldKey } from "./canonical.ts";
import type { ObjectRules } from "./rules.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

export async function tombstoneOf(
  secret: string,
  field: FieldName,
  value: CanonicalValue,
): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, bytes(`${field}\n${heldKey(value)}`));
  return [...new Uint8Array(signature)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Of all identity fields that hold a value. A person stays one under another object's name. */
export async function tombstonesOf(
  secret: string,
  object: ObjectRules,
  fields: Fields,
  aliases: Aliases = {},
): Promise<readonly string[]> {
  const known = object.identity.flatMap((field) => {
    const held = fields[field] ?? null;
    const values = [...(held === null ? [] : [held]), ...(aliases[field] ?? [])];
    return values.map((value) => tombstoneOf(secret, field, value));
  });
  return Promise.all(known);
}
