/** How many exceptions there are of each: where most work lies, with a link to it. */
import { BarChart, Flex, Heading, List, Text, Tile } from "@hubspot/ui-extensions";
import { PageLink } from "@hubspot/ui-extensions/pages";
import { useControl, useDesk } from "crm-sync-common/desk.ts";
import {
  filterOf,
  groupingOf,
  groupings,
  type ListParams,
  ofKey,
  paramsOf,
} from "../exception-list.ts";
import { Seen } from "./Seen.tsx";

export function ExceptionGroups({ list }: { readonly list: ListParams }) {
  const by = groupingOf(list);
  return by === null ? null : <Groups list={list} by={by} />;
}

type Grouping = NonNullable<ReturnType<typeof groupingOf>>;

const drawnMax = 10;

function Groups({ list, by }: { readonly list: ListParams; readonly by: Grouping }) {
  const { figures } = useDesk();
  const look = useControl("exception-groups", { filter: filterOf(list), by });
  const label = groupings.find(({ value }) => value === by)?.label ?? by;
  return (
    <Seen look={look} label="Counting">
      {({ groups }) => (
        <Tile>
          <Flex direction="column" gap="sm">
            <Heading>{`Open exceptions by ${label.toLowerCase()}`}</Heading>
            {groups.length > 1 && (
              <BarChart
                data={groups.slice(0, drawnMax).map(({ label: name, count }) => ({ name, count }))}
                axes={{
                  x: { field: "count", fieldType: "linear", label: "Open" },
                  y: { field: "name", fieldType: "category" },
                }}
                options={{ showDataLabels: true }}
              />
            )}
            {groups.length === 0 && <Text>Nothing to count.</Text>}
            <List variant="inline-divided">
              {groups.map(({ key, label: name, count }) => (
                <PageLink key={key} to="/exceptions" params={narrowedTo(list, by, key)}>
                  {`${name}: ${figures.count(count)}`}
                </PageLink>
              ))}
            </List>
          </Flex>
        </Tile>
      )}
    </Seen>
  );
}

/** The list of one group, no longer counted. */
const narrowedTo = (list: ListParams, by: Grouping, key: string) =>
  paramsOf({ ...list, [by]: ofKey(key), group: "" });
