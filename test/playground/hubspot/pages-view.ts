/** The HTML of the double's screens: plain forms and tables, usable by keyboard alone. */
import { html, raw } from "hono/html";
import { Temporal } from "temporal-polyfill";
import { associationsOf } from "./associations.ts";
import { propertyValue } from "./present.ts";
import type { ObjectDefinition, PropertyDefinition } from "./schema.ts";
import { type Owner, type Portal, type StoredRecord, storedRecord } from "./state.ts";
import { style } from "./style.ts";
import type { WorkflowAction } from "./workflow.ts";

export type Html = ReturnType<typeof html>;

export interface Link {
  readonly label: string;
  readonly url: string;
}

/** What was typed into a form, and why it was refused. */
export interface RecordForm {
  readonly values: Readonly<Record<string, string>>;
  readonly error: string | null;
}

export interface Frame {
  readonly base: string;
  /** Null on a page about none of them. */
  readonly object: ObjectDefinition | null;
  readonly objects: readonly ObjectDefinition[];
  readonly owners: readonly Owner[];
  readonly acting: Owner | null;
  readonly body: Html;
}

export function layout(frame: Frame): Html {
  const { base, object, objects, owners, acting } = frame;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${object?.labels.plural ?? "Faults"} · HubSpot double</title>
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to content</a>
        <header>
          <p class="brand"><strong>HubSpot</strong> <span class="tag">double</span></p>
          <nav aria-label="Objects">
            ${objects.map(
              (each) =>
                html`<a
                  href="${base}/${each.plural}"
                  ${each === object ? raw('aria-current="page"') : ""}
                  >${each.labels.plural}</a
                >`,
            )}
            <a href="${base}/faults" ${object === null ? raw('aria-current="page"') : ""}>Faults</a>
          </nav>
          <form method="get" class="acting">
            <label for="as">Working as</label>
            <select id="as" name="as">
              ${owners.map(
                (owner) =>
                  html`<option
                    value="${owner.userId}"
                    ${owner === acting ? raw("selected") : ""}
                  >
                    ${owner.firstName} ${owner.lastName}
                  </option>`,
              )}
            </select>
            <button>Switch</button>
          </form>
        </header>
        <aside class="notice" aria-label="About this page">
          A stand-in for HubSpot on this machine. Nothing you do here reaches a real portal.
        </aside>
        <main id="main">${frame.body}</main>
      </body>
    </html>`;
}

export interface ListView {
  readonly object: ObjectDefinition;
  readonly records: readonly StoredRecord[];
  readonly total: number;
  readonly query: string;
  readonly archived: boolean;
  readonly page: number;
  readonly perPage: number;
}

export function listView(portal: Portal, base: string, view: ListView): Html {
  const { object, records, total, query, archived } = view;
  const path = `${base}/${object.plural}`;
  const columns = columnsOf(object);
  const pages = Math.max(1, Math.ceil(total / view.perPage));
  const pageLink = (page: number) =>
    `${path}?${new URLSearchParams({ q: query, bin: archived ? "1" : "0", page: String(page) })}`;
  return html`<div class="heading">
      <h1>${object.labels.plural}${archived ? " in the recycle bin" : ""}</h1>
      <a class="button primary" href="${path}/new">Create ${lower(object)}</a>
    </div>
    <form method="get" class="search" role="search">
      <label for="q">Search</label>
      <input id="q" name="q" type="search" value="${query}" />
      <label class="check"
        ><input type="checkbox" name="bin" value="1" ${archived ? raw("checked") : ""} /> Recycle
        bin</label
      >
      <button>Find</button>
    </form>
    <p role="status">${total} ${total === 1 ? "record" : "records"}</p>
    <div class="scroll" role="region" aria-label="Records" tabindex="0">
      <table>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col">${column.label}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${records.map(
            (record) =>
              html`<tr>
                ${columns.map((column, index) => {
                  const text = column.text(portal, record);
                  return index === 0
                    ? html`<th scope="row"><a href="${path}/${record.id}">${text || "–"}</a></th>`
                    : html`<td>${text}</td>`;
                })}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <nav class="pages" aria-label="Pages">
      ${view.page > 1 ? html`<a href="${pageLink(view.page - 1)}">Previous</a>` : ""}
      <span>Page ${view.page} of ${pages}</span>
      ${view.page < pages ? html`<a href="${pageLink(view.page + 1)}">Next</a>` : ""}
    </nav>`;
}

export function newView(
  portal: Portal,
  base: string,
  object: ObjectDefinition,
  given: RecordForm,
): Html {
  const path = `${base}/${object.plural}`;
  return html`<p><a href="${path}">${object.labels.plural}</a></p>
    <h1>New ${lower(object)}</h1>
    ${alertBox(given.error)}
    <form method="post" action="${path}/new">
      <div class="fields">
        ${editable(object).map((each) =>
          input(portal, object, each, given.values[`p.${each.name}`] ?? ""),
        )}
      </div>
      <button class="primary">Create</button>
    </form>`;
}

export interface RecordView {
  readonly object: ObjectDefinition;
  readonly record: StoredRecord;
  readonly given: RecordForm;
  readonly link: Link | null;
  readonly done: string | null;
  readonly formerIds: readonly string[];
  /** What the app offers to workflows. */
  readonly actions: readonly WorkflowAction[];
}

const doneTexts: Readonly<Record<string, string>> = {
  created: "Created.",
  saved: "Saved.",
  unchanged: "Nothing was changed.",
  archived: "Moved to the recycle bin.",
  restored: "Restored.",
  merged: "This is the record the two became.",
};

export function recordView(portal: Portal, base: string, view: RecordView): Html {
  const { object, record, given, link, done } = view;
  const path = `${base}/${object.plural}`;
  const archived = record.archivedAt !== null;
  const merged = view.formerIds.length > 0 ? `, merged from ${view.formerIds.join(", ")}` : "";
  const doneText = doneTexts[done ?? ""] ?? done ?? undefined;
  return html`<p><a href="${path}">${object.labels.plural}</a></p>
    <div class="heading">
      <h1>${titleOf(object, record)}</h1>
      ${link === null ? "" : html`<a class="button" href="${link.url}">${link.label}</a>`}
    </div>
    <p class="quiet">
      Record ${record.id}${merged}.
      Created ${when(record.createdAt)}, changed ${when(record.updatedAt)}.
      ${archived ? html`<strong>In the recycle bin.</strong>` : ""}
    </p>
    ${doneText === undefined ? "" : html`<p class="good" role="status">${doneText}</p>`}
    ${alertBox(given.error)}
    <form method="post" action="${path}/${record.id}">
      <fieldset ${archived ? raw("disabled") : ""}>
        <legend>Properties</legend>
        <div class="fields">
          ${editable(object).map((each) => {
            const held = shown(portal, each, propertyValue(object, record, each.name) ?? "");
            const typed = given.values[`p.${each.name}`];
            return html`${input(portal, object, each, typed ?? held)}
              <input type="hidden" name="was.${each.name}" value="${held}" />`;
          })}
        </div>
        <button class="primary">Save</button>
      </fieldset>
    </form>
    ${actions(path, object, record, view.actions)} ${associationsView(portal, base, object, record)}
    ${historyView(portal, object, record)}`;
}

export function mergeView(
  portal: Portal,
  base: string,
  object: ObjectDefinition,
  record: StoredRecord,
  error: string | null,
): Html {
  const path = `${base}/${object.plural}`;
  const others = Object.values(portal.state.records[object.objectTypeId] ?? {})
    .filter((each) => each.archivedAt === null && each.id !== record.id)
    .map((each) => ({ id: each.id, title: titleOf(object, each) }))
    .sort((a, b) => a.title.localeCompare(b.title));
  return html`<p><a href="${path}/${record.id}">${titleOf(object, record)}</a></p>
    <h1>Merge into this ${lower(object)}</h1>
    <p>
      The two become a new record. Where both have a value, the one of
      <strong>${titleOf(object, record)}</strong> stays. This cannot be undone.
    </p>
    ${alertBox(error)}
    <form method="post" action="${path}/${record.id}/merge">
      <label for="other">The other ${lower(object)}</label>
      <select id="other" name="other" required>
        ${others.map(
          (each) => html`<option value="${each.id}">${each.title} (${each.id})</option>`,
        )}
      </select>
      <button class="primary">Merge</button>
    </form>`;
}

/** The properties a person fills in, the most used first. */
export function editable(object: ObjectDefinition): PropertyDefinition[] {
  return Object.values(object.properties).filter(
    (each) => !each.readOnlyValue && each.archivedAt === null && each.name !== "crm_sync_key",
  );
}

interface Column {
  readonly label: string;
  readonly text: (portal: Portal, record: StoredRecord) => string;
}

function columnsOf(object: ObjectDefinition): Column[] {
  const names: Readonly<Record<string, readonly string[]>> = {
    "0-1": ["email", "phone", "lifecyclestage", "hubspot_owner_id"],
    "0-2": ["domain", "phone", "city", "hubspot_owner_id"],
    "0-3": ["amount", "dealstage", "closedate", "hubspot_owner_id"],
  };
  const shown = names[object.objectTypeId] ?? object.searchableProperties.slice(1, 4);
  return [
    { label: "Name", text: (_, record) => titleOf(object, record) },
    ...shown.map((name) => ({
      label: object.properties[name]?.label ?? name,
      text: (portal: Portal, record: StoredRecord) =>
        label(portal, object, name, propertyValue(object, record, name) ?? ""),
    })),
    { label: "Changed", text: (_, record) => when(record.updatedAt) },
  ];
}

function titleOf(object: ObjectDefinition, record: StoredRecord): string {
  const value = (name: string) => propertyValue(object, record, name) ?? "";
  const own =
    object.objectTypeId === "0-1"
      ? `${value("firstname")} ${value("lastname")}`.trim() || value("email")
      : value(object.primaryDisplayProperty);
  return own || `${object.labels.singular} ${record.id}`;
}

function label(portal: Portal, object: ObjectDefinition, name: string, value: string): string {
  const definition = object.properties[name];
  if (definition?.type === "datetime") return dayOf(portal, value);
  return choices(portal, object, name).find((each) => each.value === value)?.label ?? value;
}

/** What a form shows of a value: of a date and time, its day in the account. */
function shown(portal: Portal, definition: PropertyDefinition, value: string): string {
  return definition.type === "datetime" ? dayOf(portal, value) : value;
}

function dayOf(portal: Portal, value: string): string {
  if (value === "") return "";
  return Temporal.Instant.from(value).toZonedDateTimeISO(portal.timeZone).toPlainDate().toString();
}

function choices(
  portal: Portal,
  object: ObjectDefinition,
  name: string,
): { readonly value: string; readonly label: string }[] {
  if (name === "hubspot_owner_id") {
    return portal.state.owners.map((owner) => ({
      value: owner.id,
      label: `${owner.firstName} ${owner.lastName}`,
    }));
  }
  if (name === object.stageProperties?.pipeline) {
    return object.pipelines.map((each) => ({ value: each.id, label: each.label }));
  }
  if (name === object.stageProperties?.stage) {
    const stages = object.pipelines.flatMap((each) => each.stages);
    return stages.map((each) => ({ value: each.id, label: each.label }));
  }
  return object.properties[name]?.options ?? [];
}

function input(
  portal: Portal,
  object: ObjectDefinition,
  definition: PropertyDefinition,
  value: string,
): Html {
  const { name } = definition;
  const id = `p-${name}`;
  const options = choices(portal, object, name);
  const needed = object.requiredProperties.includes(name) ? raw("required") : "";
  const caption = html`<label for="${id}">${definition.label}</label>`;
  if (definition.fieldType === "checkbox") return checkboxes(definition, options, value);
  if (options.length > 0) {
    return html`<div>
      ${caption}<select id="${id}" name="p.${name}" ${needed}>
        <option value=""></option>
        ${options.map(
          (each) =>
            html`<option value="${each.value}" ${each.value === value ? raw("selected") : ""}>
              ${each.label}
            </option>`,
        )}
      </select>
    </div>`;
  }
  if (definition.fieldType === "textarea") {
    return html`<div class="wide">
      ${caption}<textarea id="${id}" name="p.${name}" rows="3">${value}</textarea>
    </div>`;
  }
  const hint = definition.type.startsWith("date") ? "2026-12-31" : "";
  return html`<div>
    ${caption}<input id="${id}" name="p.${name}" value="${value}" placeholder="${hint}" ${needed} />
  </div>`;
}

function checkboxes(
  definition: PropertyDefinition,
  options: readonly { readonly value: string; readonly label: string }[],
  value: string,
): Html {
  const held = value.split(";");
  return html`<fieldset class="group">
    <legend>${definition.label}</legend>
    ${options.map(
      (each) =>
        html`<label class="check"
          ><input
            type="checkbox"
            name="p.${definition.name}"
            value="${each.value}"
            ${held.includes(each.value) ? raw("checked") : ""}
          />
          ${each.label}</label
        >`,
    )}
  </fieldset>`;
}

function actions(
  path: string,
  object: ObjectDefinition,
  record: StoredRecord,
  offered: readonly WorkflowAction[],
): Html {
  const post = (verb: string, text: string, look = "") =>
    html`<form method="post" action="${path}/${record.id}/${verb}">
      <button class="${look}">${text}</button>
    </form>`;
  if (record.archivedAt !== null)
    return html`<div class="actions">${post("restore", "Restore")}</div>`;
  return html`<div class="actions">
    <a class="button" href="${path}/${record.id}/merge">Merge…</a>
    ${post("archive", "Delete")}
    ${offered.map(({ objectTypes, labels }, index) =>
      objectTypes.includes(object.name.toUpperCase())
        ? post(`workflow/${index}`, `Workflow: ${labels.en.actionName}`)
        : "",
    )}
    ${object.objectTypeId === "0-1" ? post("erase", "Delete for privacy, for good", "danger") : ""}
  </div>`;
}

function associationsView(
  portal: Portal,
  base: string,
  object: ObjectDefinition,
  record: StoredRecord,
): Html {
  const end = { typeId: object.objectTypeId, id: record.id };
  const groups = Object.values(portal.state.objects)
    .map((to) => ({ to, held: associationsOf(portal, end, to.objectTypeId) }))
    .filter((group) => group.held.length > 0);
  if (groups.length === 0) return html``;
  return html`<section aria-labelledby="associated">
    <h2 id="associated">Associated</h2>
    <ul>
      ${groups.flatMap(({ to, held }) =>
        held.map(({ toId, types }) => {
          const other = storedRecord(portal, to.objectTypeId, toId);
          const labels = types.flatMap(
            (type) =>
              portal.state.associationDefinitions.find(
                (each) => each.typeId === type.typeId && each.fromTypeId === end.typeId,
              )?.label ?? [],
          );
          return html`<li>
            ${to.labels.singular}:
            <a href="${base}/${to.plural}/${toId}">${other === null ? toId : titleOf(to, other)}</a>
            ${labels.length > 0 ? html`<span class="tag">${labels.join(", ")}</span>` : ""}
          </li>`;
        }),
      )}
    </ul>
  </section>`;
}

function historyView(portal: Portal, object: ObjectDefinition, record: StoredRecord): Html {
  const rows = Object.entries(record.history)
    .flatMap(([name, versions]) => versions.map((version) => ({ name, version })))
    .sort((a, b) => b.version.timestamp - a.version.timestamp)
    .slice(0, 100);
  return html`<section>
    <h2 id="history">History</h2>
    <div class="scroll" role="region" aria-labelledby="history" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">When (UTC)</th>
            <th scope="col">Property</th>
            <th scope="col">Value</th>
            <th scope="col">By</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ name, version }) =>
              html`<tr>
                <td>${when(version.timestamp)}</td>
                <th scope="row">${object.properties[name]?.label ?? name}</th>
                <td>${label(portal, object, name, version.value) || "(cleared)"}</td>
                <td>${authorOf(portal, version.sourceType, version.updatedByUserId)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function authorOf(portal: Portal, sourceType: string, userId: number | undefined): string {
  const owner = portal.state.owners.find((each) => each.userId === userId);
  if (owner !== undefined) return `${owner.firstName} ${owner.lastName}`;
  if (sourceType === "INTEGRATION") return "The sync app";
  return userId === undefined ? sourceType.toLowerCase().replaceAll("_", " ") : `User ${userId}`;
}

function alertBox(error: string | null): Html {
  return error === null ? html`` : html`<p class="bad" role="alert">${error}</p>`;
}

function when(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace("T", " ");
}

function lower(object: ObjectDefinition): string {
  return object.labels.singular.toLowerCase();
}
