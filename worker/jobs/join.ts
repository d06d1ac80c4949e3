/** What becomes of base when an entity gets a record in one more system. */
import type { Fields, SystemId } from "../../shared/record.ts";
import { equal } from "../core/canonical.ts";
import type { ObjectRules } from "../core/rules.ts";

/**
 * The system that joins has agreed to nothing yet: only what it holds alike stays agreed. What it
 * holds otherwise, or was not heard to hold, would look like somebody's edit, and a field that it
 * holds blank like one that was cleared.
 */
export function baseAfterJoining(
  object: ObjectRules,
  base: Fields,
  system: SystemId,
  held: Fields,
): Fields {
  return Object.fromEntries(
    Object.entries(base).filter(([field, value]) => {
      if (!object.fields[field]?.systems.includes(system)) return true;
      const joining = held[field];
      return joining !== undefined && equal(joining, value);
    }),
  );
}
