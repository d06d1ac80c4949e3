/** What the operations tool holds of the playground's world, in its own words. */
import type { FieldName, Held } from "../../../shared/record.ts";
import {
  keysIn,
  recordOf,
  type World,
  type WorldEdit,
  type WorldPerson,
  type WorldRecord,
} from "../world.ts";
import { type OpsDouble, type OpsSeed, personNamed } from "./double.ts";
import { models, type OpsObject, type OpsValues } from "./model.ts";

/** `contact-31` becomes `cus_00031`. No webhook tells of what is seeded. */
export function seedOps(double: Pick<OpsDouble, "seed">, world: World): void {
  double.seed(opsSeeds(world));
}

function opsSeeds(world: World): OpsSeed[] {
  const seeds = (object: OpsObject, records: readonly WorldRecord[]) =>
    records
      .filter((record) => record.in.includes("ops"))
      .map((record) => seedOf(world, object, record));
  return [
    ...seeds("organizations", world.companies),
    ...seeds("customers", world.contacts),
    ...seeds("opportunities", world.deals),
  ];
}

/** The tool's id of a record of the world. */
export function opsIdOf(key: string): { readonly object: OpsObject; readonly id: string } {
  const [kind, number = ""] = key.split("-");
  const object = objects[kind ?? ""];
  if (!object) throw new Error(`the world has no ${key}`);
  return { object, id: `${models[object].idPrefix}${number.padStart(5, "0")}` };
}

/** A canonical value as the tool's properties. */
export function opsValues(object: OpsObject, field: FieldName, value: Held): OpsValues {
  const text = value === null ? null : String(value);
  const property = properties[object]?.[field];
  if (property === undefined) throw new Error(`${object} do not keep ${field}`);
  if (field === "amount") {
    const [amount = null, currency = null] = text?.split(" ") ?? [];
    return { value: amount, currency };
  }
  const names = words[property];
  return { [property]: text !== null && names ? (names[text] ?? null) : text };
}

const objects: Readonly<Record<string, OpsObject>> = {
  contact: "customers",
  company: "organizations",
  deal: "opportunities",
};

const properties: Readonly<Record<string, Readonly<Record<FieldName, string>>>> = {
  customers: {
    email: "email",
    first_name: "given_name",
    last_name: "family_name",
    phone: "phone",
    job_title: "role",
    lifecycle: "lifecycle",
    owner: "account_owner",
  },
  opportunities: {
    number: "number",
    name: "title",
    amount: "value",
    stage: "phase",
    close_date: "expected_close",
    description: "notes",
    owner: "owner_email",
  },
  organizations: {
    name: "name",
    domain: "web_domain",
    phone: "main_phone",
    city: "city",
    country: "country_code",
    industry: "industry",
    owner: "owner_email",
  },
};

/** What the world calls a stage -> what this tool does. */
const words: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  lifecycle: {
    subscriber: "newsletter",
    lead: "prospect",
    qualified: "qualified",
    opportunity: "in_talks",
    customer: "active",
    evangelist: "champion",
  },
  phase: {
    scheduled: "discovery",
    qualified: "qualified",
    presented: "proposal",
    agreed: "verbal_yes",
    contract: "paperwork",
    won: "won",
    lost: "lost",
  },
};

function seedOf(world: World, object: OpsObject, record: WorldRecord): OpsSeed {
  const { people } = world;
  const typed = record.typed.ops ?? {};
  const set = [
    ...Object.entries({ ...record.values, ...typed }).map(([field, value]) =>
      opsValues(object, field, value ?? null),
    ),
    ...Object.entries(record.refersTo).map(([field, value]) => referring(world, field, value)),
  ];
  const first = { at: record.createdAt, by: actorOf(people, record.by) };
  return {
    object,
    id: opsIdOf(record.key).id,
    edits: [
      { ...first, set: Object.assign({}, ...set) as OpsValues },
      ...record.edits
        .filter((edit) => edit.system === "ops")
        .map((edit) => ({
          at: edit.at,
          by: actorOf(people, edit.by),
          set: opsValues(object, edit.field, edit.value),
        })),
    ],
  };
}

/** Only to what operations has; what else the world knows is HubSpot's alone for now. */
function referring(world: World, field: FieldName, value: string | readonly string[]): OpsValues {
  const keys = keysIn(value).filter((key) => recordOf(world, key).in.includes("ops"));
  const ids = keys.map((key) => opsIdOf(key).id);
  const isSet = typeof value !== "string";
  return { [references[field]!]: ids.length === 0 ? null : isSet ? ids : ids[0]! };
}

const references: Readonly<Record<FieldName, string>> = {
  company: "organization",
  contacts: "customers",
};

function actorOf(people: readonly WorldPerson[], key: WorldEdit["by"]) {
  const person = people.find((each) => each.key === key);
  if (!person) throw new Error(`the world has no person ${key}`);
  return personNamed(`${person.firstName} ${person.lastName}`);
}
