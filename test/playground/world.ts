/**
 * The made-up company whose records both doubles are seeded from. The same call gives the same
 * data; values are canonical, each system's seed translates them into its own properties.
 */
import type { FieldName, Held } from "../../shared/record.ts";
import { cities, companyNames, firstNames, jobTitles, lastNames, needs } from "./world-words.ts";

export type Holder = "hubspot" | "ops";

/** Somebody who works with both systems, and may own records. */
export interface WorldPerson {
  readonly key: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  /** HubSpot tells a user's id and an owner's id apart. */
  readonly hubspotUserId: number;
  readonly hubspotOwnerId: string;
}

/** A value somebody set in one system only, so that the systems differ. */
export interface WorldEdit {
  readonly system: Holder;
  readonly field: FieldName;
  readonly value: Held;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Key of the person. */
  readonly by: string;
}

export interface WorldRecord {
  readonly key: string;
  readonly in: readonly Holder[];
  readonly createdAt: number;
  /** Key of the person who created it, wherever it is. */
  readonly by: string;
  /** What every holder has, edits aside. */
  readonly values: Readonly<Record<FieldName, Held>>;
  /** By reference field, the key or the set of keys of other records. */
  readonly refersTo: Readonly<Record<FieldName, string | readonly string[]>>;
  /** The same value as a person typed it, where it is not written canonically. */
  readonly typed: Readonly<Partial<Record<Holder, Readonly<Record<FieldName, string>>>>>;
  /** In time order. */
  readonly edits: readonly WorldEdit[];
}

export interface World {
  readonly people: readonly WorldPerson[];
  readonly companies: readonly WorldRecord[];
  readonly contacts: readonly WorldRecord[];
  readonly deals: readonly WorldRecord[];
  /** Edits for after the first match: they would keep the two records from being matched. */
  readonly later: readonly (WorldEdit & { readonly record: string })[];
}

export const people: readonly WorldPerson[] = [
  person("ada", "Ada", "Okafor", 71001, "381001"),
  person("ben", "Ben", "Lindqvist", 71002, "381002"),
  person("chloe", "Chloé", "Marchand", 71003, "381003"),
  person("dev", "Dev", "Raman", 71004, "381004"),
  person("elena", "Elena", "Kowalczyk", 71005, "381005"),
  person("finn", "Finn", "O'Hara", 71006, "381006"),
];

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const minuteMs = 60_000;

/** `now`: the moment the world is looked at; every time in it lies before. */
export function world(now = Date.UTC(2026, 10, 23, 9)): World {
  const companies = companyNames.map((name, index) => company(name, index, now));
  const contacts = Array.from({ length: 200 }, (_, index) => contact(index, companies, now));
  return {
    people,
    companies,
    contacts,
    deals: Array.from({ length: 60 }, (_, index) => deal(index, companies, now)),
    later: later(contacts[30]!, now),
  };
}

/** What a record's field of references names. */
export function keysIn(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}

export function recordOf({ companies, contacts, deals }: World, key: string): WorldRecord {
  const found = [...companies, ...contacts, ...deals].find((each) => each.key === key);
  if (found === undefined) throw new Error(`the world has no ${key}`);
  return found;
}

/** Two people change one e-mail address: before the first match it would prevent the match. */
function later(record: WorldRecord, now: number): World["later"] {
  const domain = String(record.values.email).split("@")[1];
  const [mine, theirs] = [`office@${domain}`, `accounts@${domain}`];
  return [
    { record: record.key, ...edit("hubspot", "email", mine, now - 20 * minuteMs, "ada") },
    { record: record.key, ...edit("ops", "email", theirs, now - 12 * minuteMs, "elena") },
  ];
}

function person(
  key: string,
  firstName: string,
  lastName: string,
  hubspotUserId: number,
  hubspotOwnerId: string,
): WorldPerson {
  const email = `${ascii(firstName)}.${ascii(lastName)}@brightwater.example`;
  return { key, firstName, lastName, email, hubspotUserId, hubspotOwnerId };
}

function company(name: string, index: number, now: number): WorldRecord {
  const city = pick(cities, index * 7 + 3);
  return {
    key: `company-${index + 1}`,
    in: index % 10 === 9 ? ["hubspot"] : ["hubspot", "ops"],
    createdAt: now - (700 - index * 9) * dayMs,
    by: pick(people, index).key,
    values: {
      name,
      domain: domainOf(name),
      phone: phone(city, index + 400),
      city: city.name,
      country: city.country,
      industry: index % 11 === 6 ? null : pick(industries, index),
      owner: pick(people, index).email,
    },
    refersTo: {},
    typed: {},
    edits: [],
  };
}

function contact(index: number, companies: readonly WorldRecord[], now: number): WorldRecord {
  const key = `contact-${index + 1}`;
  const employer = companies[(index * 11) % companies.length]!;
  const city = pick(cities, ((index * 11) % companies.length) * 7 + 3);
  // The last contact bears the name of the first but is somebody else, at another company.
  const who = index === 199 ? 0 : index;
  const firstName = pick(firstNames, who * 5 + Math.floor(who / firstNames.length));
  const lastName = pick(lastNames, who * 7 + Math.floor(who / 31));
  const number = phone(city, index);
  const blankPhone = index % 17 === 5;
  const values = {
    email: `${ascii(firstName)}.${ascii(lastName)}@${String(employer.values.domain)}`,
    first_name: firstName,
    last_name: lastName,
    phone: blankPhone ? null : number,
    job_title: index % 13 === 7 ? null : pick(jobTitles, index * 3),
    lifecycle: pick(lifecycles, index * 5 + Math.floor(index / 6)),
    owner: pick(people, index).email,
  };
  return {
    key,
    in: holders(index, 12, 5, 15, 9),
    createdAt: now - (620 - index * 3) * dayMs - (index % 9) * hourMs,
    by: pick(people, index + 2).key,
    values,
    refersTo: { company: employer.key },
    typed: blankPhone ? {} : typedPhone(index, city, number),
    edits: contactEdits(key, values, now).toSorted(byTime),
  };
}

function deal(index: number, companies: readonly WorldRecord[], now: number): WorldRecord {
  const key = `deal-${index + 1}`;
  const customer = companies[(index * 13) % companies.length]!;
  const where = holders(index, 10, 3, 12, 6);
  const stage = pick(stages, index * 3 + Math.floor(index / 7));
  const closed = stage === "won" || stage === "lost";
  const staff = Array.from({ length: 200 }, (_, each) => each).filter(
    (each) => companies[(each * 11) % companies.length] === customer,
  );
  const values = {
    // The number is given by operations; a deal only HubSpot knows has none yet.
    number: where.includes("ops") ? `OP-${10_240 + index}` : null,
    name: `${String(customer.values.name)} – ${pick(needs, index)}`,
    amount: `${amountOf(index)} ${currencyOf(customer)}`,
    stage,
    close_date: isoDate(now + (closed ? -1 : 1) * (6 + ((index * 5) % 90)) * dayMs),
    description: index % 4 === 0 ? pick(descriptions, index / 4) : null,
    owner: pick(people, index + 1).email,
  };
  return {
    key,
    in: where,
    createdAt: now - (240 - index * 3) * dayMs,
    by: pick(people, index + 1).key,
    values,
    refersTo: {
      company: customer.key,
      contacts: staff.slice(0, 1 + (index % 2)).map((each) => `contact-${each + 1}`),
    },
    typed: {},
    edits: dealEdits(key, values, now).toSorted(byTime),
  };
}

const lifecycles = [
  "lead",
  "customer",
  "opportunity",
  "qualified",
  "customer",
  "subscriber",
  "lead",
  "evangelist",
] as const;

const stages = [
  "scheduled",
  "qualified",
  "presented",
  "agreed",
  "contract",
  "won",
  "lost",
] as const;

const industries = [
  "MACHINERY",
  "COMPUTER_SOFTWARE",
  "RETAIL",
  "FINANCIAL_SERVICES",
  "HOSPITALITY",
  "FARMING",
  "INSURANCE",
  "PUBLISHING",
] as const;

const descriptions = [
  "Two sites first, the rest in spring.",
  "Wants the audit trail before anything else.\nLegal reviews until month's end.",
  "Renewal; usage has doubled since last year.",
  "Came through the trade fair in Hanover.",
] as const;

type Values = Readonly<Record<FieldName, Held>>;

/** Ready-made differences, each of another kind. */
function contactEdits(key: string, values: Values, now: number): WorldEdit[] {
  switch (key) {
    // Asked about: two people corrected the phone number, differently.
    case "contact-3":
    case "contact-8":
      return [
        edit("hubspot", "phone", line(values.phone, 34), now - 3 * hourMs, "ada"),
        edit("ops", "phone", line(values.phone, 78), now - 50 * minuteMs, "dev"),
      ];
    // Newest wins: the operations edit is the later one.
    case "contact-14":
      return [
        edit("hubspot", "job_title", "VP Operations", now - 9 * hourMs, "ben"),
        edit("ops", "job_title", "Chief Operating Officer", now - 2 * hourMs, "elena"),
      ];
    // Different fields of one record: no conflict.
    case "contact-22":
      return [
        edit("hubspot", "last_name", "Castellanos-Reyes", now - 5 * hourMs, "chloe"),
        edit("ops", "job_title", "Head of Purchasing", now - 4 * hourMs, "dev"),
      ];
    // Operations is preferred for the lifecycle stage.
    case "contact-41":
      return [
        edit("hubspot", "lifecycle", "opportunity", now - 30 * hourMs, "ada"),
        edit("ops", "lifecycle", "customer", now - 31 * hourMs, "elena"),
      ];
    // HubSpot owns the owner: this one is reverted.
    case "contact-51":
      return [edit("ops", "owner", "dev.raman@brightwater.example", now - 7 * hourMs, "elena")];
    // The same change on both sides converges.
    case "contact-63":
      return [
        edit("hubspot", "phone", line(values.phone, 44), now - 8 * hourMs, "ben"),
        edit("ops", "phone", line(values.phone, 44), now - 6 * hourMs, "dev"),
      ];
    default:
      return [];
  }
}

function dealEdits(key: string, values: Values, now: number): WorldEdit[] {
  switch (key) {
    case "deal-2":
      return [
        edit("hubspot", "amount", plus(values.amount, 2_500), now - 5 * hourMs, "ben"),
        edit("ops", "amount", plus(values.amount, -1_000), now - 70 * minuteMs, "elena"),
      ];
    case "deal-8":
      return [
        edit("hubspot", "amount", plus(values.amount, 9_900), now - 28 * hourMs, "chloe"),
        edit("ops", "amount", plus(values.amount, 12_400), now - 3 * hourMs, "dev"),
      ];
    // HubSpot is preferred for the stage.
    case "deal-13":
      return [
        edit("hubspot", "stage", "contract", now - 9 * hourMs, "ada"),
        edit("ops", "stage", "agreed", now - 8 * hourMs, "dev"),
      ];
    // Newest wins: HubSpot's date is the later edit.
    case "deal-20":
      return [
        edit("ops", "close_date", isoDate(now + 40 * dayMs), now - 25 * hourMs, "elena"),
        edit("hubspot", "close_date", isoDate(now + 55 * dayMs), now - 2 * hourMs, "finn"),
      ];
    // Two texts where only a blank may be filled.
    case "deal-27":
      return [
        edit("hubspot", "description", "Pilot with one plant.", now - 12 * hourMs, "ada"),
        edit("ops", "description", "Pilot, then framework contract.", now - 11 * hourMs, "dev"),
      ];
    default:
      return [];
  }
}

/** The same number with other last digits. */
function line(number: Held | undefined, digits: number): string {
  return `${String(number).slice(0, -2)}${digits}`;
}

function plus(amount: Held | undefined, more: number): string {
  const [number, currency] = String(amount).split(" ");
  return `${Number(number) + more} ${currency}`;
}

function edit(system: Holder, field: FieldName, value: Held, at: number, by: string): WorldEdit {
  return { system, field, value, at, by };
}

/** Most are in both; every `h`-th from `hAt` only in HubSpot, every `o`-th only in operations. */
function holders(index: number, h: number, hAt: number, o: number, oAt: number): Holder[] {
  if (index % h === hAt) return ["hubspot"];
  if (index % o === oAt) return ["ops"];
  return ["hubspot", "ops"];
}

type City = (typeof cities)[number];

function phone(city: City, index: number): string {
  return city.phone.replace("##", String((index * 37 + 11) % 100).padStart(2, "0"));
}

/** People type national numbers, systems keep what was typed. */
function typedPhone(index: number, city: City, number: string): WorldRecord["typed"] {
  if (city.country !== "US") return index % 3 === 0 ? { hubspot: { phone: spaced(number) } } : {};
  const [area, exchange, line] = [number.slice(2, 5), number.slice(5, 8), number.slice(8)];
  if (index % 2 === 0) return { hubspot: { phone: `(${area}) ${exchange}-${line}` } };
  return { hubspot: { phone: number }, ops: { phone: `${area}.${exchange}.${line}` } };
}

function spaced(number: string): string {
  return `${number.slice(0, 3)} ${number.slice(3, 5)} ${number.slice(5)}`;
}

function amountOf(index: number): string {
  const cents = index % 9 === 4 ? ".5" : "";
  return `${1_200 + ((index * 97) % 240) * 500}${cents}`;
}

function currencyOf(customer: WorldRecord): string {
  const country = customer.values.country;
  if (country === "US") return "USD";
  return country === "GB" ? "GBP" : "EUR";
}

function domainOf(name: string): string {
  return `${name
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map(ascii)
    .join("-")}.example.com`;
}

/** Lower-case letters and digits only, accents dropped. */
function ascii(text: string): string {
  const plain = text.replaceAll("ł", "l").replaceAll("Ł", "L").replaceAll(/[øØ]/g, "o");
  return plain
    .normalize("NFD")
    .replace(/[^A-Za-z0-9]/g, "")
    .toLowerCase();
}

function byTime(a: WorldEdit, b: WorldEdit): number {
  return a.at - b.at;
}

function isoDate(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function pick<T>(from: readonly T[], index: number): T {
  return from[Math.floor(index) % from.length]!;
}
