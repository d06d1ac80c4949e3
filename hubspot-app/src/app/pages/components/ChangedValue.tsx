/** One value of a change, the new one bold. */
import { Text } from "@hubspot/ui-extensions";
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
  return (
    <Text inline format={{ fontWeight: isNew ? "demibold" : "regular", italic: value === null }}>
      {shortened(format.value(type, value))}
    </Text>
  );
}
