/** Open exceptions as a spreadsheet. Invariant: no value is ever taken for a formula. */
import type { ExceptionItem, Given } from "../../shared/control.ts";
import type { Held } from "../../shared/record.ts";
import { exceptionPage, type ListedException, positionIn } from "../store/exception-lists.ts";
import { type Asking, cursorOf, given, refused } from "./control-ask.ts";
import { exceptionPosition, itemOf, questionOf, shortItem } from "./control-exceptions.ts";

/** A slice of rows, well below 100 KB. */
const sliceBytesMax = 80_000;
const sliceRowsMax = 400;

export async function exportExceptions(asking: Asking, input: Given<"export">) {
  const { db, doors } = asking;
  const after = input.cursor === null ? null : exceptionPosition(input.cursor);
  if (after === undefined) return refused("bad_request", "cursor: not one of ours");
  const { rules } = doors.jobs;
  const page = { sort: "oldest", after, limit: sliceRowsMax + 1 } as const;
  const { items } = await exceptionPage(db, rules, questionOf(asking, input.filter), page);
  const lines = after === null ? [csvHeader(asking)] : [];
  let bytes = lines.join("").length;
  let last: ListedException | undefined;
  let rows = 0;
  for (const listed of items.slice(0, sliceRowsMax)) {
    const line = csvLine(csvCells(asking, shortItem(itemOf(asking, listed))));
    const size = new TextEncoder().encode(JSON.stringify(line)).byteLength;
    if (rows > 0 && bytes + size > sliceBytesMax) break;
    lines.push(line);
    bytes += size;
    rows += 1;
    last = listed;
  }
  const cursor =
    last === undefined || rows === items.length
      ? null
      : cursorOf(positionIn(rules, "oldest", last));
  return given<"export">({ csv: lines.join(""), rows, cursor });
}

const systemsOf = ({ doors }: Asking) => Object.values(doors.jobs.rules.systems);

const csvHeader = (asking: Asking): string =>
  csvLine([
    "Id",
    "Kind",
    "Object",
    "Record",
    "Field",
    "Open since (UTC)",
    "Owner",
    "Assigned to",
    "Why",
    ...systemsOf(asking).flatMap(({ label }) => [label, `${label} id`]),
  ]);

function csvCells(asking: Asking, item: ExceptionItem): string[] {
  const textOf = (value: Held) =>
    value === null
      ? ""
      : typeof value === "string"
        ? value
        : Array.isArray(value)
          ? value.join("; ")
          : Object.values(value).join(", ");
  return [
    item.id,
    item.kindLabel,
    item.objectLabel,
    item.title,
    item.fieldLabel ?? "",
    new Date(item.openedAt).toISOString(),
    item.owner?.email ?? "",
    item.assignee?.name ?? "",
    `${item.reason} ${item.mend}`.trim(),
    ...systemsOf(asking).flatMap(({ system }) => [
      textOf(item.values.find((one) => one.system === system)?.value ?? null),
      item.records.find((one) => one.system === system)?.recordId ?? "",
    ]),
  ];
}

/**
 * Spreadsheets take a cell that begins like a formula for one; an apostrophe keeps it text.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const csvLine = (cells: readonly string[]): string =>
  `${cells
    .map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))
    .map((cell) => `"${cell.replaceAll('"', '""')}"`)
    .join(",")}\r\n`;
