/**
 * The contract's answers for every state of the card, told as one contact and one deal. Tests
 * assert on them, and screenshots are taken of them. All times are relative to `now`.
 */
import type {
  CardAnswer,
  CardChange,
  CardConflict,
  CardError,
  CardRecord,
  ComparedField,
  FieldsAnswer,
  HistoryAnswer,
  SystemState,
} from "../../shared/contract.ts";
import type { Actor } from "../../shared/record.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const maria: Actor = { kind: "person", id: "101", name: "Maria Lopez" };
const jonas: Actor = { kind: "person", id: "u-17", name: "Jonas Weber" };
const importer: Actor = { kind: "automation", id: "import", name: "Nightly import" };

export type FixtureName = keyof ReturnType<typeof fixtures>;

export function fixtures(now: number) {
  const inSync = contactRecord(now);
  const phone = phoneConflict(now);
  const email = emailConflict(now);
  const amount = amountConflict(now);
  const differing = {
    state: "conflicts",
    systems: systems(now, { ops: { status: "differs" }, hubspot: { status: "differs" } }),
  } as const;
  return {
    inSync: ok(inSync),
    unlinked: ok(unlinkedRecord(now)),
    syncing: ok({
      ...inSync,
      state: "syncing",
      systems: systems(now, { ops: { status: "pending" } }),
      fieldsEqual: 6,
    }),
    oneConflict: ok({ ...inSync, ...differing, conflicts: [phone], fieldsEqual: 6 }),
    conflicts: ok({ ...inSync, ...differing, conflicts: [email, phone], fieldsEqual: 5 }),
    dealConflicts: ok({
      ...dealRecord(now),
      ...differing,
      conflicts: [amount, closeDateConflict(now), stageConflict(now), descriptionConflict(now)],
      fieldsEqual: 3,
    }),
    viewer: ok({
      ...inSync,
      ...differing,
      conflicts: [phone],
      fieldsEqual: 6,
      mayResolve: false,
    }),
    settled: ok(justSettledRecord(now)),
    held: ok(heldRecord(now)),
    related: ok(relatedRecord(now)),
    paused: ok(pausedRecord(now)),
    ambiguous: ok(ambiguousRecord(now)),
    gone: ok(goneRecord(now)),
    unreachable: ok(unreachableRecord(now)),
    forbidden: refused("forbidden", "You may not see this record's sync state."),
    notSynced: refused("not_found", "Tickets are not kept the same with other systems."),
    unavailable: refused("unavailable", "The sync service could not read its own records."),
  } satisfies Record<string, CardAnswer>;
}

const justSettledRecord = (now: number): CardRecord => ({
  ...contactRecord(now),
  settled: [
    {
      conflict: phoneConflict(now),
      value: "+14155550132",
      by: maria,
      at: now - minuteMs,
      undoUntil: now + 9 * minuteMs,
      always: "HubSpot wins where it changed too, else the latest change.",
    },
  ],
});

const relatedRecord = (now: number): CardRecord => ({
  ...contactRecord(now),
  names: { "e-1": "Brightwater Bikes" },
  related: [
    {
      field: "company",
      label: "Company",
      count: 1,
      records: [
        {
          entityId: "e-1",
          title: "Brightwater Bikes",
          places: [
            {
              system: "hubspot",
              label: "HubSpot",
              url: "https://app.hubspot.com/contacts/12345678/record/0-2/42",
            },
            { system: "ops", label: "Operations", url: "https://ops.example.com/org/o-7" },
          ],
        },
      ],
    },
  ],
  changes: [
    {
      at: now - 5 * minuteMs,
      field: "company",
      label: "Company",
      type: { kind: "reference", object: "company" },
      from: null,
      to: "e-1",
      source: "ops",
      target: "hubspot",
      actor: jonas,
      because: "Only Operations changed it.",
    },
  ],
});

const pausedRecord = (now: number): CardRecord => ({
  ...contactRecord(now),
  state: "paused",
  pauses: [
    {
      of: "record",
      label: null,
      reason: "Waiting for the signed contract",
      by: "maria.lopez@example.com",
      at: now - 20 * minuteMs,
    },
  ],
});

const unreachableRecord = (now: number): CardRecord => ({
  ...contactRecord(now),
  state: "unreachable",
  systems: systems(now, {
    ops: {
      status: "unreachable",
      checkedAt: now - 3 * hourMs,
      message: "Operations does not answer right now. Nothing is lost; it is tried again.",
    },
  }),
});

/** Answers to a click on a choice of `oneConflict`. */
export function settlements(now: number) {
  const phone = phoneConflict(now);
  const settled = settledRecord(now);
  const open = contactRecord(now);
  const moved = {
    ...phone,
    shown: "phone-2",
    values: phone.values.map((value) =>
      value.system === "ops" ? { ...value, value: "+14155550177", at: now - 2_000 } : value,
    ),
  };
  const withConflict = (conflict: CardConflict): CardRecord => ({
    ...open,
    state: "conflicts",
    conflicts: [conflict],
    systems: systems(now, { ops: { status: "differs" }, hubspot: { status: "differs" } }),
    fieldsEqual: 6,
    readAt: now,
  });
  return {
    settled: ok(settled),
    changed: error("changed", "The values changed since they were shown.", withConflict(moved)),
    settledElsewhere: error("settled", "Jonas Weber settled this a moment ago.", {
      ...settled,
      changes: settled.changes.map((change, index) =>
        index === 0 ? { ...change, to: "+14155550199", actor: jonas } : change,
      ),
    }),
    undone: ok(withConflict(phone)),
    editedSince: error("changed", "Somebody changed it since, so nothing was taken back.", settled),
    invalid: error(
      "invalid",
      "This is not a phone number Operations accepts. Add the area code.",
      withConflict(phone),
    ),
    forbidden: error("forbidden", "Only the owner of this contact may settle it.", {
      ...withConflict(phone),
      mayResolve: false,
    }),
    unreachable: error(
      "unreachable",
      "Operations did not answer, so nothing was changed. Try again in a minute.",
      withConflict(phone),
    ),
    pending: error("pending", "Saved. Operations has not confirmed it yet.", {
      ...withConflict(phone),
      state: "syncing",
    }),
    unavailable: error("unavailable", "This could not be saved. Try again in a minute.", null),
    badRequest: error("bad_request", "The request does not fit.", null),
  } satisfies Record<string, CardAnswer>;
}

/** The full comparison of `oneConflict`, and how its job title came to be. */
export function comparisons(now: number) {
  const { changes } = contactRecord(now);
  const phone = phoneConflict(now);
  const rows: readonly (readonly [string, string, ComparedField["type"], string, string])[] = [
    ["email", "E-mail", { kind: "email" }, "ana.silva@example.com", decided],
    ["first_name", "First name", { kind: "name" }, "Ana", latest],
    ["last_name", "Last name", { kind: "name" }, "Silva", latest],
    ["job_title", "Job title", { kind: "text" }, "VP Support", latest],
    [
      "lifecycle",
      "Lifecycle stage",
      { kind: "stage", order: ["lead", "customer"] },
      "customer",
      "Operations wins where it changed too, else the latest change.",
    ],
    [
      "owner",
      "Owner",
      { kind: "owner" },
      "maria.lopez@example.com",
      "HubSpot owns it; changes elsewhere go back.",
    ],
  ];
  const fields: ComparedField[] = rows.map(([field, label, type, value, rule]) => ({
    field,
    label,
    type,
    values: phone.values.map((each) => ({ ...each, value, at: now - 4 * minuteMs })),
    isEqual: true,
    rule,
  }));
  const { field, label, type, values } = phone;
  fields.splice(3, 0, { field, label, type, values, isEqual: false, rule: decided });
  return {
    fields: { ok: true, fields, names: {}, readAt: now } satisfies FieldsAnswer,
    history: {
      ok: true,
      changes: changes.filter((change) => change.field === "job_title"),
      names: {},
      readAt: now,
    } satisfies HistoryAnswer,
    refused: {
      ok: false,
      error: { code: "unavailable", message: "The sync service could not read its own records." },
    } satisfies FieldsAnswer & HistoryAnswer,
  };
}

const decided = "A person decides between changes.";
const latest = "The latest change wins.";

export const ok = (record: CardRecord): CardAnswer => ({ ok: true, record });

export const error = (
  code: CardError["code"],
  message: string,
  record: CardRecord | null,
): CardAnswer => ({ ok: false, error: { code, message }, record });

const refused = (code: CardError["code"], message: string) => error(code, message, null);

function systems(
  now: number,
  but: { hubspot?: Partial<SystemState>; ops?: Partial<SystemState> } = {},
): SystemState[] {
  return [
    {
      system: "hubspot",
      label: "HubSpot",
      recordId: "151",
      url: "https://app.hubspot.com/contacts/12345678/record/0-1/151",
      status: "same",
      checkedAt: now - 2 * minuteMs,
      message: null,
      ...but.hubspot,
    },
    {
      system: "ops",
      label: "Operations",
      recordId: "c-20418",
      url: "https://ops.example.com/customers/c-20418",
      status: "same",
      checkedAt: now - 2 * minuteMs,
      message: null,
      ...but.ops,
    },
  ];
}

function contactRecord(now: number): CardRecord {
  return {
    object: "contact",
    state: "in_sync",
    systems: systems(now),
    conflicts: [],
    settled: [],
    problems: [],
    changes: contactChanges(now),
    fieldsEqual: 7,
    fieldsTotal: 7,
    mayResolve: true,
    names: {},
    related: [],
    pauses: [],
    mayPause: true,
    readAt: now,
  };
}

function contactChanges(now: number): CardChange[] {
  return [
    {
      at: now - 4 * minuteMs,
      field: "job_title",
      label: "Job title",
      type: { kind: "text" },
      from: "Head of Support",
      to: "VP Support",
      source: "hubspot",
      target: "ops",
      actor: maria,
      because: "Only HubSpot changed it.",
    },
    {
      at: now - 26 * hourMs,
      field: "lifecycle",
      label: "Lifecycle stage",
      type: { kind: "stage", order: ["lead", "qualified", "customer"] },
      from: "qualified",
      to: "customer",
      source: "ops",
      target: "hubspot",
      actor: importer,
      because: "Operations owns it.",
    },
    {
      at: now - 9 * dayMs,
      field: null,
      label: "Linked by e-mail address",
      type: null,
      from: null,
      to: null,
      source: null,
      target: "ops",
      actor: null,
      because: "Both records had ana.silva@example.com.",
    },
  ];
}

function unlinkedRecord(now: number): CardRecord {
  return {
    ...contactRecord(now),
    state: "unlinked",
    systems: systems(now, {
      ops: { status: "missing", recordId: null, url: null, checkedAt: null },
    }),
    changes: [],
    fieldsEqual: 0,
  };
}

function heldRecord(now: number): CardRecord {
  return {
    ...contactRecord(now),
    state: "held",
    systems: systems(now, { ops: { status: "differs" } }),
    problems: [
      {
        exceptionId: "x-held-1",
        kind: "refused_write",
        label: "Phone",
        message: "Operations did not accept +1 415 555 01.",
        mend: "Correct the number in HubSpot. It is sent again by itself.",
        openedAt: now - 50 * minuteMs,
        ...unanswerable,
      },
    ],
    fieldsEqual: 6,
  };
}

const unanswerable = { system: "Operations", shown: "refused-1", verbs: [], candidates: [] };

/** Two customers that may be this contact. */
function ambiguousRecord(now: number): CardRecord {
  const phone = { field: "phone", label: "Phone", type: { kind: "phone" } as const };
  const email = { field: "email", label: "E-mail", type: { kind: "email" } as const };
  const [mine, other] = ["ana.silva@example.com", "a.silva@brightwater.example"];
  const candidate = (recordId: string, changedAt: number, there: string) => ({
    system: "ops",
    label: "Operations",
    recordId,
    url: `https://ops.example.com/customers/${recordId}`,
    title: "Ana Silva",
    isLinked: false,
    changedAt,
    fields: [
      { ...email, here: mine, there, isSame: there === mine },
      { ...phone, here: "+14155550132", there: "+14155550199", isSame: false },
    ],
    verbs: ["link" as const, "apart" as const],
  });
  return {
    ...unlinkedRecord(now),
    state: "held",
    problems: [
      {
        exceptionId: "x-which",
        kind: "ambiguous",
        label: null,
        message: "2 records have the same E-mail.",
        mend: "Merge the duplicates, or change the value that they share, then sync again.",
        openedAt: now - 12 * minuteMs,
        system: "HubSpot",
        shown: "c-20418,c-20977",
        verbs: ["create"],
        candidates: [
          candidate("c-20418", now - 2 * dayMs, mine),
          candidate("c-20977", now - 400 * dayMs, other),
        ],
      },
    ],
  };
}

/** The customer was deleted in operations. */
function goneRecord(now: number): CardRecord {
  return {
    ...contactRecord(now),
    state: "held",
    systems: systems(now, {
      ops: { status: "missing", message: "This record was deleted in Operations." },
    }),
    problems: [
      {
        exceptionId: "x-gone",
        kind: "gone",
        label: null,
        message: "This record was deleted in Operations.",
        mend: "Restore it in Operations, or delete it here too. Until then nothing is changed.",
        openedAt: now - 30 * minuteMs,
        system: "Operations",
        shown: "gone-1",
        verbs: ["restore", "delete", "keep"],
        candidates: [],
      },
    ],
  };
}

function settledRecord(now: number): CardRecord {
  const record = contactRecord(now);
  return {
    ...record,
    readAt: now + 800,
    changes: [
      {
        at: now + 500,
        field: "phone",
        label: "Phone",
        type: { kind: "phone", region: "US" },
        from: "+14155550199",
        to: "+14155550132",
        source: "hubspot",
        target: "ops",
        actor: maria,
        because: "maria.lopez@example.com chose HubSpot.",
      },
      ...record.changes,
    ],
  };
}

function phoneConflict(now: number): CardConflict {
  return {
    exceptionId: "x-phone",
    field: "phone",
    label: "Phone",
    type: { kind: "phone", region: "US" },
    reason: "HubSpot and Operations changed it differently, and a person decides.",
    openedAt: now - 3 * minuteMs,
    values: [
      {
        system: "hubspot",
        label: "HubSpot",
        value: "+14155550132",
        at: now - 3 * minuteMs,
        actor: maria,
      },
      {
        system: "ops",
        label: "Operations",
        value: "+14155550199",
        at: now - 2 * hourMs,
        actor: importer,
      },
    ],
    shown: "phone-1",
    recommended: {
      system: "hubspot",
      because: "HubSpot changed it 2 hours after Operations.",
    },
  };
}

function emailConflict(now: number): CardConflict {
  return {
    exceptionId: "x-email",
    field: "email",
    label: "E-mail",
    type: { kind: "email" },
    reason: "HubSpot and Operations changed it differently, and a person decides.",
    openedAt: now - 26 * hourMs,
    values: [
      {
        system: "hubspot",
        label: "HubSpot",
        value: "ana.silva@example.com",
        at: now - 12 * dayMs,
        actor: { kind: "unknown" },
      },
      {
        system: "ops",
        label: "Operations",
        value: "ana.silva-fernandes@northwind-logistics.example.com",
        at: now - 26 * hourMs,
        actor: jonas,
      },
    ],
    shown: "email-1",
    recommended: { system: "ops", because: "Operations owns it." },
  };
}

function dealRecord(now: number): CardRecord {
  return {
    ...contactRecord(now),
    object: "deal",
    changes: [],
    systems: systems(now),
    fieldsTotal: 7,
  };
}

function amountConflict(now: number): CardConflict {
  return {
    exceptionId: "x-amount",
    field: "amount",
    label: "Amount",
    type: { kind: "money", currency: "USD" },
    reason: "HubSpot and Operations changed it differently, and a person decides.",
    openedAt: now - 5 * hourMs,
    values: [
      {
        system: "hubspot",
        label: "HubSpot",
        value: "12400 USD",
        at: now - 5 * hourMs,
        actor: maria,
      },
      {
        system: "ops",
        label: "Operations",
        value: "12900.5 USD",
        at: now - 6 * hourMs,
        actor: jonas,
      },
    ],
    shown: "amount-1",
    recommended: null,
  };
}

function closeDateConflict(now: number): CardConflict {
  return {
    exceptionId: "x-close",
    field: "close_date",
    label: "Close date",
    type: { kind: "date" },
    reason: "Both changed within two seconds of each other.",
    openedAt: now - 1 * hourMs,
    values: [
      { system: "hubspot", label: "HubSpot", value: "2026-12-04", at: now - hourMs, actor: maria },
      { system: "ops", label: "Operations", value: null, at: now - hourMs, actor: null },
    ],
    shown: "close-1",
    recommended: { system: "hubspot", because: "Operations is empty, and a value beats none." },
  };
}

function stageConflict(now: number): CardConflict {
  return {
    exceptionId: "x-stage",
    field: "stage",
    label: "Stage",
    type: { kind: "stage", order: ["scheduled", "qualified", "presented", "won", "lost"] },
    reason: "One was moved back, and stages only move forward.",
    openedAt: now - 2 * hourMs,
    values: [
      {
        system: "hubspot",
        label: "HubSpot",
        value: "qualified",
        at: now - 2 * hourMs,
        actor: maria,
      },
      { system: "ops", label: "Operations", value: "presented", at: null, actor: null },
    ],
    shown: "stage-1",
    recommended: { system: "ops", because: "Presented comes after Qualified." },
  };
}

function descriptionConflict(now: number): CardConflict {
  const notes =
    "Renewal with two extra warehouses. Legal wants the data processing agreement signed before " +
    "the kick-off, and Pat asked for a discount on the onboarding package.";
  return {
    exceptionId: "x-notes",
    field: "description",
    label: "Description",
    type: { kind: "text" },
    reason: "Both have a text of their own, and neither overwrites the other.",
    openedAt: now - 3 * dayMs,
    values: [
      { system: "hubspot", label: "HubSpot", value: notes, at: now - 3 * dayMs, actor: maria },
      {
        system: "ops",
        label: "Operations",
        value: notes.replace("two", "three"),
        at: now - 40 * dayMs,
        actor: jonas,
      },
    ],
    shown: "notes-1",
    recommended: null,
  };
}
