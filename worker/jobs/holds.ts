/**
 * What must not be written now: what people paused, and what the brake stops. Held pokes stay in
 * the mailbox with the reason beside them, so that nothing inbound is lost and a person can look
 * at them and let them go.
 */
import type { SystemId } from "../../shared/record.ts";
import { brake } from "../core/brake.ts";
import type { NewException } from "../store/commit-types.ts";
import type { BrakeCount } from "../store/intents.ts";
import type { IntendedWrite, Loaded, LoadedPoke } from "../store/load.ts";
import type { JobContext } from "./context.ts";
import type { Decided } from "./decide.ts";

export const brakeSubject = (system: SystemId, object: string): string =>
  `brake:${system}/${object}`;

/** The pause that a poke waits for before anything is read, or null. */
export function pauseOf(loaded: Loaded, poke: LoadedPoke, entityId: string | null): string | null {
  const scopes = ["all", `object:${poke.object}`, `record:${entityId}`];
  const scope = scopes.find((one) => loaded.paused.has(one));
  return scope === undefined ? null : `pause:${scope}`;
}

export interface Held {
  readonly go: readonly Decided[];
  readonly held: readonly { readonly decided: Decided; readonly by: string }[];
  readonly counts: readonly BrakeCount[];
  /** Brakes that went on just now. */
  readonly raise: readonly NewException[];
}

/** Which decided entities may be written: not into paused systems, and as the brake allows. */
export function holdWrites(context: JobContext, loaded: Loaded, decided: readonly Decided[]): Held {
  const held = new Map<Decided, string>();
  for (const one of decided) {
    const paused = one.writes.find(({ system }) => loaded.paused.has(`system:${system}`));
    if (paused !== undefined) held.set(one, `pause:system:${paused.system}`);
  }
  const counts: BrakeCount[] = [];
  const raise: NewException[] = [];
  const sends = decided
    .filter((one) => !held.has(one))
    .flatMap((one) => one.writes.map((write) => ({ one, write })));
  const groups = Map.groupBy(
    sends,
    ({ one, write }) => `${write.system}/${one.subject.object.object}`,
  );
  for (const [target, group] of groups) {
    const [system = "", object = ""] = target.split("/");
    const state = loaded.brakes.find((one) => one.system === system && one.object === object);
    const wanted = group
      .filter(({ one }) => !held.has(one))
      .map(({ one, write }) => ({ item: one, blanks: blanksOf(write), deletes: deletesOf(write) }));
    const braked = brake(context.rules.brake, state, wanted, context.now());
    for (const one of braked.held) held.set(one, brakeSubject(system, object));
    if (braked.on && !(state?.on ?? false)) raise.push(brakeOn(context, system, object));
    const going = wanted.filter(({ item }) => braked.go.includes(item));
    counts.push({
      system,
      object,
      writes: braked.go.length,
      blanks: going.reduce((sum, { blanks }) => sum + blanks, 0),
      deletes: going.reduce((sum, { deletes }) => sum + deletes, 0),
      released: (state?.released ?? 0) - braked.released,
    });
  }
  return {
    go: decided.filter((one) => !held.has(one)),
    held: [...held].map(([one, by]) => ({ decided: one, by })),
    counts,
    raise,
  };
}

const blanksOf = ({ fields }: IntendedWrite): number =>
  Object.values(fields).filter(({ from, to }) => to === null && (from ?? null) !== null).length;

const deletesOf = ({ operation }: IntendedWrite): number => (operation === "archive" ? 1 : 0);

function brakeOn(context: JobContext, system: SystemId, object: string): NewException {
  const { windowMs, writesMax, blanksMax, deletesMax } = context.rules.brake;
  return {
    id: context.newId(),
    kind: "brake",
    subject: brakeSubject(system, object),
    object,
    entityId: null,
    system,
    recordId: null,
    field: null,
    detail: { windowMs, writesMax, blanksMax, deletesMax },
    shown: "on",
  };
}
