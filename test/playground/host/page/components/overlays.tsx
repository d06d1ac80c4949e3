/**
 * Modals, panels and tooltips. `overlay={<Modal/>}` opens on the trigger's click; one that stands
 * in the tree opens by id through the event's reactions; `actions.closeOverlay(id)` closes either.
 * Focus goes into an opened dialog and back to where it was.
 */
import type * as sdk from "@hubspot/ui-extensions";
import {
  cloneElement,
  createContext,
  type KeyboardEvent,
  type MouseEvent,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { createPortal } from "react-dom";
import { Glyph } from "./icons.tsx";
import { classes, short } from "./shared.tsx";

/** Which dialogs are open by id. */
export class OverlayManager {
  readonly #open = new Set<string>();
  readonly #listeners = new Set<() => void>();
  readonly #closers = new Map<string, Set<() => void>>();

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  isOpen = (id: string) => this.#open.has(id);
  open = (id: string) => {
    this.#open.add(id);
    this.#tell();
  };
  close = (id: string) => {
    this.#open.delete(id);
    for (const closer of this.#closers.get(id) ?? []) closer();
    this.#tell();
  };
  /** For a dialog that its trigger opened, not its id. */
  onClose(id: string, closer: () => void) {
    const closers = this.#closers.get(id) ?? new Set();
    this.#closers.set(id, closers.add(closer));
    return () => {
      closers.delete(closer);
    };
  }
  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

export const OverlayManagerContext = createContext(new OverlayManager());

export function useReactions(): sdk.Reactions {
  const manager = useContext(OverlayManagerContext);
  return useMemo(() => {
    const { open, close } = manager;
    return { openPanel: open, closePanel: close, openModal: open, closeModal: close };
  }, [manager]);
}

/** What a trigger and its overlay say to each other. */
interface Slot {
  readonly isOpen: boolean;
  setOpen(isOpen: boolean): void;
  setTooltip(content: ReactNode): void;
}
const SlotContext = createContext<Slot | null>(null);

export function useOverlay(overlay: ReactNode) {
  const [isOpen, setOpen] = useState(false);
  const [tooltip, setTooltip] = useState<ReactNode>(null);
  const [isShown, setShown] = useState(false);
  const tooltipId = useId();
  const slot = useMemo(() => ({ isOpen, setOpen, setTooltip }), [isOpen]);
  const show = () => setShown(true);
  const hide = () => setShown(false);
  const tooltipTrigger = {
    "aria-describedby": tooltipId,
    onMouseEnter: show,
    onMouseLeave: hide,
    onFocus: show,
    onBlur: hide,
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Escape") hide();
    },
  };
  const dialogTrigger = overlay ? { "aria-haspopup": "dialog" as const } : {};
  return {
    openOverlay: () => {
      if (overlay && tooltip === null) setOpen(true);
    },
    triggerProps: tooltip === null ? dialogTrigger : tooltipTrigger,
    overlayElement: overlay ? (
      <SlotContext.Provider value={slot}>
        {overlay}
        {tooltip !== null && (
          <span role="tooltip" id={tooltipId} className={classes("tooltip", isShown && "is-shown")}>
            {tooltip}
          </span>
        )}
      </SlotContext.Provider>
    ) : null,
  };
}

/** Hands its content to the trigger it hangs on, which decides when it shows. */
export function Tooltip({ children }: sdk.TooltipProps) {
  const slot = useContext(SlotContext);
  const setTooltip = slot?.setTooltip;
  useEffect(() => {
    setTooltip?.(children);
    return () => setTooltip?.(null);
  }, [setTooltip, children]);
  return null;
}

/** A tooltip of the host's own making, on a field's info mark. */
export function Hint({
  text,
  children,
}: {
  readonly text: string;
  readonly children: ReactElement;
}) {
  const { triggerProps, overlayElement } = useOverlay(<Tooltip>{text}</Tooltip>);
  return (
    <span className="hint">
      {cloneElement(children, triggerProps)}
      {overlayElement}
    </span>
  );
}

interface DialogProps {
  readonly kind: "modal" | "panel";
  readonly id: string;
  readonly title?: string | undefined;
  readonly label: string | undefined;
  readonly width: string;
  /** Blocks the page behind it. */
  readonly isModal: boolean;
  readonly isDanger: boolean;
  readonly onOpen?: (() => void) | undefined;
  readonly onClose?: (() => void) | undefined;
  readonly testId?: string | undefined;
  readonly children: ReactNode;
}

function Dialog(props: DialogProps) {
  const { kind, title, label, isModal, isDanger } = props;
  const { isOpen, close } = useDialogState(props);
  const dialog = useRef<HTMLDivElement>(null);
  const titleId = useId();
  useFocusWithin(dialog, isOpen);
  useKeysWithoutFocus(dialog, isOpen && isModal, close);
  if (!isOpen) return null;
  const onScrimClick = (event: MouseEvent) => {
    event.stopPropagation();
    if (event.target === event.currentTarget && isModal) close();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key === "Tab" && isModal) keepFocusWithin(dialog.current, event);
  };
  return createPortal(
    // biome-ignore lint/a11y: -- the scrim is a convenience; Escape and Close do the same
    <div className={classes("overlay", isModal && "overlay--scrim")} onClick={onScrimClick}>
      <div
        ref={dialog}
        className={classes(
          `dialog dialog--${kind} dialog--${short(props.width)}`,
          isDanger && "dialog--danger",
        )}
        role="dialog"
        aria-modal={isModal || undefined}
        {...(label ? { "aria-label": label } : { "aria-labelledby": titleId })}
        tabIndex={-1}
        onKeyDown={onKeyDown}
        data-test-id={props.testId}
      >
        <div className="dialog__header">
          <h2 id={titleId}>{title}</h2>
          <button type="button" className="dialog__close" aria-label="Close" onClick={close}>
            <Glyph name="remove" size={18} />
          </button>
        </div>
        <SlotContext.Provider value={null}>{props.children}</SlotContext.Provider>
      </div>
    </div>,
    document.getElementById("overlays") ?? document.body,
  );
}

function useDialogState({ id, onOpen, onClose }: DialogProps) {
  const manager = useContext(OverlayManagerContext);
  const slot = useContext(SlotContext);
  const isOpenById = useSyncExternalStore(manager.subscribe, () => manager.isOpen(id));
  const isOpen = isOpenById || (slot?.isOpen ?? false);
  const setOpen = slot?.setOpen;
  const close = useCallback(() => manager.close(id), [manager, id]);
  useEffect(() => manager.onClose(id, () => setOpen?.(false)), [manager, id, setOpen]);
  const wasOpen = useRef(false);
  const handlers = useRef({ onOpen, onClose });
  handlers.current = { onOpen, onClose };
  useEffect(() => {
    if (isOpen === wasOpen.current) return;
    wasOpen.current = isOpen;
    if (isOpen) handlers.current.onOpen?.();
    else handlers.current.onClose?.();
  }, [isOpen]);
  return { isOpen, close };
}

function useFocusWithin(dialog: { readonly current: HTMLElement | null }, isOpen: boolean) {
  useEffect(() => {
    if (!isOpen) return;
    const before = document.activeElement;
    dialog.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [isOpen, dialog]);
}

/** What had the focus may be gone, as a button after its work: keys still mean the dialog. */
function useKeysWithoutFocus(
  dialog: { readonly current: HTMLElement | null },
  isOpen: boolean,
  close: () => void,
) {
  useEffect(() => {
    if (!isOpen) return;
    const press = (event: globalThis.KeyboardEvent) => {
      if (document.activeElement !== document.body) return;
      if (event.key === "Escape") close();
      if (event.key === "Tab") dialog.current?.focus();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [dialog, isOpen, close]);
}

const FOCUSABLE =
  "a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), " +
  'textarea:not([disabled]), [tabindex]:not([tabindex="-1"])';

function keepFocusWithin(dialog: HTMLElement | null, event: KeyboardEvent): void {
  const items = [...(dialog?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])];
  const [first, last] = [items[0], items.at(-1)];
  if (!first || !last) return;
  const active = document.activeElement;
  if (event.shiftKey && (active === first || active === dialog)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && active === last) {
    event.preventDefault();
    first.focus();
  }
}

export function Modal({ variant, width = "sm", ...props }: sdk.ModalProps) {
  const { id, title, onOpen, onClose, testId, children } = props;
  return (
    <Dialog
      {...{ id, title, onOpen, onClose, testId, width }}
      kind="modal"
      label={props["aria-label"]}
      isModal
      isDanger={variant === "danger"}
    >
      {children}
    </Dialog>
  );
}

export function Panel({ variant, width = "sm", ...props }: sdk.PanelProps) {
  const { id, title, onOpen, onClose, testId, children } = props;
  return (
    <Dialog
      {...{ id, title, onOpen, onClose, testId, width }}
      kind="panel"
      label={props["aria-label"]}
      isModal={variant === "modal"}
      isDanger={false}
    >
      {children}
    </Dialog>
  );
}

export function DialogBody({ children }: { readonly children: ReactNode }) {
  // Scrolls, so the keyboard must be able to reach it.
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: -- a scrolling region needs a focus stop
    <div className="dialog__body" tabIndex={0}>
      {children}
    </div>
  );
}

export function DialogFooter({ children }: { readonly children: ReactNode }) {
  return <div className="dialog__footer">{children}</div>;
}

export function PanelSection({ flush, children }: sdk.PanelSectionProps) {
  return (
    <div className={classes("panel-section", flush && "panel-section--flush")}>{children}</div>
  );
}
