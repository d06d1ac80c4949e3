/** Who did what, when and why, over everything; and whether anybody tampered with it. */
import {
  DateInput,
  type DateInputProps,
  EmptyState,
  Flex,
  Input,
  Select,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import { PageTitle, usePageRoute } from "@hubspot/ui-extensions/pages";
import { useControlPages, useDesk } from "crm-sync-common/desk.ts";
import { type AuditParams, askedOf, auditParamsOf, dayOf, dayText } from "../audit-list.ts";
import { AuditTable } from "../components/AuditTable.tsx";
import { ChainState } from "../components/ChainState.tsx";
import { Fitted } from "../components/Fitted.tsx";
import { Listed } from "../components/Listed.tsx";

export function Audit() {
  const { params } = usePageRoute();
  const { navigateToPage } = useExtensionActions<"pages">();
  const list = auditParamsOf(params);
  const show = (change: AuditParams) =>
    navigateToPage({ to: "/audit", params: auditParamsOf({ ...list, ...change }) });
  return (
    <>
      <PageTitle>Audit</PageTitle>
      <AuditFilters list={list} onChange={show} />
      <ChainState />
      <Entries key={JSON.stringify(list)} list={list} />
    </>
  );
}

interface FiltersProps {
  readonly list: AuditParams;
  readonly onChange: (change: AuditParams) => void;
}

const any = " ";

function AuditFilters({ list, onChange }: FiltersProps) {
  const { session } = useDesk();
  const objects = session.objects;
  const fields = objects.find(({ key }) => key === list.object)?.fields ?? [];
  const choice = (name: keyof AuditParams, label: string, options: readonly Named[]) => (
    <Select
      label={label}
      name={name}
      value={list[name] ?? any}
      options={[
        { value: any, label: "Any" },
        ...options.map((option) => ({ value: option.key, label: option.label })),
      ]}
      onChange={(value) => onChange({ [name]: value === any ? "" : String(value) })}
    />
  );
  return (
    <Fitted>
      <Input
        label="Who"
        name="person"
        placeholder="Name or e-mail"
        value={list.person ?? ""}
        onChange={(person) => onChange({ person })}
      />
      {choice("kind", "What", session.auditKinds)}
      {choice("object", "Object", objects)}
      {list.object !== undefined && choice("field", "Field", fields)}
      {choice("system", "System", session.systems)}
      <Day label="From" name="from" list={list} onChange={onChange} />
      <Day label="To" name="to" list={list} onChange={onChange} />
    </Fitted>
  );
}

interface Named {
  readonly key: string;
  readonly label: string;
}

function Day(props: FiltersProps & { readonly label: string; readonly name: "from" | "to" }) {
  const { label, name, list, onChange } = props;
  const value = dayOf(list[name]);
  return (
    <DateInput
      label={label}
      name={name}
      {...(value === null ? {} : { value })}
      onChange={(day: Parameters<NonNullable<DateInputProps["onChange"]>>[0]) =>
        onChange({ [name]: day ? dayText(day) : "" })
      }
    />
  );
}

function Entries({ list }: { readonly list: AuditParams }) {
  const { format } = useDesk();
  const found = useControlPages("audit", askedOf(list));
  return (
    <Listed list={found} label="Searching the audit">
      {(pages) => {
        const entries = pages.flatMap((page) => page.entries);
        const searchedTo = pages.at(-1)?.searchedTo ?? null;
        return (
          <Flex direction="column" gap="sm">
            {entries.length === 0 ? (
              <EmptyState title="Nothing found" layout="vertical" imageWidth={120}>
                <Text>{found.hasMore ? "Nothing so far." : "No entry fits what you chose."}</Text>
              </EmptyState>
            ) : (
              <AuditTable entries={entries} />
            )}
            <Text variant="microcopy">
              {searchedTo === null
                ? "That is all there is."
                : `Looked through back to ${format.moment(searchedTo)}.`}
            </Text>
          </Flex>
        );
      }}
    </Listed>
  );
}
