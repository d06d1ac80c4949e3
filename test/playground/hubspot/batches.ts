/**
 * Batch writes and their answers. A batch whose inputs all carry a trace id is answered row by
 * row; any other is applied whole or refused whole, save for ids that do not exist.
 */
import * as z from "zod";
import { badInput, Refused, someNotFound } from "./errors.ts";
import { presentWritten } from "./present.ts";
import {
  checkCreate,
  checkUpdate,
  createRecord,
  type Properties,
  updateRecord,
} from "./records.ts";
import type { ObjectDefinition } from "./schema.ts";
import {
  type AssociationType,
  holderOf,
  liveRecord,
  type Portal,
  type Source,
  type StoredRecord,
} from "./state.ts";
import { instant } from "./values.ts";

const propertiesSchema = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]),
);

export const associationTypesSchema = z.array(
  z.object({
    associationCategory: z.enum(["HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED"]),
    associationTypeId: z.number().int(),
  }),
);

export function associationTypes(given: z.infer<typeof associationTypesSchema>): AssociationType[] {
  return given.map((type) => {
    if (type.associationCategory === "INTEGRATOR_DEFINED") {
      throw badInput(`association type id ${type.associationTypeId} doesn't exist`);
    }
    return { category: type.associationCategory, typeId: type.associationTypeId };
  });
}

export const createSchema = z.object({
  properties: propertiesSchema,
  associations: z.optional(
    z.array(
      z.object({
        to: z.object({ id: z.union([z.string(), z.number()]).transform(String) }),
        types: associationTypesSchema,
      }),
    ),
  ),
  objectWriteTraceId: z.optional(z.string()),
});
export type CreateInput = z.infer<typeof createSchema>;

export const writeSchema = z.object({
  id: z.union([z.string(), z.number()]).transform(String),
  idProperty: z.optional(z.string()),
  properties: propertiesSchema,
  objectWriteTraceId: z.optional(z.string()),
});
export type WriteInput = z.infer<typeof writeSchema>;

export const inputsMax = 100;

export interface BatchAnswer {
  readonly status: 200 | 201 | 207;
  readonly body: Record<string, unknown>;
}

/** One row, checked without effect and then applied. */
interface Row {
  readonly traceId: string | undefined;
  /** Unique values it would take, "property/value". */
  readonly check: () => readonly string[];
  /** Null: left out of the answer. */
  readonly apply: () => Record<string, unknown> | null;
}

export function batchCreate(
  portal: Portal,
  object: ObjectDefinition,
  inputs: readonly CreateInput[],
  create: (input: CreateInput) => StoredRecord,
): BatchAnswer {
  const rows = inputs.map((input) => ({
    traceId: input.objectWriteTraceId,
    check: () => uniqueTaken(object, checkCreate(portal, object, input.properties)),
    apply: () => presentWritten(portal, object, create(input), input.properties),
  }));
  return run(portal, rows, 201, { alone: false });
}

/** Rows of ids that do not exist are reported; rows of merged ids are left out without a word. */
export function batchUpdate(
  portal: Portal,
  object: ObjectDefinition,
  inputs: readonly WriteInput[],
  source: Source,
): BatchAnswer {
  refuseDuplicates(inputs);
  const known = inputs.map((input) => ({ input, record: target(portal, object, input) }));
  const missing = known.filter((each) => each.record === null).map((each) => each.input);
  const rows = known.flatMap(({ input, record }): Row[] => {
    if (record === null) return [];
    // A merged id finds its record one at a time, but not in a batch.
    const merged = input.idProperty === undefined && record.id !== input.id;
    return [
      {
        traceId: input.objectWriteTraceId,
        check: () =>
          merged ? [] : uniqueTaken(object, checkUpdate(portal, object, record, input.properties)),
        apply: () => {
          if (merged) return null;
          updateRecord(portal, object, record, input.properties, source);
          return presentWritten(portal, object, record, input.properties);
        },
      },
    ];
  });
  return run(portal, rows, 200, { alone: false, errors: missingErrors(object, missing) });
}

export function batchUpsert(
  portal: Portal,
  object: ObjectDefinition,
  inputs: readonly WriteInput[],
  source: Source,
): BatchAnswer {
  refuseDuplicates(inputs);
  const idProperties = new Set(inputs.map((input) => input.idProperty));
  if (idProperties.size > 1) throw badInput("All inputs must have the same idProperty");
  const [idProperty] = idProperties;
  if (idProperty === undefined) throw badInput("idProperty is required");
  requireUnique(object, idProperty);
  const rows = inputs.map((input) => upsertRow(portal, object, input, idProperty, source));
  // By e-mail address, rows are not told apart: one bad row refuses them all.
  return run(portal, rows, 200, { alone: idProperty === "email" });
}

function upsertRow(
  portal: Portal,
  object: ObjectDefinition,
  input: WriteInput,
  idProperty: string,
  source: Source,
): Row {
  const created: Properties = { [idProperty]: input.id, ...input.properties };
  const changesNothing = Object.keys(input.properties).length === 0;
  const existing = () => {
    const id = holderOf(portal, object.objectTypeId, idProperty, input.id);
    return id === null ? null : liveRecord(portal, object.objectTypeId, id);
  };
  const write = (record: StoredRecord | null) => {
    if (record === null) return createRecord(portal, object, created, source);
    if (changesNothing) return record;
    return updateRecord(portal, object, record, input.properties, source);
  };
  return {
    traceId: input.objectWriteTraceId,
    check() {
      const record = existing();
      if (record === null) return uniqueTaken(object, checkCreate(portal, object, created));
      if (changesNothing) return [];
      return uniqueTaken(object, checkUpdate(portal, object, record, input.properties));
    },
    apply() {
      const record = existing();
      const written = presentWritten(portal, object, write(record), input.properties);
      return { ...written, new: record === null };
    },
  };
}

function run(
  portal: Portal,
  rows: readonly Row[],
  status: 200 | 201,
  how: { readonly alone: boolean; readonly errors?: readonly Record<string, unknown>[] },
): BatchAnswer {
  const startedAt = portal.now();
  const traceIds = rows.map((row) => row.traceId);
  const traced = traceIds.every((id) => id !== undefined) && !how.alone;
  if (traced && new Set(traceIds).size !== traceIds.length) {
    throw badInput("objectWriteTraceId must be unique within a batch");
  }
  if (!traced) refuseWhole(rows);
  const results: Record<string, unknown>[] = [];
  const errors = [...(how.errors ?? [])];
  for (const row of rows) {
    try {
      row.check();
      const result = row.apply();
      if (result === null) continue;
      const trace = row.traceId === undefined ? {} : { objectWriteTraceId: row.traceId };
      results.push({ ...result, ...trace });
    } catch (error) {
      if (!(error instanceof Refused) || !traced) throw error;
      errors.push(rowError(error, row.traceId!));
    }
  }
  return answer(portal, startedAt, results, errors, status);
}

/** Rows come back by id, not in the order they were asked for. */
export function answer(
  portal: Portal,
  startedAt: number,
  results: readonly Record<string, unknown>[],
  errors: readonly Record<string, unknown>[],
  status: 200 | 201,
): BatchAnswer {
  const body = {
    status: "COMPLETE",
    results: results.toSorted((a, b) => Number(a.id) - Number(b.id)),
    ...(errors.length === 0 ? {} : { numErrors: errors.length, errors }),
    startedAt: instant(startedAt),
    completedAt: instant(portal.now()),
  };
  return { status: errors.length === 0 ? status : 207, body };
}

export function requireUnique(object: ObjectDefinition, property: string): void {
  if (property === "hs_object_id" || object.uniqueProperties.includes(property)) return;
  throw badInput(`Property "${property}" is not a unique identifier property`);
}

/** The record an input means, by id or by a unique property; merged ids resolve. */
export function target(
  portal: Portal,
  object: ObjectDefinition,
  input: { readonly id: string; readonly idProperty?: string | undefined },
): StoredRecord | null {
  const { objectTypeId } = object;
  if (input.idProperty === undefined || input.idProperty === "hs_object_id") {
    return liveRecord(portal, objectTypeId, input.id);
  }
  requireUnique(object, input.idProperty);
  const id = holderOf(portal, objectTypeId, input.idProperty, input.id);
  return id === null ? null : liveRecord(portal, objectTypeId, id);
}

export function missingErrors(
  object: ObjectDefinition,
  missing: readonly { readonly id: string; readonly objectWriteTraceId?: string | undefined }[],
): Record<string, unknown>[] {
  const error = (context: Record<string, string[]>) => ({
    status: "error",
    category: "OBJECT_NOT_FOUND",
    message: someNotFound(object.name),
    context,
  });
  const traced = missing.filter((each) => each.objectWriteTraceId !== undefined);
  const plain = missing.filter((each) => each.objectWriteTraceId === undefined);
  return [
    ...traced.map((each) =>
      error({ ids: [each.id], objectWriteTraceId: [each.objectWriteTraceId!] }),
    ),
    ...(plain.length === 0 ? [] : [error({ ids: plain.map((each) => each.id) })]),
  ];
}

/** Checks every row, and that no two rows want the same unique value. */
function refuseWhole(rows: readonly Row[]): void {
  const wanted = new Set<string>();
  for (const row of rows) {
    for (const unique of row.check()) {
      if (wanted.has(unique)) throw badInput(`Duplicate unique value in batch input: ${unique}`);
      wanted.add(unique);
    }
  }
}

function uniqueTaken(object: ObjectDefinition, values: ReadonlyMap<string, string>): string[] {
  return object.uniqueProperties
    .filter((property) => values.get(property))
    .map((property) => `${property}/${values.get(property)}`);
}

function refuseDuplicates(inputs: readonly { readonly id: string }[]): void {
  const seen = new Set<string>();
  for (const { id } of inputs) {
    if (seen.has(id)) throw badInput(`Duplicate IDs found in batch input: [${id}]`);
    seen.add(id);
  }
}

function rowError(refused: Refused, traceId: string): Record<string, unknown> {
  return {
    status: "error",
    category: refused.category ?? "OBJECT_NOT_FOUND",
    message: refused.message,
    context: { ...refused.parts.context, objectWriteTraceId: [traceId] },
  };
}
