/** What all routes of the double share: the context of a call, bodies, scopes. */
import type { Context } from "hono";
import type * as z from "zod";
import { missingScopes, Refused } from "./errors.ts";
import type { ObjectDefinition } from "./schema.ts";
import { type Portal, resolveType, type Source } from "./state.ts";

export interface ApiEnv {
  Variables: {
    portal: Portal;
    /** Who writes: the app. */
    source: Source;
    /** Null: every scope is granted. */
    scopes: readonly string[] | null;
    /** Reads see nothing younger. */
    asOf: number;
    /** Reads find nothing, though it is there. */
    hidden: boolean;
    searchLagMs: number;
    dailyLimit: number;
  };
}

type ApiContext = Context<ApiEnv>;

export function objectOf(c: ApiContext, access: "read" | "write"): ObjectDefinition {
  const name = c.req.param("type") ?? "";
  const object = resolveType(c.var.portal, name);
  if (object === null) {
    const message = `Unable to infer object type from: ${name}`;
    throw new Refused(400, "VALIDATION_ERROR", message);
  }
  requireScope(c, `crm.objects.${scopeName(object)}.${access}`);
  return object;
}

export function schemaOf(c: ApiContext, access: "read" | "write"): ObjectDefinition {
  const name = c.req.param("type") ?? "";
  const object = resolveType(c.var.portal, name);
  if (object === null) {
    const message = `Unable to infer object type from: ${name}`;
    throw new Refused(400, "VALIDATION_ERROR", message);
  }
  requireScope(c, `crm.schemas.${scopeName(object)}.${access}`);
  return object;
}

export function requireScope(c: ApiContext, scope: string): void {
  const { portal, scopes } = c.var;
  const lost = portal.faults.strike(["scope_lost"], { method: c.req.method, name: c.req.path });
  if (lost !== null && (lost.fault.scope ?? scope) === scope) throw missingScopes([scope]);
  if (scopes !== null && !scopes.includes(scope)) throw missingScopes([scope]);
}

export async function parseBody<T>(c: ApiContext, schema: z.ZodType<T>): Promise<T> {
  return parseText(await c.req.text(), schema);
}

export function parseText<T>(text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refused(400, null, `Invalid input JSON on line 1, column 1: ${reason}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.join(".");
  const message = `Invalid input JSON on line 1, column 2: ${where}: ${issue.message}`;
  throw new Refused(400, "VALIDATION_ERROR", message);
}

/** A list in the query, repeated or separated by commas. */
export function queryList(c: ApiContext, name: string): string[] {
  const values = c.req.queries(name) ?? [];
  return values.flatMap((value) => value.split(",")).filter((value) => value !== "");
}

function scopeName(object: ObjectDefinition): string {
  return object.custom ? "custom" : object.plural;
}
