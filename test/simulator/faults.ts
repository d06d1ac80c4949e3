/**
 * The faults a world can inject, by the number they go by in the design of the tests. Those that
 * need a feature which is not there yet say which one; everything else must fire.
 */

export interface FaultEntry {
  readonly what: string;
  /** The feature it waits for, or where it is tested instead. */
  readonly later?: string;
}

export const faultTable = {
  F1: { what: "a delivery comes twice" },
  F2: { what: "two different events carry the same eventId" },
  F3: { what: "events come in another order" },
  F4: { what: "a delivery comes hours late" },
  F5: { what: "a delivery never comes" },
  F6: { what: "a delivery carries another portal, app or unknown subscription" },
  F7: { what: "a delivery is forged or signed long ago" },
  F8: { what: "records are archived, restored and merged" },
  F9: { what: "clocks are off, by seconds up to a day" },
  F10: { what: "an event carries another value than the record holds" },
  F11: { what: "429 by the ten seconds, by the day, with and without Retry-After" },
  F12: { what: "a call fails before it is carried out" },
  F13: { what: "a call is carried out and its answer lost" },
  F14: { what: "a batch answer is shuffled, short or empty" },
  F15: { what: "search does not know of the latest changes" },
  F16: { what: "pages drift while they are walked" },
  F17: { what: "a record is said to be missing for a moment" },
  F18: { what: "the token is revoked, a scope is lost" },
  F19: { what: "what is stored is not what was sent" },
  F20: { what: "a write is ignored in silence" },
  F21: { what: "an automation rewrites what was synced" },
  F22: { what: "a property is archived, an option removed, an owner gone" },
  F23: { what: "somebody edits between our read and our write" },
  F24: { what: "an import changes everything at once" },
  F25: { what: "a crash at a call" },
  F26: { what: "D1 fails before or after the commit, is overloaded, is away" },
  F27: { what: "a queue message comes twice, late or never; a send fails" },
  F28: { what: "cron is skipped, runs twice or late" },
  F29: { what: "two versions run at once" },
  F30: { what: "D1 is set back in time", later: "what was lost with it no run can know" },
  F31: { what: "the Worker's clock jumps" },
  F32: { what: "waitUntil is cut", later: "nothing is left to it: whoever calls it fails a run" },
  F33: { what: "an isolate is evicted with all it was doing" },
  F34: { what: "secrets are being replaced" },
  F35: { what: "a double click, two people, a stale card" },
  F36: { what: "a restore is refused because its e-mail address is taken" },
  F37: { what: "the rules are edited while messages are under way" },
  F38: { what: "two contacts swap their e-mail addresses" },
} as const satisfies Readonly<Record<string, FaultEntry>>;

export type FaultId = keyof typeof faultTable;

export type FaultCounts = Partial<Record<FaultId, number>>;

export function count(counts: FaultCounts, fault: FaultId, times = 1): void {
  counts[fault] = (counts[fault] ?? 0) + times;
}

/** Faults that must have fired and did not. */
export function silent(counts: FaultCounts): readonly FaultId[] {
  return (Object.keys(faultTable) as FaultId[]).filter(
    (id) => !("later" in faultTable[id]) && (counts[id] ?? 0) === 0,
  );
}
