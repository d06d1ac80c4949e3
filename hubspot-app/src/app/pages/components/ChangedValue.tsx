/** One value of a change: another record as a link to it, anything else as the reader writes it. */
import { Text } from "@hubspot/ui-extensions";
import { PageLink } from "@hubspot/ui-extensions/pages";
import { useDesk } from "crm-sync-common/desk.ts";
import type { AuditEntry } from "crm-sync-shared/control.ts";
import { shortened } from "../words.ts";

type Change = AuditEntry["changes"][number];

interface ChangedProps {
  readonly type: Change["type"];
  readonly value: Change["to"];
  /** The new one, not the old. */
  readonly isNew?: boolean;
}

export function ChangedValue({ type, value, isNew = false }: ChangedProps) {
  const { format } = useDesk();
  if (type?.kind === "reference" && typeof value === "string") {
    return <OtherRecord entityId={value} label={isNew ? "This record" : "Another record"} />;
  }
  return (
    <Text inline format={{ fontWeight: isNew ? "demibold" : "regular", italic: value === null }}>
      {shortened(format.value(type, value))}
    </Text>
  );
}

export function OtherRecord(props: { readonly entityId: string; readonly label: string }) {
  return (
    <PageLink to="/records/:entityId" params={{ entityId: props.entityId }}>
      {props.label}
    </PageLink>
  );
}
