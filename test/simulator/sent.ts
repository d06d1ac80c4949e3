/** What a request to a system would read or change, told by its path and body alone. */
import type { Call } from "./ground.ts";
import { mappingOf, objects, type SystemName } from "./values.ts";

export interface SentRow {
  /** A record id, or our key for a create. */
  readonly ref: string;
  readonly properties: readonly string[];
  readonly set: Readonly<Record<string, unknown>>;
}

export interface Sent {
  readonly system: SystemName;
  readonly object: string;
  readonly operation: "read" | "update" | "create" | "archive" | "erase";
  readonly rows: readonly SentRow[];
}

const operations: readonly (readonly [RegExp, Sent["operation"]])[] = [
  [/\/batch\/read$/, "read"],
  [/\/batch\/update$/, "update"],
  [/\/batch\/(upsert|create)$/, "create"],
  [/\/batch\/archive$/, "archive"],
  [/\/(batch\/erase|gdpr-delete)$/, "erase"],
];

interface Body {
  readonly inputs?: readonly { readonly id: string; readonly properties?: Row }[];
  readonly rows?: readonly {
    readonly id?: string;
    readonly external_key?: string;
    readonly set: Row;
  }[];
  readonly ids?: readonly string[];
  readonly objectId?: string;
}
type Row = Readonly<Record<string, unknown>>;

/** Null for a request that is about no records by their ids. */
export function sentBy({ system, path, body }: Call): Sent | null {
  const operation = operations.find(([pattern]) => pattern.test(path))?.[1];
  if (operation === undefined || (system !== "hubspot" && system !== "ops")) return null;
  const object = objects.find((one) => path.includes(`/${mappingOf(one, system).systemObject}/`));
  if (object === undefined) return null;
  return { system, object, operation, rows: rowsOf((body ?? {}) as Body) };
}

function rowsOf({ inputs, rows, ids, objectId }: Body): readonly SentRow[] {
  const row = (ref: string, set: Row = {}): SentRow => ({ ref, set, properties: Object.keys(set) });
  if (inputs !== undefined) return inputs.map(({ id, properties }) => row(id, properties));
  if (rows !== undefined) {
    return rows.map(({ id, external_key: key, set }) => row(id ?? key ?? "", set));
  }
  if (ids !== undefined) return ids.map((id) => row(id));
  return objectId === undefined ? [] : [row(objectId)];
}
