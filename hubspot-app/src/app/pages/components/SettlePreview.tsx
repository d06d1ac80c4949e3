/** What settling many would do: how many, which not and why, and the first of them in full. */
import {
  Alert,
  Flex,
  Heading,
  List,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import { counted } from "crm-sync-common/words.ts";
import type { Answered } from "crm-sync-shared/control.ts";
import { shortened } from "../words.ts";

type Preview = Answered<"settle-preview">;

export function SettlePreview({ preview }: { readonly preview: Preview }) {
  const { figures } = useDesk();
  const { count, isCapped, skipped, samples } = preview;
  return (
    <Flex direction="column" gap="md">
      <Text format={{ fontWeight: "demibold" }} testId="preview-count">
        {count === 0
          ? "None of these can be settled this way."
          : `${figures.count(count)} would be settled${isCapped ? ", the oldest first" : ""}.`}
      </Text>
      {isCapped && <Text>There are more than one step settles. Repeat it for the rest.</Text>}
      {skipped.length > 0 && (
        <Alert variant="info" title="Left as they are">
          <List variant="unordered-styled">
            {skipped.map(({ count: left, because }) => (
              <Text key={because}>{`${figures.count(left)}: ${because}`}</Text>
            ))}
          </List>
        </Alert>
      )}
      {samples.length > 0 && <Samples samples={samples} count={count} />}
    </Flex>
  );
}

function Samples({
  samples,
  count,
}: {
  readonly samples: Preview["samples"];
  readonly count: number;
}) {
  const { format } = useDesk();
  return (
    <Flex direction="column" gap="xs">
      <Heading>
        {samples.length < count
          ? `The first ${samples.length}`
          : counted(count, "change", "changes")}
      </Heading>
      <Table density="condensed" bordered>
        <TableHead>
          <TableRow>
            <TableHeader>Record</TableHeader>
            <TableHeader>Now</TableHeader>
            <TableHeader>Then, everywhere</TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {samples.map(({ exceptionId, title, label, type, before, after }) => (
            <TableRow key={exceptionId}>
              <TableCell>
                <Text>{title}</Text>
                <Text variant="microcopy">{label}</Text>
              </TableCell>
              <TableCell>
                {before.map((value) => (
                  <Text key={value.system}>
                    <Text inline variant="microcopy">
                      {value.label}
                    </Text>{" "}
                    {shortened(format.value(type, value.value))}
                  </Text>
                ))}
              </TableCell>
              <TableCell>
                <Text format={{ fontWeight: "demibold" }}>
                  {shortened(format.value(type, after))}
                </Text>
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Flex>
  );
}
