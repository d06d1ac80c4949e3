/** All that waits for a person: narrowed, sorted, grouped, and settled many at once. */
import { EmptyState, Flex, Text, useExtensionActions } from "@hubspot/ui-extensions";
import { PageHeader, PageLink, PageTitle, usePageRoute } from "@hubspot/ui-extensions/pages";
import { useControlPages, useDesk } from "crm-sync-common/desk.ts";
import { useState } from "react";
import { BulkBar } from "../components/BulkBar.tsx";
import { ExceptionFilters } from "../components/ExceptionFilters.tsx";
import { ExceptionGroups } from "../components/ExceptionGroups.tsx";
import { ExceptionTable } from "../components/ExceptionTable.tsx";
import { ExportPanel, exportPanelId } from "../components/ExportPanel.tsx";
import { Listed } from "../components/Listed.tsx";
import {
  filterOf,
  isNarrowed,
  type ListParams,
  listOf,
  paramsOf,
  sortOf,
} from "../exception-list.ts";
import { noneSelected, type Selected } from "../selection.ts";

export function Exceptions() {
  const { params } = usePageRoute();
  const { navigateToPage } = useExtensionActions<"pages">();
  const { may } = useDesk();
  const list = listOf(params);
  const show = (next: ListParams) =>
    navigateToPage({ to: "/exceptions", params: paramsOf({ ...list, ...next }) });
  return (
    <>
      <PageTitle>Exceptions</PageTitle>
      <PageHeader>
        <PageHeader.SecondaryActions>
          <PageHeader.Link
            disabled={!may("export")}
            onClick={(_, { openPanel }) => openPanel(exportPanelId)}
          >
            Export CSV
          </PageHeader.Link>
        </PageHeader.SecondaryActions>
      </PageHeader>
      <ExceptionFilters list={list} onChange={show} />
      <ExceptionGroups list={list} />
      <Found key={JSON.stringify(filterOf(list))} list={list} />
      <ExportPanel filter={filterOf(list)} />
    </>
  );
}

function Found({ list }: { readonly list: ListParams }) {
  const filter = filterOf(list);
  const found = useControlPages("exceptions", { filter, sort: sortOf(list) });
  const [selected, select] = useState<Selected>(noneSelected);
  const { figures } = useDesk();
  const changed = () => {
    select(noneSelected);
    found.look();
  };
  return (
    <Listed list={found} label="Reading the exceptions">
      {(pages) => {
        const items = pages.flatMap((page) => page.items);
        const total = pages.at(-1)?.total ?? 0;
        if (items.length === 0) return <NoneFound isNarrowed={isNarrowed(list)} />;
        return (
          <Flex direction="column" gap="sm">
            <Text>
              {items.length < total
                ? `${figures.count(items.length)} of ${figures.count(total)} shown`
                : `${figures.count(total)} in all`}
            </Text>
            <BulkBar
              selected={selected}
              total={total}
              items={items}
              filter={filter}
              onSelect={select}
              onChanged={changed}
            />
            <ExceptionTable items={items} selected={selected} onSelect={select} list={list} />
          </Flex>
        );
      }}
    </Listed>
  );
}

function NoneFound(props: { readonly isNarrowed: boolean }) {
  return props.isNarrowed ? (
    <EmptyState title="Nothing fits" layout="vertical" imageWidth={120}>
      <Text>No open exception fits what you chose above.</Text>
      <PageLink to="/exceptions">Show all exceptions</PageLink>
    </EmptyState>
  ) : (
    <EmptyState title="Nothing waits for a person" layout="vertical" imageWidth={120}>
      <Text>Every difference was decided by a rule.</Text>
    </EmptyState>
  );
}
