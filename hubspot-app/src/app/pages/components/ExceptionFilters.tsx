/** What narrows, sorts and groups the list of exceptions. Every choice is in the address. */
import { Button, Flex, SearchInput, Select } from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import {
  ages,
  groupingOf,
  groupings,
  isNarrowed,
  type ListParams,
  nobody,
  sortOf,
  sorts,
} from "../exception-list.ts";
import { Fitted } from "./Fitted.tsx";

interface FiltersProps {
  readonly list: ListParams;
  readonly onChange: (change: ListParams) => void;
}

/** Stands for no choice: a select has no empty one. */
const any = "any";

export function ExceptionFilters({ list, onChange }: FiltersProps) {
  const { session } = useDesk();
  const objects = session.objects.filter(({ key }) => !list.object || key === list.object);
  const fields = objects.flatMap((object) =>
    object.fields.map(({ key, label }) => ({
      value: `${object.key}.${key}`,
      label: session.objects.length > 1 ? `${object.label}: ${label}` : label,
    })),
  );
  const choice = (name: keyof ListParams, label: string, options: readonly Option[]) => (
    <Select
      label={label}
      name={name}
      value={list[name] ?? any}
      options={[{ value: any, label: "Any" }, ...options]}
      onChange={(value) => onChange({ [name]: value === any ? "" : String(value) })}
    />
  );
  return (
    <Flex direction="column" gap="sm">
      <Fitted>
        <SearchInput
          label="Find"
          name="text"
          placeholder="Name, e-mail, id"
          value={list.text ?? ""}
          onChange={(text) => onChange({ text: text ?? "" })}
        />
        {choice("kind", "Kind", optionsOf(session.exceptionKinds))}
        {choice("object", "Object", optionsOf(session.objects))}
        {choice("field", "Field", fields)}
        {choice("system", "System", optionsOf(session.systems))}
        {choice("age", "Open for", optionsOf(ages))}
        {choice("assignee", "Assigned to", [
          { value: session.person.id, label: "Me" },
          { value: nobody, label: "Nobody" },
          ...others(list.assignee, [session.person.id, nobody]),
        ])}
        <Select
          label="Sort"
          name="sort"
          value={sortOf(list)}
          options={[...sorts]}
          onChange={(sort) => onChange({ sort: String(sort) })}
        />
        <Select
          label="Count by"
          name="group"
          value={groupingOf(list) ?? any}
          options={[{ value: any, label: "Nothing" }, ...groupings]}
          onChange={(group) => onChange({ group: group === any ? "" : String(group) })}
        />
      </Fitted>
      {isNarrowed(list) && (
        <Flex>
          <Button
            size="xs"
            variant="secondary"
            onClick={() => onChange(nothingChosen)}
            testId="clear-filters"
          >
            Clear what was chosen
          </Button>
        </Flex>
      )}
    </Flex>
  );
}

interface Option {
  readonly value: string;
  readonly label: string;
}

const optionsOf = (named: readonly { readonly key: string; readonly label: string }[]): Option[] =>
  named.map(({ key, label }) => ({ value: key, label }));

/** A choice that came with the address, and is none of those offered. */
const others = (chosen: string | undefined, offered: readonly string[]): Option[] =>
  chosen === undefined || offered.includes(chosen) ? [] : [{ value: chosen, label: chosen }];

const nothingChosen: ListParams = {
  kind: "",
  object: "",
  field: "",
  system: "",
  age: "",
  assignee: "",
  owner: "",
  text: "",
};
