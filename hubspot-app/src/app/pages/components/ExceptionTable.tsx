/** The exceptions as rows: what about, what each system holds, since when, and whose it is. */
import {
  Checkbox,
  Flex,
  StatusTag,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { PageLink } from "@hubspot/ui-extensions/pages";
import { useDesk } from "crm-sync-common/desk.ts";
import { distinctTexts } from "crm-sync-common/format.ts";
import { capitalized } from "crm-sync-common/words.ts";
import type { ExceptionItem } from "crm-sync-shared/control.ts";
import { type ListParams, paramsOf } from "../exception-list.ts";
import { isSelected, type Selected, toggled } from "../selection.ts";
import { personName, shortened } from "../words.ts";

interface TableProps {
  readonly items: readonly ExceptionItem[];
  readonly list: ListParams;
  readonly selected: Selected;
  readonly onSelect: (selected: Selected) => void;
}

export function ExceptionTable({ items, list, selected, onSelect }: TableProps) {
  const ids = items.map(({ id }) => id);
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          <TableHeader width="min">Pick</TableHeader>
          <TableHeader>Record</TableHeader>
          <TableHeader>What</TableHeader>
          <TableHeader>Held now</TableHeader>
          <TableHeader width="min">Open since</TableHeader>
          <TableHeader width="min">Assigned to</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {items.map((item) => (
          <ExceptionRow
            key={item.id}
            item={item}
            list={list}
            isPicked={isSelected(selected, item.id)}
            onPick={() => onSelect(toggled(selected, item.id, ids))}
          />
        ))}
      </TableBody>
    </Table>
  );
}

interface RowProps {
  readonly item: ExceptionItem;
  readonly list: ListParams;
  readonly isPicked: boolean;
  readonly onPick: () => void;
}

function ExceptionRow({ item, list, isPicked, onPick }: RowProps) {
  const { ago } = useDesk();
  const what = item.fieldLabel ?? item.kindLabel;
  return (
    <TableRow>
      <TableCell width="min">
        <Checkbox
          name={`pick-${item.id}`}
          aria-label={`Pick ${what} of ${item.title}`}
          checked={isPicked}
          onChange={onPick}
        />
      </TableCell>
      <TableCell>
        <PageLink
          to="/exceptions/:exceptionId"
          params={{ ...paramsOf(list), exceptionId: item.id }}
        >
          {item.title}
        </PageLink>
        <Text variant="microcopy">{item.objectLabel}</Text>
      </TableCell>
      <TableCell>
        <Text>{what}</Text>
        <Text variant="microcopy">{noteOn(item)}</Text>
      </TableCell>
      <TableCell>
        <Held item={item} />
      </TableCell>
      <TableCell width="min">{capitalized(ago(item.openedAt))}</TableCell>
      <TableCell width="min">{item.assignee ? personName(item.assignee) : "--"}</TableCell>
    </TableRow>
  );
}

function noteOn({ fieldLabel, kindLabel, critical }: ExceptionItem): string {
  const kind = fieldLabel === null ? [] : [kindLabel];
  return [...kind, ...(critical ? ["important"] : [])].join(", ");
}

function Held({ item }: { readonly item: ExceptionItem }) {
  const { format } = useDesk();
  if (item.status === "answered") return <StatusTag variant="info">Being carried out</StatusTag>;
  if (item.values.length === 0) return <Text>{shortened(item.reason)}</Text>;
  const texts = item.type
    ? distinctTexts(
        format,
        item.type,
        item.values.map(({ value }) => value),
      )
    : [];
  return (
    <Flex direction="column" gap="flush">
      {item.values.map(({ system, label, value }, index) => (
        <Text key={system}>
          <Text inline variant="microcopy">
            {label}
          </Text>{" "}
          {shortened(texts[index] ?? format.value(null, value))}
        </Text>
      ))}
    </Flex>
  );
}
