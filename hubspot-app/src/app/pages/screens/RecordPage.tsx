/** One record: side by side in every system, what waits for somebody, and all that happened. */
import {
  Alert,
  Flex,
  LoadingButton,
  StatusTag,
  Tab,
  Tabs,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import {
  PageBreadcrumbs,
  PageHeader,
  PageLink,
  PageTitle,
  usePageRoute,
} from "@hubspot/ui-extensions/pages";
import { useControl, useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { useState } from "react";
import { PauseModal, pauseModalId } from "../components/PauseModal.tsx";
import { Problems } from "../components/Problems.tsx";
import { RecordFields } from "../components/RecordFields.tsx";
import { RecordHistory } from "../components/RecordHistory.tsx";
import { RecordSystems } from "../components/RecordSystems.tsx";
import { Refused } from "../components/Refused.tsx";
import { Related } from "../components/Related.tsx";
import { Seen } from "../components/Seen.tsx";
import { unknownState } from "../words.ts";

type RecordData = Answered<"record">;

const paceOf = (data: RecordData | null) => (data?.record.state === "syncing" ? 1_500 : 20_000);

export function RecordPage() {
  const { entityId = "" } = usePageRoute().params;
  const look = useControl("record", { entityId }, paceOf);
  const { addAlert } = useExtensionActions<"pages">();
  const sync = useControlAct("record-sync");
  const syncNow = async () => {
    const opened = await sync.run({ entityId });
    if (opened?.ok) addAlert({ type: "success", message: "Looked at in every system." });
    look.look();
  };
  const title = look.data?.title ?? "Record";
  const may = look.data?.may ?? [];
  return (
    <>
      <PageTitle>{title}</PageTitle>
      <PageBreadcrumbs>
        <PageBreadcrumbs.PageLink to="/records">Records</PageBreadcrumbs.PageLink>
        <PageBreadcrumbs.Current>{title}</PageBreadcrumbs.Current>
      </PageBreadcrumbs>
      <PageHeader>
        <PageHeader.PrimaryAction>
          <PageHeader.Link
            disabled={sync.isRunning || !may.includes("sync_record")}
            onClick={syncNow}
          >
            {sync.isRunning ? "Syncing…" : "Sync now"}
          </PageHeader.Link>
        </PageHeader.PrimaryAction>
        <PageHeader.SecondaryActions>
          <PageHeader.Link
            disabled={!may.includes("pause_record")}
            onClick={(_, { openModal }) => openModal(pauseModalId)}
          >
            Pause
          </PageHeader.Link>
        </PageHeader.SecondaryActions>
      </PageHeader>
      <Refused trouble={sync.trouble} />
      <Seen look={look} label="Reading this record in every system">
        {(data) => <Board data={data} onChanged={look.look} />}
      </Seen>
      <PauseModal scope={`record:${entityId}`} label="this record" onChanged={look.look} />
    </>
  );
}

interface BoardProps {
  readonly data: RecordData;
  readonly onChanged: () => void;
}

function Board({ data, onChanged }: BoardProps) {
  const [tab, show] = useState("fields");
  return (
    <Flex direction="column" gap="md">
      <Standing data={data} />
      {data.pauses.map((pause) => (
        <Paused key={pause.scope} data={data} pause={pause} onChanged={onChanged} />
      ))}
      <Waiting data={data} />
      <Problems data={data} onChanged={onChanged} />
      <RecordSystems data={data} />
      <Related data={data} />
      <Tabs variant="enclosed" selected={tab} onSelectedChange={(id: string) => show(id)}>
        <Tab tabId="fields" title="Side by side">
          {tab === "fields" && <RecordFields data={data} />}
        </Tab>
        <Tab tabId="history" title="History">
          {tab === "history" && <RecordHistory data={data} />}
        </Tab>
      </Tabs>
    </Flex>
  );
}

const standings = {
  in_sync: { variant: "success", says: "The same everywhere" },
  syncing: { variant: "info", says: "Being synced" },
  conflicts: { variant: "warning", says: "Differs: somebody has to choose" },
  held: { variant: "danger", says: "Needs a look" },
  paused: { variant: "default", says: "Paused" },
  unlinked: { variant: "default", says: "Not linked to another system yet" },
  unreachable: { variant: "warning", says: "A system can't be reached" },
} as const;

function Standing({ data: { record, objectLabel, owner } }: { readonly data: RecordData }) {
  const { variant, says } = standings[record.state] ?? unknownState;
  return (
    <Flex gap="md" align="center" wrap>
      <StatusTag variant={variant} testId="standing">
        {says}
      </StatusTag>
      <Text>{`${objectLabel}, owned by ${owner ?? "nobody"}`}</Text>
      <Text>{`${record.fieldsEqual} of ${record.fieldsTotal} fields the same`}</Text>
    </Flex>
  );
}

function Paused(props: BoardProps & { readonly pause: RecordData["pauses"][number] }) {
  const { pause, data, onChanged } = props;
  const { ago } = useDesk();
  const resume = useControlAct("resume");
  const isOwn = pause.scope === `record:${data.entityId}`;
  const end = async () => {
    await resume.run({ scope: pause.scope });
    onChanged();
  };
  return (
    <Alert variant="warning" title={isOwn ? "Paused" : `Paused with ${pause.label}`}>
      <Flex direction="column" gap="sm">
        <Text>
          {`${pause.by} paused it ${ago(pause.at)}: ${pause.reason}. `}
          Nothing is written; what comes in waits.
        </Text>
        <Refused trouble={resume.trouble} />
        {isOwn && data.may.includes("pause_record") && (
          <Flex>
            <LoadingButton size="xs" loading={resume.isRunning} onClick={end} testId="resume">
              Resume
            </LoadingButton>
          </Flex>
        )}
      </Flex>
    </Alert>
  );
}

/** Choices between values, each to be made on its own page. */
function Waiting({ data: { record } }: { readonly data: RecordData }) {
  const items = record.conflicts;
  if (items.length === 0) return null;
  return (
    <Alert
      variant="warning"
      title={`${counted(items.length, "thing waits", "things wait")} for somebody`}
    >
      <Flex direction="column" gap="xs">
        {items.map(({ exceptionId, label, reason }) => (
          <Text key={exceptionId}>
            <PageLink to="/exceptions/:exceptionId" params={{ exceptionId }}>
              {label}
            </PageLink>
            {`: ${reason}`}
          </Text>
        ))}
      </Flex>
    </Alert>
  );
}
