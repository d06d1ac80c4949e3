/** How far settling many is: it goes on whether or not somebody watches. */
import { Alert, Flex, ProgressBar, Text } from "@hubspot/ui-extensions";
import { useControl, useDesk } from "crm-sync-common/desk.ts";
import { Seen } from "./Seen.tsx";

const everyMs = 1_500;

export function SettleProgress(props: { readonly count: number; readonly fingerprint: string }) {
  const { fingerprint } = props;
  const { figures } = useDesk();
  const look = useControl("settling", { fingerprint }, (data) =>
    data?.answered === 0 ? null : everyMs,
  );
  return (
    <Seen look={look} label="Settling">
      {({ count, settled, reopened, answered }) => (
        <Flex direction="column" gap="md">
          <ProgressBar
            title={answered === 0 ? "Done" : "Being carried out"}
            value={settled + reopened}
            maxValue={Math.max(1, count)}
            valueDescription={`${figures.count(settled)} of ${figures.count(count)} settled`}
          />
          {answered > 0 && <Text>You can close this: it goes on.</Text>}
          {reopened > 0 && (
            <Alert variant="warning" title={`${figures.count(reopened)} are asked again`}>
              <Text>Their values changed in between. They are in the list again.</Text>
            </Alert>
          )}
        </Flex>
      )}
    </Seen>
  );
}
