/** An app's own page or its settings: the whole width, under a head that the extension may fill. */
import { useCallback, useEffect, useMemo, useState } from "react";
import type { ExtensionContext } from "../runtime/protocol.ts";
import { slots } from "./components/page-parts.tsx";
import type { AppPageData, PageData } from "./data.ts";
import { baseContext } from "./extension-card.tsx";
import { ExtensionHost } from "./extension-host.tsx";
import { useShell } from "./shell.tsx";

export function AppPage({ data, page }: { readonly data: PageData; readonly page: AppPageData }) {
  const shell = useShell();
  const { extension } = page;
  const routes = useRoutes(data, page);
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
          pageLocation={routes.pageLocation}
          userKey={data.user.key}
          record={null}
          onAlert={shell.alert}
          onNavigate={routes.go}
          addressOf={routes.addressOf}
          onLog={shell.log}
        />
      </div>
    </main>
  );
}

/** Where in the app one is. The browser's address follows, so that links and "back" work. */
function useRoutes(data: PageData, page: AppPageData) {
  const [pageLocation, setPageLocation] = useState(() => ({
    path: page.path,
    params: { ...page.params },
  }));
  const base = `/app/${data.portal.id}/${data.appId}`;
  const addressOf = useCallback(
    (to: string, params?: Record<string, string>) => {
      const route = routeTo(to, params);
      const query = new URLSearchParams({ ...hostParams(), ...route.params });
      return `${base}${route.path}${query.size > 0 ? `?${query}` : ""}`;
    },
    [base],
  );
  useEffect(() => {
    const follow = () => {
      const { pathname, search } = window.location;
      const params = Object.fromEntries(new URLSearchParams(search));
      for (const name of hostParamNames) delete params[name];
      setPageLocation({ path: pathname.slice(base.length) || "/", params });
    };
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, [base]);
  const go = (to: string, params?: Record<string, string>) => {
    history.pushState(null, "", addressOf(to, params));
    scrollTo(0, 0);
    setPageLocation(routeTo(to, params));
  };
  return { pageLocation, go, addressOf };
}

/** Of the host's own, which no extension sees. */
const hostParamNames = ["user", "bare"] as const;

function hostParams(): Record<string, string> {
  const query = new URLSearchParams(window.location.search);
  return Object.fromEntries(
    hostParamNames.flatMap((name) => {
      const value = query.get(name);
      return value === null ? [] : [[name, value]];
    }),
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
