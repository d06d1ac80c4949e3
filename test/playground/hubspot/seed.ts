/**
 * Fills a HubSpot double with the world's records, as if people had worked there for two years:
 * every value has its time and its author, and no webhook tells of it.
 */
import type { Held } from "../../../shared/record.ts";
import type { MappedField } from "../../../worker/core/rules.ts";
import { config } from "../../../worker/sync.config.ts";
import { keysIn, type World, type WorldPerson, type WorldRecord } from "../world.ts";
import type { HubSpotDouble } from "./double.ts";
import { type Hand, person } from "./people.ts";
import type { Portal } from "./state.ts";

const teams = {
  sales: { id: "5101", name: "Sales" },
  success: { id: "5102", name: "Customer success" },
} as const;

/** Returns HubSpot's id by the world's key. */
export function seedHubSpot(double: HubSpotDouble, world: World): ReadonlyMap<string, string> {
  const { portal } = double;
  portal.state.owners = world.people.map((each, index) => ({
    id: each.hubspotOwnerId,
    userId: each.hubspotUserId,
    email: each.email,
    firstName: each.firstName,
    lastName: each.lastName,
    teams: [index < 3 ? teams.sales : teams.success],
    archived: false,
  }));
  const ids = new Map<string, string>();
  seedRecords(portal, world, world.companies, "companies", mapped("company"), ids);
  seedRecords(portal, world, world.contacts, "contacts", mapped("contact"), ids);
  seedRecords(portal, world, world.deals, "deals", mapped("deal"), ids);
  associateAll(portal, world, ids);
  return ids;
}

interface SeedField extends Pick<MappedField, "field" | "property"> {
  readonly kind?: string;
  readonly currencyProperty?: string;
  readonly names?: Readonly<Record<string, string>>;
}

function mapped(object: string): readonly SeedField[] {
  const mapping = config.objects[object]?.mappings.hubspot;
  if (mapping === undefined) throw new Error(`${object} is not mapped to HubSpot`);
  return mapping.fields.map((each) => ({ ...each, kind: each.type.kind }));
}

function seedRecords(
  portal: Portal,
  world: World,
  records: readonly WorldRecord[],
  type: string,
  fields: readonly SeedField[],
  ids: Map<string, string>,
): void {
  for (const record of records) {
    if (!record.in.includes("hubspot")) continue;
    const values = { ...record.values, ...record.typed.hubspot };
    const author = personOf(world, record.by);
    const id = at(portal, record.createdAt, author).create(type, properties(world, fields, values));
    ids.set(record.key, id);
    for (const edit of record.edits) {
      if (edit.system !== "hubspot") continue;
      const change = properties(world, fields, { [edit.field]: edit.value });
      at(portal, edit.at, personOf(world, edit.by)).update(type, id, change);
    }
  }
}

function associateAll(portal: Portal, world: World, ids: ReadonlyMap<string, string>): void {
  const hand = at(portal, portal.now(), world.people[0]!);
  const link = (type: string, record: WorldRecord, toType: string, field: string) => {
    const id = ids.get(record.key);
    for (const key of keysIn(record.refersTo[field])) {
      const toId = ids.get(key);
      if (id === undefined || toId === undefined) continue;
      hand.associate(type, id, toType, toId, primaries[`${type}/${toType}`]);
    }
  };
  for (const contact of world.contacts) link("contacts", contact, "companies", "company");
  for (const deal of world.deals) {
    link("deals", deal, "companies", "company");
    link("deals", deal, "contacts", "contacts");
  }
}

const primaries: Readonly<Record<string, number>> = {
  "contacts/companies": 1,
  "deals/companies": 5,
};

/** Canonical values as HubSpot writes them. */
function properties(
  world: World,
  fields: readonly SeedField[],
  values: Readonly<Record<string, Held>>,
): Record<string, string> {
  const written: Record<string, string> = {};
  for (const field of fields) {
    const value = values[field.field];
    if (typeof value !== "string") continue;
    const [amount = "", currency] = value.split(" ");
    switch (field.kind) {
      case "owner":
        written[field.property] = world.people.find((each) => each.email === value)!.hubspotOwnerId;
        break;
      case "money":
        written[field.property] = amount;
        if (field.currencyProperty !== undefined && currency !== undefined) {
          written[field.currencyProperty] = currency;
        }
        break;
      default:
        written[field.property] = field.names?.[value] ?? value;
    }
  }
  return written;
}

/** Somebody's hand at a moment in the past, unseen by webhooks. */
function at(portal: Portal, time: number, author: WorldPerson): Hand {
  return person({ ...portal, now: () => time, announce: () => {} }, author.hubspotUserId);
}

function personOf(world: World, key: string): WorldPerson {
  const found = world.people.find((each) => each.key === key);
  if (found === undefined) throw new Error(`nobody is called ${key}`);
  return found;
}
