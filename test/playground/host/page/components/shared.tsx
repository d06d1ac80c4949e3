/** What all drawn components share: the host's services, class names, sizes, events and links. */
import type { AllDistances, ExtensionEvent, HrefProp } from "@hubspot/ui-extensions";
import {
  type CSSProperties,
  createContext,
  createElement,
  type ReactNode,
  useContext,
} from "react";

export interface HostServices {
  /** Says in the log what HubSpot would do here. */
  note(text: string): void;
  navigate(to: string, params?: Record<string, string>): void;
  /** The address of one of the app's own pages. */
  addressOf(to: string, params?: Record<string, string>): string;
  /** Of headings inside the extension: below the card's or the page's own title. */
  readonly headingLevel: 2 | 3;
}

export const HostContext = createContext<HostServices>({
  note: () => undefined,
  navigate: () => undefined,
  addressOf: (to) => to,
  headingLevel: 3,
});

export const classes = (...names: readonly (string | false | null | undefined)[]): string =>
  names.filter(Boolean).join(" ");

const shortSizes: Readonly<Record<string, string>> = {
  "extra-small": "xs",
  small: "sm",
  medium: "md",
  large: "lg",
  "extra-large": "xl",
  default: "md",
};

/** "medium" and "md" are one size. */
export const short = (size: string): string => shortSizes[size] ?? size;

export const distance = (gap: AllDistances = "flush"): string => `var(--gap-${short(gap)})`;

const alignments = {
  start: "flex-start",
  end: "flex-end",
  center: "center",
  around: "space-around",
  between: "space-between",
  baseline: "baseline",
  stretch: "stretch",
  auto: "auto",
} as const;

export const alignment = (name: keyof typeof alignments) => alignments[name];

/** What crosses to the worker of a DOM event: HubSpot's ExtensionEvent, which is plain data. */
export function extensionEvent(event: {
  readonly type: string;
  readonly bubbles: boolean;
  readonly timeStamp: number;
}): ExtensionEvent {
  const { type, bubbles, timeStamp } = event;
  return { type, bubbles, timeStamp, id: crypto.randomUUID() };
}

export interface Target {
  readonly url: string;
  readonly isExternal: boolean;
}

/** Links out of HubSpot open a new tab unless they say otherwise. */
export function target(href: HrefProp | undefined): Target | null {
  if (!href) return null;
  const url = typeof href === "string" ? href : href.url;
  const isHubSpot = /^([/?#]|https:\/\/([\w-]+\.)*hubspot\.com(\/|$))/.test(url);
  const external = typeof href === "string" ? undefined : href.external;
  return { url, isExternal: external ?? !isHubSpot };
}

export function HeadingElement(props: {
  readonly className: string;
  readonly children: ReactNode;
  readonly "data-test-id"?: string | undefined;
}) {
  return createElement(`h${useContext(HostContext).headingLevel}`, props);
}

export function Hidden({ children }: { readonly children: ReactNode }) {
  return <span className="visually-hidden">{children}</span>;
}

export type Style = CSSProperties;
