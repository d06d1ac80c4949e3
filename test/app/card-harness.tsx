/** Opens the card as HubSpot would, with a clock the test drives and answers the test gives. */
import { createRenderer } from "@hubspot/ui-extensions/testing";
import { expect, vi } from "vitest";
import type { Clock } from "../../hubspot-app/common/clock.ts";
import type { Place } from "../../hubspot-app/src/app/cards/place.ts";
import { SyncCard } from "../../hubspot-app/src/app/cards/SyncCard.tsx";
import type { CardAnswer, FieldsAnswer, HistoryAnswer } from "../../shared/contract.ts";
import { componentsAt, propProblems } from "../playground/host/catalog.ts";

export const now = Date.parse("2026-11-23T19:05:00Z");
export const address = "https://sync.example.com";

export interface Request {
  readonly path: string;
  readonly method: string;
  readonly body: unknown;
  readonly timeout: number;
  /** Answers it; a number is an HTTP status without a body of ours. */
  readonly reply: (answer: CardAnswer | FieldsAnswer | HistoryAnswer | number) => void;
  readonly fail: (error: unknown) => void;
}

export interface OpenCard extends ReturnType<typeof createRenderer<Place>> {
  /** Every request so far, oldest first. */
  readonly requests: readonly Request[];
  /** Waits for the next request not yet taken. */
  readonly take: (path: string) => Promise<Request>;
  readonly advance: (ms: number) => void;
  /** Delays until the timers now set, shortest first. */
  readonly planned: () => number[];
  /** Everything a reader could read, in order. */
  readonly text: () => string;
  readonly says: (words: string) => Promise<void>;
}

export function openCard(
  options: {
    place?: Place;
    locale?: string;
    timeZone?: string;
    variables?: Record<string, string>;
  } = {},
): OpenCard {
  const requests: Request[] = [];
  let taken = 0;
  const hsFetch = (url: string, init: { method: string; body?: unknown; timeout: number }) =>
    new Promise<Response>((resolve, fail) => {
      requests.push({
        path: url.slice(address.length),
        method: init.method,
        body: init.body,
        timeout: init.timeout,
        reply: (answer) =>
          resolve(
            typeof answer === "number"
              ? new Response("upstream failed", { status: answer })
              : Response.json(answer),
          ),
        fail,
      });
    });
  vi.stubGlobal("self", { hsFetch });

  const { clock, advance, planned } = manualClock();
  const place = options.place ?? "crm.record.sidebar";
  const renderer = createRenderer(place);
  const { context } = renderer.mocks;
  context.location = place;
  context.crm = { objectId: 151, objectTypeId: "0-1" };
  context.user.locale = options.locale ?? "en-us";
  context.portal.timezone = options.timeZone ?? "US/Eastern";
  context.variables = options.variables ?? { SYNC_URL: address };
  renderer.render(<SyncCard clock={clock} />);

  const text = () => textOf(renderer.getRootNode());
  return {
    ...renderer,
    requests,
    advance,
    planned,
    text,
    take: async (path) => {
      await vi.waitFor(() => expect(requests.length).toBeGreaterThan(taken), {
        interval: 1,
      });
      const request = requests[taken++]!;
      expect(request.path.split("?")[0]).toBe(path);
      return request;
    },
    says: async (words) => {
      await renderer.waitFor(() => expect(text()).toContain(words));
      expect(problemsOf(renderer.getRootNode(), place)).toEqual([]);
    },
  };
}

/** Opens the card and answers its first look. */
export async function openWith(
  answer: CardAnswer,
  options: Parameters<typeof openCard>[0] = {},
): Promise<OpenCard> {
  const card = openCard(options);
  (await card.take("/card/record")).reply(answer);
  await card.waitFor(() => expect(card.text()).not.toContain("Comparing this record"));
  expect(problemsOf(card.getRootNode(), options.place)).toEqual([]);
  return card;
}

function manualClock() {
  let time = now;
  const timers = new Map<number, { at: number; run: () => void }>();
  let next = 0;
  const due = () =>
    [...timers].filter(([, timer]) => timer.at <= time).sort(([, a], [, b]) => a.at - b.at)[0];
  const clock: Clock = {
    now: () => time,
    after: (delayMs, run) => {
      const id = next++;
      timers.set(id, { at: time + delayMs, run });
      return () => timers.delete(id);
    },
  };
  return {
    clock,
    planned: () => [...timers.values()].map(({ at }) => at - time).sort((a, b) => a - b),
    advance: (ms: number) => {
      time += ms;
      for (let timer = due(); timer; timer = due()) {
        timers.delete(timer[0]);
        timer[1].run();
      }
    },
  };
}

interface Tree {
  readonly childNodes: readonly unknown[];
}

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && "childNodes" in value;

const propsOf = (node: Tree): Record<string, unknown> =>
  "props" in node ? (node.props as Record<string, unknown>) : {};

const spokenProps = ["title", "label", "validationMessage", "screenReaderText"];

/** What a reader could read of a part of the card, in order. */
export function textOf(node: Tree): string {
  const props = propsOf(node);
  const own = spokenProps.map((name) => props[name]).filter(Boolean);
  const below = node.childNodes.map((child) =>
    isTree(child) ? textOf(child) : (child as { text: string }).text,
  );
  return [...own, ...below].join(" ").replace(/\s+/g, " ").trim();
}

/** The renderer takes any prop; HubSpot and our host page do not. */
export function problemsOf(node: Tree, place: string = "crm.record.sidebar"): string[] {
  const { overlay } = propsOf(node);
  const parts = [...node.childNodes, overlay].filter(isTree);
  return [...elementProblems(node, place), ...parts.flatMap((part) => problemsOf(part, place))];
}

function elementProblems(node: Tree, location: string): string[] {
  if (!("name" in node)) return [];
  const name = String(node.name);
  const isAllowed = componentsAt(location).includes(name);
  const place = isAllowed ? [] : [`<${name}> is not for ${location}`];
  return [...place, ...propProblems(name, propsOf(node))];
}
