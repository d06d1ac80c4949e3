/**
 * One extension on the page: its worker, the remote tree it sends, and the HTML drawn from it.
 * Props are checked against the SDK's types on the way in; a wrong one is reported, as in
 * HubSpot's log panel, and drawn as far as it goes.
 */
import type { AppPageLocation } from "@hubspot/ui-extensions";
import { createController, createRemoteReceiver, RemoteRenderer } from "@remote-ui/react/host";
import { createEndpoint, type Endpoint, fromWebWorker, retain } from "@remote-ui/rpc";
import { type ComponentType, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { catalog, componentsAt, propProblems } from "../catalog.ts";
import type {
  Actions,
  CrmProperties,
  ExtensionContext,
  FetchAnswer,
  FetchRequest,
  HostApi,
  LogLevel,
  WorkerApi,
} from "../runtime/protocol.ts";
import { Alert, LoadingSpinner } from "./components/feedback.tsx";
import { drawn } from "./components/index.ts";
import { OverlayManager, OverlayManagerContext } from "./components/overlays.tsx";
import { HostContext, type HostServices } from "./components/shared.tsx";
import { paths } from "./data.ts";

export interface Toast {
  readonly type: "info" | "warning" | "success" | "danger" | "tip";
  readonly title?: string;
  readonly message: string;
}

export interface LogEntry {
  readonly level: LogLevel;
  readonly text: string;
}

/** The record's properties as the page knows them, for the SDK's hooks and actions. */
export interface PropertySource {
  get(): CrmProperties;
  subscribe(listener: () => void): () => void;
  /** Reads the record again, now. */
  refresh(): void;
}

export interface ExtensionHostProps {
  readonly bundleUrl: string;
  readonly context: ExtensionContext;
  readonly pageLocation: AppPageLocation;
  readonly userKey: string;
  /** Null where there is no record. */
  readonly record: PropertySource | null;
  readonly onAlert: (toast: Toast) => void;
  readonly onNavigate: (to: string, params?: Record<string, string>) => void;
  /** The address of an app page; absent where there are none. */
  readonly addressOf?: (to: string, params?: Record<string, string>) => string;
  readonly onLog: (entry: LogEntry) => void;
}

type State = { kind: "loading" } | { kind: "ready" } | { kind: "crashed"; message: string };

export function ExtensionHost(props: ExtensionHostProps) {
  const latest = useRef(props);
  latest.current = props;
  const [state, setState] = useState<State>({ kind: "loading" });
  const manager = useMemo(() => new OverlayManager(), []);
  const receiver = useMemo(() => createRemoteReceiver(), []);
  const log = useCallback(
    (level: LogLevel, text: string) => latest.current.onLog({ level, text }),
    [],
  );
  const controller = useMemo(() => createController(checkedComponents(log)), [log]);
  const worker = useRef<Endpoint<WorkerApi> | null>(null);

  useEffect(() => {
    const { bundleUrl, context } = latest.current;
    const thread = new Worker(`${paths.assets}/worker.js`, { name: bundleUrl });
    const endpoint = createEndpoint<WorkerApi>(fromWebWorker(thread));
    worker.current = endpoint;
    const host = hostApi(latest, manager, log, setState);
    endpoint.call.load(bundleUrl, componentsAt(context.location), receiver.receive, host);
    return () => {
      endpoint.terminate();
      thread.terminate();
    };
  }, [manager, receiver, log]);

  const { context, pageLocation } = props;
  useEffect(() => {
    if (state.kind === "ready") worker.current?.call.update({ context, pageLocation });
  }, [context, pageLocation, state.kind]);

  const services = useMemo<HostServices>(
    () => ({
      note: (text) => log("info", text),
      navigate: (to, params) => latest.current.onNavigate(to, params),
      addressOf: (to, params) => latest.current.addressOf?.(to, params) ?? to,
      headingLevel: context.location.startsWith("crm.") ? 3 : 2,
    }),
    [log, context.location],
  );

  if (state.kind === "crashed") {
    return (
      <Alert variant="danger" title="There was a problem displaying this extension.">
        {state.message}
      </Alert>
    );
  }
  return (
    <OverlayManagerContext.Provider value={manager}>
      <HostContext.Provider value={services}>
        <div className="extension" data-status={state.kind}>
          {state.kind === "loading" && <LoadingSpinner label="Loading" layout="centered" />}
          <RemoteRenderer controller={controller} receiver={receiver} />
        </div>
      </HostContext.Provider>
    </OverlayManagerContext.Provider>
  );
}

type Props = Record<string, unknown>;

/** Every component of the SDK by name, each reporting wrong props once. */
function checkedComponents(log: (level: LogLevel, text: string) => void) {
  const reported = new Set<string>();
  const report = (problem: string) => {
    if (reported.has(problem)) return;
    reported.add(problem);
    log("error", `Invalid prop: ${problem}`);
  };
  const checked = (name: string) => {
    // Each component takes its own props; what arrives is checked against the SDK's types.
    const Drawn = (drawn[name] ?? notDrawn(name)) as ComponentType<Props>;
    function Checked(props: Props) {
      const problems = propProblems(name, props).join("\n");
      useEffect(() => {
        for (const problem of problems.split("\n")) if (problem) report(problem);
      }, [problems]);
      return <Drawn {...props} />;
    }
    Checked.displayName = `Checked(${name})`;
    return Checked;
  };
  return Object.fromEntries(Object.keys(catalog.components).map((name) => [name, checked(name)]));
}

const notDrawn = (name: string) => () => (
  <div className="not-drawn" role="note">{`<${name}> is not drawn by this host`}</div>
);

function hostApi(
  latest: { readonly current: ExtensionHostProps },
  manager: OverlayManager,
  log: (level: LogLevel, text: string) => void,
  setState: (next: (now: State) => State) => void,
): HostApi {
  const { context, pageLocation, record } = latest.current;
  return {
    context,
    pageLocation,
    actions: { ...platformActions(latest, manager), ...(record ? crmActions(record) : {}) },
    log,
    ready: () => setState((now) => (now.kind === "crashed" ? now : { kind: "ready" })),
    crash: (message, stack) => {
      log("error", stack || message);
      setState(() => ({ kind: "crashed", message }));
    },
    fetch: (request) => callThroughProxy(request, latest.current.userKey, log),
    crmProperties: async (names, onUpdate) => {
      if (!record) throw new Error("there is no record at this place");
      retain(onUpdate);
      record.subscribe(() => onUpdate(pick(record.get(), names)));
      return pick(record.get(), names);
    },
  };
}

function platformActions(
  latest: { readonly current: ExtensionHostProps },
  manager: OverlayManager,
): Actions {
  return {
    addAlert: ({ type = "info", ...toast }: Toast) => latest.current.onAlert({ type, ...toast }),
    reloadPage: () => location.reload(),
    closeOverlay: (id: string) => manager.close(id),
    copyTextToClipboard: (text: string) => navigator.clipboard.writeText(text),
    navigateToPage: ({ to, params }: { to: string; params?: Record<string, string> }) =>
      latest.current.onNavigate(to, params),
    openIframeModal: ({ uri }: { uri: string }) =>
      latest.current.onAlert({ type: "info", message: `HubSpot would open ${uri} in a window` }),
  };
}

function crmActions(record: PropertySource): Actions {
  type Names = readonly string[] | "*";
  return {
    fetchCrmObjectProperties: async (names: Names) => pick(record.get(), names),
    refreshObjectProperties: () => record.refresh(),
    onCrmPropertiesUpdate: (names: Names, callback: (properties: CrmProperties) => void) => {
      retain(callback);
      record.subscribe(() => callback(pick(record.get(), names)));
    },
  };
}

function pick(properties: CrmProperties, names: readonly string[] | "*"): CrmProperties {
  if (names === "*") return properties;
  return Object.fromEntries(names.map((name) => [name, properties[name] ?? null]));
}

/** How HubSpot's worker turns its proxy's answer into a Response is not public; see the card. */
async function callThroughProxy(
  request: FetchRequest,
  userKey: string,
  log: (level: LogLevel, text: string) => void,
): Promise<FetchAnswer> {
  const started = performance.now();
  const response = await fetch(`${paths.fetch}?user=${encodeURIComponent(userKey)}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      requestUri: request.url,
      method: request.method,
      requestBody: request.body,
      requestHeaders: request.headers,
      requestTimeoutMillis: request.timeoutMs,
    }),
  });
  const answer = await response.json();
  const status = Number(answer.context?.appServerStatusCode?.[0] ?? response.status);
  const isSuccess = answer.status === "success";
  const tookMs = Math.round(performance.now() - started);
  const line = `hubspot.fetch ${request.method} ${request.url}: ${status} in ${tookMs} ms`;
  log(isSuccess ? "debug" : "warn", isSuccess ? line : `${line} (${answer.message})`);
  const failure = { message: answer.message, category: answer.category };
  return { status, body: answer.responseBody ?? (isSuccess ? null : failure) };
}

/** The properties of a record as a source whose snapshot changes only when they do. */
export function usePropertySource(properties: CrmProperties, refresh: () => void): PropertySource {
  const current = useRef(properties);
  const listeners = useRef(new Set<() => void>());
  useEffect(() => {
    if (current.current === properties) return;
    current.current = properties;
    for (const listener of listeners.current) listener();
  }, [properties]);
  return useMemo(
    () => ({
      get: () => current.current,
      subscribe: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
      refresh,
    }),
    [refresh],
  );
}
