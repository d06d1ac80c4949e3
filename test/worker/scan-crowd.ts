/**
 * A million records that fit in little memory: untouched ones are made from their number when a
 * page is listed, and a record exists in the doubles only from the moment that somebody names it.
 * Everything but the list is the doubles' own, and the list copies what they answer for one record.
 */
import type { HubSpotDouble } from "../playground/hubspot/double.ts";
import { person } from "../playground/hubspot/people.ts";
import type { OpsDouble } from "../playground/ops/double.ts";
import { personNamed } from "../playground/ops/double.ts";

/** Ids of one length, so that their order as text is their order as numbers. */
const firstNumber = 1_000_001;
const pageMax = 100;

const emailOf = (index: number): string => `person${index}@example.com`;
export const crowdValues = { first_name: "Nora", job_title: "Engineer", last_name: null } as const;

export interface Crowd {
  idOf(index: number): string;
  /** Makes the record exist in the double, as it was all along. */
  bring(id: string): void;
  fetch(request: Request): Promise<Response>;
}

interface Place {
  readonly prefix: string;
  readonly size: number;
  /** Creates a record of this id and address as of the crowd's beginning. */
  readonly make: (id: string, email: string) => void;
  readonly fetch: (request: Request) => Promise<Response>;
  /** The number of the first record of the page. */
  readonly after: (url: URL) => number;
  /** One record that the double holds, as its lists show it. */
  readonly shown: (request: Request, id: string) => Promise<string>;
  readonly pageOf: (rows: readonly string[], next: string | null) => string;
}

function crowdOf(place: Place): Crowd {
  const { prefix, size, make } = place;
  const idOf = (index: number) => `${prefix}${firstNumber + index}`;
  const indexOf = (id: string) => Number(id.slice(prefix.length)) - firstNumber;
  const brought = new Set<number>();
  const bringIndex = (index: number) => {
    if (!(index >= 0 && index < size) || brought.has(index)) return;
    brought.add(index);
    make(idOf(index), emailOf(index));
  };
  let pattern: readonly string[] | null = null;
  /** A row of the double's, in pieces; its id and its address go between them. */
  const patternOf = async (request: Request): Promise<readonly string[]> => {
    const [id, email] = [idOf(size), emailOf(size)];
    make(id, email);
    const text = await place.shown(request, id);
    return text.split(new RegExp(`(${id}|${email})`)).map((piece) => {
      return piece === id ? "id" : piece === email ? "email" : piece;
    });
  };
  const list = async (request: Request): Promise<Response> => {
    const start = place.after(new URL(request.url));
    pattern ??= await patternOf(request);
    const rowOf = (index: number) => {
      const own: Readonly<Record<string, string>> = { id: idOf(index), email: emailOf(index) };
      return pattern?.map((piece) => own[piece] ?? piece).join("") ?? "";
    };
    const end = Math.min(size, start + pageMax);
    const rows: string[] = [];
    for (let index = start; index < end; index += 1) {
      rows.push(brought.has(index) ? await place.shown(request, idOf(index)) : rowOf(index));
    }
    const next = end < size ? idOf(end) : null;
    return new Response(place.pageOf(rows, next), {
      headers: { "content-type": "application/json" },
    });
  };
  return {
    idOf,
    bring: (id) => bringIndex(indexOf(id)),
    async fetch(request) {
      if (request.method === "GET" && /\/(contacts|customers)$/.test(new URL(request.url).pathname))
        return list(request);
      const named = await request.clone().text();
      for (const [, id = ""] of named.matchAll(/"((?:cus_)?\d{7})"/g)) bringIndex(indexOf(id));
      for (const [, index] of named.matchAll(/person(\d+)@example\.com/g)) {
        bringIndex(Number(index));
      }
      return place.fetch(request);
    },
  };
}

/** What the crowd needs of whoever keeps the clock: to make something as of its beginning. */
export interface Beginning {
  readonly at: number;
  readonly asOf: (make: () => void) => void;
}

export function hubspotCrowd(double: HubSpotDouble, size: number, { asOf }: Beginning): Crowd {
  const silent = { ...double.portal, announce: () => {} };
  const { nextId } = double.portal.state;
  return crowdOf({
    prefix: "",
    size,
    make: (id, email) =>
      asOf(() => {
        nextId["0-1"] = Number(id);
        person(silent, 1).create("contacts", {
          email,
          firstname: crowdValues.first_name,
          jobtitle: crowdValues.job_title,
        });
        nextId["0-1"] = firstNumber + size + 1_000;
      }),
    fetch: (request) => double.fetch(request),
    after: (url) => {
      const after = url.searchParams.get("after");
      return after === null ? 0 : Number(after) - firstNumber;
    },
    shown: async (request, id) => {
      const url = new URL(request.url);
      url.pathname += `/${id}`;
      for (const name of ["after", "limit"]) url.searchParams.delete(name);
      return (await double.fetch(new Request(url, { headers: request.headers }))).text();
    },
    pageOf: (rows, next) => {
      const paging = next === null ? "" : `,"paging":{"next":{"after":"${next}"}}`;
      return `{"results":[${rows.join(",")}]${paging}}`;
    },
  });
}

export function toolCrowd(double: OpsDouble, size: number, { at }: Beginning): Crowd {
  const set = { given_name: crowdValues.first_name, role: crowdValues.job_title };
  const by = personNamed("Dev");
  const last = (id: string) => `cus_${Number(id.slice("cus_".length)) - 1}`;
  return crowdOf({
    prefix: "cus_",
    size,
    make: (id, email) =>
      double.seed([{ object: "customers", id, edits: [{ at, by, set: { ...set, email } }] }]),
    fetch: (request) => double.fetch(request),
    after: (url) => {
      const after = url.searchParams.get("cursor");
      return after === null ? 0 : Number(after.slice("cus_".length)) - firstNumber + 1;
    },
    shown: async (_request, id) => JSON.stringify(double.record("customers", id)),
    // It names the last row that it gave, not the next one.
    pageOf: (rows, next) => {
      const cursor = next === null ? "end" : last(next);
      const more = next === null ? "null" : `"${cursor}"`;
      return `{"rows":[${rows.join(",")}],"cursor":"${cursor}","next_cursor":${more}}`;
    },
  });
}
