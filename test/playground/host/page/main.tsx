/** The page's script: reads what the server wrote into it and draws the record or the app page. */
import { createRoot } from "react-dom/client";
import "./styles/fonts.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/components.css";
import "./styles/form.css";
import { AppPage } from "./app-page.tsx";
import type { PageData } from "./data.ts";
import { RecordPage } from "./record-page.tsx";
import { Shell } from "./shell.tsx";

const data: PageData = JSON.parse(document.getElementById("page-data")?.textContent ?? "null");
const root = document.getElementById("app");
if (!root) throw new Error("the page has no #app");
createRoot(root).render(
  <Shell data={data}>
    {data.page.kind === "record" ? (
      <RecordPage data={data} page={data.page} />
    ) : (
      <AppPage data={data} page={data.page} />
    )}
  </Shell>,
);
