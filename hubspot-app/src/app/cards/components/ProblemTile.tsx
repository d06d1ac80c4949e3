/** Something other than a choice between values holds this record back. */
import { Flex, Text, Tile } from "@hubspot/ui-extensions";
import type { CardProblem } from "crm-sync-shared/contract.ts";
import type { View } from "./RecordView.tsx";

export function ProblemTile(props: { readonly problem: CardProblem; readonly view: View }) {
  const { problem, view } = props;
  return (
    <Tile compact testId={`problem-${problem.exceptionId}`}>
      <Flex direction="column" gap="xs">
        <Text format={{ fontWeight: "demibold" }}>{problem.label ?? "This record"}</Text>
        <Text>{problem.message}</Text>
        <Text>{problem.mend}</Text>
        <Text variant="microcopy">Found {view.ago(problem.openedAt)}</Text>
      </Flex>
    </Tile>
  );
}
