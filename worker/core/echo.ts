/**
 * Recognises a poke that can only tell what is known already, so that reading is saved. Safety
 * never rests on it: an echo that is not recognised is read, found equal, and nothing happens; a
 * person's change always has a poke of its own, which makes no such claim.
 */
import type { Fields } from "../../shared/record.ts";
import { equal } from "./canonical.ts";

/**
 * Whether every value that our own write is said to have set is what that system was last seen
 * holding and what all systems agreed on.
 */
export function isEcho(claimed: Fields, seen: Fields | undefined, base: Fields): boolean {
  return Object.entries(claimed).every(([field, value]) => {
    const known = seen?.[field];
    const agreed = base[field];
    return (
      known !== undefined && agreed !== undefined && equal(known, value) && equal(agreed, value)
    );
  });
}
