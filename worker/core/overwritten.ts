/**
 * The race between our read and our write, settled afterwards. A system without compare-and-set
 * lets us write over an edit that came in between; its history still holds it. Invariant: such an
 * edit is decided as if we had seen it in time, so no edit of a person disappears.
 */
import type { Earlier, Held, Observation } from "../../shared/record.ts";
import { equal } from "./canonical.ts";

/** A write of ours: the value that was read when it was decided, and the value written. */
export interface Written {
  readonly from?: Held | undefined;
  readonly to: Held;
  /** That the edit it overwrote unseen is in the audit, though nothing is decided about it yet. */
  readonly told?: true | undefined;
}

export type Hindsight =
  /** Right before our write stood what we had read. */
  | { readonly kind: "clean" }
  /** What was read is older than our write, or tells no history: look again. */
  | { readonly kind: "unknown" }
  /** Our write overwrote this edit without having seen it. */
  | { readonly kind: "lost"; readonly edit: Earlier };

export function hindsight(observation: Observation | undefined, written: Written): Hindsight {
  if (observation?.kind !== "held" || observation.earlier === undefined) return { kind: "unknown" };
  const { value, at, actor, earlier } = observation;
  const story: Earlier[] = [...(at === null ? [] : [{ value, at, actor }]), ...earlier];
  const ours = story.findIndex((one) => isOurs(one) && equal(one.value, written.to));
  if (ours === -1) return { kind: "unknown" };
  // A stage that moves back is cleared first: that blank is part of the same write.
  const before = story.slice(ours + 1).find((one) => !isOurs(one) || one.value !== null);
  if (before === undefined || written.from === undefined) return { kind: "clean" };
  if (isOurs(before) || equal(before.value, written.from)) return { kind: "clean" };
  return { kind: "lost", edit: before };
}

/**
 * Whether a write whose answer was lost has arrived, as far as the system can tell now. Where it
 * keeps a history, a value that was changed again since is still known to have arrived; what was
 * there when the write was decided is newer than any earlier write of ours.
 */
export function arrived(observation: Observation | undefined, written: Written): boolean {
  if (observation?.kind !== "held") return false;
  const { value, at, actor, earlier } = observation;
  if (equal(value, written.to)) return true;
  if (earlier === undefined || written.from === undefined) return false;
  const { from, to } = written;
  const story = [{ value, at, actor }, ...earlier];
  const ours = story.findIndex((one) => one.actor?.kind === "self" && equal(one.value, to));
  return ours > 0 && !story.slice(0, ours).some((one) => equal(one.value, from));
}

const isOurs = ({ actor }: Earlier): boolean => actor?.kind === "self";
