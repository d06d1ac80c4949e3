/** The screen to make the double fail on demand, with what was asked of it lately. */
import { html } from "hono/html";
import { type Call, type Fault, faultKinds } from "./faults.ts";
import type { Html } from "./pages-view.ts";

export function faultsView(
  base: string,
  armed: readonly { readonly fault: Fault; readonly struck: number }[],
  calls: readonly Call[],
): Html {
  // An edit in between is a function, which no form can say.
  const kinds = Object.entries(faultKinds).filter(([kind]) => kind !== "edit_between");
  return html`<h1>Faults</h1>
    <p>What HubSpot does to its callers. A fault strikes the next calls or webhooks it fits.</p>
    <form method="post" action="${base}/faults">
      <div class="fields">
        <div class="wide">
          <label for="kind">What happens</label>
          <select id="kind" name="kind">
            ${kinds.map(([kind, what]) => html`<option value="${kind}">${kind}: ${what}</option>`)}
          </select>
        </div>
        ${field("times", "How often (for ever if empty)", "1")}
        ${field("matches", "Only paths or events with", "")}
        ${field("status", "Status, where it has one", "")}
        ${field("ms", "Milliseconds, where it has some", "")}
      </div>
      <button class="primary">Add</button>
    </form>
    <h2>In place</h2>
    ${inPlace(base, armed)}
    <h2 id="calls">Latest calls</h2>
    <div class="scroll" role="region" aria-labelledby="calls" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">When (UTC)</th>
            <th scope="col">Call</th>
            <th scope="col">Answer</th>
          </tr>
        </thead>
        <tbody>
          ${calls.map(callRow)}
        </tbody>
      </table>
    </div>`;
}

function inPlace(
  base: string,
  armed: readonly { readonly fault: Fault; readonly struck: number }[],
): Html {
  if (armed.length === 0) return html`<p>None.</p>`;
  return html`<ul>
      ${armed.map(({ fault, struck }) => html`<li>${describe(fault)}, struck ${struck}</li>`)}
    </ul>
    <form method="post" action="${base}/faults/clear"><button>Remove all</button></form>`;
}

function callRow(call: Call): Html {
  return html`<tr>
    <td>${new Date(call.at).toISOString().slice(11, 23)}</td>
    <th scope="row">${call.method} ${call.path}</th>
    <td>${call.status === 0 ? "connection broken" : call.status}</td>
  </tr>`;
}

function field(name: string, label: string, value: string): Html {
  return html`<div>
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" value="${value}" autocomplete="off" />
  </div>`;
}

function describe(fault: Fault): string {
  const often = fault.times === undefined ? "always" : `${fault.times} times`;
  return `${fault.kind} ${often}${fault.matches === undefined ? "" : ` on ${fault.matches}`}`;
}
