/** Components that place others. */
import type * as sdk from "@hubspot/ui-extensions";
import { alignment, classes, distance } from "./shared.tsx";

export function Flex(props: sdk.FlexProps) {
  const { direction = "row", justify = "start", align = "stretch", alignSelf, wrap } = props;
  return (
    <div
      className={`flex flex--${direction}`}
      data-test-id={props.testId}
      style={{
        flexDirection: direction,
        justifyContent: alignment(justify),
        alignItems: alignment(align),
        alignSelf: alignSelf && alignment(alignSelf),
        flexWrap: wrap === true || wrap === "wrap" ? "wrap" : "nowrap",
        gap: distance(props.gap),
      }}
    >
      {props.children}
    </div>
  );
}

const growth = { initial: "0 1 auto", auto: "1 1 auto", none: "0 0 auto" } as const;

export function Box({ flex = "initial", alignSelf, children, testId }: sdk.BoxProps) {
  const style = {
    flex: typeof flex === "number" ? `${flex} 1 0` : growth[flex],
    alignSelf: alignSelf && alignment(alignSelf),
    minWidth: 0,
  };
  return (
    <div data-test-id={testId} style={style}>
      {children}
    </div>
  );
}

export function Inline(props: sdk.InlineProps) {
  return <Flex align="stretch" {...props} direction="row" wrap="wrap" />;
}

export function AutoGrid({ columnWidth, flexible, gap, children, testId }: sdk.AutoGridProps) {
  const fill = flexible ? "auto-fit" : "auto-fill";
  const width = flexible ? "1fr" : `${columnWidth}px`;
  const style = {
    display: "grid",
    gap: distance(gap),
    gridTemplateColumns: `repeat(${fill}, minmax(min(100%, ${columnWidth}px), ${width}))`,
  };
  return (
    <div data-test-id={testId} style={style}>
      {children}
    </div>
  );
}

/** Deprecated in the SDK in favour of Flex. */
export function Stack({ distance: gap = "sm", direction = "column", ...props }: sdk.StackProps) {
  const { justify = "start", align = "stretch", children } = props;
  return (
    <Flex direction={direction} gap={gap} justify={justify} align={align}>
      {children}
    </Flex>
  );
}

export function Tile({ compact, flush, children, testId }: sdk.TileProps) {
  const className = classes("tile", compact && "tile--compact", flush && "tile--flush");
  return (
    <div className={className} data-test-id={testId}>
      {children}
    </div>
  );
}

/** Deprecated in the SDK in favour of Tile. */
export function Card({ children }: sdk.CardProps) {
  return <div className="tile">{children}</div>;
}

export function Divider({ size, distance: gap = "sm", testId }: sdk.DividerProps) {
  const style = { marginBlock: distance(size ?? gap) };
  return <hr className="divider" data-test-id={testId} style={style} />;
}

export function Spacer({ size = "sm" }: sdk.SpacerProps) {
  return <div style={{ height: distance(size) }} />;
}
