/** Open exceptions in the control center: listed, grouped, looked at, given to people. */
import type { ExceptionItem, Given, Selection } from "../../shared/control.ts";
import type { Actor } from "../../shared/record.ts";
import type { Explanation } from "../core/decision.ts";
import { shortened, shortHeld, titleOf } from "../core/title.ts";
import { policyInWords } from "../core/words.ts";
import { problemWords } from "../jobs/words.ts";
import { entriesOf } from "../store/audit-lists.ts";
import {
  assignExceptions,
  type ExceptionPosition,
  exceptionGroups,
  exceptionPage,
  type Group,
  isCritical,
  type ListedException,
  listedById,
  positionIn,
  type Question,
} from "../store/exception-lists.ts";
import { colleaguesOf, mayOn, ownerOf } from "./access.ts";
import { changesOf } from "./card-record.ts";
import { type Asking, actOf, cursorOf, fitted, given, positionOf, refused } from "./control-ask.ts";
import {
  ageLabels,
  exceptionKindLabel,
  fieldLabel,
  objectLabel,
  systemLabel,
} from "./control-words.ts";

const perPage = 40;
const groupsMax = 100;
const entriesShown = 200;
const changesShown = 10;
/** Of a value in a list. */
const valueLengthMax = 160;
const reasonLengthMax = 400;

export const questionOf = (
  { now }: Asking,
  filter: Question["filter"],
  asOf: number | null = null,
): Question => ({ filter, asOf, owners: null, now });

export async function exceptions(asking: Asking, input: Given<"exceptions">) {
  const { db, doors, now } = asking;
  const { rules } = doors.jobs;
  const after = input.cursor === null ? null : exceptionPosition(input.cursor);
  if (after === undefined) return refused("bad_request", "cursor: not one of ours");
  const { items, total } = await exceptionPage(db, rules, questionOf(asking, input.filter), {
    sort: input.sort,
    after,
    limit: perPage + 1,
  });
  const { shown, isCut } = fitted(
    items.map((one) => shortItem(itemOf(asking, one))),
    perPage,
  );
  const last = isCut ? shown.at(-1) : undefined;
  return given<"exceptions">({
    items: shown,
    cursor: last === undefined ? null : cursorOf(positionIn(rules, input.sort, last)),
    total,
    readAt: now,
  });
}

export function exceptionPosition(cursor: string): ExceptionPosition | undefined {
  const [rank, openedAt, id, ...more] = positionOf(cursor) ?? [];
  const fits = typeof rank === "number" && typeof openedAt === "number" && typeof id === "string";
  return fits && more.length === 0 ? [rank, openedAt, id] : undefined;
}

export async function exceptionGroupCounts(asking: Asking, input: Given<"exception-groups">) {
  const { db, doors, now } = asking;
  const { rules } = doors.jobs;
  const question = questionOf(asking, input.filter);
  const groups = await exceptionGroups(db, rules, question, input.by, groupsMax);
  return given<"exception-groups">({
    groups: groups.map((group) => labelled(asking, input.by, group)),
    total: groups.reduce((sum, { count }) => sum + count, 0),
    readAt: now,
  });
}

export function labelled(asking: Asking, by: Given<"exception-groups">["by"], group: Group) {
  const { rules } = asking.doors.jobs;
  const { key, name, count } = group;
  const label = () => {
    switch (by) {
      case "kind":
        return exceptionKindLabel(key);
      case "object":
        return objectLabel(rules, key);
      case "field": {
        const [object = "", field = ""] = key.split(".");
        return key === ""
          ? "Not about one field"
          : `${objectLabel(rules, object)}: ${fieldLabel(rules, object, field)}`;
      }
      case "system":
        return key === "" ? "Between systems" : systemLabel(rules, key);
      case "age":
        return ageLabels[key] ?? key;
      case "owner":
        return key === "" ? "No owner" : key;
      case "assignee":
        return key === "" ? "Nobody" : (name ?? key);
    }
  };
  return { key, label: label(), count };
}

export function itemOf(asking: Asking, listed: ListedException): ExceptionItem {
  const { access, doors } = asking;
  const { rules } = doors.jobs;
  const object = rules.objects[listed.object];
  const field = object?.fields[listed.field ?? ""];
  const owner = object === undefined ? null : ownerOf(object, listed.base);
  const records = recordsOf(asking, listed);
  const isChoice = listed.kind === "conflict" && field !== undefined;
  const { id, kind, shown, openedAt, assignee } = listed;
  const title = object === undefined ? null : titleOf(object, listed.base);
  return {
    id,
    kind,
    kindLabel: exceptionKindLabel(kind),
    status: listed.status === "ruled" ? "answered" : listed.status,
    object: listed.object,
    objectLabel: objectLabel(rules, listed.object),
    field: listed.field,
    fieldLabel: listed.field === null ? null : fieldLabel(rules, listed.object, listed.field),
    type: field?.type ?? null,
    critical: isCritical(rules, listed.object, listed.field),
    entityId: listed.entityId,
    title: title ?? untitled(asking, listed, records),
    records,
    ...(isChoice ? choiceOf(asking, listed) : problemOf(asking, listed)),
    shown,
    openedAt,
    owner: owner === null ? null : { email: owner, name: null },
    assignee: assignee === null ? null : { ...assignee, email: null },
    maySettle: isChoice && listed.status === "open" && mayOn(access, "settle", owner),
  };
}

/** How `conclude` stores a conflict. */
export const becauseOf = ({ detail }: Pick<ListedException, "detail">): Explanation =>
  (detail as { because: Explanation }).because;

function choiceOf({ doors }: Asking, listed: ListedException) {
  const because = becauseOf(listed);
  const values = because.inputs
    .filter(({ valid }) => valid)
    .map(({ system, value, at, actor }) => {
      const label = systemLabel(doors.jobs.rules, system);
      return { system, label, value, at, actor };
    });
  return { values, recommended: because.recommended, reason: because.sentence, mend: "" };
}

function problemOf({ doors }: Asking, listed: ListedException) {
  // What was erased says nothing any more but that it was there.
  if (listed.resolution === "erased") {
    return { values: [], recommended: null, reason: "Its values were erased.", mend: "" };
  }
  const system = systemLabel(doors.jobs.rules, listed.system ?? "");
  const { message, mend } = problemWords(listed, system);
  return { values: [], recommended: null, reason: message, mend };
}

function recordsOf({ doors }: Asking, listed: ListedException): ExceptionItem["records"] {
  const { rules } = doors.jobs;
  const linked = Object.entries(listed.links).map(([system, { recordId, url }]) => {
    return { system, label: systemLabel(rules, system), recordId, url };
  });
  if (linked.length > 0 || listed.system === null || listed.recordId === null) return linked;
  const { system, recordId } = listed;
  return [{ system, label: systemLabel(rules, system), recordId, url: null }];
}

function untitled(
  { doors }: Asking,
  listed: ListedException,
  records: ExceptionItem["records"],
): string {
  const [record] = records;
  const object = objectLabel(doors.jobs.rules, listed.object);
  if (record !== undefined) return `${object} ${record.recordId} in ${record.label}`;
  return listed.system === null
    ? object
    : `${object} in ${systemLabel(doors.jobs.rules, listed.system)}`;
}

export const shortItem = (item: ExceptionItem): ExceptionItem => ({
  ...item,
  reason: shortened(item.reason, reasonLengthMax),
  values: item.values.map((one) => ({ ...one, value: shortHeld(one.value, valueLengthMax) })),
});

export async function exception(asking: Asking, input: Given<"exception">) {
  const { db, doors, now } = asking;
  const { rules } = doors.jobs;
  const [listed] = await listedById(db, [input.exceptionId]);
  if (listed === undefined) return refused("not_found", "There is no such question any more.");
  const object = rules.objects[listed.object];
  const field = object?.fields[listed.field ?? ""];
  const entries =
    listed.entityId === null || object === undefined
      ? []
      : await entriesOf(db, listed.entityId, null, entriesShown);
  const changes = entries
    .flatMap((row) => (object === undefined || row.detail === null ? [] : changesOf(object, row)))
    .filter((change) => listed.field === null || change.field === listed.field)
    .slice(0, changesShown);
  const { ruling } = listed;
  return given<"exception">({
    item: itemOf(asking, listed),
    rule: field === undefined ? null : policyInWords(rules, field.policy),
    changes,
    ruling:
      ruling === null ? null : { value: ruling.value, by: rulerOf(ruling.person), at: ruling.at },
    readAt: now,
  });
}

const rulerOf = ({ id = "", name }: Actor) => ({
  id,
  email: null,
  name: name ?? null,
});

export async function assign(asking: Asking, input: Given<"assign">) {
  const { access, db, doors } = asking;
  const { rules } = doors.jobs;
  const listed = await listedById(db, input.exceptionIds);
  const foreign = listed.some(({ object, base }) => {
    const owned = rules.objects[object];
    return !mayOn(access, "assign", owned === undefined ? null : ownerOf(owned, base));
  });
  if (foreign) return refused("forbidden", "Some of these belong to records that are not yours.");
  const assignee = input.assignee === null ? null : await assigneeOf(asking, input.assignee);
  if (assignee === undefined) {
    return refused("invalid", "HubSpot knows nobody by this id any more. Choose somebody else.");
  }
  const count = await assignExceptions(db, input.exceptionIds, assignee, actOf(asking));
  return given<"assign">({
    count,
    assignee: assignee === null ? null : { ...assignee, email: null },
  });
}

/** Undefined if HubSpot says that there is nobody of this id; oneself needs no asking. */
async function assigneeOf({ access, doors }: Asking, userId: string) {
  const colleagues = await colleaguesOf(doors);
  const found = colleagues?.find((one) => one.userId === userId);
  if (found !== undefined) return { id: userId, name: found.name };
  if (userId === access.person.id) return { id: userId, name: access.person.email };
  return colleagues === null ? { id: userId, name: `User ${userId}` } : undefined;
}

export async function people({ access, doors }: Asking, { text }: Given<"people">) {
  const colleagues = await colleaguesOf(doors);
  const wanted = text.trim().toLowerCase();
  const { id, email, name } = access.person;
  const known = colleagues ?? [{ userId: id, email, name: name ?? email, teams: [] }];
  const fitting = known
    .filter((one) => `${one.name} ${one.email}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => a.name.localeCompare(b.name));
  const teams = new Map(known.flatMap((one) => one.teams.map((team) => [team.id, team.name])));
  return given<"people">({
    people: fitting.slice(0, peopleMax).map((one) => ({
      id: one.userId,
      email: one.email,
      name: one.name,
      teams: one.teams.map((team) => ({ key: team.id, label: team.name })),
    })),
    teams: [...teams].map(([key, label]) => ({ key, label })),
    note: peopleNote(colleagues === null, fitting.length),
  });
}

const peopleMax = 100;

function peopleNote(isUnknown: boolean, count: number): string | null {
  if (isUnknown) return "HubSpot does not say who works here right now. Try again in a minute.";
  return count > peopleMax ? `The first ${peopleMax} are shown. Type a part of the name.` : null;
}

/** The exceptions a selection is about, oldest first. */
export async function selected(
  asking: Asking,
  selection: Selection,
  more: { readonly asOf: number | null; readonly limit: number },
): Promise<readonly ListedException[]> {
  if (selection.kind === "ids") {
    const listed = await listedById(asking.db, [...new Set(selection.ids)]);
    return listed.toSorted((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
  }
  const question = questionOf(asking, selection.filter, more.asOf);
  const page = { sort: "oldest", after: null, limit: more.limit } as const;
  return (await exceptionPage(asking.db, asking.doors.jobs.rules, question, page)).items;
}
