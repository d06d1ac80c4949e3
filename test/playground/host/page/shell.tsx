/** What stands round every page: the bar that says where one is, alerts, the extension's log. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { Glyph } from "./components/icons.tsx";
import type { PageData } from "./data.ts";
import type { LogEntry, Toast } from "./extension-host.tsx";

export interface ShellServices {
  alert(toast: Toast): void;
  log(entry: LogEntry): void;
}
const ShellContext = createContext<ShellServices>({
  alert: () => undefined,
  log: () => undefined,
});
export const useShell = () => useContext(ShellContext);

const toastLifetimeMs = 6_000;
const logLengthMax = 200;

export function Shell({
  data,
  children,
}: {
  readonly data: PageData;
  readonly children: ReactNode;
}) {
  const [toasts, setToasts] = useState<readonly (Toast & { readonly key: string })[]>([]);
  const [entries, setEntries] = useState<readonly LogEntry[]>([]);
  const dismiss = useCallback(
    (key: string) => setToasts((now) => now.filter((toast) => toast.key !== key)),
    [],
  );
  const services = useMemo<ShellServices>(
    () => ({
      alert: (toast) => {
        const key = crypto.randomUUID();
        setToasts((now) => [...now, { ...toast, key }]);
        setTimeout(() => dismiss(key), toastLifetimeMs);
      },
      log: (entry) => setEntries((now) => [...now.slice(1 - logLengthMax), entry]),
    }),
    [dismiss],
  );
  return (
    <ShellContext.Provider value={services}>
      {!data.bare && <TopBar data={data} />}
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map(({ key, type, title, message }) => (
          <div key={key} className={`toast toast--${type}`}>
            <div>
              {title && <strong>{title}</strong>}
              <span>{message}</span>
            </div>
            <button type="button" aria-label="Dismiss" onClick={() => dismiss(key)}>
              <Glyph name="remove" size={14} />
            </button>
          </div>
        ))}
      </div>
      <Log entries={entries} isShown={!data.bare} />
    </ShellContext.Provider>
  );
}

function TopBar({ data }: { readonly data: PageData }) {
  const { user, users, portal } = data;
  const initials = `${user.firstName[0] ?? ""}${user.lastName[0] ?? ""}`;
  const switchTo = (key: string) => {
    const url = new URL(location.href);
    url.searchParams.set("user", key);
    location.assign(url);
  };
  return (
    <header className="top">
      <a href="/" className="top__home">
        Playground
      </a>
      <p className="top__note">
        <strong>Local host, not HubSpot.</strong>{" "}
        <span>It runs the production bundles on this machine.</span>
      </p>
      <label className="top__user">
        <span className="top__avatar" aria-hidden="true">
          {initials}
        </span>
        <span className="visually-hidden">Signed in as</span>
        <select value={user.key} onChange={(event) => switchTo(event.target.value)}>
          {users.map(({ key, name }) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <span className="top__portal">Account {portal.id}</span>
    </header>
  );
}

/** Always in the page, so that tests can read it; shown where there is something to read. */
function Log({
  entries,
  isShown,
}: {
  readonly entries: readonly LogEntry[];
  readonly isShown: boolean;
}) {
  const troubles = entries.filter(({ level }) => level === "error" || level === "warn").length;
  return (
    <details className="log" hidden={!isShown || entries.length === 0}>
      <summary>
        Extension log: {entries.length} {entries.length === 1 ? "entry" : "entries"}
        {troubles > 0 && <span className="log__troubles">{troubles} to look at</span>}
      </summary>
      <ol>
        {entries.map(({ level, text }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: -- a log only grows
          <li key={index} data-level={level}>
            {text}
          </li>
        ))}
      </ol>
    </details>
  );
}
