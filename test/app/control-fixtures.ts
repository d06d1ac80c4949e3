/** What the Worker may answer the control center and the settings with, in every state. */
import type { Answered, ControlAction } from "../../shared/control.ts";

export type Answers = { readonly [A in ControlAction]: Answered<A> };

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A company with two systems, some work to do and a month behind it. */
export function controlAnswers(now: number): Answers {
  return {
    session: session(),
    overview: overview(now),
    ...exceptionAnswers(now),
    ...recordAnswers(now),
    ...auditAnswers(now),
    ...runAnswers(now),
    ...systemAnswers(now),
    ...policyAnswers(now),
    ...settingsAnswers(now),
  };
}

/** The same company on the first day: nothing has happened, nothing is open. */
export function emptyAnswers(now: number): Answers {
  const full = controlAnswers(now);
  const nothing = { total: 0, oldestAt: null, byAge: [], byKind: [], byObject: [] };
  return {
    ...full,
    overview: {
      ...full.overview,
      errorRate: { ...full.overview.errorRate, share: null, problems: 0, writes: 0 },
      confidence: full.overview.confidence.map((row) => ({
        ...row,
        share: null,
        shares: {},
        level: "unverified",
      })),
      open: { ...nothing, byOwner: [], byAssignee: [] },
      settling: { ...full.overview.settling, hours: 0, answers: 0, people: 0 },
      throughput: { lastHour: 0, lastDay: 0 },
      days: full.overview.days.map(({ day: of }) => ({
        day: of,
        writes: 0,
        opened: 0,
        settled: 0,
        errorRate: null,
      })),
      crossed: [],
      proposalsWaiting: 0,
    },
    exceptions: { items: [], cursor: null, total: 0, readAt: now },
    "exception-groups": { groups: [], total: 0, readAt: now },
    find: { matches: [], cursor: null },
    audit: { entries: [], cursor: null, searchedTo: null },
    runs: { runs: [], cursor: null, readAt: now },
    "run-findings": { findings: [], cursor: null },
    parity: { ...full.parity, measuredAt: null, fields: [], bySegment: [], differing: [] },
    systems: { ...full.systems, pauses: [], brakes: [] },
    policies: { ...full.policies, proposals: [] },
    settings: { ...full.settings, pauses: [], roles: [] },
  };
}

const people = {
  dana: { id: "101", email: "dana.brooks@example.com", name: "Dana Brooks" },
  lee: { id: "102", email: "lee.tanaka@example.com", name: "Lee Tanaka" },
  ana: { id: "103", email: "ana.silva@example.com", name: "Ana Silva" },
} as const;

const phone = { kind: "phone" } as const;
const stage = { kind: "stage", order: ["new", "in_talks", "won", "lost"] } as const;
const money = { kind: "money", currency: "EUR" } as const;
const text = { kind: "text" } as const;

function session(): Answers["session"] {
  const field = (key: string, label: string, type: object, critical = false) =>
    ({ key, label, type, critical }) as Answers["session"]["objects"][number]["fields"][number];
  return {
    person: people.dana,
    role: { role: "admin" },
    may: [
      ...(["see", "see_audit", "see_settings", "settle", "assign", "sync_record"] as const),
      ...(["pause_record", "replay", "export", "run", "repair", "pause", "release"] as const),
      ...(["check_system", "answer_proposal", "change_settings", "change_roles"] as const),
    ],
    notice: null,
    systems: [
      { key: "hubspot", label: "HubSpot" },
      { key: "ops", label: "Operations" },
    ],
    objects: [
      {
        key: "contact",
        label: "Contact",
        objectTypeId: "0-1",
        fields: [
          field("email", "E-mail", { kind: "email" }, true),
          field("phone", "Phone", phone),
          field("jobTitle", "Job title", text),
        ],
      },
      {
        key: "deal",
        label: "Deal",
        objectTypeId: "0-3",
        fields: [
          field("name", "Name", { kind: "name" }),
          field("amount", "Amount", money, true),
          field("stage", "Stage", { ...stage, order: [...stage.order] }, true),
        ],
      },
    ],
    exceptionKinds: [
      { key: "conflict", label: "Conflict" },
      { key: "refused", label: "Refused write" },
      { key: "ambiguous", label: "Ambiguous match" },
    ],
    auditKinds: [
      { key: "wrote", label: "Written" },
      { key: "ruled", label: "Settled by a person" },
      { key: "paused", label: "Paused" },
    ],
    formats: { locale: null, timeZone: null, currency: null },
  };
}

function overview(now: number): Answers["overview"] {
  return {
    readAt: now,
    errorRate: {
      share: 0.0042,
      problems: 31,
      writes: 7_380,
      definition: "Writes that failed or were refused, as a share of all writes of 30 days.",
    },
    confidence: confidences(),
    open: openCounts(now),
    settling: {
      hours: 3.4,
      answers: 142,
      people: 6,
      days: 30,
      definition:
        "For each answer, the time since the person's answer before it, at most five minutes.",
    },
    throughput: { lastHour: 212, lastDay: 3_904 },
    systems: systemGlances(now),
    days: month(now),
    thresholds: thresholds(),
    crossed: [
      {
        threshold: "oldestExceptionHoursMax",
        system: null,
        says: "The oldest exception is open for 9 days; it should be at most 3.",
      },
      {
        threshold: "lagMinutesMax",
        system: "ops",
        says: "Operations is behind by 22 minutes; it should be at most 15.",
      },
    ],
    proposalsWaiting: 1,
  };
}

function month(now: number): Answers["overview"]["days"] {
  return Array.from({ length: 30 }, (_, index) => {
    const wave = Math.round(40 * Math.sin(index / 3) + 60);
    return {
      day: new Date(now - (29 - index) * day).toISOString().slice(0, 10),
      writes: index % 7 < 5 ? 180 + wave * 4 : 40,
      opened: index % 7 < 5 ? 6 + (index % 4) : 1,
      settled: index % 7 < 5 ? 5 + ((index + 2) % 5) : 0,
      errorRate: 0.002 + (index === 21 ? 0.016 : (index % 5) / 2_000),
    };
  });
}

const openCounts = (now: number): Answers["overview"]["open"] => ({
  total: 37,
  oldestAt: now - 9 * day,
  byAge: [
    { key: "hour", label: "Under an hour", count: 4 },
    { key: "day", label: "An hour to a day", count: 12 },
    { key: "week", label: "A day to a week", count: 16 },
    { key: "older", label: "Over a week", count: 5 },
  ],
  byKind: [
    { key: "conflict", label: "Conflict", count: 29 },
    { key: "refused", label: "Refused write", count: 6 },
    { key: "ambiguous", label: "Ambiguous match", count: 2 },
  ],
  byObject: [
    { key: "contact", label: "Contact", count: 25 },
    { key: "deal", label: "Deal", count: 12 },
  ],
  byOwner: [
    { key: people.lee.email, label: "Lee Tanaka", count: 19 },
    { key: people.ana.email, label: "Ana Silva", count: 11 },
    { key: "", label: "Nobody", count: 5 },
    { key: "*", label: "All others", count: 2 },
  ],
  byAssignee: [
    { key: "", label: "Nobody", count: 28 },
    { key: people.lee.id, label: "Lee Tanaka", count: 9 },
  ],
});

const thresholds = () => ({
  errorRateMax: 0.01,
  confidenceMin: 0.98,
  openExceptionsMax: 100,
  oldestExceptionHoursMax: 72,
  lagMinutesMax: 15,
  budgetShareMax: 0.8,
});

function confidences(): Answers["overview"]["confidence"] {
  const definition = "The share of the pipeline whose important fields are proven the same.";
  return [
    {
      object: "deal",
      label: "Deal",
      share: 0.991,
      level: "high",
      shares: { EUR: 0.994, USD: 0.972 },
      definition,
    },
    {
      object: "contact",
      label: "Contact",
      share: 0.964,
      level: "medium",
      shares: {},
      definition,
    },
  ];
}

const systemGlances = (now: number): Answers["overview"]["systems"] => [
  {
    system: "hubspot",
    label: "HubSpot",
    lagMs: null,
    waiting: 0,
    held: 0,
    isPaused: false,
    budget: { used: 41_300, max: 650_000, perHour: 2_100, endsAt: null },
  },
  {
    system: "ops",
    label: "Operations",
    lagMs: 22 * minute,
    waiting: 340,
    held: 12,
    isPaused: false,
    budget: { used: 8_900, max: 10_000, perHour: 640, endsAt: now + 2 * hour },
  },
];

type Item = Answers["exceptions"]["items"][number];

function exceptionItem(now: number, index: number): Item {
  const names = ["Maria Johnson", "Brian Halligan", "Ines Costa", "Tom Weber", "Yuki Mori"];
  const title = names[index % names.length] ?? "";
  const isPhone = index % 3 !== 1;
  return {
    id: `x${index + 1}`,
    kind: "conflict",
    kindLabel: "Conflict",
    status: index === 4 ? "answered" : "open",
    object: isPhone ? "contact" : "deal",
    objectLabel: isPhone ? "Contact" : "Deal",
    field: isPhone ? "phone" : "amount",
    fieldLabel: isPhone ? "Phone" : "Amount",
    type: isPhone ? phone : money,
    critical: !isPhone,
    entityId: `e${index + 1}`,
    title: isPhone ? title : `${title.split(" ")[1]} renewal`,
    records: recordRefs(index),
    values: isPhone
      ? [
          held("hubspot", `+1415555${132 + 7 * index}2`, now - 2 * hour, "Lee Tanaka"),
          held("ops", `+1415555${132 + 7 * index}8`, now - 3 * hour, "Sam Price"),
        ]
      : [
          held("hubspot", `${12_400 + 1_900 * index} EUR`, now - day, "Ana Silva"),
          held("ops", `${12_900 + 1_900 * index} EUR`, now - 5 * hour, "Sam Price"),
        ],
    shown: `shown-${index + 1}`,
    recommended: isPhone ? { system: "hubspot", because: "It was changed last." } : null,
    reason: "Both systems changed it since they last agreed, to different values.",
    mend: "",
    openedAt: now - (index + 1) * 3 * hour,
    owner: index % 4 === 3 ? null : { email: people.lee.email, name: people.lee.name },
    assignee: index % 5 === 2 ? people.ana : null,
    maySettle: true,
  };
}

const recordRefs = (index: number) => [
  {
    system: "hubspot",
    label: "HubSpot",
    recordId: String(151 + index),
    url: `https://app.hubspot.com/contacts/12345678/record/0-1/${151 + index}`,
  },
  {
    system: "ops",
    label: "Operations",
    recordId: `C-${1001 + index}`,
    url: `https://ops.example.com/customers/C-${1001 + index}`,
  },
];

function held(system: string, value: string, at: number, name: string) {
  const label = system === "hubspot" ? "HubSpot" : "Operations";
  return { system, label, value, at, actor: { kind: "person" as const, name } };
}

function refusedItem(now: number): Item {
  return {
    ...exceptionItem(now, 7),
    id: "x-refused",
    kind: "refused",
    kindLabel: "Refused write",
    object: "contact",
    objectLabel: "Contact",
    title: "Ned Ortiz",
    field: "email",
    fieldLabel: "E-mail",
    type: { kind: "email" },
    critical: true,
    values: [],
    shown: null,
    recommended: null,
    reason: "HubSpot refused the e-mail address: another contact has it.",
    mend: "Merge the two contacts in HubSpot, or change one address.",
    assignee: people.lee,
    maySettle: false,
  };
}

function exceptionAnswers(now: number) {
  const items = [refusedItem(now), ...Array.from({ length: 9 }, (_, n) => exceptionItem(now, n))];
  const first = exceptionItem(now, 0);
  return {
    exceptions: { items, cursor: "next", total: 37, readAt: now },
    "exception-groups": {
      groups: [
        { key: "contact.phone", label: "Contact: Phone", count: 19 },
        { key: "deal.amount", label: "Deal: Amount", count: 10 },
        { key: "contact.email", label: "Contact: E-mail", count: 8 },
      ],
      total: 37,
      readAt: now,
    },
    exception: {
      item: first,
      rule: "The change made last wins. Changes within two minutes are asked about.",
      changes: changes(now),
      ruling: null,
      readAt: now,
    },
    settle: { exceptionId: first.id, settledAt: now },
    "settle-preview": {
      count: 3,
      isCapped: false,
      skipped: [{ count: 1, because: "Not a choice between values." }],
      samples: [0, 2, 3].map((index) => {
        const item = exceptionItem(now, index);
        return {
          exceptionId: item.id,
          title: item.title,
          label: item.fieldLabel ?? "",
          type: item.type,
          before: item.values,
          after: item.values[0]?.value ?? null,
        };
      }),
      asOf: now,
      fingerprint: "f1",
    },
    "settle-many": { count: 3, fingerprint: "f1" },
    settling: { count: 3, settled: 2, answered: 1, reopened: 0, at: now, by: "Dana Brooks" },
    assign: { count: 1, assignee: people.lee },
    replay: { count: 1 },
    export: { csv: "Record,Field\r\nMaria Johnson,Phone\r\n", rows: 1, cursor: null },
    people: {
      people: Object.values(people).map((person) => ({
        ...person,
        teams: [{ key: "7", label: "Sales EMEA" }],
      })),
      teams: [
        { key: "7", label: "Sales EMEA" },
        { key: "8", label: "RevOps" },
      ],
      note: null,
    },
  } satisfies Partial<Answers>;
}

const changes = (now: number): Answers["exception"]["changes"] => [
  {
    at: now - 8 * day,
    field: "phone",
    label: "Phone",
    type: phone,
    from: "+14155550100",
    to: "+14155550132",
    source: "hubspot",
    target: "ops",
    actor: { kind: "person", name: "Lee Tanaka" },
    because: "Only HubSpot changed it, so its value was taken.",
  },
  {
    at: now - 40 * day,
    field: "phone",
    label: "Phone",
    type: phone,
    from: null,
    to: "+14155550100",
    source: "ops",
    target: "hubspot",
    actor: { kind: "automation", name: "Import of customers" },
    because: "HubSpot had none, so the value of Operations was taken.",
  },
];

function cardRecord(now: number): Answers["record"]["record"] {
  return {
    object: "contact",
    state: "conflicts",
    systems: [
      {
        ...{ system: "hubspot", label: "HubSpot", recordId: "151", status: "differs" as const },
        url: "https://app.hubspot.com/contacts/12345678/record/0-1/151",
        checkedAt: now,
        message: null,
      },
      {
        ...{ system: "ops", label: "Operations", recordId: "C-1001", status: "differs" as const },
        url: "https://ops.example.com/customers/C-1001",
        checkedAt: now,
        message: null,
      },
    ],
    conflicts: [
      {
        exceptionId: "x1",
        field: "phone",
        label: "Phone",
        type: phone,
        reason: "Both systems changed it since they last agreed, to different values.",
        openedAt: now - 3 * hour,
        values: exceptionItem(now, 0).values,
        shown: "shown-1",
        recommended: { system: "hubspot", because: "It was changed last." },
      },
    ],
    settled: [],
    problems: [],
    changes: changes(now),
    fieldsEqual: 2,
    fieldsTotal: 3,
    mayResolve: true,
    names: {},
    related: [
      {
        field: "company",
        label: "Company",
        records: [{ entityId: "e9", title: "Northgate Robotics", places: [] }],
        count: 1,
      },
    ],
    pauses: [],
    mayPause: true,
    readAt: now,
  };
}

function recordAnswers(now: number) {
  const record = cardRecord(now);
  const same = (value: string) => [
    held("hubspot", value, now - 30 * day, "Ana Silva"),
    held("ops", value, now - 30 * day, "Sam Price"),
  ];
  return {
    find: {
      matches: [0, 2].map((index) => ({
        entityId: `e${index + 1}`,
        object: "contact",
        objectLabel: "Contact",
        title: exceptionItem(now, index).title,
        records: recordRefs(index),
        because: "Name",
      })),
      cursor: null,
    },
    record: {
      entityId: "e1",
      title: "Maria Johnson",
      objectLabel: "Contact",
      owner: "Lee Tanaka",
      record,
      fields: [
        {
          field: "phone",
          label: "Phone",
          type: phone,
          values: exceptionItem(now, 0).values,
          isEqual: false,
          rule: "The change made last wins.",
        },
        {
          field: "email",
          label: "E-mail",
          type: { kind: "email" as const },
          values: same("maria.johnson@example.com"),
          isEqual: true,
          rule: "HubSpot decides; a change elsewhere is undone.",
        },
        {
          field: "jobTitle",
          label: "Job title",
          type: text,
          values: same("Head of purchasing"),
          isEqual: true,
          rule: "The change made last wins.",
        },
      ],
      pauses: [],
      hubspot: { objectTypeId: "0-1", objectId: "151" },
      may: ["see", "settle", "sync_record", "pause_record", "repair"],
    },
    "record-history": { entries: auditEntries(now), cursor: null },
    "record-sync": { record },
    repair: { record: { ...record, state: "in_sync" as const, conflicts: [] } },
  } satisfies Partial<Answers>;
}

/** A record of which nobody knows yet whether it is another one. */
export function puzzlingRecord(now: number): Answers["record"] {
  const { record: answer } = controlAnswers(now);
  const email = { kind: "email" } as const;
  const candidate = (recordId: string, title: string, there: string) => ({
    ...{ system: "ops", label: "Operations", recordId, title, isLinked: false },
    url: `https://ops.example.com/customers/${recordId}`,
    changedAt: now - 3 * day,
    fields: [
      {
        ...{ field: "email", label: "E-mail", type: email, isSame: false },
        ...{ here: "maria.johnson@example.com", there },
      },
      {
        ...{ field: "phone", label: "Phone", type: phone, isSame: true },
        ...{ here: "+14155550132", there: "+14155550132" },
      },
    ],
    verbs: ["link" as const],
  });
  return {
    ...answer,
    entityId: "e2",
    record: {
      ...answer.record,
      state: "held",
      conflicts: [],
      problems: [
        {
          ...{ exceptionId: "x-ambiguous", kind: "ambiguous", label: null, system: "Operations" },
          message: "Two customers in Operations may be this contact.",
          mend: "Say which one it is, or that it is none of them.",
          shown: "shown-ambiguous",
          verbs: ["create"],
          candidates: [
            candidate("C-2001", "Maria Johnson", "m.johnson@example.com"),
            candidate("C-2002", "Mary Johnson", "mary@example.com"),
          ],
          openedAt: now - 2 * hour,
        },
      ],
    },
  };
}

function auditEntries(now: number): Answers["audit"]["entries"] {
  const about = {
    object: "contact",
    objectLabel: "Contact",
    title: "Maria Johnson",
    entityId: "e1",
    isErased: false,
  };
  return [
    {
      ...about,
      entry: 4,
      at: now - hour,
      kind: "ruled",
      kindLabel: "Settled by a person",
      system: null,
      systemLabel: null,
      person: "Dana Brooks",
      says: "Chose HubSpot's job title.",
      changes: [],
    },
    {
      ...about,
      entry: 3,
      at: now - 8 * day,
      kind: "wrote",
      kindLabel: "Written",
      system: "ops",
      systemLabel: "Operations",
      person: "Lee Tanaka",
      says: "Wrote the phone number to Operations, as it was changed in HubSpot only.",
      changes: changes(now).slice(0, 1),
    },
    {
      ...about,
      entityId: "e9",
      entry: 2,
      at: now - 20 * day,
      kind: "wrote",
      kindLabel: "Written",
      system: "hubspot",
      systemLabel: "HubSpot",
      person: null,
      title: null,
      says: "Wrote two fields to HubSpot.",
      changes: [],
      isErased: true,
    },
  ];
}

const auditAnswers = (now: number) =>
  ({
    audit: { entries: auditEntries(now), cursor: "more", searchedTo: now - 30 * day },
    "audit-chain": {
      entries: 4,
      brokenAt: null,
      root: { day: "2026-11-22", root: "ab12", chains: 812, sentAt: now - 19 * hour },
    },
  }) satisfies Partial<Answers>;

type Run = Answers["runs"]["runs"][number];

function goingRun(now: number): Run {
  return {
    id: "r1",
    kind: "scan",
    object: "contact",
    objectLabel: "Contact",
    startedBy: "Dana Brooks",
    dry: false,
    state: "running",
    note: null,
    system: "ops",
    read: 41_200,
    expected: 96_000,
    progress: 0.43,
    recordsPerMinute: 5_200,
    endsAt: now + 11 * minute,
    startedAt: now - 8 * minute,
    finishedAt: null,
    durationMs: 8 * minute,
    resumed: 0,
    calls: 830,
    differing: 14,
    moving: 3,
    missing: 2,
    extra: 0,
    repaired: 9,
    excepted: 1,
    waiting: 4,
    forecast: null,
    forecastCalls: null,
  };
}

function dryRun(now: number): Run {
  return {
    ...goingRun(now),
    id: "r2",
    kind: "backfill",
    object: "deal",
    objectLabel: "Deal",
    dry: true,
    state: "done",
    system: null,
    read: 12_400,
    expected: 12_400,
    progress: 1,
    endsAt: null,
    startedAt: now - 2 * day,
    finishedAt: now - 2 * day + 4 * minute,
    durationMs: 4 * minute,
    differing: 0,
    missing: 0,
    repaired: 0,
    excepted: 0,
    forecast: [
      { says: "Records that belong together", count: 11_800 },
      { says: "Would be created in Operations", count: 520 },
      { says: "Would be asked about", count: 80 },
    ],
    forecastCalls: { HubSpot: 640, Operations: 1_900 },
  };
}

function runAnswers(now: number) {
  const run = goingRun(now);
  const stopped = { ...run, id: "r3", state: "stopped" as const, startedAt: now - 9 * day };
  return {
    runs: { runs: [run, dryRun(now), stopped], cursor: null, readAt: now },
    "run-start": { runId: "r4", started: true },
    "run-turn": { run: { ...run, state: "paused" as const } },
    "run-findings": {
      findings: [0, 1, 2].map((index) => ({
        system: "ops",
        systemLabel: "Operations",
        recordId: `C-${1001 + index}`,
        entityId: index === 2 ? null : `e${index + 1}`,
        title: index === 2 ? null : exceptionItem(now, index * 2).title,
        kind: "drift",
        says: index === 2 ? "Not linked to any record." : "Differs though nothing is pending.",
        fields: index === 2 ? [] : ["Phone"],
        foundAt: now - index * minute,
      })),
      cursor: null,
    },
    parity: {
      object: "contact",
      measuredAt: now - 3 * hour,
      fields: [
        { field: "email", label: "E-mail", equal: 95_980, different: 20, share: 0.9998 },
        { field: "phone", label: "Phone", equal: 93_100, different: 2_900, share: 0.9698 },
        { field: "jobTitle", label: "Job title", equal: 95_300, different: 700, share: 0.9927 },
      ],
      segments: [{ key: "owner", label: "Owner" }],
      bySegment: [],
      oldestDivergenceAt: now - 12 * day,
      differing: [0, 2].map((index) => ({
        entityId: `e${index + 1}`,
        title: exceptionItem(now, index).title,
        field: "phone",
        label: "Phone",
        type: phone,
        values: exceptionItem(now, index).values,
        because: "Waits for a person.",
        since: now - 3 * hour,
      })),
      isComplete: true,
    },
  } satisfies Partial<Answers>;
}

const pauses = (now: number) => [
  {
    scope: "field:deal.amount",
    label: "Deal: Amount",
    reason: "Finance checks the currency first.",
    by: "Dana Brooks",
    at: now - 5 * hour,
  },
];

function systemAnswers(now: number) {
  const [hubspot, ops] = systemGlances(now);
  if (!hubspot || !ops) throw new Error("there are two systems");
  const objects = [
    { key: "contact", label: "Contact" },
    { key: "deal", label: "Deal" },
  ];
  const { isPaused: _, ...one } = hubspot;
  const { isPaused: __, ...two } = ops;
  return {
    systems: {
      readAt: now,
      systems: [
        {
          ...one,
          state: "ok" as const,
          credentials: "ok" as const,
          lastOkAt: now - 20_000,
          lastError: null,
          objects,
          pause: null,
        },
        {
          ...two,
          state: "slow" as const,
          credentials: "ok" as const,
          lastOkAt: now - 40_000,
          lastError: { at: now - 12 * minute, message: "It took longer than 10 seconds." },
          objects,
          pause: null,
        },
      ],
      pauses: pauses(now),
      brakes: [
        {
          system: "ops",
          systemLabel: "Operations",
          object: "contact",
          objectLabel: "Contact",
          held: 12,
          since: now - 2 * hour,
          says: "More than 5,000 contacts would have been changed within ten minutes.",
        },
      ],
    },
    "system-check": { state: "ok" as const, message: "It took our token.", tookMs: 120 },
    pause: { scope: "all" },
    resume: { scope: "field:deal.amount", released: 3 },
    release: { released: 10 },
  } satisfies Partial<Answers>;
}

function policyAnswers(now: number) {
  const proposal: Answers["policies"]["proposals"][number] = {
    id: "p1",
    object: "contact",
    objectLabel: "Contact",
    field: "phone",
    fieldLabel: "Phone",
    now: "The change made last wins.",
    proposed: "Operations always wins.",
    by: "Lee Tanaka",
    at: now - 6 * hour,
    entityId: "e1",
    state: "waiting",
    answeredBy: null,
    answeredAt: null,
    note: null,
    change: 'contact.fields.phone.policy = { rule: "prefer", system: "ops" }',
  };
  return {
    policies: {
      version: 12,
      says: "The rules stand in worker/sync.config.ts and change with a deployment.",
      rank: session().systems,
      precedence: [
        "A value that cannot be used is never taken.",
        "A blank never replaces a value, unless the field says so.",
        "What all systems hold is agreed.",
      ],
      objects: session().objects.map(({ key, label, fields }) => ({
        key,
        label,
        deletes: "A deletion in one system is asked about.",
        fields: fields.map((field) => ({
          ...field,
          rule: "The change made last wins. Changes within two minutes are asked about.",
          changedBy: "HubSpot and Operations",
          properties: { HubSpot: field.key.toLowerCase(), Operations: field.key },
        })),
      })),
      proposals: [
        proposal,
        {
          ...proposal,
          id: "p2",
          fieldLabel: "Job title",
          state: "accepted" as const,
          answeredBy: "Dana Brooks",
          answeredAt: now - hour,
          note: "Agreed with the team.",
        },
      ],
    },
    "proposal-answer": { proposal: { ...proposal, state: "accepted" as const } },
  } satisfies Partial<Answers>;
}

function settingsAnswers(now: number) {
  const settings: Answers["settings"] = {
    version: 3,
    changedBy: "Dana Brooks",
    changedAt: now - 4 * day,
    thresholds: thresholds(),
    formats: { locale: null, timeZone: null, currency: null },
    channels: [
      {
        channel: "slack",
        label: "Slack",
        isConfigured: true,
        mend: null,
        isOn: true,
        kinds: [],
      },
      {
        channel: "telegram",
        label: "Telegram",
        isConfigured: false,
        mend: "Set TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID where the sync is deployed.",
        isOn: false,
        kinds: [],
      },
      {
        channel: "webhook",
        label: "Webhook",
        isConfigured: true,
        mend: null,
        isOn: false,
        kinds: ["refused"],
      },
    ],
    defaultRole: { role: "resolver", scope: "own" },
    roles: [
      {
        holder: { kind: "user", id: people.dana.id },
        label: "Dana Brooks",
        role: { role: "admin" },
        by: null,
        at: null,
        isFixed: true,
      },
      {
        holder: { kind: "team", id: "7" },
        label: "Sales EMEA",
        role: { role: "resolver", scope: "team" },
        by: "Dana Brooks",
        at: now - 20 * day,
        isFixed: false,
      },
    ],
    pauses: pauses(now),
    regions: [
      { objectLabel: "Contact", fieldLabel: "Phone", says: "National numbers are German." },
      { objectLabel: "Deal", fieldLabel: "Amount", says: "Without a currency it is EUR." },
    ],
  };
  return {
    settings,
    "settings-save": { ...settings, version: 4 },
    "role-set": { ...settings, version: 4 },
    "channel-test": { sent: true, message: "Sent. Look into the channel." },
  } satisfies Partial<Answers>;
}
