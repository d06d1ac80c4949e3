/** One exception: what each system holds and why nobody decided, and the choice. */
import { Alert, AutoGrid, Flex, Heading, StatusTag, Text, Tile } from "@hubspot/ui-extensions";
import {
  PageBreadcrumbs,
  PageHeader,
  PageLink,
  PageTitle,
  usePageRoute,
} from "@hubspot/ui-extensions/pages";
import { useControl, useDesk } from "crm-sync-common/desk.ts";
import { capitalized } from "crm-sync-common/words.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { AssignModal } from "../components/AssignModal.tsx";
import { ChangeList } from "../components/ChangeList.tsx";
import { Facts } from "../components/Facts.tsx";
import { Links } from "../components/Links.tsx";
import { Opener } from "../components/Opener.tsx";
import { ReplayModal } from "../components/ReplayModal.tsx";
import { Seen } from "../components/Seen.tsx";
import { SettleOne } from "../components/SettleOne.tsx";
import { listOf, paramsOf } from "../exception-list.ts";
import { personName } from "../words.ts";

type Detail = Answered<"exception">;

/** Often while it is being carried out, seldom while it waits for somebody. */
const paceOf = (detail: Detail | null) => (detail?.item.status === "answered" ? 1_500 : 20_000);

export function Exception() {
  const { params } = usePageRoute();
  const exceptionId = params.exceptionId ?? "";
  const look = useControl("exception", { exceptionId }, paceOf);
  const title = look.data ? look.data.item.title : "Exception";
  return (
    <>
      <PageTitle>{title}</PageTitle>
      <PageBreadcrumbs>
        <PageBreadcrumbs.PageLink to="/exceptions" params={paramsOf(listOf(params))}>
          Exceptions
        </PageBreadcrumbs.PageLink>
        <PageBreadcrumbs.Current>{title}</PageBreadcrumbs.Current>
      </PageBreadcrumbs>
      <PageHeader>
        <PageHeader.SecondaryActions>
          <PageHeader.Link onClick={look.look}>Look again</PageHeader.Link>
        </PageHeader.SecondaryActions>
      </PageHeader>
      <Seen look={look} label="Reading the exception">
        {(detail) => <Board detail={detail} onChanged={look.look} />}
      </Seen>
    </>
  );
}

interface BoardProps {
  readonly detail: Detail;
  readonly onChanged: () => void;
}

function Board({ detail, onChanged }: BoardProps) {
  const { item } = detail;
  return (
    <Flex direction="column" gap="lg">
      <AutoGrid columnWidth={420} gap="md" flexible>
        <Tile>
          <Flex direction="column" gap="md">
            <Heading>{item.fieldLabel ?? item.kindLabel}</Heading>
            <Standing detail={detail} />
            {item.status === "open" && <SettleOne item={item} onChanged={onChanged} />}
          </Flex>
        </Tile>
        <About detail={detail} onChanged={onChanged} />
      </AutoGrid>
      <Flex direction="column" gap="sm">
        <Heading>What happened before</Heading>
        <ChangeList changes={detail.changes} />
      </Flex>
    </Flex>
  );
}

function Standing({ detail: { item, ruling } }: { readonly detail: Detail }) {
  const { format, ago } = useDesk();
  if (ruling === null || item.status === "open") {
    return item.status === "settled" ? (
      <StatusTag variant="success">Settled</StatusTag>
    ) : (
      <Flex direction="column" gap="xs">
        <Text>{item.reason}</Text>
        {item.mend !== "" && <Text format={{ fontWeight: "demibold" }}>{item.mend}</Text>}
      </Flex>
    );
  }
  const value = format.value(item.type, ruling.value);
  const isDone = item.status === "settled";
  return (
    <Alert
      variant={isDone ? "success" : "info"}
      title={isDone ? "Settled" : "Being carried out"}
      testId="standing"
    >
      <Text>
        {personName(ruling.by)} chose “{value}” {ago(ruling.at)}.
      </Text>
    </Alert>
  );
}

function About({ detail, onChanged }: BoardProps) {
  const { format, ago, may } = useDesk();
  const { item, rule } = detail;
  const owner = item.owner ? personName(item.owner) : "Nobody";
  return (
    <Tile>
      <Flex direction="column" gap="md">
        <Facts
          facts={[
            ["Record", <RecordLink key="record" item={item} />],
            ["Also in", <Links key="links" records={item.records} />],
            ["Kind", item.kindLabel],
            ["Open since", `${capitalized(ago(item.openedAt))}, ${format.brief(item.openedAt)}`],
            ["Record owner", owner],
            ["Assigned to", item.assignee ? personName(item.assignee) : "Nobody"],
          ]}
        />
        {rule !== null && <Text>{`The rule: ${rule}`}</Text>}
        <Flex gap="sm" wrap>
          {may("assign") && (
            <Opener label="Assign…">
              <AssignModal exceptionIds={[item.id]} onChanged={onChanged} />
            </Opener>
          )}
          {may("replay") && item.kind !== "conflict" && (
            <Opener label="Try again…">
              <ReplayModal selection={{ kind: "ids", ids: [item.id] }} onChanged={onChanged} />
            </Opener>
          )}
        </Flex>
      </Flex>
    </Tile>
  );
}

function RecordLink({ item }: { readonly item: Detail["item"] }) {
  const name = `${item.title} (${item.objectLabel})`;
  return item.entityId === null ? (
    <Text>{name}</Text>
  ) : (
    <PageLink to="/records/:entityId" params={{ entityId: item.entityId }}>
      {name}
    </PageLink>
  );
}
