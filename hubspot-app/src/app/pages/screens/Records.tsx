/** Finds any record that is kept the same: by a name, an address, an id, or a link pasted. */
import {
  AutoGrid,
  EmptyState,
  Flex,
  SearchInput,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { PageLink, PageTitle, usePageRoute } from "@hubspot/ui-extensions/pages";
import { useControlPages } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { Links } from "../components/Links.tsx";
import { Listed } from "../components/Listed.tsx";

export function Records() {
  const { text = "" } = usePageRoute().params;
  const { navigateToPage } = useExtensionActions<"pages">();
  return (
    <>
      <PageTitle>Records</PageTitle>
      <AutoGrid columnWidth={480}>
        <SearchInput
          label="Find a record"
          name="text"
          placeholder="Name, e-mail, id, or a link to it"
          description="In any system. Press Enter to search."
          value={text}
          onChange={(next) =>
            navigateToPage({ to: "/records", ...(next?.trim() ? { params: { text: next } } : {}) })
          }
        />
      </AutoGrid>
      {text === "" ? (
        <EmptyState title="Look at any record" layout="vertical" imageWidth={120}>
          <Text>
            See it side by side in every system, all that happened to it, and why each value is
            there.
          </Text>
        </EmptyState>
      ) : (
        <Found key={text} text={text} />
      )}
    </>
  );
}

type Match = Answered<"find">["matches"][number];

function Found({ text }: { readonly text: string }) {
  const found = useControlPages("find", { text });
  return (
    <Listed list={found} label="Searching">
      {(pages) => {
        const matches = pages.flatMap((page) => page.matches);
        if (matches.length > 0) return <Matches matches={matches} />;
        return (
          <EmptyState title="Nothing found" layout="vertical" imageWidth={120}>
            <Text>
              {found.hasMore
                ? "Nothing so far. Search further below."
                : "No record that is kept the same has this in it. Try an e-mail address or an id."}
            </Text>
          </EmptyState>
        );
      }}
    </Listed>
  );
}

function Matches({ matches }: { readonly matches: readonly Match[] }) {
  return (
    <Flex direction="column" gap="sm">
      <Table density="condensed" bordered>
        <TableHead>
          <TableRow>
            <TableHeader>Record</TableHeader>
            <TableHeader>Object</TableHeader>
            <TableHeader>Found by</TableHeader>
            <TableHeader>Open in</TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {matches.map(({ entityId, title, objectLabel, because, records }) => (
            <TableRow key={entityId}>
              <TableCell>
                <PageLink to="/records/:entityId" params={{ entityId }}>
                  {title}
                </PageLink>
              </TableCell>
              <TableCell>{objectLabel}</TableCell>
              <TableCell>{because}</TableCell>
              <TableCell>
                <Links records={records} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Flex>
  );
}
