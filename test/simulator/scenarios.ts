/**
 * Things that happen one at a time in a small company, to be disturbed at every single call. Each
 * names what it wants to exist before, and what then happens.
 */
import type { Held } from "../../shared/record.ts";
import type { OpsObject } from "../playground/ops/model.ts";
import type { HeldRecord } from "./ledger.ts";
import { mappingOf, type SystemName, spelled, systemObjectOf } from "./values.ts";
import { answerConflict, create, type Stage } from "./workload.ts";

export interface Scenario {
  readonly name: string;
  /** Synced in peace before anything is disturbed. */
  readonly company: (stage: Stage) => void;
  /** A second peaceful step, where what is to happen needs one. */
  readonly before?: (stage: Stage) => void;
  readonly happens: (stage: Stage) => void;
}

const pair = (stage: Stage) => {
  create(stage, ["hubspot", "ops"], "contact", 11);
};

const twoPairs = (stage: Stage) => {
  pair(stage);
  create(stage, ["hubspot", "ops"], "contact", 12);
};

const deal = (stage: Stage) => {
  create(stage, ["ops"], "deal", 14);
};

const sets = (system: SystemName, object: string, field: string, value: Held) => (stage: Stage) =>
  set(stage, system, object, field, value);

export const scenarios: readonly Scenario[] = [
  {
    name: "somebody edits in HubSpot",
    company: pair,
    happens: sets("hubspot", "contact", "job_title", "About canary1"),
  },
  {
    name: "somebody edits in the tool",
    company: pair,
    happens: sets("ops", "contact", "phone", "+14152001234"),
  },
  {
    name: "two people edit different fields",
    company: pair,
    happens: (stage) => {
      set(stage, "hubspot", "contact", "first_name", "Canary1");
      set(stage, "ops", "contact", "last_name", "Canary2");
    },
  },
  {
    name: "two people edit one field that is asked about",
    company: pair,
    happens: differ,
  },
  {
    name: "a conflict is answered by one of its values",
    company: pair,
    before: differ,
    happens: (stage) => answerConflict(stage, 1),
  },
  {
    name: "a conflict is answered by a typed value",
    company: pair,
    before: differ,
    happens: (stage) => answerConflict(stage, 5),
  },
  {
    name: "a contact is created in HubSpot",
    company: () => {},
    happens: (stage) => void create(stage, ["hubspot"], "contact", 21),
  },
  {
    name: "a contact is created in the tool",
    company: () => {},
    happens: (stage) => void create(stage, ["ops"], "contact", 22),
  },
  {
    name: "a contact is created in both at once",
    company: () => {},
    happens: (stage) => void create(stage, ["hubspot", "ops"], "contact", 23),
  },
  {
    name: "a deal is created in HubSpot and gets its number from the tool",
    company: () => {},
    happens: (stage) => void create(stage, ["hubspot"], "deal", 24),
  },
  {
    name: "a field is changed by somebody who does not own it",
    company: pair,
    happens: sets("ops", "contact", "owner", "ana@seller.example"),
  },
  {
    name: "a lifecycle stage moves back",
    company: pair,
    before: sets("ops", "contact", "lifecycle", "customer"),
    happens: sets("ops", "contact", "lifecycle", "lead"),
  },
  {
    name: "two contacts swap their addresses",
    company: twoPairs,
    happens: (stage) => {
      const [one, other] = recordsOf(stage, "ops", "contact");
      if (one === undefined || other === undefined) return;
      setOf(stage, one, "email", "canary-between@people.example");
      setOf(stage, other, "email", one.fields.email ?? null);
      setOf(stage, one, "email", other.fields.email ?? null);
    },
  },
  {
    name: "a record is archived and comes back",
    company: pair,
    happens: (stage) => {
      const [record] = recordsOf(stage, "hubspot", "contact");
      if (record === undefined) return;
      stage.world.hubspot.person(501).archive("contacts", record.id);
      stage.world.hubspot.person(501).restore("contacts", record.id);
    },
  },
  {
    name: "an import changes every contact",
    company: twoPairs,
    happens: (stage) => {
      for (const record of recordsOf(stage, "hubspot", "contact")) {
        setOf(stage, record, "job_title", `About canary${record.id}`);
      }
    },
  },
  {
    name: "an amount and a stage of a deal change",
    company: deal,
    happens: (stage) => {
      set(stage, "hubspot", "deal", "stage", "won");
      set(stage, "ops", "deal", "amount", "77.5 USD");
    },
  },
  {
    name: "two contacts are merged in HubSpot",
    company: twoPairs,
    happens: (stage) => {
      const [one, other] = recordsOf(stage, "hubspot", "contact");
      if (one === undefined || other === undefined) return;
      stage.world.hubspot.person(501).merge("contacts", one.id, other.id);
    },
  },
];

function differ(stage: Stage): void {
  set(stage, "hubspot", "contact", "phone", "+14152001111");
  set(stage, "ops", "contact", "phone", "+14152002222");
}

const recordsOf = ({ auditor }: Stage, system: SystemName, object: string): HeldRecord[] =>
  [...auditor.ledger.records.values()].filter(
    (record) => record.system === system && record.object === object && !record.archived,
  );

function set(stage: Stage, system: SystemName, object: string, field: string, value: Held): void {
  const [record] = recordsOf(stage, system, object);
  if (record !== undefined) setOf(stage, record, field, value);
}

function setOf({ world, auditor }: Stage, record: HeldRecord, field: string, value: Held): void {
  const { system, object, id } = record;
  const mapped = mappingOf(object, system).fields.find((one) => one.field === field);
  if (mapped === undefined) throw new Error(`${object} has no ${field} in ${system}`);
  const type = systemObjectOf(object, system);
  const properties = spelled(mapped, system, value, 0);
  if (system === "hubspot") world.hubspot.person(501).update(type, id, properties);
  else world.ops.person("Ana").update(type as OpsObject, id, properties);
  auditor.observe();
}
