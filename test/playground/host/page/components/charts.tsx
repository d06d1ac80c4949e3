/** Bar and line charts as SVG, with the same numbers in a table for those who do not see them. */
import type * as sdk from "@hubspot/ui-extensions";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

/** HubSpot's fourteen named colours, in the order in which series take them. */
const colours: Readonly<Record<sdk.ChartColor, string>> = {
  orange: "#ff8f59",
  aqua: "#00a4bd",
  purple: "#6a78d1",
  yellow: "#f5c26b",
  pink: "#ea90b1",
  blue: "#81c1fd",
  green: "#a2d28f",
  darkOrange: "#e66e50",
  darkAqua: "#4fb06d",
  darkPurple: "#9784c2",
  darkYellow: "#fea58e",
  darkPink: "#c396b6",
  darkBlue: "#51d3d9",
  darkGreen: "#bda9ea",
};
const colourNames = Object.keys(colours) as sdk.ChartColor[];

type Cell = string | number;

/** The data of a chart, read: categories across, one value per category and series. */
interface Plot {
  readonly kind: "bar" | "line";
  readonly category: sdk.ChartAxis;
  readonly value: sdk.ChartAxis;
  readonly categories: readonly Cell[];
  readonly series: readonly Series[];
  readonly isStacked: boolean;
  readonly isHorizontal: boolean;
  readonly options: sdk.ChartOptions;
  nameOf(category: Cell): string;
}
interface Series {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

export const BarChart = (props: sdk.BarChartProps) => <Chart {...props} kind="bar" />;
export const LineChart = (props: sdk.LineChartProps) => <Chart {...props} kind="line" />;

function Chart({ kind, testId, ...props }: sdk.ChartProps & { readonly kind: "bar" | "line" }) {
  const plot = readPlot(kind, props);
  const { options, series } = plot;
  const [box, width] = useWidth();
  const hasLegend = options.showLegend ?? series.length > 1;
  const title = options.title ?? (kind === "bar" ? "Bar chart" : "Line chart");
  return (
    <figure className="chart" data-test-id={testId}>
      {options.title && <figcaption className="chart__title">{options.title}</figcaption>}
      {hasLegend && (
        <ul className="chart__legend">
          {series.map(({ name, colour }) => (
            <li key={name}>
              <i style={{ background: colour }} />
              {name}
            </li>
          ))}
        </ul>
      )}
      <div ref={box}>
        <Drawing plot={plot} width={width} label={`${title}. The values follow in a table.`} />
      </div>
      <Values plot={plot} title={title} />
    </figure>
  );
}

function readPlot(kind: "bar" | "line", { data, axes, options = {} }: sdk.ChartProps): Plot {
  const rows = Array.isArray(data) ? data : data.data;
  const labels = (Array.isArray(data) ? undefined : data.options?.propertyLabels) ?? {};
  const { x, y } = axes;
  const { groupFieldByColor: group, stacking = false, colors = {} } = axes.options ?? {};
  const isHorizontal = kind === "bar" && y.fieldType === "category" && x.fieldType === "linear";
  const [category, value] = isHorizontal ? [y, x] : [x, y];
  const categories = [...new Set(rows.map((row) => row[category.field] ?? ""))];
  if (category.fieldType === "datetime") {
    categories.sort((a, b) => Date.parse(String(a)) - Date.parse(String(b)));
  }
  const groups = group ? [...new Set(rows.map((row) => row[group] ?? ""))] : [null];
  const palette = options.colorList ?? options.colors ?? colourNames;
  return {
    kind,
    category,
    value,
    categories,
    series: groups.map((name, index) => ({
      name: group && name !== null ? labelOf(labels, group, name) : (value.label ?? value.field),
      colour: colours[colors[String(name)] ?? palette[index % palette.length] ?? "orange"],
      values: categories.map((of) =>
        rows
          .filter((row) => row[category.field] === of && (!group || row[group] === name))
          .reduce((sum, row) => sum + Number(row[value.field] ?? 0), 0),
      ),
    })),
    isStacked: stacking && kind === "bar",
    isHorizontal,
    options,
    nameOf: (of) =>
      category.fieldType === "datetime" ? dayOf(of) : labelOf(labels, category.field, of),
  };
}

type Labels = Readonly<Record<string, Readonly<Record<string, string>>>>;
const labelOf = (labels: Labels, field: string, cell: Cell): string =>
  labels[field]?.[String(cell)] ?? (cell === "" ? "(No value)" : String(cell));

function dayOf(cell: Cell): string {
  const day = new Date(cell);
  if (Number.isNaN(day.getTime())) return String(cell);
  return day.toLocaleDateString("en-US", { month: "short", day: "numeric", timeZone: "UTC" });
}

/** Where things stand: `along` the categories, `up` the values, whichever way the bars lie. */
interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly inner: { readonly width: number; readonly height: number };
  readonly band: number;
  readonly ticks: readonly number[];
  along(index: number): number;
  up(value: number): number;
}

function measure(plot: Plot, width: number): Geometry {
  const { categories, series, isHorizontal, isStacked, nameOf } = plot;
  const height = isHorizontal ? Math.max(160, categories.length * 34 + 50) : 260;
  const longest = Math.max(0, ...categories.map((of) => nameOf(of).length));
  const left = isHorizontal ? Math.min(150, longest * 7 + 16) : 46;
  const [top, right, bottom] = [14, 14, 40];
  const inner = { width: width - left - right, height: height - top - bottom };
  const totals = categories.map((_, index) => {
    const values = series.map(({ values }) => values[index] ?? 0);
    return isStacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
  });
  const ticks = ticksUpTo(Math.max(1, ...totals));
  const most = ticks.at(-1) ?? 1;
  const band = (isHorizontal ? inner.height : inner.width) / Math.max(1, categories.length);
  return {
    ...{ width, height, left, top, inner, band, ticks },
    along: (index) => (isHorizontal ? top : left) + band * (index + 0.5),
    up: (value) =>
      isHorizontal
        ? left + (value / most) * inner.width
        : top + inner.height - (value / most) * inner.height,
  };
}

/** About four round numbers from 0 to at least `most`. */
function ticksUpTo(most: number): number[] {
  const rough = most / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((of) => of * magnitude >= rough) ?? 10) * magnitude;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, n) =>
    Number((n * step).toFixed(6)),
  );
}

interface DrawingProps {
  readonly plot: Plot;
  readonly width: number;
  readonly label: string;
}

function Drawing({ plot, width, label }: DrawingProps) {
  const place = measure(plot, width);
  return (
    <svg width={width} height={place.height} role="img" aria-label={label}>
      <Grid plot={plot} place={place} />
      <AxisTitles plot={plot} place={place} />
      {plot.kind === "bar" ? (
        <Bars plot={plot} place={place} />
      ) : (
        <Lines plot={plot} place={place} />
      )}
    </svg>
  );
}

interface PartProps {
  readonly plot: Plot;
  readonly place: Geometry;
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

function Grid({ plot: { isHorizontal, categories, nameOf }, place }: PartProps) {
  const { left, top, inner, along, up, ticks } = place;
  const [right, bottom] = [left + inner.width, top + inner.height];
  const every = isHorizontal
    ? 1
    : Math.ceil(categories.length / Math.max(1, Math.floor(inner.width / 56)));
  return (
    <>
      {ticks.map((tick) => (
        <g key={tick}>
          <line
            className="chart__grid"
            {...(isHorizontal
              ? { x1: up(tick), x2: up(tick), y1: top, y2: bottom }
              : { x1: left, x2: right, y1: up(tick), y2: up(tick) })}
          />
          <text
            className="chart__tick"
            x={isHorizontal ? up(tick) : left - 8}
            y={isHorizontal ? bottom + 16 : up(tick) + 4}
            textAnchor={isHorizontal ? "middle" : "end"}
          >
            {compact.format(tick)}
          </text>
        </g>
      ))}
      {categories.map((category, index) =>
        index % every === 0 ? (
          <text
            key={String(category)}
            className="chart__tick"
            x={isHorizontal ? left - 8 : along(index)}
            y={isHorizontal ? along(index) + 4 : bottom + 16}
            textAnchor={isHorizontal ? "end" : "middle"}
          >
            {nameOf(category)}
          </text>
        ) : null,
      )}
    </>
  );
}

function AxisTitles({ plot: { isHorizontal, category, value }, place }: PartProps) {
  const { left, top, inner, height } = place;
  const below = isHorizontal ? value.label : category.label;
  const beside = isHorizontal ? undefined : value.label;
  const turned = `translate(11 ${top + inner.height / 2}) rotate(-90)`;
  return (
    <>
      {below && (
        <text className="chart__axis" x={left + inner.width / 2} y={height - 4} textAnchor="middle">
          {below}
        </text>
      )}
      {beside && (
        <text className="chart__axis" transform={turned} textAnchor="middle">
          {beside}
        </text>
      )}
    </>
  );
}

function Bars({ plot, place }: PartProps) {
  const { categories, series, isStacked, isHorizontal, options } = plot;
  const { along, up, band } = place;
  const slots = isStacked ? 1 : series.length;
  const thickness = Math.min(46, (band * 0.68) / slots);
  const marks: ReactNode[] = [];
  for (const [index, category] of categories.entries()) {
    let below = 0;
    for (const [slot, { name, colour, values }] of series.entries()) {
      const value = values[index] ?? 0;
      const from = isStacked ? below : 0;
      below += value;
      if (value === 0) continue;
      const start = along(index) - (thickness * slots) / 2 + (isStacked ? 0 : slot * thickness);
      const [low, high] = [up(from), up(from + value)];
      marks.push(
        <rect
          key={`${category} ${name}`}
          fill={colour}
          rx={1.5}
          x={isHorizontal ? low : start}
          y={isHorizontal ? start : high}
          width={isHorizontal ? high - low : thickness - 1}
          height={isHorizontal ? thickness - 1 : low - high}
        >
          <Tip plot={plot} category={category} name={name} value={value} />
        </rect>,
      );
      if (options.showDataLabels && !isStacked) {
        marks.push(
          <text
            key={`${category} ${name} label`}
            className="chart__label"
            x={isHorizontal ? high + 5 : start + thickness / 2}
            y={isHorizontal ? start + thickness / 2 + 4 : high - 5}
            textAnchor={isHorizontal ? "start" : "middle"}
          >
            {compact.format(value)}
          </text>,
        );
      }
    }
  }
  return marks;
}

function Lines({ plot, place: { along, up } }: PartProps) {
  return plot.series.map(({ name, colour, values }) => {
    const points = values.map((value, index) => ({ x: along(index), y: up(value), value }));
    return (
      <g key={name}>
        <polyline
          points={points.map(({ x, y }) => `${x},${y}`).join(" ")}
          fill="none"
          stroke={colour}
          strokeWidth={2.5}
          strokeLinejoin="round"
        />
        {points.map(({ x, y, value }, index) => (
          <circle key={x} cx={x} cy={y} r={3.5} fill={colour} stroke="#fff">
            <Tip plot={plot} category={plot.categories[index] ?? ""} name={name} value={value} />
          </circle>
        ))}
      </g>
    );
  });
}

function Tip({
  plot,
  category,
  name,
  value,
}: {
  readonly plot: Plot;
  readonly category: Cell;
  readonly name: string;
  readonly value: number;
}) {
  if (plot.options.showTooltips === false) return null;
  const series = plot.series.length > 1 ? `, ${name}` : "";
  return <title>{`${plot.nameOf(category)}${series}: ${value}`}</title>;
}

function Values({ plot, title }: { readonly plot: Plot; readonly title: string }) {
  const { category, categories, series, nameOf } = plot;
  return (
    // A table takes the height of its rows, whatever its class says; a box around it does not.
    <div className="visually-hidden">
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col">{category.label ?? category.field}</th>
            {series.map(({ name }) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {categories.map((of, index) => (
            <tr key={String(of)}>
              <th scope="row">{nameOf(of)}</th>
              {series.map(({ name, values }) => (
                <td key={name}>{values[index]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(480);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const read = () => setWidth(Math.max(220, element.clientWidth));
    const observer = new ResizeObserver(read);
    observer.observe(element);
    read();
    return () => observer.disconnect();
  }, []);
  return [box, width] as const;
}
