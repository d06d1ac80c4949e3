/** How the operations tool looks: a green ledger, so that nobody takes it for HubSpot. */
import { html } from "hono/html";

export const style = html`<style>
:root { color-scheme: light; --ink: #16302b; --paper: #f6f3ea; --line: #c9c2ad;
  --deep: #0f3d33; --accent: #0b6b52; --alarm: #9b1c1c; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid #b45309; outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: #fff; padding: 8px; }
header { background: var(--deep); color: #fff; display: flex; gap: 32px; align-items: center;
  padding: 0 24px; flex-wrap: wrap; }
.brand { font-weight: 700; letter-spacing: .08em; text-transform: uppercase; }
nav ul { display: flex; gap: 4px; list-style: none; margin: 0; padding: 0; flex-wrap: wrap; }
header a { color: #fff; display: block; padding: 12px; text-decoration: none; }
header a[aria-current] { background: var(--paper); color: var(--ink); }
main { max-width: 1180px; margin: 0 auto; padding: 24px; }
h1 { font-size: 24px; margin: 8px 0; }
.bar { display: flex; justify-content: space-between; align-items: center; gap: 16px; }
.search { display: flex; gap: 12px; align-items: center; flex-wrap: wrap; margin: 16px 0; }
input, select, textarea, button, .button { font: inherit; color: inherit; padding: 8px 10px;
  border: 1px solid #6b7a70; border-radius: 0; background: #fff; }
button, .button { cursor: pointer; text-decoration: none; background: #e7e0cc; }
button.main, .bar .button { background: var(--accent); border-color: var(--accent); color: #fff; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: #fffdf6; font-size: 14px; }
th, td { border: 1px solid var(--line); padding: 6px 10px; text-align: left; }
thead th { background: #e7e0cc; }
tbody th { font-weight: 600; }
.pages { display: flex; gap: 24px; padding: 16px 0; }
.row { display: grid; grid-template-columns: 180px minmax(0, 1fr); gap: 16px; padding: 8px 0; }
.row > label { padding-top: 8px; }
.row input, .row textarea, .row select { width: 100%; max-width: 560px; }
.row.actions { display: flex; align-items: center; gap: 24px; border-top: 1px solid var(--line);
  padding-top: 16px; margin-top: 8px; }
.row.actions select { width: auto; }
.about { margin: 2px 0; font-size: 13px; color: #4a5d55; }
.done { color: var(--accent); font-weight: 700; }
.trouble { color: var(--alarm); font-weight: 700; margin: 2px 0; }
[aria-invalid] { border: 2px solid var(--alarm); }
@media (max-width: 640px) { .row { grid-template-columns: 1fr; gap: 4px; } }
</style>`;

/** Follows changes made elsewhere: an untouched form is shown anew, a touched one is left alone. */
export const watch = html`<script>
{
  const form = document.getElementById("record");
  const { at, version } = form.dataset;
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  const look = async () => {
    const answer = await fetch(at).then((response) => response.json(), () => null);
    if (answer === null || String(answer.version) === version) return;
    const inForm = form.contains(document.activeElement);
    if (!touched && !inForm) location.replace(location.pathname);
    else document.getElementById("moved").textContent =
      "This record has changed meanwhile. Load the page again to see it.";
  };
  if (at) setInterval(look, 1000);
}
</script>`;
