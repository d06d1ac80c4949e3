/** A list that goes on: its states, and a button for what comes next. */
import { Alert, Flex, LoadingButton, LoadingSpinner, Text } from "@hubspot/ui-extensions";
import { troubleWords } from "crm-sync-common/trouble.ts";
import type { Pages } from "crm-sync-common/use-pages.ts";
import type { ReactNode } from "react";
import { Failure } from "./Failure.tsx";

interface ListedProps<Page> {
  readonly list: Pages<Page>;
  /** What is being done meanwhile: "Reading the exceptions". */
  readonly label: string;
  readonly children: (pages: readonly Page[]) => ReactNode;
}

export function Listed<Page>({ list, label, children }: ListedProps<Page>) {
  const { pages, trouble, hasMore, isLooking } = list;
  if (pages === null) {
    return trouble ? (
      <Failure trouble={trouble} onRetry={list.look} />
    ) : (
      <LoadingSpinner label={label} showLabel layout="centered" />
    );
  }
  return (
    <Flex direction="column" gap="sm">
      {trouble && (
        <Alert variant="warning" title={troubleWords(trouble).title}>
          <Text>{troubleWords(trouble).text} What you see may be old.</Text>
        </Alert>
      )}
      {children(pages)}
      {hasMore && (
        <Flex justify="center">
          <LoadingButton size="sm" loading={isLooking} onClick={list.more} testId="more">
            Show more
          </LoadingButton>
        </Flex>
      )}
    </Flex>
  );
}
