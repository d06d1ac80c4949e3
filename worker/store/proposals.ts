/**
 * Rules that people propose. Invariant: each is answered once, and its answer stands in the audit;
 * accepting one changes no rule by itself, because the rules are the deployer's file.
 */
import * as z from "zod";
import { type FieldPolicy, fieldPolicySchema } from "../../shared/policy.ts";
import { type Act, acted } from "./acts.ts";
import { type Database, type Row, StoreError } from "./database.ts";

export interface NewProposal {
  readonly id: string;
  readonly object: string;
  readonly field: string;
  readonly policy: FieldPolicy;
  readonly rulesVersion: number;
  /** The record it is proposed on. */
  readonly entityId: string | null;
  readonly person: { readonly id: string; readonly name: string };
  readonly at: number;
}

const stateSchema = z.enum(["waiting", "accepted", "declined"]);

export interface Proposal extends NewProposal {
  readonly state: z.infer<typeof stateSchema>;
  readonly answeredBy: string | null;
  readonly answeredAt: number | null;
  readonly note: string | null;
}

/** Keeps a proposal, or finds the same one waiting; answers with its id. */
export async function propose(
  db: Database,
  proposal: NewProposal,
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  const { id, object, field, rulesVersion, entityId, person, at } = proposal;
  const policy = JSON.stringify(proposal.policy);
  const [kept = [], waiting = []] = await db.batch([
    db
      .prepare(
        `INSERT INTO proposals (id, object, field, policy, rules_version, by_id, by_name, at,
                                entity_id, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'waiting')
         ON CONFLICT DO NOTHING RETURNING id`,
      )
      .bind(id, object, field, policy, rulesVersion, person.id, person.name, at, entityId),
    db
      .prepare(
        `SELECT id FROM proposals
         WHERE object = ?1 AND field = ?2 AND policy = ?3 AND state = 'waiting'`,
      )
      .bind(object, field, policy),
  ]);
  return { id: String(waiting[0]?.id ?? id), isNew: kept.length > 0 };
}

/** Those that wait first, then the latest. */
export async function proposals(db: Database, limit: number): Promise<readonly Proposal[]> {
  const [rows = []] = await db.batch([
    db
      .prepare(`SELECT * FROM proposals ORDER BY state <> 'waiting', at DESC, id LIMIT ?1`)
      .bind(limit),
  ]);
  return rows.map(proposalOfRow);
}

export async function proposalById(db: Database, id: string): Promise<Proposal | null> {
  const [rows = []] = await db.batch([
    db.prepare(`SELECT * FROM proposals WHERE id = ?1`).bind(id),
  ]);
  return rows[0] === undefined ? null : proposalOfRow(rows[0]);
}

export async function proposalsWaiting(db: Database): Promise<number> {
  const [rows = []] = await db.batch([
    db.prepare(`SELECT count(*) AS count FROM proposals WHERE state = 'waiting'`),
  ]);
  return Number(rows[0]?.count ?? 0);
}

/** False if it was answered before. */
export async function answerProposal(
  db: Database,
  proposal: Pick<Proposal, "id" | "object" | "field">,
  answer: { readonly state: "accepted" | "declined"; readonly note: string },
  act: Act,
): Promise<boolean> {
  const { id, object, field } = proposal;
  const { state, note } = answer;
  const detail = { act: "answer_proposal", proposal: id, object, field, answer: state, note };
  // What was answered before becomes NULL, which fails the batch whole, its audit entry included.
  const statement = db
    .prepare(
      `UPDATE proposals SET state = CASE WHEN state = 'waiting' THEN ?2 END, answered_by = ?3,
         answered_at = ?4, note = ?5 WHERE id = ?1`,
    )
    .bind(id, state, act.by, act.at, note);
  try {
    await acted(db, { ...detail, by: act.by }, act, [statement]);
    return true;
  } catch (error) {
    if (isAnswered(error)) return false;
    throw error;
  }
}

const isAnswered = (error: unknown): boolean =>
  error instanceof StoreError &&
  error.cause instanceof Error &&
  /NOT NULL constraint failed: proposals\.state/.test(error.cause.message);

const proposalOfRow = (row: Row): Proposal => ({
  id: String(row.id),
  object: String(row.object),
  field: String(row.field),
  policy: fieldPolicySchema.parse(JSON.parse(String(row.policy))),
  rulesVersion: Number(row.rules_version),
  entityId: row.entity_id === null ? null : String(row.entity_id),
  person: { id: String(row.by_id), name: String(row.by_name) },
  at: Number(row.at),
  state: stateSchema.parse(row.state),
  answeredBy: row.answered_by === null ? null : String(row.answered_by),
  answeredAt: row.answered_at === null ? null : Number(row.answered_at),
  note: row.note === null ? null : String(row.note),
});
