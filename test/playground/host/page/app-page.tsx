/** An app's own page or its settings: the whole width, under a head that the extension may fill. */
import { useMemo, useState } from "react";
import type { ExtensionContext } from "../runtime/protocol.ts";
import { slots } from "./components/page-parts.tsx";
import type { AppPageData, PageData } from "./data.ts";
import { baseContext } from "./extension-card.tsx";
import { ExtensionHost } from "./extension-host.tsx";
import { useShell } from "./shell.tsx";

export function AppPage({ data, page }: { readonly data: PageData; readonly page: AppPageData }) {
  const shell = useShell();
  const { extension } = page;
  const [pageLocation, setPageLocation] = useState({
    path: page.path,
    params: { ...page.params },
  });
  const context = useMemo(
    () => baseContext(data, extension) as ExtensionContext,
    [data, extension],
  );
  return (
    <main className="app-page">
      <header className="app-page__head">
        <div>
          <div id={slots.crumbs} />
          <h1>
            <span id={slots.title} />
            <span className="app-page__name">{extension.name}</span>
          </h1>
        </div>
        <div id={slots.actions} />
      </header>
      <div className="app-page__body">
        <ExtensionHost
          bundleUrl={extension.bundleUrl}
          context={context}
          pageLocation={pageLocation}
          userKey={data.user.key}
          record={null}
          onAlert={shell.alert}
          onNavigate={(to, params) => setPageLocation(routeTo(to, params))}
          onLog={shell.log}
        />
      </div>
    </main>
  );
}

/** Parameters named in the path go there; the others stay beside it. */
function routeTo(to: string, params: Record<string, string> = {}) {
  const rest = { ...params };
  const path = to.replace(/:(\w+)/g, (whole, name: string) => {
    const value = rest[name];
    delete rest[name];
    return value === undefined ? whole : encodeURIComponent(value);
  });
  return { path, params: rest };
}
