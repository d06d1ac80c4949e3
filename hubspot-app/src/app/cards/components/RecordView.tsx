/** The record as last read: what needs the reader first, then the systems, then what happened. */
import { Alert, AutoGrid, Flex, LoadingButton, Text } from "@hubspot/ui-extensions";
import type { Format } from "crm-sync-common/format.ts";
import { listed } from "crm-sync-common/words.ts";
import type { ReactNode } from "react";
import { ageMs, type Board, primaryTile } from "../board.ts";
import type { SyncCardState } from "../hooks/use-sync-card.ts";
import { withNames } from "../named.ts";
import type { Service } from "../service.ts";
import { ConflictTile } from "./ConflictTile.tsx";
import { describe } from "./Failure.tsx";
import { FieldList } from "./FieldList.tsx";
import { FieldTable } from "./FieldTable.tsx";
import { Headline } from "./Headline.tsx";
import { PauseRecord, Pauses } from "./Pauses.tsx";
import { ProblemTile } from "./ProblemTile.tsx";
import { RecentChanges } from "./RecentChanges.tsx";
import { Related } from "./Related.tsx";
import { SettleAll } from "./SettleAll.tsx";
import { SystemLines } from "./SystemLines.tsx";

/** What every part needs to write values and times. */
export interface Page {
  readonly format: Format;
  /** Part of the address of the record page this card stands on. */
  readonly ownAddress: string;
  readonly service: Service;
  /** On a tab of its own there is room for tables. */
  readonly isWide: boolean;
}

export interface View extends Page {
  readonly board: Board;
  /** By the reader's own clock, as far as this view is drawn. */
  readonly now: number;
  /** "3 minutes ago" */
  readonly ago: (at: number) => string;
}

interface RecordViewProps {
  readonly card: SyncCardState & { readonly board: Board };
  readonly page: Page;
}

export function RecordView({ card, page }: RecordViewProps) {
  const { board, now } = card;
  const { record } = board;
  const view: View = {
    ...page,
    format: withNames(page.format, record.names),
    board,
    now,
    ago: (at) => page.format.ago(ageMs(board, at, now), at),
  };
  const primary = primaryTile(board);
  const matters = board.tiles.length + record.problems.length;
  const linked = record.systems.filter((system) => system.recordId !== null).length;
  const missing = record.systems.filter((system) => system.status === "missing");
  return (
    <Flex direction="column" gap="md">
      <Headline view={view}>
        <SettleAll board={board} onChoose={card.choose} />
      </Headline>
      {card.trouble && <Trouble card={card} view={view} />}
      <Pauses acting={card.acting} view={view} />
      <Unreachable board={board} />
      {record.state === "unlinked" && <Unlinked missing={missing.map((system) => system.label)} />}
      {matters > 0 && (
        <Matters isWide={view.isWide}>
          {board.tiles.map((tile) => (
            <ConflictTile
              key={tile.conflict.exceptionId}
              tile={tile}
              isPrimary={tile.conflict.exceptionId === primary}
              view={view}
              onChoose={(choice) => card.choose(tile.conflict.exceptionId, choice)}
              acting={card.acting}
              onUndo={() => card.undo(tile.conflict.exceptionId)}
            />
          ))}
          {record.problems.map((problem) => (
            <ProblemTile
              key={problem.exceptionId}
              problem={problem}
              acting={card.acting}
              view={view}
            />
          ))}
        </Matters>
      )}
      <SystemLines view={view} />
      <Related view={view} />
      {view.isWide && record.state !== "unlinked" && <FieldTable view={view} />}
      <RecentChanges view={view} />
      {!view.isWide && linked > 1 && <FieldList view={view} />}
      <Flex direction="row" gap="sm" wrap>
        <LoadingButton
          size="sm"
          variant={record.state === "unlinked" ? "primary" : "secondary"}
          loading={card.isSyncing}
          onClick={card.syncNow}
          testId="sync-now"
        >
          Sync now
        </LoadingButton>
        <PauseRecord acting={card.acting} view={view} />
      </Flex>
    </Flex>
  );
}

/** One below the other beside a record, side by side where there is room. */
function Matters(props: { readonly isWide: boolean; readonly children: ReactNode }) {
  return props.isWide ? (
    <AutoGrid columnWidth={320} gap="md" flexible>
      {props.children}
    </AutoGrid>
  ) : (
    <Flex direction="column" gap="md">
      {props.children}
    </Flex>
  );
}

/** The last request went wrong, but there is an earlier look to show. */
function Trouble({ card, view }: { readonly card: RecordViewProps["card"]; readonly view: View }) {
  if (!card.trouble) return null;
  const { title, text } = describe(card.trouble);
  return (
    <Alert variant="warning" title={title}>
      <Text>
        {text} What you see was true {view.ago(card.board.record.readAt)}.
      </Text>
    </Alert>
  );
}

function Unreachable({ board }: { readonly board: Board }) {
  const silent = board.record.systems.filter((system) => system.status === "unreachable");
  if (silent.length === 0) return null;
  const messages = silent.flatMap((system) => system.message ?? []);
  return (
    <Alert
      variant="warning"
      title={`${listed(silent.map((system) => system.label))} can't be reached`}
    >
      <Text>
        {messages.join(" ") || "Nothing is lost: changes wait and go out when it answers."}
      </Text>
    </Alert>
  );
}

function Unlinked({ missing }: { readonly missing: readonly string[] }) {
  const names = listed(missing) || "the other systems";
  return (
    <Text>
      Sync now looks for the same record in {names}, links the two, and adds it there if it is new.
    </Text>
  );
}
