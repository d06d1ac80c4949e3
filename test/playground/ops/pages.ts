/**
 * The operations tool as its own people see it: lists with a search, records to edit, create and
 * archive. Plain HTML that works by keyboard and without scripts; its look is nothing like HubSpot.
 */
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { people } from "../world.ts";
import { type OpsDouble, OpsRefusal } from "./double.ts";
import {
  isOpsObject,
  models,
  type OpsObject,
  type OpsProperty,
  type OpsValue,
  opsObjects,
} from "./model.ts";
import { style, watch } from "./pages-look.ts";
import type { OpsRecord } from "./wire.ts";

export interface OpsPagesOptions {
  readonly double: OpsDouble;
  /** Where the pages are mounted. */
  readonly base?: string;
}

type Html = ReturnType<typeof html>;
/** A list of several choices is joined by commas, as `textOf` joins what a record holds. */
type Form = Readonly<Record<string, string>>;

/** What somebody typed that the tool does not take. */
interface Trouble {
  readonly typed: Form;
  readonly property: string;
  readonly message: string;
}

interface Parts {
  readonly double: OpsDouble;
  readonly base: string;
}

const rowsPerPage = 50;
const columns: Readonly<Record<OpsObject, readonly string[]>> = {
  customers: ["email", "phone", "role", "lifecycle", "account_owner"],
  opportunities: ["number", "value", "currency", "phase", "expected_close", "owner_email"],
  subscriptions: ["plan", "seats", "price", "currency", "state", "renews_on"],
  organizations: ["web_domain", "main_phone", "city", "industry", "owner_email"],
};
const names = people.map(({ firstName, lastName }) => `${firstName} ${lastName}`);
/** Whom the pages take the visitor for, until told otherwise. */
const visitor = "Elena Kowalczyk";

export function opsPages({ double, base = "/ops" }: OpsPagesOptions): Hono {
  const app = new Hono();
  const parts = { double, base };
  app.get("/", (context) => context.redirect(`${base}/customers`));
  app.get("/:object", (context) => context.html(listPage(parts, objectOf(context), context)));
  app.get("/:object/new", (context) => {
    const page = formPage(parts, objectOf(context), null, null);
    return context.html(page);
  });
  app.get("/:object/:id", (context) => {
    const object = objectOf(context);
    const record = recordOf(parts, object, context);
    return context.html(formPage(parts, object, record, null, context.req.query("done")));
  });
  app.get("/:object/:id/version", (context) => {
    const { version } = recordOf(parts, objectOf(context), context);
    return context.json({ version });
  });
  app.post("/:object/new", (context) => save(parts, context, null));
  app.post("/:object/:id", (context) =>
    save(parts, context, recordOf(parts, objectOf(context), context)),
  );
  app.post("/:object/:id/:verb{archive|restore}", async (context) => {
    const object = objectOf(context);
    const record = recordOf(parts, object, context);
    const verb = context.req.param("verb") === "archive" ? "archive" : "restore";
    const typed = await formOf(context);
    try {
      double.person(typed.as ?? visitor)[verb](object, record.id);
    } catch (error) {
      return context.html(formPage(parts, object, record, troubleOf(error, {})), 422);
    }
    return context.redirect(`${base}/${object}/${record.id}?done=${verb}d`, 303);
  });
  app.onError((error, context) => {
    if (!(error instanceof Absent)) throw error;
    const back = html`<p><a href="${base}/customers">Back to customers</a></p>`;
    return context.html(layout(parts, "Not found", null, html`<h1>Not found</h1>${back}`), 404);
  });
  return app;
}

async function save(parts: Parts, context: Context, record: OpsRecord | null): Promise<Response> {
  const object = objectOf(context);
  const typed = await formOf(context);
  const editor = parts.double.person(typed.as ?? visitor);
  const set = Object.fromEntries(
    Object.keys(models[object].properties)
      .filter((name) => typed[name] !== undefined && typed[name] !== textOf(record, name))
      .map((name) => [name, typedValue(object, name, typed[name] ?? "")]),
  );
  try {
    const saved = record ? editor.update(object, record.id, set) : editor.create(object, set);
    const done = record ? "saved" : "created";
    return context.redirect(`${parts.base}/${object}/${saved.id}?done=${done}`, 303);
  } catch (error) {
    return context.html(formPage(parts, object, record, troubleOf(error, typed)), 422);
  }
}

function typedValue(object: OpsObject, name: string, typed: string): OpsValue {
  if (typed === "") return null;
  const isList = models[object].properties[name]?.type.kind === "references";
  return isList ? typed.split(",") : typed;
}

function listPage(parts: Parts, object: OpsObject, context: Context): Html {
  const model = models[object];
  const sought = context.req.query("q") ?? "";
  const archived = context.req.query("archived") === "yes";
  const page = Math.max(1, Math.trunc(Number(context.req.query("page") ?? 1)) || 1);
  const found = parts.double
    .records(object)
    .filter((record) => record.archived === archived && matches(record, object, sought))
    .toReversed();
  const shown = found.slice((page - 1) * rowsPerPage, page * rowsPerPage);
  const kept = { q: sought, ...(archived && { archived: "yes" }) };
  const query = (to: number) => `?${new URLSearchParams({ ...kept, page: String(to) })}`;
  const head = columns[object].map(
    (name) => html`<th scope="col">${model.properties[name]?.label}</th>`,
  );
  const rows = shown.map((record) => {
    const cells = columns[object].map((name) => html`<td>${textOf(record, name)}</td>`);
    const address = `${parts.base}/${object}/${record.id}`;
    return html`<tr>
      <th scope="row"><a href="${address}">${titleOf(object, record)}</a></th>
      ${cells}
    </tr>`;
  });
  const body = html`
    <div class="bar">
      <h1>${archived ? `Archived ${model.label.toLowerCase()}` : model.label}</h1>
      <a class="button" href="${parts.base}/${object}/new">New ${model.labelOne.toLowerCase()}</a>
    </div>
    <form class="search" role="search" method="get">
      <label for="q">Search</label>
      <input id="q" name="q" type="search" value="${sought}">
      <label><input type="checkbox" name="archived" value="yes" ${archived ? "checked" : ""}>
        Archived</label>
      <button>Search</button>
    </form>
    <p role="status">${found.length} ${found.length === 1 ? "record" : "records"}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="${model.label}">
    <table>
      <thead><tr><th scope="col">${model.labelOne}</th>${head}</tr></thead>
      <tbody>${rows}</tbody>
    </table>
    </div>
    <nav class="pages" aria-label="Pages">
      ${page > 1 ? html`<a href="${query(page - 1)}">Previous page</a>` : ""}
      ${found.length > page * rowsPerPage ? html`<a href="${query(page + 1)}">Next page</a>` : ""}
    </nav>`;
  return layout(parts, model.label, object, body);
}

function formPage(
  parts: Parts,
  object: OpsObject,
  record: OpsRecord | null,
  trouble: Trouble | null,
  done?: string,
): Html {
  const model = models[object];
  const title = record ? titleOf(object, record) : `New ${model.labelOne.toLowerCase()}`;
  const address = `${parts.base}/${object}/${record?.id ?? "new"}`;
  const fields = Object.entries(model.properties).map(([name, property]) =>
    field(parts, name, property, record, trouble),
  );
  const body = html`
    <p class="crumb"><a href="${parts.base}/${object}">${model.label}</a></p>
    <h1>${title}</h1>
    ${record ? about(record) : ""}
    ${done && doneWords[done] ? html`<p role="status" class="done">${doneWords[done]}</p>` : ""}
    ${trouble ? html`<p role="alert" class="trouble">Not saved: ${trouble.message}.</p>` : ""}
    <p id="moved" role="status"></p>
    <form method="post" action="${address}" id="record"
      ${record ? html`data-version="${record.version}" data-at="${address}/version"` : ""}>
      ${fields}
      <div class="row actions">${asWhom(trouble)}<button class="main">Save</button></div>
    </form>
    ${record ? archiving(address, record) : ""}
    ${watch}`;
  return layout(parts, title, object, body);
}

const doneWords: Readonly<Record<string, string>> = {
  saved: "Saved.",
  created: "Created.",
  archived: "Archived.",
  restored: "Restored.",
};

function field(
  parts: Parts,
  name: string,
  property: OpsProperty,
  record: OpsRecord | null,
  trouble: Trouble | null,
): Html {
  const { label, type, long } = property;
  const value = trouble?.typed[name] ?? textOf(record, name);
  const wrong = trouble?.property === name;
  const invalid = wrong ? html`aria-invalid="true"` : "";
  const described = html`aria-describedby="${name}-about" ${invalid}`;
  const set = record?.changed[name];
  const said = wrong
    ? `${label} ${trouble.message.slice(name.length + 1)}`
    : set
      ? history(set)
      : "";
  return html`<div class="row">
    <label for="${name}">${label}</label>
    <div>
      ${
        type.kind === "option"
          ? html`<select id="${name}" name="${name}" ${described}>${choices(type.options, value)}
            </select>`
          : "object" in type
            ? references(parts, name, type, value, described)
            : long
              ? html`<textarea id="${name}" name="${name}" rows="4" ${described}>
${value}</textarea>`
              : html`<input id="${name}" name="${name}" value="${value}" autocomplete="off"
                type="${type.kind === "date" ? "date" : "text"}" ${described}>`
      }
      <p id="${name}-about" class="${wrong ? "trouble" : "about"}">${said}</p>
    </div>
  </div>`;
}

function choices(options: readonly string[], value: string): Html[] {
  return ["", ...options].map(
    (each) => html`<option value="${each}" ${each === value ? "selected" : ""}>${each}</option>`,
  );
}

/** Records to choose from, and links to those that are chosen. */
function references(
  { double, base }: Parts,
  name: string,
  type: { readonly kind: "reference" | "references"; readonly object: OpsObject },
  value: string,
  described: Html,
): Html {
  const chosen = value.split(",");
  const records = double
    .records(type.object)
    .filter(({ id, archived }) => !archived || chosen.includes(id))
    .map((record) => ({ id: record.id, title: titleOf(type.object, record) }))
    .toSorted((a, b) => a.title.localeCompare(b.title));
  const options = records.map(
    ({ id, title }) =>
      html`<option value="${id}" ${chosen.includes(id) ? "selected" : ""}>${title}</option>`,
  );
  const links = records
    .filter(({ id }) => chosen.includes(id))
    .map(({ id, title }) => html`<a href="${base}/${type.object}/${id}">${title}</a> `);
  const isList = type.kind === "references";
  // A list with nothing chosen is not sent at all; the hidden blank says that it was there.
  return html`${isList ? html`<input type="hidden" name="${name}" value="">` : ""}
    <select id="${name}" name="${name}" ${isList ? html`multiple size="5"` : ""} ${described}>
      ${isList ? "" : html`<option value=""></option>`}${options}
    </select>
    <span class="links">${links}</span>`;
}

function asWhom(trouble: Trouble | null): Html {
  const chosen = trouble?.typed.as ?? visitor;
  const options = names.map(
    (name) => html`<option ${name === chosen ? "selected" : ""}>${name}</option>`,
  );
  return html`<label>Saving as <select name="as">${options}</select></label>`;
}

function archiving(address: string, record: OpsRecord): Html {
  const verb = record.archived ? "restore" : "archive";
  const words = record.archived ? "Restore this record" : "Archive this record";
  return html`<form method="post" action="${address}/${verb}" class="row actions">
    <button>${words}</button>
  </form>`;
}

function about(record: OpsRecord): Html {
  const { id, version, updated_at, updated_by, archived } = record;
  return html`<p class="about">${archived ? "Archived · " : ""}${id} · version ${version} ·
    last changed ${moment(updated_at ?? record.created_at)} by ${actorWords(updated_by)}</p>`;
}

function history({ at, by }: OpsRecord["changed"][string]): Html {
  return html`${actorWords(by)}, ${moment(at)}`;
}

function actorWords({ kind, name }: OpsRecord["updated_by"]): string {
  return kind === "user" ? name : `${name} (${kind})`;
}

function moment(at: string): Html {
  return html`<time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 19)} UTC</time>`;
}

function layout({ base }: Parts, title: string, current: OpsObject | null, body: Html): Html {
  const links = opsObjects.map(
    (object) =>
      html`<li><a href="${base}/${object}" ${object === current ? html`aria-current="page"` : ""}
        >${models[object].label}</a></li>`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Operations</title>
${style}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header><p class="brand">Operations</p><nav aria-label="Objects"><ul>${links}</ul></nav></header>
<main id="main">${body}</main>
</body>
</html>`;
}

function matches(record: OpsRecord, object: OpsObject, sought: string): boolean {
  const text = [
    record.id,
    ...Object.keys(models[object].properties).map((name) => textOf(record, name)),
  ];
  return text.join("\n").toLowerCase().includes(sought.trim().toLowerCase());
}

function titleOf(object: OpsObject, record: OpsRecord): string {
  const names = Object.keys(models[object].properties);
  return models[object].title(
    Object.fromEntries(names.map((name) => [name, textOf(record, name)])),
  );
}

function textOf(record: OpsRecord | null, name: string): string {
  const value = record?.[name] ?? "";
  return String(value);
}

function troubleOf(error: unknown, typed: Form): Trouble {
  if (!(error instanceof OpsRefusal)) throw error;
  return { typed, property: error.property, message: error.message };
}

async function formOf(context: Context): Promise<Form> {
  const form = await context.req.parseBody({ all: true });
  return Object.fromEntries(
    Object.entries(form).map(([name, value]) => {
      const texts = [value].flat().filter((each) => typeof each === "string" && each !== "");
      return [name, texts.join(",").replaceAll("\r\n", "\n")];
    }),
  );
}

class Absent extends Error {}

function objectOf(context: Context): OpsObject {
  const name = context.req.param("object") ?? "";
  if (!isOpsObject(name)) throw new Absent(name);
  return name;
}

function recordOf({ double }: Parts, object: OpsObject, context: Context): OpsRecord {
  const id = context.req.param("id") ?? "";
  const record = double.record(object, id);
  if (!record) throw new Absent(id);
  return record;
}
