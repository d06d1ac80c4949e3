/** Whether the record of what was done is whole: checked when asked, because it reads all of it. */
import { Alert, Flex, LoadingButton, Text } from "@hubspot/ui-extensions";
import { useControlAct, useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { Refused } from "./Refused.tsx";

export function ChainState({ entityId = null }: { readonly entityId?: string | null }) {
  const check = useControlAct("audit-chain");
  return (
    <Flex direction="column" gap="sm" align="start">
      <LoadingButton
        size="xs"
        loading={check.isRunning}
        onClick={async () => {
          await check.run({ entityId });
        }}
        testId="check-chain"
      >
        Check that nothing was tampered with
      </LoadingButton>
      <Refused trouble={check.trouble} />
      {check.data && <State state={check.data} />}
    </Flex>
  );
}

function State({ state }: { readonly state: Answered<"audit-chain"> }) {
  const { figures, ago } = useDesk();
  const { entries, brokenAt, root } = state;
  const sent =
    root === null
      ? "The first daily seal comes at the end of the day."
      : `Last sealed on ${figures.day(root.day)} over ${counted(root.chains, "record", "records")}${
          root.sentAt === null ? "; not sent outside yet" : `, sent outside ${ago(root.sentAt)}`
        }.`;
  return brokenAt === null ? (
    <Alert variant="success" title={`Whole: ${counted(entries, "entry", "entries")} checked`}>
      <Text>{sent}</Text>
    </Alert>
  ) : (
    <Alert variant="danger" title={`Entry ${figures.count(brokenAt.entry)} does not fit`}>
      <Text>{`${brokenAt.says} ${sent}`}</Text>
    </Alert>
  );
}
