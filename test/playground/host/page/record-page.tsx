/**
 * A record page as HubSpot lays it out: the record and its properties on the left, what happened
 * to it in the middle, cards on the right. Properties are editable beside the card, and the page
 * follows what anybody else changes.
 */
import { useCallback, useEffect, useState } from "react";
import { type HostRecord, objects, recordName, type SaveAnswer } from "../crm.ts";
import { ObjectGlyph } from "./components/icons.tsx";
import { type PageData, type PageExtension, paths, type RecordPageData } from "./data.ts";
import { ExtensionCard } from "./extension-card.tsx";
import { usePropertySource } from "./extension-host.tsx";
import { History } from "./history.tsx";
import { PropertyForm } from "./property-form.tsx";
import { RecordTabs } from "./record-tabs.tsx";

const lookIntervalMs = 1_500;

interface Props {
  readonly data: PageData;
  readonly page: RecordPageData;
}

export function RecordPage({ data, page }: Props) {
  const { record, look, save } = useRecord(data, page);
  const source = usePropertySource(record.properties, look);
  const { singular } = objects[page.objectTypeId];
  const cardOf = (extension: PageExtension) => (
    <ExtensionCard key={extension.uid} {...{ data, page, extension }} record={source} />
  );
  const name = recordName(page.objectTypeId, record);
  const sidebar = (
    <aside className="record__side" aria-label="Cards" style={{ width: page.sidebarWidth }}>
      {page.extensions.filter(({ location }) => location === "crm.record.sidebar").map(cardOf)}
    </aside>
  );
  const activity = (
    <section className="card" aria-label="Activity">
      <h2 className="card__head card__head--plain">Activity</h2>
      <History page={page} record={record} />
    </section>
  );
  if (data.bare) {
    return (
      <main className="record record--bare">
        <h1 className="visually-hidden">{name}</h1>
        {sidebar}
      </main>
    );
  }
  return (
    <main className="record">
      <aside className="record__side record__side--left" aria-label="Record">
        <section className="card card--identity">
          <div className="avatar" aria-hidden="true">
            {page.objectTypeId === "0-1" ? (
              initials(name)
            ) : (
              <ObjectGlyph objectTypeId={page.objectTypeId} />
            )}
          </div>
          <h1>{name}</h1>
          <p>{subtitle(page, record)}</p>
        </section>
        <section className="card" aria-label={`About this ${singular.toLowerCase()}`}>
          <h2 className="card__head card__head--plain">About this {singular.toLowerCase()}</h2>
          <PropertyForm page={page} record={record} onSave={save} />
        </section>
      </aside>
      <div className="record__middle">
        <RecordTabs
          tabs={[
            { uid: "activity", name: "Activity", content: activity },
            ...page.extensions
              .filter(({ location }) => location === "crm.record.tab")
              .map((extension) => ({ ...extension, content: cardOf(extension) })),
          ]}
        />
      </div>
      {sidebar}
    </main>
  );
}

function subtitle({ objectTypeId, owners }: RecordPageData, { properties }: HostRecord): string {
  const owner = owners.find(({ id }) => id === properties.hubspot_owner_id);
  const owned = owner ? `Owner: ${owner.name}` : "No owner";
  switch (objectTypeId) {
    case "0-1":
      return [properties.jobtitle, owned].filter(Boolean).join(" · ");
    case "0-2":
      return [properties.domain, owned].filter(Boolean).join(" · ");
    case "0-3":
      return [money(properties.amount, properties.deal_currency_code), owned]
        .filter(Boolean)
        .join(" · ");
  }
}

function money(amount: string | null | undefined, currency: string | null | undefined) {
  if (!amount || Number.isNaN(Number(amount))) return null;
  const format = { style: "currency", currency: currency || "USD" } as const;
  return new Intl.NumberFormat("en-US", format).format(Number(amount));
}

function initials(name: string): string {
  const words = name.split(/\s+/);
  return `${words[0]?.[0] ?? ""}${words.length > 1 ? (words.at(-1)?.[0] ?? "") : ""}`.toUpperCase();
}

/** The record as it stands in HubSpot, looked at again and again. */
function useRecord({ user }: PageData, page: RecordPageData) {
  const [record, setRecord] = useState(page.record);
  const url = `${paths.record(page.objectTypeId, page.record.id)}?user=${user.key}`;
  const adopt = useCallback(
    (next: HostRecord) =>
      // The same values keep their identity, so that nothing downstream redraws for nothing.
      setRecord((now) => (JSON.stringify(now) === JSON.stringify(next) ? now : next)),
    [],
  );
  const look = useCallback(async () => {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) adopt(await response.json());
  }, [url, adopt]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) look();
    }, lookIntervalMs);
    return () => clearInterval(timer);
  }, [look]);
  const save = async (properties: Record<string, string>): Promise<SaveAnswer> => {
    const response = await fetch(url, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(properties),
    });
    const answer: SaveAnswer = await response.json();
    if (answer.kind === "saved") adopt(answer.record);
    return answer;
  };
  return { record, look, save };
}
