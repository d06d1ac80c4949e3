/**
 * Words and marks for decisions. Invariant: a sentence names systems, people and times but never
 * a value, so that it may travel to logs, alerts and screens alike.
 */
import type { SystemId } from "../../shared/record.ts";
import { heldKey } from "./canonical.ts";
import type { Input, Ruling } from "./decision.ts";
import type { Rules } from "./rules.ts";

/**
 * Marks what people looked at: equal for equal values of the same systems, in whatever order.
 * One tag a system while that fits in 128 characters, so that `stillFits` can tell which moved.
 */
export function fingerprint(inputs: readonly Input[]): string {
  const tags = inputs.map(tag).sort();
  return tags.length <= 10 ? tags.join(".") : hash(tags.join("."));
}

/**
 * Whether a ruling still answers the question: every system holds what the person was shown, or
 * has what they decided already, because an earlier attempt got that far.
 */
export function stillFits(ruling: Ruling, inputs: readonly Input[]): boolean {
  if (ruling.shown === fingerprint(inputs)) return true;
  const shown = new Set(ruling.shown.split("."));
  const decided = heldKey(ruling.value);
  return inputs.every(
    (input) => shown.has(tag(input)) || (input.valid && heldKey(input.value) === decided),
  );
}

export function label(rules: Rules, system: SystemId): string {
  return rules.systems[system]?.label ?? system;
}

/** "HubSpot", "HubSpot and Operations", "HubSpot, Operations and Billing". */
export function labels(rules: Rules, systems: readonly SystemId[]): string {
  return listed(systems.map((system) => label(rules, system)));
}

export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** "3 minutes", in the largest unit that fits, rounded down. */
export function duration(ms: number): string {
  const [name, unitMs] = units.find(([, unit]) => ms >= unit) ?? (["second", 1_000] as const);
  const count = Math.max(1, Math.floor(ms / unitMs));
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

function tag(input: Input): string {
  return hash(`${input.system}\n${input.valid ? "" : "?"}${heldKey(input.value)}`);
}

/**
 * cyrb53 (public domain, by bryc): 53 bits of a string, at most 11 characters. It tells apart what
 * people saw; it protects nothing, so it need not withstand an adversary.
 */
function hash(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
