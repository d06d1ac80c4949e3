/** Whether what came back is an answer this card understands. */
import {
  actor,
  type Check,
  fieldType,
  held,
  isObject,
  list,
  nullable,
  number,
  oneOf,
  shape,
  text,
  textMap,
  yesOrNo,
} from "crm-sync-common/check.ts";
import type {
  CardAnswer,
  CardCandidate,
  CardChange,
  CardConflict,
  CardError,
  CardPause,
  CardProblem,
  CardRecord,
  CardRelated,
  CardSettled,
  CardValue,
  ComparedField,
  FieldsAnswer,
  HistoryAnswer,
  SystemState,
} from "crm-sync-shared/contract.ts";

/** Null if it does not fit: the card is older or newer than the service. */
export function parseAnswer(json: unknown): CardAnswer | null {
  return answer(json) ? json : null;
}

export const parseFields = (json: unknown): FieldsAnswer | null => (fields(json) ? json : null);
export const parseHistory = (json: unknown): HistoryAnswer | null => (history(json) ? json : null);

const value = shape<CardValue>({
  system: text,
  label: text,
  value: held,
  at: nullable(number),
  actor: nullable(actor),
});

const system = shape<SystemState>({
  system: text,
  label: text,
  recordId: nullable(text),
  url: nullable(text),
  status: oneOf("same", "differs", "pending", "unreachable", "missing", "apart"),
  checkedAt: nullable(number),
  message: nullable(text),
});

const conflict = shape<CardConflict>({
  exceptionId: text,
  field: text,
  label: text,
  type: fieldType,
  reason: text,
  openedAt: number,
  values: list(value),
  shown: text,
  recommended: nullable(
    shape<{ system: string; because: string }>({ system: text, because: text }),
  ),
});

const settled = shape<CardSettled>({
  conflict,
  value: held,
  by: actor,
  at: number,
  undoUntil: nullable(number),
  always: nullable(text),
});

const verb = oneOf("link", "apart", "create", "restore", "delete", "keep");

const candidate = shape<CardCandidate>({
  system: text,
  label: text,
  recordId: text,
  url: nullable(text),
  title: nullable(text),
  isLinked: yesOrNo,
  changedAt: nullable(number),
  fields: list(
    shape<CardCandidate["fields"][number]>({
      field: text,
      label: text,
      type: fieldType,
      here: held,
      there: held,
      isSame: yesOrNo,
    }),
  ),
  verbs: list(verb),
});

const problem = shape<CardProblem>({
  exceptionId: text,
  kind: text,
  label: nullable(text),
  message: text,
  mend: text,
  system: nullable(text),
  shown: text,
  verbs: list(verb),
  candidates: list(candidate),
  openedAt: number,
});

const change = shape<CardChange>({
  at: number,
  field: nullable(text),
  label: text,
  type: nullable(fieldType),
  from: held,
  to: held,
  source: nullable(text),
  target: nullable(text),
  actor: nullable(actor),
  because: text,
});

const pause = shape<CardPause>({
  of: oneOf("record", "field", "object", "system", "all"),
  label: nullable(text),
  reason: text,
  by: text,
  at: number,
});

const related = shape<CardRelated>({
  field: text,
  label: text,
  records: list(
    shape<CardRelated["records"][number]>({
      entityId: text,
      title: text,
      places: list(
        shape<CardRelated["records"][number]["places"][number]>({
          system: text,
          label: text,
          url: text,
        }),
      ),
    }),
  ),
  count: number,
});

const record = shape<CardRecord>({
  object: text,
  state: oneOf("unlinked", "in_sync", "syncing", "conflicts", "held", "paused", "unreachable"),
  systems: list(system),
  conflicts: list(conflict),
  settled: list(settled),
  problems: list(problem),
  changes: list(change),
  fieldsEqual: number,
  fieldsTotal: number,
  mayResolve: yesOrNo,
  names: textMap,
  related: list(related),
  pauses: list(pause),
  mayPause: yesOrNo,
  readAt: number,
});

const error = shape<CardError>({
  code: oneOf(
    "changed",
    "settled",
    "invalid",
    "forbidden",
    "unreachable",
    "pending",
    "not_found",
    "bad_request",
    "unavailable",
  ),
  message: text,
});

const answer: Check<CardAnswer> = (json): json is CardAnswer => {
  if (!isObject(json)) return false;
  if (json.ok === true) return record(json.record);
  return json.ok === false && error(json.error) && nullable(record)(json.record);
};

const comparedField = shape<ComparedField>({
  field: text,
  label: text,
  type: fieldType,
  values: list(value),
  isEqual: yesOrNo,
  rule: text,
});

const isNamed = (json: Record<string, unknown>): boolean =>
  textMap(json.names) && number(json.readAt);

const fields: Check<FieldsAnswer> = (json): json is FieldsAnswer => {
  if (!isObject(json)) return false;
  if (json.ok === true) return list(comparedField)(json.fields) && isNamed(json);
  return json.ok === false && error(json.error);
};

const history: Check<HistoryAnswer> = (json): json is HistoryAnswer => {
  if (!isObject(json)) return false;
  if (json.ok === true) return list(change)(json.changes) && isNamed(json);
  return json.ok === false && error(json.error);
};
