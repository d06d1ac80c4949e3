/** Tables, their sorting heads and their pager. */
import type * as sdk from "@hubspot/ui-extensions";
import { createContext, type ReactNode, useContext, useState } from "react";
import { Glyph, SortGlyph } from "./icons.tsx";
import { classes, Hidden, type Style } from "./shared.tsx";

export function Table(props: sdk.TableProps) {
  const { bordered = true, flush, density = "default", children, testId } = props;
  return (
    <div className={classes("table-wrap", flush && "table-wrap--flush")} data-test-id={testId}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: -- it scrolls, so keys must reach it */}
      <div className="table-scroll" tabIndex={0}>
        <table className={classes(`table table--${density}`, bordered && "table--bordered")}>
          {children}
        </table>
      </div>
      {props.paginated && <Pager {...props} />}
    </div>
  );
}

function Pager(props: sdk.TablePaginatedProps) {
  const { pageCount, showButtonLabels = true, maxVisiblePageButtons: visible = 7 } = props;
  const [pageHere, setPageHere] = useState(1);
  const page = props.page ?? pageHere;
  const go = (to: number) => {
    setPageHere(to);
    props.onPageChange(to);
  };
  const first = Math.max(1, Math.min(page - Math.floor(visible / 2), pageCount - visible + 1));
  const count = Math.min(visible, pageCount);
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  const step = (to: number, label: string | undefined, content: ReactNode) => (
    <button
      type="button"
      disabled={to < 1 || to > pageCount || to === page}
      aria-label={label}
      onClick={() => go(to)}
    >
      {content}
    </button>
  );
  return (
    <nav className="pager" aria-label="Pages">
      {props.showFirstLastButtons && step(1, undefined, "First")}
      {step(
        page - 1,
        showButtonLabels ? undefined : "Previous page",
        <>
          <Glyph name="left" size={16} />
          {showButtonLabels && "Prev"}
        </>,
      )}
      {numbers.map((number) => (
        <button
          type="button"
          key={number}
          aria-current={number === page ? "page" : undefined}
          aria-label={`Page ${number}`}
          onClick={() => go(number)}
        >
          {number}
        </button>
      ))}
      {step(
        page + 1,
        showButtonLabels ? undefined : "Next page",
        <>
          {showButtonLabels && "Next"}
          <Glyph name="right" size={16} />
        </>,
      )}
      {props.showFirstLastButtons && step(pageCount, undefined, "Last")}
    </nav>
  );
}

const HeadContext = createContext(false);

export function TableHead({ children }: sdk.TableElementProps) {
  return (
    <HeadContext.Provider value={true}>
      <thead>{children}</thead>
    </HeadContext.Provider>
  );
}

export const TableBody = ({ children }: sdk.TableElementProps) => <tbody>{children}</tbody>;
export const TableFooter = ({ children }: sdk.TableElementProps) => <tfoot>{children}</tfoot>;
export const TableRow = ({ children, testId }: sdk.TableElementProps) => (
  <tr data-test-id={testId}>{children}</tr>
);

const arrows = { ascending: "sortTableAsc", descending: "sortTableDesc", none: null } as const;

export function TableHeader(props: sdk.TableHeaderProps) {
  const { align = "left", width, children, testId, sortDirection = "never" } = props;
  const scope = useContext(HeadContext) ? "col" : "row";
  const label = children ?? <Hidden>Actions</Hidden>;
  const shared = { scope, style: { textAlign: align, ...widthOf(width) }, "data-test-id": testId };
  if (sortDirection === "never") return <th {...shared}>{label}</th>;
  const { onSortChange, disabled } = props as sdk.SortedTableHeaderProps;
  const next = sortDirection === "ascending" ? "descending" : "ascending";
  return (
    <th {...shared} aria-sort={sortDirection}>
      <button
        type="button"
        className="table__sort"
        disabled={disabled}
        onClick={() => onSortChange(next)}
      >
        {label}
        <SortGlyph icon={arrows[sortDirection]} />
      </button>
    </th>
  );
}

export function TableCell({
  align = "left",
  width,
  colSpan,
  children,
  testId,
}: sdk.TableCellProps) {
  const style = { textAlign: align, ...widthOf(width) };
  return (
    <td style={style} colSpan={colSpan} data-test-id={testId}>
      {children}
    </td>
  );
}

function widthOf(width: sdk.WidthProps["width"]): Style {
  if (typeof width === "number") return { width };
  if (width === "min") return { width: "1%", whiteSpace: "nowrap" };
  return width === "max" ? { width: "99%" } : {};
}
