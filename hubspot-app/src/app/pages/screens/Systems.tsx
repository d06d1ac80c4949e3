/** The systems: whether they answer, take us, and keep up; what is paused, and what is held. */
import {
  Alert,
  AutoGrid,
  Flex,
  Heading,
  LoadingButton,
  StatusTag,
  type StatusTagProps,
  Text,
  Tile,
} from "@hubspot/ui-extensions";
import { PageHeader, PageTitle } from "@hubspot/ui-extensions/pages";
import { useControl, useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { Brakes } from "../components/Brakes.tsx";
import { BudgetText } from "../components/BudgetText.tsx";
import { Facts } from "../components/Facts.tsx";
import { Opener } from "../components/Opener.tsx";
import { PauseModal } from "../components/PauseModal.tsx";
import { PausePanel, pausePanelId } from "../components/PausePanel.tsx";
import { Pauses } from "../components/Pauses.tsx";
import { Refused } from "../components/Refused.tsx";
import { Seen } from "../components/Seen.tsx";
import { unknownState } from "../words.ts";

type Data = Answered<"systems">;
type System = Data["systems"][number];

const everyMs = 15_000;

export function Systems() {
  const { may } = useDesk();
  const look = useControl("systems", {}, everyMs);
  return (
    <>
      <PageTitle>Systems</PageTitle>
      <PageHeader>
        <PageHeader.SecondaryActions>
          <PageHeader.Link
            disabled={!may("pause")}
            onClick={(_, { openPanel }) => openPanel(pausePanelId)}
          >
            Pause something
          </PageHeader.Link>
        </PageHeader.SecondaryActions>
      </PageHeader>
      <Seen look={look} label="Reading the systems">
        {(data) => <Board data={data} onChanged={look.look} />}
      </Seen>
      <PausePanel onChanged={look.look} />
    </>
  );
}

interface BoardProps {
  readonly data: Data;
  readonly onChanged: () => void;
}

function Board({ data, onChanged }: BoardProps) {
  return (
    <Flex direction="column" gap="lg">
      {data.brakes.length > 0 && <Brakes brakes={data.brakes} onChanged={onChanged} />}
      <AutoGrid columnWidth={420} gap="md" flexible>
        {data.systems.map((system) => (
          <SystemTile key={system.system} system={system} onChanged={onChanged} />
        ))}
      </AutoGrid>
      <Flex direction="column" gap="sm">
        <Heading>Paused</Heading>
        <Pauses pauses={data.pauses} onChanged={onChanged} />
      </Flex>
    </Flex>
  );
}

const states: Readonly<
  Record<
    System["state"],
    { readonly variant: NonNullable<StatusTagProps["variant"]>; readonly says: string }
  >
> = {
  ok: { variant: "success", says: "Answers and keeps up" },
  slow: { variant: "warning", says: "Falls behind" },
  trouble: { variant: "danger", says: "The last calls failed" },
  paused: { variant: "default", says: "Paused" },
};

const credentials = {
  ok: "Accepted",
  refused: "Refused: set new ones where the sync is deployed",
  unknown: "Not tried yet",
} as const;

interface SystemProps {
  readonly system: System;
  readonly onChanged: () => void;
}

function SystemTile({ system, onChanged }: SystemProps) {
  const { figures, ago } = useDesk();
  const { variant, says } = states[system.state] ?? unknownState;
  const held = system.held === 0 ? "" : `, ${figures.count(system.held)} held for a person`;
  return (
    <Tile>
      <Flex direction="column" gap="md">
        <Flex gap="md" align="center" wrap>
          <Heading>{system.label}</Heading>
          <StatusTag variant={variant}>{says}</StatusTag>
        </Flex>
        {system.lastError !== null && (
          <Alert variant="warning" title={`Last error, ${ago(system.lastError.at)}`}>
            {system.lastError.message}
          </Alert>
        )}
        <Facts
          facts={[
            ["Last answer", system.lastOkAt === null ? "None yet" : ago(system.lastOkAt)],
            ["Credentials", credentials[system.credentials] ?? unknownState.says],
            ["Waiting", `${counted(system.waiting, "record", "records")}${held}`],
            ["Behind by", system.lagMs === null ? "Nothing" : figures.duration(system.lagMs)],
            ["API calls today", <BudgetText key="budget" budget={system.budget} />],
            ["Holds", system.objects.map(({ label }) => label).join(", ")],
          ]}
        />
        <Acts system={system} onChanged={onChanged} />
      </Flex>
    </Tile>
  );
}

function Acts({ system, onChanged }: SystemProps) {
  const { may } = useDesk();
  const check = useControlAct("system-check");
  const resume = useControlAct("resume");
  const scope = `system:${system.system}`;
  const end = async () => {
    await resume.run({ scope });
    onChanged();
  };
  const test = async () => {
    await check.run({ system: system.system });
    onChanged();
  };
  return (
    <Flex direction="column" gap="sm">
      {system.pause !== null && (
        <Text variant="microcopy">{`Paused by ${system.pause.by}: ${system.pause.reason}`}</Text>
      )}
      <Flex gap="sm" wrap>
        {may("check_system") && (
          <LoadingButton
            size="sm"
            loading={check.isRunning}
            onClick={test}
            testId={`check-${system.system}`}
          >
            Test the connection
          </LoadingButton>
        )}
        {may("pause") &&
          (system.pause === null ? (
            <Opener label={`Pause ${system.label}`} testId={`pause-${system.system}`}>
              <PauseModal
                id={`pause-${system.system}`}
                scope={scope}
                label={system.label}
                onChanged={onChanged}
              />
            </Opener>
          ) : (
            <LoadingButton size="sm" loading={resume.isRunning} onClick={end}>
              {`Resume ${system.label}`}
            </LoadingButton>
          ))}
      </Flex>
      <Refused trouble={resume.trouble} />
      <Refused trouble={check.trouble} />
      {check.data && <Checked answer={check.data} />}
    </Flex>
  );
}

function Checked({ answer }: { readonly answer: Answered<"system-check"> }) {
  const { figures } = useDesk();
  return (
    <Alert
      variant={answer.state === "ok" ? "success" : "danger"}
      title={answer.state === "ok" ? "It answers" : "It does not work"}
    >
      {`${answer.message} (${figures.count(answer.tookMs)} ms)`}
    </Alert>
  );
}
