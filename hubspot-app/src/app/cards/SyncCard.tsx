/** The card beside a record: whether it is the same everywhere, and what differs, to be settled. */
import {
  hubspot,
  LoadingSpinner,
  useExtensionActions,
  useExtensionContext,
} from "@hubspot/ui-extensions";
import { type Clock, deviceClock } from "crm-sync-common/clock.ts";
import { createFormat } from "crm-sync-common/format.ts";
import { useEffect, useMemo, useRef } from "react";
import { Failure } from "./components/Failure.tsx";
import { RecordView } from "./components/RecordView.tsx";
import { useSyncCard } from "./hooks/use-sync-card.ts";
import type { Place } from "./place.ts";
import { createService } from "./service.ts";

hubspot.extend<Place>(() => <SyncCard />);

export function SyncCard({ clock = deviceClock }: { readonly clock?: Clock }) {
  const { variables } = useExtensionContext<Place>();
  const address = variables?.SYNC_URL;
  if (typeof address !== "string") return <Failure trouble={{ kind: "unset" }} />;
  return <RecordCard address={address} clock={clock} />;
}

function RecordCard({ address, clock }: { readonly address: string; readonly clock: Clock }) {
  const { crm, location, portal, user } = useExtensionContext<Place>();
  const actions = useExtensionActions<Place>();
  const { objectTypeId } = crm;
  const objectId = String(crm.objectId);
  const service = useMemo(
    () => createService(address, { objectTypeId, objectId }, clock),
    [address, objectTypeId, objectId, clock],
  );
  const format = useMemo(
    () => createFormat({ locale: user.locale, timeZone: portal.timezone }),
    [user.locale, portal.timezone],
  );
  const card = useSyncCard(service, clock, actions.refreshObjectProperties);

  const listen = useRef(actions.onCrmPropertiesUpdate);
  const { lookSoon } = card;
  useEffect(() => listen.current("*", lookSoon), [lookSoon]);

  if (card.board) {
    const ownAddress = `/record/${objectTypeId}/${objectId}`;
    const page = { format, ownAddress, service, isWide: location === "crm.record.tab" };
    return <RecordView card={{ ...card, board: card.board }} page={page} />;
  }
  if (card.trouble) return <Failure trouble={card.trouble} onRetry={card.lookNow} />;
  return <LoadingSpinner label="Comparing this record" showLabel />;
}
