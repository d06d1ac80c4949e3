/**
 * The worker an extension runs in: exactly the globals that a production bundle and the SDK inside
 * it expect, and nothing to reach the network or the page with.
 *
 * The bundle is an immediately called function over the free names `React` and `RemoteUI`; the
 * rest is what the SDK's worker-globals declare, which test/app/sdk.test.ts watches.
 */
import type { AppPageLocation } from "@hubspot/ui-extensions";
import { createRemoteRoot, type RemoteChannel } from "@remote-ui/core";
import * as RemoteUI from "@remote-ui/react";
import { createEndpoint, type MessageEndpoint, retain } from "@remote-ui/rpc";
import * as React from "react";
import type { ExtensionContext, HostApi, LogLevel, WorkerApi } from "./protocol.ts";

type Render = (api: ReturnType<typeof extensionApi>) => React.ReactElement;

interface FetchOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Headers | Record<string, string>;
  readonly timeout?: number;
}

/** The worker's own scope. TypeScript's DOM and worker libraries exclude each other. */
interface Scope extends MessageEndpoint {
  importScripts(url: string): void;
  console: Record<LogLevel | "log", (...args: unknown[]) => void>;
}
const scope = globalThis as unknown as Scope;
const importScripts = scope.importScripts.bind(scope);

let host: HostApi;
let registered: Render | null = null;
let place: { context: ExtensionContext; pageLocation: AppPageLocation };
const listeners = new Set<() => void>();

const api: WorkerApi = {
  load(bundleUrl, components, channel, hostApi) {
    retain(channel);
    retain(hostApi);
    host = hostApi;
    place = { context: host.context, pageLocation: host.pageLocation };
    tellTheHostWhatIsLogged();
    takeAwayTheNetwork();
    try {
      importScripts(bundleUrl);
      mount(components, channel);
    } catch (error) {
      host.crash(...described(error));
    }
  },
  update(change) {
    place = change;
    for (const listener of listeners) listener();
  },
};

Object.assign(scope, {
  React,
  RemoteUI,
  __HUBSPOT_EXTENSION_WORKER__: true,
  logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
  /** Only registers: HubSpot's own samples call hubspot.extend() above the card it renders. */
  extend_V2(render: Render) {
    registered = render;
  },
  hsFetch,
  serverless,
  hsWorkerAPI: {
    useExtensionContext: () => usePlace().context,
    useExtensionActions: () => host.actions,
    useExtensionApi: () => extensionApi(usePlace().context),
    useAppPageLocation: () => usePlace().pageLocation,
    fetchCrmProperties,
    fetchAssociations: notHere("associations"),
    fetchCrmSearch: notHere("CRM search"),
    fetchHubSpotApi: notHere("the experimental API client"),
    formatCrmProperties: notHere("formatted properties"),
  },
});
addEventListener("error", (event) => host?.crash(...described(event.error ?? event.message)));
addEventListener("unhandledrejection", (event) => {
  host?.log("error", `Unhandled promise rejection: ${described(event.reason)[0]}`);
});
createEndpoint(scope).expose({ ...api });

function mount(components: readonly string[], channel: RemoteChannel): void {
  if (!registered) throw new Error("the bundle did not call hubspot.extend()");
  const root = createRemoteRoot(channel, { components: [...components] as never, strict: true });
  const element = registered(extensionApi(place.context));
  if (!React.isValidElement(element)) {
    throw new Error("hubspot.extend() expects a function that returns an element");
  }
  RemoteUI.createRoot(root).render(<Boundary>{element}</Boundary>);
  root.mount();
  host.ready();
}

class Boundary extends React.Component<{ children: React.ReactNode }, { failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError = () => ({ failed: true });
  override componentDidCatch(error: unknown) {
    host.crash(...described(error));
  }
  override render() {
    return this.state.failed ? null : this.props.children;
  }
}

function usePlace(): typeof place {
  const subscribe = React.useCallback((listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return React.useSyncExternalStore(subscribe, () => place);
}

function extensionApi(context: ExtensionContext) {
  return { context, actions: host.actions, runServerlessFunction: serverless };
}

async function hsFetch(url: string | URL, options: FetchOptions = {}): Promise<Response> {
  const { method = "GET", body, headers = {}, timeout } = options;
  const answer = await host.fetch({
    url: String(url),
    method: method.toUpperCase(),
    headers: Object.fromEntries(headers instanceof Headers ? headers : Object.entries(headers)),
    ...(body === undefined ? {} : { body }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  });
  const isBodiless = answer.status === 204 || answer.status === 304;
  return new Response(isBodiless ? null : JSON.stringify(answer.body ?? null), {
    status: answer.status,
    headers: { "content-type": "application/json" },
  });
}

async function serverless(): Promise<never> {
  throw new Error("hubspot.serverless() is not available: the app brings its own back-end");
}

/** The SDK's data hooks await `json()` and read `data`, `error` and `cleanup` from it. */
async function fetchCrmProperties(
  names: readonly string[],
  onUpdate: (properties: Record<string, string | null>) => void,
) {
  let isWanted = true;
  const cleanup = () => {
    isWanted = false;
  };
  const data = await host.crmProperties(names, (update) => {
    if (isWanted) onUpdate(update);
  });
  return { ok: true, json: async () => ({ data, cleanup }) };
}

function notHere(what: string) {
  return async () => {
    throw new Error(`${what}: not part of the local host`);
  };
}

function tellTheHostWhatIsLogged(): void {
  for (const level of ["debug", "info", "warn", "error", "log"] as const) {
    const native = scope.console[level].bind(scope.console);
    scope.console[level] = (...args) => {
      native(...args);
      host.log(level === "log" ? "info" : level, args.map(text).join(" "));
    };
  }
}

/** HubSpot's workers have none of these; here the worker's CSP refuses their use as well. */
function takeAwayTheNetwork(): void {
  const names = [
    ...["fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource"],
    ...["indexedDB", "caches", "BroadcastChannel", "Worker", "SharedWorker", "importScripts"],
  ];
  // Some stand on the scope's prototype, where hiding them on the scope would leave them.
  for (let holder: object = scope; holder !== null; holder = Object.getPrototypeOf(holder)) {
    for (const name of names) {
      if (Object.hasOwn(holder, name)) Object.defineProperty(holder, name, { value: undefined });
    }
  }
}

function log(level: LogLevel) {
  return (data: unknown) => host.log(level, text(data));
}

function text(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}

const described = (error: unknown): [message: string, stack: string] =>
  error instanceof Error ? [error.message, error.stack ?? ""] : [text(error), ""];
