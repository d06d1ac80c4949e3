/** Opens the control center or its settings as HubSpot would; fixtures or the test answer. */
import { createRenderer } from "@hubspot/ui-extensions/testing";
import type { ReactElement } from "react";
import { expect, vi } from "vitest";
import type { Clock } from "../../hubspot-app/common/clock.ts";
import { ControlCenter } from "../../hubspot-app/src/app/pages/ControlCenter.tsx";
import { Settings } from "../../hubspot-app/src/app/settings/Settings.tsx";
import type { ControlAction } from "../../shared/control.ts";
import { problemsOf } from "./card-harness.tsx";
import { type Answers, controlAnswers } from "./control-fixtures.ts";

export const now = Date.parse("2026-11-23T19:05:00Z");
const address = "https://sync.example.com";

/** An action of the control center, or the card's door that its pages use. */
export type Door = ControlAction | "card/answer";

export interface Asked {
  readonly action: Door;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How an action is answered: with data, refused, with a status, or when the test says so. */
export type Answering =
  | { readonly data: unknown }
  | { readonly error: { readonly code: string; readonly message: string } }
  | { readonly status: number }
  | Promise<{ readonly data: unknown }>;

export type Script = Partial<Record<Door, (body: Asked["body"]) => Answering>>;

interface Options {
  readonly path?: string;
  readonly params?: Record<string, string>;
  readonly script?: Script;
  readonly variables?: Record<string, string>;
  readonly locale?: string;
}

export function openPages(options: Options = {}) {
  return openAt("pages", (clock) => <ControlCenter clock={clock} />, options);
}

export function openSettings(options: Options = {}) {
  return openAt("settings", (clock) => <Settings clock={clock} />, options);
}

function openAt(
  place: "pages" | "settings",
  element: (clock: Clock) => ReactElement,
  options: Options,
) {
  const asked: Asked[] = [];
  const { clock, advance } = manualClock();
  vi.stubGlobal("self", { hsFetch: answered(asked, options.script ?? {}) });
  const renderer = createRenderer(place);
  const { mocks } = renderer;
  mocks.context.user.locale = options.locale ?? "en-us";
  mocks.context.portal.timezone = "Europe/Berlin";
  mocks.context.variables = options.variables ?? { SYNC_URL: address };
  if (place === "pages") {
    const { path = "/", params = {} } = options;
    (renderer.mocks as ReturnType<typeof createRenderer<"pages">>["mocks"]).setPageLocation({
      path,
      params,
    });
  }
  renderer.render(element(clock));
  const text = () => textOf(renderer.getRootNode() as Tree);
  return {
    ...renderer,
    asked,
    advance,
    text,
    says: async (words: string) => {
      await renderer.waitFor(() => expect(text()).toContain(words));
      expect(problemsOf(renderer.getRootNode(), place)).toEqual([]);
    },
    askedOf: (action: Door) => asked.filter((each) => each.action === action),
  };
}

function answered(asked: Asked[], script: Script) {
  return async (url: string, init: { readonly body?: Asked["body"] }) => {
    const action = url.slice(address.length + 1).replace(/^control\//, "") as Door;
    const body = init.body ?? {};
    asked.push({ action, body });
    const fixtures: Answers = controlAnswers(now);
    const data = action === "card/answer" ? null : fixtures[action];
    const answering = await (script[action]?.(body) ?? { data });
    if ("status" in answering) return new Response("upstream failed", { status: answering.status });
    return Response.json(
      "error" in answering ? { ok: false, ...answering } : { ok: true, ...answering },
    );
  };
}

function manualClock() {
  let time = now;
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  let next = 0;
  const clock: Clock = {
    now: () => time,
    after: (delayMs, run) => {
      const id = next++;
      timers.set(id, { at: time + delayMs, run });
      return () => timers.delete(id);
    },
  };
  const advance = (ms: number) => {
    time += ms;
    for (const [id, { at, run }] of [...timers]) {
      if (at > time) continue;
      timers.delete(id);
      run();
    }
  };
  return { clock, advance };
}

interface Tree {
  readonly text?: string;
  readonly props?: Readonly<Record<string, unknown>>;
  readonly childNodes?: readonly Tree[];
}

const spokenProps = ["title", "label", "number", "valueDescription"];

/** Everything a reader could read, dialogs that hang on buttons included. */
function textOf(node: Tree): string {
  const own = spokenProps.map((name) => node.props?.[name]).filter((it) => it !== undefined);
  const overlay = node.props?.overlay as Tree | undefined;
  const below = [...(node.childNodes ?? []), ...(overlay ? [overlay] : [])].map(textOf);
  // An element's own text is that of its children once more.
  const text = node.childNodes ? "" : (node.text ?? "");
  return [text, ...own, ...below].join(" ").replace(/\s+/g, " ").trim();
}
