/** What the card asks of the sync service about its record. */
import { hubspot } from "@hubspot/ui-extensions";
import { type Reply as Asked, ask, type Means } from "crm-sync-common/ask.ts";
import type { Clock } from "crm-sync-common/clock.ts";
import type {
  AnswerRequest,
  CardAnswer,
  Choice,
  FieldsAnswer,
  HistoryAnswer,
} from "crm-sync-shared/contract.ts";
import { parseAnswer, parseFields, parseHistory } from "./answer.ts";

export type Reply<Answer = CardAnswer> = Asked<Answer>;

export interface Settlement {
  readonly exceptionId: string;
  readonly shown: string;
  readonly choice: Choice;
}

export type ProblemAnswer = Omit<AnswerRequest, "objectTypeId" | "objectId">;

export interface Service {
  readonly look: () => Promise<Reply>;
  readonly settle: (settlement: Settlement) => Promise<Reply>;
  readonly undo: (exceptionId: string) => Promise<Reply>;
  readonly answer: (answer: ProblemAnswer) => Promise<Reply>;
  readonly propose: (exceptionId: string) => Promise<Reply>;
  readonly pause: (reason: string) => Promise<Reply>;
  readonly resume: () => Promise<Reply>;
  readonly sync: () => Promise<Reply>;
  readonly fields: () => Promise<Reply<FieldsAnswer>>;
  readonly history: (field: string) => Promise<Reply<HistoryAnswer>>;
}

export interface RecordKey {
  readonly objectTypeId: string;
  readonly objectId: string;
}

const lookTimeoutMs = 10_000;
/** A settlement is written to every system and read back before it is answered. */
const writeTimeoutMs = 25_000;

export function createService(address: string, key: RecordKey, clock: Clock): Service {
  const means: Means = { fetch: (url, call) => hubspot.fetch(url, call), clock };
  const base = address.replace(/\/+$/, "");
  const query = `objectTypeId=${key.objectTypeId}&objectId=${key.objectId}`;
  const read = <A>(path: string, parse: (json: unknown) => A | null) =>
    ask(means, `${base}/card/${path}`, { method: "GET", timeout: lookTimeoutMs }, parse);
  const write = (path: string, body: Readonly<Record<string, unknown>>) => {
    const call = { method: "POST", timeout: writeTimeoutMs, body: { ...key, ...body } } as const;
    return ask(means, `${base}/card/${path}`, call, parseAnswer);
  };
  return {
    look: () => read(`record?${query}`, parseAnswer),
    settle: (settlement) => write("resolve", { ...settlement }),
    answer: (answer) => write("answer", { ...answer }),
    undo: (exceptionId) => write("undo", { exceptionId }),
    propose: (exceptionId) => write("propose", { exceptionId }),
    pause: (reason) => write("pause", { reason }),
    resume: () => write("resume", {}),
    sync: () => write("sync", {}),
    fields: () => read(`fields?${query}`, parseFields),
    history: (field) => read(`history?${query}&field=${encodeURIComponent(field)}`, parseHistory),
  };
}
