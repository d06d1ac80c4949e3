/**
 * Sends batches so that one bad row never stops the others: where HubSpot refuses a batch whole
 * because of a row in it, halves are sent, and so on down to the row, within a limit of calls.
 */
import type { ConnectorError } from "../connector.ts";
import type { Answer } from "./client.ts";
import { limits } from "./limits.ts";
import type { Complaint } from "./refusal.ts";

export interface Sending<Row, T> {
  readonly send: (rows: readonly Row[]) => Promise<Answer<T>>;
  readonly answered: (rows: readonly Row[], value: T) => void;
  /** HubSpot did not do it for these rows; `why` is null where it was never asked to. */
  readonly refused: (rows: readonly Row[], error: ConnectorError, why: Complaint | null) => void;
  readonly unanswered: (rows: readonly Row[], error: ConnectorError) => void;
  /** The rows that a refusal of them all is surely about; none if that is still to be found. */
  readonly guilty: (rows: readonly Row[], why: Complaint) => readonly Row[];
  /** Why a row was left when the calls ran out. */
  readonly later: () => ConnectorError;
}

/** Once the connection or the token fails, the rest is not sent at all: that is refused, too. */
export async function sendBatches<Row, T>(
  batches: readonly (readonly Row[])[],
  sending: Sending<Row, T>,
): Promise<void> {
  let stopped: ConnectorError | null = null;
  for (const batch of batches) {
    let callsLeft = limits.bisectCallsMax;
    const waiting: (readonly Row[])[] = [batch];
    for (let rows = waiting.shift(); rows !== undefined; rows = waiting.shift()) {
      if (stopped !== null) {
        sending.refused(rows, stopped, null);
        continue;
      }
      const answer = await sending.send(rows);
      if (answer.kind !== "ok" && answer.error.kind !== "skip_record") stopped = answer.error;
      const parts = settle(rows, answer, sending);
      for (const part of parts) {
        if (callsLeft-- > 0) waiting.push(part);
        else sending.refused(part, sending.later(), null);
      }
    }
  }
}

/** What is left to be sent again, in parts. */
function settle<Row, T>(
  rows: readonly Row[],
  answer: Answer<T>,
  sending: Sending<Row, T>,
): readonly (readonly Row[])[] {
  if (answer.kind === "ok") {
    sending.answered(rows, answer.value);
    return [];
  }
  if (answer.kind === "unanswered") {
    sending.unanswered(rows, answer.error);
    return [];
  }
  const all = rows.length === 1 || answer.error.kind !== "skip_record";
  const guilty = all ? rows : sending.guilty(rows, answer.refusal);
  if (guilty.length > 0) sending.refused(guilty, answer.error, answer.refusal);
  const rest = rows.filter((row) => !guilty.includes(row));
  const middle = guilty.length > 0 ? rest.length : Math.ceil(rest.length / 2);
  return [rest.slice(0, middle), rest.slice(middle)].filter((part) => part.length > 0);
}
