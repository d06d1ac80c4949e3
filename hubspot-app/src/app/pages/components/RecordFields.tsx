/** Every mapped field in every system, read just now, and who decides over it. */
import {
  Flex,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  Toggle,
} from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import { who } from "crm-sync-common/words.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { shortened } from "../words.ts";

type Data = Answered<"record">;
type Field = Data["fields"][number];

export function RecordFields({ data }: { readonly data: Data }) {
  const [isBrief, setBrief] = useState(false);
  const systems = data.record.systems.filter(({ recordId }) => recordId !== null);
  const fields = isBrief ? data.fields.filter(({ isEqual }) => !isEqual) : data.fields;
  return (
    <Flex direction="column" gap="sm">
      <Toggle
        label="Only what differs"
        name="brief"
        size="sm"
        checked={isBrief}
        onChange={setBrief}
      />
      {fields.length === 0 ? (
        <Text>Nothing differs.</Text>
      ) : (
        <Table density="condensed" bordered>
          <TableHead>
            <TableRow>
              <TableHeader width="min">Field</TableHeader>
              {systems.map(({ system, label }) => (
                <TableHeader key={system}>{label}</TableHeader>
              ))}
              <TableHeader>The rule</TableHeader>
            </TableRow>
          </TableHead>
          <TableBody>
            {fields.map((field) => (
              <TableRow key={field.field}>
                <TableCell width="min">
                  <StatusTag variant={field.isEqual ? "success" : "warning"}>
                    {field.label}
                  </StatusTag>
                </TableCell>
                {systems.map(({ system }) => (
                  <TableCell key={system}>
                    <Value field={field} system={system} />
                  </TableCell>
                ))}
                <TableCell>
                  <Text variant="microcopy">{field.rule}</Text>
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
    </Flex>
  );
}

function Value({ field, system }: { readonly field: Field; readonly system: string }) {
  const { format, ago } = useDesk();
  const held = field.values.find((value) => value.system === system);
  if (!held) return <Text>--</Text>;
  const name = who(held.actor);
  const parts = [...(name === null ? [] : [name]), ...(held.at === null ? [] : [ago(held.at)])];
  return (
    <>
      <Text format={{ italic: held.value === null }}>
        {shortened(format.value(field.type, held.value))}
      </Text>
      {parts.length > 0 && <Text variant="microcopy">{parts.join(", ")}</Text>}
    </>
  );
}
