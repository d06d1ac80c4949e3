/** The playground's front page: where everything is, and records worth opening. */
import { html } from "hono/html";
import { type ObjectTypeId, objects } from "./crm.ts";
import type { HostOptions } from "./pages.ts";
import { recordPath } from "./pages.ts";

export interface IndexPage {
  readonly places: readonly {
    readonly label: string;
    readonly url: string;
    readonly note: string;
  }[];
  readonly records: readonly {
    readonly objectTypeId: ObjectTypeId;
    readonly id: string;
    readonly name: string;
    /** What is worth seeing there. */
    readonly note: string;
    readonly state: "same" | "differs" | "trouble";
  }[];
}

const states = {
  same: { tone: "success", words: "Same everywhere" },
  differs: { tone: "warning", words: "Differs" },
  trouble: { tone: "danger", words: "Needs a look" },
} as const;

export function indexPage({ places, records }: IndexPage, { built, portal }: HostOptions) {
  const row = (record: IndexPage["records"][number]) => {
    const { objectTypeId, id, name, note, state } = record;
    const { tone, words } = states[state];
    return html`<tr>
      <td><a class="link" href="${recordPath(portal.id, objectTypeId, id)}">${name}</a></td>
      <td>${objects[objectTypeId].singular}</td>
      <td>
        <span class="status__main"
          ><i class="status__dot status__dot--${tone}" aria-hidden="true"></i>${words}</span
        >
      </td>
      <td>${note}</td>
    </tr>`;
  };
  const place = ({ label, url, note }: IndexPage["places"][number]) => html`<li class="tile">
    <a class="link" href="${url}">${label}</a>
    <p>${note}</p>
    <code>${url}</code>
  </li>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Playground | ${built.app.name}</title>
        <link rel="stylesheet" href="/host/assets/main.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        <header class="top">
          <span class="top__home">Playground</span>
          <p class="top__note">
            <strong>Local host, not HubSpot.</strong>
            <span>Everything here runs on this machine.</span>
          </p>
        </header>
        <main class="index">
          <h1>${built.app.name}</h1>
          <p class="index__lead">
            Two made-up applications, kept the same by the real Worker. Open a record, change it on
            either end, and watch.
          </p>
          <h2>Records</h2>
          <div class="table-scroll" tabindex="0">
            <table class="table table--condensed table--bordered">
              <thead>
                <tr>
                  <th scope="col">Record</th>
                  <th scope="col">Object</th>
                  <th scope="col">State</th>
                  <th scope="col">Worth seeing</th>
                </tr>
              </thead>
              <tbody>
                ${records.map(row)}
              </tbody>
            </table>
          </div>
          <h2>Places</h2>
          <ul class="index__places">
            ${places.map(place)}
          </ul>
        </main>
      </body>
    </html>`;
}
