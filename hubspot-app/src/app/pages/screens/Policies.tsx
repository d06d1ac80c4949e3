/** The rules in words: field by field who decides, and what reps ask to be decided otherwise. */
import {
  Accordion,
  Flex,
  Heading,
  List,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Tag,
  Text,
} from "@hubspot/ui-extensions";
import { PageTitle } from "@hubspot/ui-extensions/pages";
import { useControl } from "crm-sync-common/desk.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { Proposals } from "../components/Proposals.tsx";
import { Seen } from "../components/Seen.tsx";

type Data = Answered<"policies">;
type ObjectPolicies = Data["objects"][number];

export function Policies() {
  const look = useControl("policies", {});
  return (
    <>
      <PageTitle>Policies</PageTitle>
      <Seen look={look} label="Reading the rules">
        {(data) => <Board data={data} onChanged={look.look} />}
      </Seen>
    </>
  );
}

function Board({ data, onChanged }: { readonly data: Data; readonly onChanged: () => void }) {
  return (
    <Flex direction="column" gap="lg">
      <Text>{`${data.says} This is version ${data.version}.`}</Text>
      <Proposals proposals={data.proposals} onChanged={onChanged} />
      {data.objects.map((object) => (
        <ObjectTable key={object.key} object={object} />
      ))}
      <Accordion title="What decides before and after a field's own rule" size="sm">
        <List variant="ordered-styled">
          {data.precedence.map((line) => (
            <Text key={line}>{line}</Text>
          ))}
        </List>
      </Accordion>
    </Flex>
  );
}

function ObjectTable({ object }: { readonly object: ObjectPolicies }) {
  return (
    <Flex direction="column" gap="sm">
      <Heading>{object.label}</Heading>
      <Text variant="microcopy">{object.deletes}</Text>
      <Table density="condensed" bordered>
        <TableHead>
          <TableRow>
            <TableHeader>Field</TableHeader>
            <TableHeader>The rule</TableHeader>
            <TableHeader>Changed by</TableHeader>
            <TableHeader>Where it is held</TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {object.fields.map((field) => (
            <TableRow key={field.key}>
              <TableCell>
                <Text>{field.label}</Text>
                {field.critical && <Tag variant="info">Important</Tag>}
              </TableCell>
              <TableCell>{field.rule}</TableCell>
              <TableCell>{field.changedBy}</TableCell>
              <TableCell>
                {Object.entries(field.properties).map(([system, property]) => (
                  <Text key={system} variant="microcopy">{`${system}: ${property}`}</Text>
                ))}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Flex>
  );
}
