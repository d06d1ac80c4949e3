/**
 * What was looked at, in every state it can be in: being looked at for the first time, not to be
 * had, or seen before and not to be had now, which is said above what was seen.
 */
import { Alert, Flex, LoadingSpinner, Text } from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import { troubleWords } from "crm-sync-common/trouble.ts";
import type { Look } from "crm-sync-common/use-look.ts";
import type { ReactNode } from "react";
import { Failure } from "./Failure.tsx";

interface SeenProps<Data> {
  readonly look: Look<Data>;
  /** What is being done meanwhile: "Reading the exceptions". */
  readonly label: string;
  readonly children: (data: Data) => ReactNode;
}

export function Seen<Data>({ look, label, children }: SeenProps<Data>) {
  const { data, trouble } = look;
  if (data !== null) {
    return (
      <Flex direction="column" gap="md">
        {trouble && <Stale look={look} />}
        {children(data)}
      </Flex>
    );
  }
  if (trouble) return <Failure trouble={trouble} onRetry={look.look} />;
  return <LoadingSpinner label={label} showLabel layout="centered" />;
}

function Stale({ look }: { readonly look: Look<unknown> }) {
  const { ago } = useDesk();
  if (!look.trouble) return null;
  const { title, text } = troubleWords(look.trouble);
  return (
    <Alert variant="warning" title={title}>
      <Text>
        {text} What you see was true {ago(look.seenAt)}.
      </Text>
    </Alert>
  );
}
