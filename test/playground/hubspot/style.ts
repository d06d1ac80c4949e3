/** The look of the double's screens. Colours keep a contrast of at least 4.5 to 1. */

export const style = `
:root { --ink: #21343f; --quiet: #516f80; --line: #cbd6e2; --accent: #b33c17; --page: #f5f8fa;
  color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 "Lexend Deca", system-ui, sans-serif; }
a { color: #00647d; }
:focus-visible { outline: 3px solid #00647d; outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: #fff; padding: 8px; }
header { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; padding: 10px 24px;
  background: #21343f; color: #fff; }
header p { margin: 0; }
header nav { display: flex; flex-wrap: wrap; gap: 4px; flex: 1; }
header nav a { color: #fff; text-decoration: none; padding: 6px 10px; border-radius: 4px; }
header nav a[aria-current] { background: #3b5566; font-weight: 600; }
header :focus-visible { outline-color: #fff; }
.acting { display: flex; gap: 8px; align-items: center; }
.acting label { margin: 0; color: #fff; }
.acting select { width: auto; color: var(--ink); }
.tag { display: inline-block; padding: 0 8px; border-radius: 10px; background: #ffe3da;
  color: #7a2208; font-size: 13px; }
.notice { margin: 0; padding: 6px 24px; background: #fff3cd; color: #4f3b00; }
main { max-width: 1100px; margin: 0 auto; padding: 16px 24px 64px; }
h1 { font-size: 26px; margin: 8px 0; } h2 { font-size: 19px; margin: 32px 0 8px; }
.heading { display: flex; gap: 16px; align-items: center; justify-content: space-between;
  flex-wrap: wrap; }
.quiet { color: var(--quiet); }
.scroll { overflow-x: auto; background: #fff; border: 1px solid var(--line); border-radius: 6px; }
table { width: 100%; min-width: 560px; border-collapse: collapse; }
th, td { text-align: left; padding: 8px 12px; border-bottom: 1px solid #e5ecf3;
  font-weight: 400; vertical-align: top; overflow-wrap: anywhere; }
thead th { font-weight: 600; background: #eaf0f6; white-space: nowrap; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr));
  gap: 14px 20px; margin-bottom: 18px; }
.wide { grid-column: 1 / -1; }
fieldset { border: 1px solid var(--line); border-radius: 6px; background: #fff;
  padding: 12px 16px; }
fieldset.group { border: 0; padding: 0; margin: 0; }
legend { font-weight: 600; } fieldset.group legend { font-weight: 400; font-size: 14px; }
label { display: block; font-size: 14px; margin-bottom: 3px; }
label.check { display: inline-flex; gap: 6px; align-items: center; margin-right: 12px; }
input:not([type=checkbox]), select, textarea { width: 100%; padding: 8px; font: inherit;
  color: inherit; border: 1px solid #7c98b6; border-radius: 4px; background: #fff; }
button, .button { white-space: nowrap; display: inline-block; font: inherit;
  padding: 8px 16px; border-radius: 4px;
  border: 1px solid #7c98b6; background: #fff; color: var(--ink); cursor: pointer;
  text-decoration: none; }
.primary { background: var(--accent); border-color: var(--accent); color: #fff; }
.danger { border-color: #a3182b; color: #a3182b; }
.search { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; margin: 12px 0; }
.search label { margin: 0; } .search input[type=search] { width: 280px; }
.actions { display: flex; flex-wrap: wrap; gap: 10px; margin: 16px 0; }
.pages { display: flex; gap: 16px; padding: 12px 0; }
.good, .bad { padding: 8px 12px; border-radius: 4px; }
.good { background: #dff4ea; color: #10503a; } .bad { background: #fde4e8; color: #8a1023; }
@media (prefers-reduced-motion: no-preference) { a, button { transition: background .1s; } }
`;
