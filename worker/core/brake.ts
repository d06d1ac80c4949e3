/**
 * The brake: stops when more would be written in a window than the configuration allows. Invariant:
 * once it is on, nothing is written to that object of that system but what a person released.
 */
import type { ObjectName, SystemId } from "../../shared/record.ts";

export interface BrakeRules {
  readonly windowMs: number;
  /** Records written per system and object. */
  readonly writesMax: number;
  /** Values overwritten by a blank. */
  readonly blanksMax: number;
  /** Records archived because their counterpart was deleted. */
  readonly deletesMax: number;
}

/** How much was written lately to one object of one system. */
export interface BrakeState {
  readonly system: SystemId;
  readonly object: ObjectName;
  readonly windowAt: number;
  readonly writes: number;
  readonly blanks: number;
  readonly deletes: number;
  /** Records a person has released beyond the limit. */
  readonly released: number;
  /** Whether it is on: an exception tells people, and stays until one of them says so. */
  readonly on: boolean;
}

export interface Braked<T> {
  readonly go: readonly T[];
  readonly held: readonly T[];
  /** What the passing writes add up to. */
  readonly writes: number;
  readonly blanks: number;
  readonly deletes: number;
  readonly released: number;
  readonly on: boolean;
}

/** Which writes to one object of one system may pass, in the order given. */
export function brake<T>(
  rules: BrakeRules,
  state: BrakeState | undefined,
  wanted: readonly { readonly item: T; readonly blanks: number; readonly deletes: number }[],
  now: number,
): Braked<T> {
  const current = state !== undefined && now < state.windowAt + rules.windowMs;
  let writes = current ? state.writes : 0;
  let blanks = current ? state.blanks : 0;
  let deletes = current ? state.deletes : 0;
  let released = state?.released ?? 0;
  let on = state?.on ?? false;
  const go: T[] = [];
  const held: T[] = [];
  for (const { item, ...more } of wanted) {
    const over =
      writes + 1 > rules.writesMax ||
      (more.blanks > 0 && blanks + more.blanks > rules.blanksMax) ||
      (more.deletes > 0 && deletes + more.deletes > rules.deletesMax);
    on ||= over;
    if (on && released === 0) {
      held.push(item);
      continue;
    }
    if (on) released -= 1;
    writes += 1;
    blanks += more.blanks;
    deletes += more.deletes;
    go.push(item);
  }
  return { go, held, writes, blanks, deletes, released, on };
}
