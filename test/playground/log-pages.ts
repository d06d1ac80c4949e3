/** The log of what the sync does, as a person reads it: each write with its reason. */
import { Hono } from "hono";
import { html } from "hono/html";
import type { Playground } from "./playground.ts";

const rowsShown = 200;

export function logPages(playground: Playground): Hono {
  const app = new Hono();
  app.get("/", async (c) => c.html(page(await entries(playground), playground)));
  return app;
}

interface Entry {
  readonly at: number;
  readonly kind: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly object: string;
}

async function entries({ worker }: Playground): Promise<Entry[]> {
  const { results } = await worker.d1
    .prepare(
      `SELECT a.at, a.kind, a.detail, e.object FROM audit a JOIN entities e ON e.id = a.entity_id
       ORDER BY a.at DESC LIMIT ?1`,
    )
    .bind(rowsShown)
    .all<{ at: number; kind: string; detail: string; object: string }>();
  return results.map((row) => ({ ...row, detail: JSON.parse(row.detail) }));
}

interface Written {
  readonly system: string;
  readonly recordId: string | null;
  readonly fields: Readonly<
    Record<string, { from?: unknown; to: unknown; because?: { sentence: string } | null }>
  >;
}

function lines({ kind, detail, at, object }: Entry) {
  if (kind === "wrote" || kind === "created") {
    const { system, recordId, fields } = detail as unknown as Written;
    return Object.entries(fields).map(
      ([field, { from, to, because }]) =>
        html`<tr>
          <td>${time(at)}</td>
          <td>${object} ${recordId} in ${system}</td>
          <td>${kind === "created" ? "made with" : ""} ${field}</td>
          <td>${text(from)}</td>
          <td>${text(to)}</td>
          <td>${because?.sentence ?? ""}</td>
        </tr>`,
    );
  }
  const { because, by } = detail as { because?: { sentence: string }; by?: string };
  return [
    html`<tr>
      <td>${time(at)}</td>
      <td>${object}</td>
      <td>${kind} ${String(detail.field ?? by ?? "")}</td>
      <td></td>
      <td></td>
      <td>${because?.sentence ?? ""}</td>
    </tr>`,
  ];
}

const time = (at: number): string => new Date(at).toISOString().slice(11, 19);

const text = (value: unknown): string =>
  value === null || value === undefined
    ? "–"
    : typeof value === "string"
      ? value
      : JSON.stringify(value);

function page(list: readonly Entry[], { log }: Playground) {
  const jobs = log
    .filter(({ line }) => line.event !== "sweep")
    .slice(-40)
    .reverse();
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta http-equiv="refresh" content="3" />
        <title>What the sync does</title>
        <style>
          ${styles}
        </style>
      </head>
      <body>
        <main>
          <h1>What the sync does</h1>
          <p>Newest first; the page renews itself. <a href="/">Back to the playground</a></p>
          <h2>Changes and decisions</h2>
          <div class="scroll" tabindex="0" role="region" aria-label="Changes and decisions">
            <table>
              <thead>
                <tr>
                  <th>UTC</th>
                  <th>Record</th>
                  <th>Field</th>
                  <th>From</th>
                  <th>To</th>
                  <th>Why</th>
                </tr>
              </thead>
              <tbody>
                ${list.flatMap(lines).slice(0, rowsShown)}
              </tbody>
            </table>
          </div>
          <h2>Jobs, as logged</h2>
          <pre tabindex="0" aria-label="Log lines">
${jobs.map(({ at, line }) => `${time(at)} ${JSON.stringify(line)}\n`)}</pre
          >
        </main>
      </body>
    </html>`;
}

const styles = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: #1f2a37; background: #f6f7f9; }
  main { max-width: 1200px; margin: 0 auto; padding: 24px; }
  h1 { font-size: 24px; } h2 { font-size: 17px; margin-top: 28px; }
  .scroll { overflow-x: auto; background: #fff; border: 1px solid #d8dee6; border-radius: 8px; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: 6px 12px; vertical-align: top; }
  th { font-weight: 600; border-bottom: 1px solid #d8dee6; }
  tr + tr td { border-top: 1px solid #eef1f4; }
  td { overflow-wrap: anywhere; } td:first-child { white-space: nowrap; }
  pre { background: #fff; border: 1px solid #d8dee6; border-radius: 8px; padding: 12px;
        overflow-x: auto; font-size: 12px; }
  a { color: #0b6a7a; }`;
