/**
 * What the host page and the extension's worker say to each other over @remote-ui/rpc. Every
 * function becomes asynchronous on the other end, whatever its type says here.
 */
import type { AppPageLocation, ExtensionPoints } from "@hubspot/ui-extensions";
import type { RemoteChannel } from "@remote-ui/core";

export type Location = keyof ExtensionPoints;
export type ExtensionContext = ExtensionPoints[Location]["context"];
// biome-ignore lint/suspicious/noExplicitAny: -- the SDK's own contract for actions of every place
export type Actions = Readonly<Record<string, (...args: any[]) => unknown>>;
export type LogLevel = "debug" | "info" | "warn" | "error";
export type CrmProperties = Record<string, string | null>;

export interface FetchRequest {
  readonly url: string;
  readonly method: string;
  readonly body?: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface FetchAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What the page offers to the worker. */
export interface HostApi {
  readonly context: ExtensionContext;
  readonly pageLocation: AppPageLocation;
  readonly actions: Actions;
  log(level: LogLevel, text: string): void;
  crash(message: string, stack: string): void;
  ready(): void;
  fetch(request: FetchRequest): Promise<FetchAnswer>;
  /** Answers now, and calls back whenever one of the properties changes. */
  crmProperties(
    names: readonly string[],
    onUpdate: (properties: CrmProperties) => void,
  ): Promise<CrmProperties>;
}

/** What the worker offers to the page. */
export interface WorkerApi {
  load(
    bundleUrl: string,
    components: readonly string[],
    channel: RemoteChannel,
    host: HostApi,
  ): void;
  update(change: {
    readonly context: ExtensionContext;
    readonly pageLocation: AppPageLocation;
  }): void;
}
