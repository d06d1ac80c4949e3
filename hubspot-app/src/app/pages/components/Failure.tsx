/** Nothing can be shown: says why, that nothing is lost, and what to do. */
import { Button, ErrorState, Flex, Text, useExtensionActions } from "@hubspot/ui-extensions";
import { type Trouble, troubleWords } from "crm-sync-common/trouble.ts";

interface FailureProps {
  readonly trouble: Trouble;
  readonly onRetry?: () => void;
}

export function Failure({ trouble, onRetry }: FailureProps) {
  const { reloadPage } = useExtensionActions<"pages">();
  const { title, text, remedy, type } = troubleWords(trouble);
  const act = remedy === "reload" ? () => reloadPage() : remedy === "retry" ? onRetry : undefined;
  return (
    <ErrorState title={title} type={type}>
      <Flex direction="column" gap="sm" align="center">
        <Text>{text}</Text>
        {act && (
          <Button size="sm" onClick={act} testId="retry">
            {remedy === "reload" ? "Reload the page" : "Try again"}
          </Button>
        )}
      </Flex>
    </ErrorState>
  );
}
