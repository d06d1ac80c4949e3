/** What happened to the record, newest first, in HubSpot's own record of it. */
import { useEffect, useState } from "react";
import type { HostChange, HostProperty, HostRecord } from "../crm.ts";
import { Glyph } from "./components/icons.tsx";
import type { RecordPageData } from "./data.ts";
import { asDay } from "./property-form.tsx";

interface Props {
  readonly page: RecordPageData;
  readonly record: HostRecord;
}

const lengthMax = 30;
const icons = { person: "contact", integration: "integrations", automation: "workflows" } as const;

export function History({ page, record }: Props) {
  const now = useNow();
  const known = new Map(page.properties.map((property) => [property.name, property]));
  const changes = record.history.filter(({ property }) => known.has(property));
  if (changes.length === 0) return <p className="history__empty">Nothing has changed yet.</p>;
  return (
    <ol className="history">
      {changes.slice(0, lengthMax).map((change) => {
        const { property, value, at, by } = change;
        return (
          <li key={`${at} ${property} ${value}`}>
            <span className="history__icon" aria-hidden="true">
              <Glyph name={icons[by.kind]} size={14} />
            </span>
            <div>
              <p>{sentence(page, known.get(property), change)}</p>
              <p className="history__by">
                {by.name} · <time dateTime={new Date(at).toISOString()}>{when(at, now)}</time>
              </p>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function sentence(page: RecordPageData, property: HostProperty | undefined, change: HostChange) {
  const label = property?.label ?? change.property;
  if (change.value === null || change.value === "") {
    return (
      <>
        <strong>{label}</strong> was cleared
      </>
    );
  }
  return (
    <>
      <strong>{label}</strong> set to <q>{words(page, property, change.value)}</q>
    </>
  );
}

function words(page: RecordPageData, property: HostProperty | undefined, value: string): string {
  if (property?.name === "hubspot_owner_id") {
    return page.owners.find(({ id }) => id === value)?.name ?? value;
  }
  const option = property?.options.find((option) => option.value === value);
  if (option) return option.label;
  const at = property && asDay(property, value);
  if (at) return day.format(at);
  return property?.type === "number" && value.trim() !== "" && !Number.isNaN(Number(value))
    ? number.format(Number(value))
    : value;
}

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
const day = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" });

const minuteMs = 60_000;
const daysShownMax = 30;

function when(at: number, now: number): string {
  const minutes = Math.round((now - at) / minuteMs);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.round(hours / 24);
  if (days > daysShownMax) return day.format(at);
  return days === 1 ? "1 day ago" : `${days} days ago`;
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
