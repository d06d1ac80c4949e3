/**
 * What people set, and the roles they gave. Invariant: a change is kept only if nobody changed
 * anything since it was looked at, and its audit entry is in the same batch.
 */
import type { D1PreparedStatement } from "@cloudflare/workers-types";
import * as z from "zod";
import {
  channelNames,
  formatsSchema,
  type Holder,
  holderSchema,
  type Role,
  roleSchema,
  thresholdsSchema,
} from "../../shared/control.ts";
import { type GivenRole, roleByDefault } from "../core/roles.ts";
import { type Act, acted } from "./acts.ts";
import { type Database, type Row, StoreError } from "./database.ts";

const valueSchema = z.object({
  thresholds: thresholdsSchema,
  formats: formatsSchema,
  channels: z.array(
    z.object({ channel: z.enum(channelNames), isOn: z.boolean(), kinds: z.array(z.string()) }),
  ),
  defaultRole: roleSchema,
});
export type SettingsValue = Readonly<z.infer<typeof valueSchema>>;

const initial: SettingsValue = {
  thresholds: {
    errorRateMax: 0.02,
    confidenceMin: 0.98,
    openExceptionsMax: 100,
    oldestExceptionHoursMax: 24,
    lagMinutesMax: 5,
    budgetShareMax: 0.8,
  },
  formats: { locale: null, timeZone: null, currency: null },
  channels: channelNames.map((channel) => ({ channel, isOn: true, kinds: [] })),
  defaultRole: roleByDefault,
};

export interface StoredRole extends GivenRole {
  readonly label: string;
  readonly by: string;
  readonly at: number;
}

export interface StoredSettings extends SettingsValue {
  readonly version: number;
  readonly changedBy: string | null;
  readonly changedAt: number | null;
  readonly roles: readonly StoredRole[];
}

const settingsStatements = (db: Database): D1PreparedStatement[] => [
  db.prepare(`SELECT * FROM settings`),
  db.prepare(`SELECT * FROM roles ORDER BY kind, at, holder_id`),
];

export async function loadSettings(db: Database): Promise<StoredSettings> {
  const [settings = [], roles = []] = await db.batch(settingsStatements(db));
  return settingsOfRows(settings, roles);
}

function settingsOfRows(settings: readonly Row[], roles: readonly Row[]): StoredSettings {
  const [row] = settings;
  // What was kept by an older version may lack what a newer one has.
  const kept = z
    .record(z.string(), z.unknown())
    .parse(row === undefined ? {} : JSON.parse(String(row.value)));
  return {
    ...valueSchema.parse({ ...initial, ...kept }),
    version: row === undefined ? 0 : Number(row.version),
    changedBy: row?.changed_by == null ? null : String(row.changed_by),
    changedAt: row?.changed_at == null ? null : Number(row.changed_at),
    roles: roles.map(roleOfRow),
  };
}

const roleOfRow = (row: Row): StoredRole => ({
  holder: holderSchema.parse({ kind: row.kind, id: row.holder_id }),
  role: roleSchema.parse(JSON.parse(String(row.role))),
  label: String(row.label),
  by: String(row.by),
  at: Number(row.at),
});

/** False if somebody changed anything since `version`. */
export async function saveSettings(
  db: Database,
  before: StoredSettings,
  change: Partial<SettingsValue>,
  act: Act,
): Promise<boolean> {
  const value = valueSchema.parse({ ...before, ...change });
  return changed(db, before, value, { act: "change_settings", ...change }, [], act);
}

export interface RoleChange {
  readonly holder: Holder;
  readonly label: string;
  /** Null takes it away. */
  readonly role: Role | null;
}

/** False if somebody changed anything since `version`. */
export async function giveRole(
  db: Database,
  before: StoredSettings,
  { holder, label, role }: RoleChange,
  act: Act,
): Promise<boolean> {
  const statement =
    role === null
      ? db
          .prepare(`DELETE FROM roles WHERE kind = ?1 AND holder_id = ?2`)
          .bind(holder.kind, holder.id)
      : db
          .prepare(giveSql)
          .bind(holder.kind, holder.id, JSON.stringify(role), label, act.by, act.at);
  const detail = { act: "give_role", holder, label, role };
  return changed(db, before, before, detail, [statement], act);
}

const giveSql = `
  INSERT INTO roles (kind, holder_id, role, label, by, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (kind, holder_id) DO UPDATE SET
    role = excluded.role, label = excluded.label, by = excluded.by, at = excluded.at`;

async function changed(
  db: Database,
  before: StoredSettings,
  value: SettingsValue,
  detail: Readonly<Record<string, unknown>>,
  more: readonly D1PreparedStatement[],
  act: Act,
): Promise<boolean> {
  const move = db
    .prepare(moveSql)
    .bind(before.version, JSON.stringify(valueSchema.parse(value)), act.by, act.at);
  try {
    await acted(db, { ...detail, by: act.by }, act, [move, ...more]);
    return true;
  } catch (error) {
    if (isOutdated(error)) return false;
    throw error;
  }
}

// A version that is not the stored one becomes NULL, which fails the batch whole: a change that was
// too late leaves no audit entry either.
const moveSql = `
  INSERT INTO settings (id, version, value, changed_by, changed_at)
  VALUES (1, CASE WHEN ?1 = coalesce((SELECT version FROM settings), 0) THEN ?1 + 1 END,
          ?2, ?3, ?4)
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, value = excluded.value,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at`;

const isOutdated = (error: unknown): boolean =>
  error instanceof StoreError &&
  error.cause instanceof Error &&
  /NOT NULL constraint failed: settings\.version/.test(error.cause.message);
