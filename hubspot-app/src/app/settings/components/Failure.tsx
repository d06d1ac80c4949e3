/** What could not be shown or done: why, and what to do. */
import { Alert, Button, ErrorState, Flex, Text, useExtensionActions } from "@hubspot/ui-extensions";
import { actWords, type Trouble, troubleWords } from "crm-sync-common/trouble.ts";

interface FailureProps {
  readonly trouble: Trouble;
  readonly onRetry?: () => void;
}

/** Nothing can be shown. */
export function Failure({ trouble, onRetry }: FailureProps) {
  const { reloadPage } = useExtensionActions<"settings">();
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

interface RefusedProps {
  readonly trouble: Trouble | null;
  /** Offered where somebody else was first. */
  readonly onLookAgain?: () => void;
}

/** What the reader did was not done. */
export function Refused({ trouble, onLookAgain }: RefusedProps) {
  if (trouble === null) return null;
  const { title, text } = actWords(trouble);
  const isStale = trouble.kind === "declined" && trouble.error.code === "changed";
  return (
    <Alert variant="danger" title={title} testId="refused">
      <Flex direction="column" gap="sm" align="start">
        <Text>{text}</Text>
        {isStale && onLookAgain && (
          <Button size="xs" onClick={onLookAgain}>
            Show the settings as they are now
          </Button>
        )}
      </Flex>
    </Alert>
  );
}
