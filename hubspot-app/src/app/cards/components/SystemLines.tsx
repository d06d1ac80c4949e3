/** One line a system: how it stands, how old that is, and the way to the record there. */
import { Flex, Link, StatusTag, Text } from "@hubspot/ui-extensions";
import type { SystemState } from "crm-sync-shared/contract.ts";
import type { View } from "./RecordView.tsx";

export function SystemLines({ view }: { readonly view: View }) {
  return (
    <Flex direction="column" gap="xs">
      {view.board.record.systems.map((system) => (
        <SystemLine key={system.system} system={system} view={view} />
      ))}
    </Flex>
  );
}

function SystemLine({ system, view }: { readonly system: SystemState; readonly view: View }) {
  const isAlone = view.board.record.systems.every((one) => one === system || one.recordId === null);
  // Nothing is the same as nothing else.
  const { variant, text } =
    isAlone && system.status === "same" ? standings.alone : standings[system.status];
  const isHere = system.url?.includes(view.ownAddress) ?? true;
  return (
    <Flex direction="row" justify="between" align="baseline" gap="sm">
      <Flex direction="column" gap="flush">
        {system.url && !isHere ? (
          <Link href={{ url: system.url, external: true }}>{system.label}</Link>
        ) : (
          <Text>{system.label}</Text>
        )}
        {system.checkedAt !== null && (
          <Text variant="microcopy">Read {view.ago(system.checkedAt)}</Text>
        )}
        {system.status === "missing" && system.message !== null && (
          <Text variant="microcopy">{system.message}</Text>
        )}
      </Flex>
      <StatusTag variant={variant} hollow={variant !== "success"}>
        {text}
      </StatusTag>
    </Flex>
  );
}

const standings = {
  alone: { variant: "default", text: "Only here" },
  same: { variant: "success", text: "Same" },
  differs: { variant: "warning", text: "Differs" },
  pending: { variant: "info", text: "Updating" },
  unreachable: { variant: "danger", text: "No answer" },
  apart: { variant: "default", text: "Kept apart" },
  missing: { variant: "default", text: "Not there yet" },
} as const;
