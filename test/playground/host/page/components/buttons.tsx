/** Buttons and menus. */
import type * as sdk from "@hubspot/ui-extensions";
import {
  createContext,
  type KeyboardEvent,
  type MouseEvent,
  useContext,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { Glyph } from "./icons.tsx";
import { useOverlay, useReactions } from "./overlays.tsx";
import { classes, extensionEvent, short, target } from "./shared.tsx";
import { NewTabMark, newTab } from "./text.tsx";

type AnyButton = sdk.ButtonProps & Omit<sdk.LoadingButtonProps, "variant">;

export function Button(props: AnyButton) {
  const { variant = "secondary", size = "md", type = "button", disabled, loading } = props;
  const { children, resultIconName, testId } = props;
  const reactions = useReactions();
  const { openOverlay, triggerProps, overlayElement } = useOverlay(props.overlay);
  const openLater = useOpenWhenLoaded(props, openOverlay);
  const to = target(props.href);
  const click = (event: MouseEvent) => {
    if (disabled || loading) {
      event.preventDefault();
      return;
    }
    props.onClick?.(extensionEvent(event), reactions);
    if (!openLater()) openOverlay();
  };
  const shared = {
    className: classes(
      `button button--${variant} button--${short(size)}`,
      props.truncate && "button--truncate",
    ),
    onClick: click,
    "data-test-id": testId,
    ...triggerProps,
  };
  const body = (
    <>
      <span className="button__body">{children}</span>
      {loading && <span className="spinner spinner--xs" aria-hidden="true" />}
      {!loading && resultIconName && <Glyph name={resultIconName} size={14} />}
      {to?.isExternal && <NewTabMark />}
    </>
  );
  return (
    <>
      {to && !disabled ? (
        <a {...shared} href={to.url} {...(to.isExternal ? newTab : {})}>
          {body}
        </a>
      ) : (
        <button
          {...shared}
          type={type}
          disabled={disabled}
          aria-disabled={loading || undefined}
          aria-busy={loading || undefined}
        >
          {body}
        </button>
      )}
      {overlayElement}
    </>
  );
}

/** A LoadingButton may open its overlay only when its work is done. */
function useOpenWhenLoaded({ loading, overlayOptions }: AnyButton, openOverlay: () => void) {
  const isPending = useRef(false);
  const wasLoading = useRef(false);
  useEffect(() => {
    if (wasLoading.current && !loading && isPending.current) {
      isPending.current = false;
      openOverlay();
    }
    wasLoading.current = loading ?? false;
  });
  return () => {
    if (overlayOptions?.openBehavior !== "onLoadingFinish") return false;
    isPending.current = true;
    return true;
  };
}

export function ButtonRow({ children, testId }: sdk.ButtonRowProps) {
  return (
    <div className="button-row" data-test-id={testId}>
      {children}
    </div>
  );
}

const MenuContext = createContext<() => void>(() => undefined);

export function Dropdown(props: sdk.DropdownProps) {
  const { buttonText, buttonSize = "md", variant = "secondary", disabled, options = [] } = props;
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return;
    // Near the right edge of the page the menu hangs from the button's right instead.
    const list = menu.current?.querySelector("[role=menu]");
    list?.classList.toggle("menu--end", list.getBoundingClientRect().right > innerWidth);
    items(menu.current)[0]?.focus();
    const closeOutside = (event: Event) => {
      if (!menu.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("mousedown", closeOutside);
    return () => document.removeEventListener("mousedown", closeOutside);
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      setOpen(false);
      menu.current?.querySelector("button")?.focus();
    } else moveFocus(items(menu.current), event, ["ArrowUp", "ArrowDown"]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: -- keys for the menu inside it
    <div className="dropdown" ref={menu} onKeyDown={onKeyDown} data-test-id={props.testId}>
      <button
        type="button"
        className={`button button--${variant} button--${short(buttonSize)}`}
        disabled={disabled}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <span className="button__body">{buttonText}</span>
        <Glyph name="downCarat" size={14} />
      </button>
      {/* Stays mounted, so that an item's overlay survives the closing of the menu. */}
      <MenuContext.Provider value={() => setOpen(false)}>
        <div id={id} role="menu" aria-label={buttonText} className="menu" hidden={!isOpen}>
          {options.map(({ label, onClick }) => (
            <MenuItem key={label} onClick={() => onClick?.()}>
              {label}
            </MenuItem>
          ))}
          {props.children}
        </div>
      </MenuContext.Provider>
    </div>
  );
}

export function MenuItem({ onClick, overlay, children, testId }: sdk.DropdownButtonItemProps) {
  const close = useContext(MenuContext);
  const reactions = useReactions();
  const { openOverlay, overlayElement } = useOverlay(overlay);
  const click = (event: MouseEvent) => {
    close();
    onClick?.(extensionEvent(event), reactions);
    openOverlay();
  };
  return (
    <>
      <button
        type="button"
        role="menuitem"
        className="menu__item"
        data-test-id={testId}
        onClick={click}
      >
        {children}
      </button>
      {overlayElement}
    </>
  );
}

const items = (menu: HTMLElement | null): HTMLElement[] => [
  ...(menu?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []),
];

/** Moves focus round a list of items by a pair of keys. */
export function moveFocus(
  among: readonly HTMLElement[],
  event: KeyboardEvent,
  [back, forth]: readonly [string, string],
): HTMLElement | null {
  const step = event.key === forth ? 1 : event.key === back ? -1 : 0;
  if (step === 0 || among.length === 0) return null;
  event.preventDefault();
  const now = [...among].indexOf(document.activeElement as HTMLElement);
  const next = among[(now + step + among.length) % among.length] ?? null;
  next?.focus();
  return next;
}
