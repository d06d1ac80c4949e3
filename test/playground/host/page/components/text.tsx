/** Text, headings, links, lists and pictures. */
import type * as sdk from "@hubspot/ui-extensions";
import { Children, type MouseEvent, useContext } from "react";
import { Glyph, NewTabGlyph } from "./icons.tsx";
import { useOverlay, useReactions } from "./overlays.tsx";
import {
  classes,
  extensionEvent,
  HeadingElement,
  Hidden,
  HostContext,
  type Style,
  target,
} from "./shared.tsx";

export function Heading({ inline, children, testId }: sdk.HeadingProps) {
  return (
    <HeadingElement
      className={classes("heading", inline && "heading--inline")}
      data-test-id={testId}
    >
      {children}
    </HeadingElement>
  );
}

const weights = { regular: undefined, demibold: 600, bold: 700 } as const;

export function Text(props: sdk.TextProps) {
  const { variant = "bodytext", inline, format = {}, truncate, children, testId } = props;
  const Element = inline ? "span" : "p";
  const { lineDecoration, textTransform } = format;
  const options = typeof truncate === "object" ? truncate : {};
  const style: Style = {
    fontWeight: weights[format.fontWeight ?? "regular"],
    fontStyle: format.italic ? "italic" : undefined,
    textDecoration: lineDecoration === "strikethrough" ? "line-through" : lineDecoration,
    textTransform: textTransform === "sentenceCase" ? undefined : textTransform,
    maxWidth: options.maxWidth,
  };
  return (
    <Element
      className={classes("text", `text--${variant}`, truncate && "text--truncate")}
      style={style}
      title={options.tooltipText}
      data-test-id={testId}
    >
      {children}
    </Element>
  );
}

export function List({ variant = "unordered", children }: sdk.ListProps) {
  const Element = variant.startsWith("ordered") ? "ol" : "ul";
  return (
    <Element className={`list list--${variant}`}>
      {Children.map(children, (child) => (
        <li>{child}</li>
      ))}
    </Element>
  );
}

export function Link(props: sdk.LinkProps) {
  const { href, variant = "primary", onClick, preventDefault, children, testId } = props;
  const { openOverlay, triggerProps, overlayElement } = useOverlay(props.overlay);
  const reactions = useReactions();
  const host = useContext(HostContext);
  const to = target(href);
  const click = (event: MouseEvent) => {
    const isHubSpotPath = to !== null && /^\//.test(to.url) && !servedHere.test(to.url);
    if (!to || preventDefault || isHubSpotPath) event.preventDefault();
    if (isHubSpotPath && !preventDefault) host.note(`HubSpot would go to ${to.url}`);
    onClick?.(extensionEvent(event), reactions);
    openOverlay();
  };
  const shared = {
    className: `link link--${variant}`,
    onClick: click,
    "data-test-id": testId,
    ...triggerProps,
  };
  return (
    <>
      {to ? (
        <a {...shared} href={to.url} {...(to.isExternal ? newTab : {})}>
          {children}
          {to.isExternal && <NewTabMark />}
        </a>
      ) : (
        <button type="button" {...shared}>
          {children}
        </button>
      )}
      {overlayElement}
    </>
  );
}

/** HubSpot's own addresses at which this host has a page. */
const servedHere = /^\/(contacts|app|integrations-settings)\//;

export const newTab = { target: "_blank", rel: "noreferrer" } as const;

export function NewTabMark() {
  return (
    <>
      <NewTabGlyph />
      <Hidden> (opens in a new tab)</Hidden>
    </>
  );
}

export function Image({ src, alt = "", width, height, href, onClick, overlay }: sdk.ImageProps) {
  const image = <img src={src} alt={alt} width={width} height={height} className="image" />;
  if (!href && !onClick && !overlay) return image;
  return (
    <Link href={href ?? ""} overlay={overlay} {...(onClick ? { onClick } : {})}>
      {image}
    </Link>
  );
}

const iconSizes: Readonly<Record<string, number>> = { sm: 14, small: 14, md: 18, medium: 18 };

export function Icon(props: sdk.IconProps) {
  const { name, size = "sm", color = "inherit", screenReaderText, testId } = props;
  return (
    <span className={`icon icon--${color}`} data-test-id={testId}>
      <Glyph name={name} size={iconSizes[size] ?? 24} />
      {screenReaderText && <Hidden>{screenReaderText}</Hidden>}
    </span>
  );
}

export function Illustration({ name, alt, width = 120, height }: sdk.IllustrationProps) {
  return (
    <div role="img" aria-label={alt} data-illustration={name} style={{ width, height }}>
      <Drawing tone="calm" />
    </div>
  );
}

const tones = { calm: "#00a4bd", lock: "#f5c26b", alarm: "#f2545b" } as const;

/** One drawing stands in for HubSpot's illustrations, which are not published. */
export function Drawing({ tone }: { readonly tone: keyof typeof tones }) {
  const mark = tone === "calm" ? "M89 66l5 5 9-10" : "M96 58v9M96 72v1";
  return (
    <svg viewBox="0 0 120 90" className="drawing" aria-hidden="true">
      <rect x="8" y="14" width="104" height="62" rx="6" fill="#eaf0f6" />
      <rect x="20" y="26" width="52" height="6" rx="3" fill="#cbd6e2" />
      <rect x="20" y="40" width="80" height="6" rx="3" fill="#cbd6e2" />
      <rect x="20" y="54" width="56" height="6" rx="3" fill="#cbd6e2" />
      <circle cx="96" cy="66" r="16" fill={tones[tone]} />
      <path d={mark} stroke="#fff" strokeWidth="3.5" strokeLinecap="round" fill="none" />
    </svg>
  );
}
