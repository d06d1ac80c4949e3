/** An address that leads nowhere. */
import { EmptyState, Text } from "@hubspot/ui-extensions";
import { PageLink, PageTitle } from "@hubspot/ui-extensions/pages";

export function Lost() {
  return (
    <>
      <PageTitle>Page not found</PageTitle>
      <EmptyState title="There is no such page" layout="vertical">
        <Text>The link may be older than this version of the app.</Text>
        <PageLink to="/">Go to the overview</PageLink>
      </EmptyState>
    </>
  );
}
