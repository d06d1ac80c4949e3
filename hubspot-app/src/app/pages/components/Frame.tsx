/** Round every page: the sections as tabs, and what still has to be set up. */
import { Alert, Flex, Tab, Tabs, useExtensionActions } from "@hubspot/ui-extensions";
import { usePageRoute } from "@hubspot/ui-extensions/pages";
import { useDesk } from "crm-sync-common/desk.ts";
import type { ReactNode } from "react";
import { sectionOf, sections } from "../sections.ts";

export function Frame({ children }: { readonly children?: ReactNode }) {
  const { session, may } = useDesk();
  const { navigateToPage } = useExtensionActions<"pages">();
  const { path } = usePageRoute();
  const here = sectionOf(path);
  const go = (id: string) => {
    const section = sections.find((each) => each.id === id);
    if (section) navigateToPage({ to: section.path });
  };
  return (
    <Tabs selected={here} onSelectedChange={go}>
      {sections
        .filter(({ verb }) => may(verb))
        .map(({ id, title }) => (
          <Tab key={id} tabId={id} title={title}>
            {id === here && (
              <Flex direction="column" gap="lg">
                {session.notice !== null && (
                  <Alert variant="info" title="Not quite set up">
                    {session.notice}
                  </Alert>
                )}
                {children}
              </Flex>
            )}
          </Tab>
        ))}
    </Tabs>
  );
}
