/**
 * The middle of a record page: what happened, and a tab for every card that wants one. Only the
 * chosen tab's card runs, as in HubSpot; `?tab=` with a card's uid opens it at once.
 */
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";
import { moveFocus } from "./components/buttons.tsx";

interface RecordTab {
  readonly uid: string;
  readonly name: string;
  readonly content: ReactNode;
}

export function RecordTabs({ tabs }: { readonly tabs: readonly RecordTab[] }) {
  const [chosen, setChosen] = useState(() => new URLSearchParams(location.search).get("tab"));
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const current = tabs.find(({ uid }) => uid === chosen) ?? tabs[0];
  if (!current || tabs.length === 1) return <>{current?.content}</>;
  const onKeyDown = (event: KeyboardEvent) => {
    const all = [...(list.current?.querySelectorAll<HTMLElement>("[role=tab]") ?? [])];
    moveFocus(all, event, ["ArrowLeft", "ArrowRight"])?.click();
  };
  return (
    <div className="tabs">
      <div className="tabs__list" role="tablist" aria-label="Record" ref={list}>
        {tabs.map(({ uid, name }) => (
          <button
            key={uid}
            type="button"
            role="tab"
            id={`${id}-${uid}`}
            className="tabs__tab"
            aria-selected={uid === current.uid}
            tabIndex={uid === current.uid ? 0 : -1}
            onClick={() => setChosen(uid)}
            onKeyDown={onKeyDown}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-labelledby={`${id}-${current.uid}`}>
        {current.content}
      </div>
    </div>
  );
}
