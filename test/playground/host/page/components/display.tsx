/** Components that show data or fold it away: lists of facts, figures, tabs, steps, accordions. */
import type * as sdk from "@hubspot/ui-extensions";
import {
  createContext,
  type KeyboardEvent,
  useContext,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { createPortal } from "react-dom";
import { moveFocus } from "./buttons.tsx";
import { Glyph } from "./icons.tsx";
import { classes, Hidden, short } from "./shared.tsx";

export function DescriptionList(props: sdk.DescriptionListProps) {
  const { direction = "column", children, testId } = props;
  return (
    <dl className={`facts facts--${direction}`} data-test-id={testId}>
      {children}
    </dl>
  );
}

export function DescriptionListItem({ label, children, testId }: sdk.DescriptionListItemProps) {
  return (
    <div className="facts__item" data-test-id={testId}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function Statistics({ children, testId }: sdk.StatisticsProps) {
  return (
    <div className="figures" data-test-id={testId}>
      {children}
    </div>
  );
}

export function StatisticsItem({ label, number, children, testId }: sdk.StatisticsItemProps) {
  return (
    <div className="figures__item" data-test-id={testId}>
      <div className="figures__label">{label}</div>
      <div className="figures__number">{number}</div>
      {children}
    </div>
  );
}

export function StatisticsTrend({ value, direction, color }: sdk.StatisticsTrendProps) {
  const tone = color ?? (direction === "increase" ? "green" : "red");
  return (
    <div className={`figures__trend figures__trend--${tone}`}>
      <Glyph name={direction === "increase" ? "sortTableAsc" : "sortTableDesc"} size={12} />
      <Hidden>{direction} of </Hidden> {value}
    </div>
  );
}

export function Accordion(props: sdk.AccordionProps) {
  const { title, children, defaultOpen = false, disabled, size = "md", onClick, testId } = props;
  const [isOpenHere, setOpenHere] = useState(defaultOpen);
  const isOpen = props.open ?? isOpenHere;
  const id = useId();
  const click = () => {
    setOpenHere(!isOpen);
    onClick?.();
  };
  return (
    <div className={`accordion accordion--${short(size)}`} data-test-id={testId}>
      <button
        type="button"
        className="accordion__head"
        disabled={disabled}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={click}
      >
        <Glyph name={isOpen ? "downCarat" : "right"} size={16} />
        {title}
      </button>
      <div id={id} className="accordion__body" hidden={!isOpen}>
        {children}
      </div>
    </div>
  );
}

type TabId = string | number;
interface TabsState {
  readonly list: HTMLElement | null;
  readonly selected: TabId | null;
  readonly base: string;
  claim(id: TabId): void;
  select(id: TabId): void;
  move(event: KeyboardEvent): void;
}
const TabsContext = createContext<TabsState | null>(null);

export function Tabs(props: sdk.TabsProps) {
  const { children, selected, defaultSelected, variant = "default", fill, testId } = props;
  const [picked, setPicked] = useState<TabId | null>(defaultSelected ?? null);
  const [list, setList] = useState<HTMLElement | null>(null);
  const base = useId();
  // The SDK types the callback by the kind of id the tabs use; here it is either.
  const onSelectedChange = useRef<((id: TabId) => void) | undefined>(undefined);
  onSelectedChange.current = props.onSelectedChange as ((id: TabId) => void) | undefined;
  const state = useMemo<TabsState>(
    () => ({
      list,
      selected: selected ?? picked,
      base,
      claim: (id) => setPicked((now) => now ?? id),
      select: (id) => {
        setPicked(id);
        onSelectedChange.current?.(id);
      },
      move: (event) => {
        const tabs = list?.querySelectorAll<HTMLElement>("[role=tab]:not([disabled])") ?? [];
        moveFocus([...tabs], event, ["ArrowLeft", "ArrowRight"])?.click();
      },
    }),
    [list, selected, picked, base],
  );
  const className = classes(`tabs tabs--${variant}`, fill && "tabs--fill");
  return (
    <TabsContext.Provider value={state}>
      <div className={className} data-test-id={testId}>
        <div role="tablist" tabIndex={-1} className="tabs__list" ref={setList} />
        {children}
      </div>
    </TabsContext.Provider>
  );
}

/** Draws its own head into the list: a remote child's new props do not redraw its parent. */
export function Tab({ tabId, title, disabled, children, tooltip, testId }: sdk.TabProps) {
  const tabs = useContext(TabsContext);
  const ownId = useId();
  const id = tabId ?? ownId;
  const claim = tabs?.claim;
  useLayoutEffect(() => claim?.(id), [claim, id]);
  if (!tabs) return null;
  const isSelected = tabs.selected === id;
  const panelId = `${tabs.base}-${id}`;
  const head = (
    <button
      type="button"
      role="tab"
      id={`${panelId}-tab`}
      aria-controls={panelId}
      aria-selected={isSelected}
      tabIndex={isSelected ? 0 : -1}
      disabled={disabled}
      title={tooltip}
      className="tabs__tab"
      onClick={() => tabs.select(id)}
      onKeyDown={tabs.move}
    >
      {title ?? id}
    </button>
  );
  return (
    <>
      {tabs.list && createPortal(head, tabs.list)}
      <div
        role="tabpanel"
        id={panelId}
        aria-labelledby={`${panelId}-tab`}
        hidden={!isSelected}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: -- a panel is a focus stop of its tab
        tabIndex={0}
        data-test-id={testId}
      >
        {isSelected && children}
      </div>
    </>
  );
}

export function StepIndicator(props: sdk.StepIndicatorProps) {
  const { stepNames, currentStep = 0, direction = "horizontal", variant = "default" } = props;
  const { onClick } = props;
  const stateOf = (index: number) =>
    index < currentStep ? "done" : index === currentStep ? "now" : "todo";
  const body = (name: string, state: string) => (
    <>
      <span className="steps__dot">{state === "done" && <Glyph name="success" size={12} />}</span>
      <span className={variant !== "default" && state !== "now" ? "visually-hidden" : undefined}>
        {name}
        {state === "done" && <Hidden> (completed)</Hidden>}
      </span>
    </>
  );
  return (
    <ol className={`steps steps--${direction}`} data-test-id={props.testId}>
      {stepNames.map((name, index) => {
        const state = stateOf(index);
        const current = state === "now" ? ({ "aria-current": "step" } as const) : {};
        return (
          <li key={name} className={`steps__step is-${state}`} {...current}>
            {onClick ? (
              <button type="button" className="steps__body" onClick={() => onClick(index)}>
                {body(name, state)}
              </button>
            ) : (
              <span className="steps__body">{body(name, state)}</span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
