/** All that happened to a record, or to one field of it, newest first. */
import { Flex, Select, Text } from "@hubspot/ui-extensions";
import { useControlPages } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { AuditTable } from "./AuditTable.tsx";
import { Fitted } from "./Fitted.tsx";
import { Listed } from "./Listed.tsx";

const all = " ";

export function RecordHistory({ data }: { readonly data: Answered<"record"> }) {
  const [field, choose] = useState(all);
  const { entityId } = data;
  const history = useControlPages("record-history", {
    entityId,
    field: field === all ? null : field,
  });
  return (
    <Flex direction="column" gap="sm">
      <Fitted>
        <Select
          label="Field"
          name="history-field"
          value={field}
          options={[
            { value: all, label: "All fields" },
            ...data.fields.map((each) => ({ value: each.field, label: each.label })),
          ]}
          onChange={(value) => choose(String(value))}
        />
      </Fitted>
      <Listed list={history} label="Reading the history">
        {(pages) => {
          const entries = pages.flatMap((page) => page.entries);
          return entries.length === 0 ? (
            <Text>Nothing has happened to it yet.</Text>
          ) : (
            <AuditTable entries={entries} isOfOneRecord />
          );
        }}
      </Listed>
    </Flex>
  );
}
