/** How values are written to readers, and how they are read from the systems. */
import {
  Flex,
  Form,
  Heading,
  LoadingButton,
  Select,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import { useState } from "react";
import type { PartProps } from "../part.ts";
import { useSaving } from "../use-saving.ts";
import { Refused } from "./Failure.tsx";
import { Narrow } from "./Narrow.tsx";

/** Stands for no choice: a select has no empty one. */
const own = " ";

const locales = [
  ...["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "it-IT", "nl-NL", "pt-BR", "pt-PT"],
  ...["pl-PL", "sv-SE", "da-DK", "nb-NO", "fi-FI", "ja-JP", "ko-KR", "zh-CN"],
];
const currencies = [
  ...["EUR", "USD", "GBP", "CHF", "JPY", "AUD", "CAD", "SEK", "NOK", "DKK", "PLN"],
  ...["BRL", "INR", "CNY", "SGD"],
];

export function Formats(props: PartProps) {
  return (
    <Flex direction="column" gap="lg">
      <Written {...props} />
      <Read {...props} />
    </Flex>
  );
}

function Written(props: PartProps) {
  const { may } = useDesk();
  const [formats, setFormats] = useState(props.settings.formats);
  const { save, isSaving, trouble } = useSaving(props);
  const isReadOnly = !may("change_settings");
  const choice = (name: keyof typeof formats, label: string, options: readonly Option[]) => (
    <Select
      label={label}
      name={name}
      readOnly={isReadOnly}
      value={formats[name] ?? own}
      options={[{ value: own, label: "As each reader's own HubSpot says" }, ...options]}
      onChange={(value) => setFormats({ ...formats, [name]: value === own ? null : String(value) })}
    />
  );
  return (
    <Form onSubmit={() => save({ formats })}>
      <Narrow>
        <Heading>How values are written</Heading>
        {choice("locale", "Dates and numbers", named(locales, "language"))}
        {choice("timeZone", "Time zone", timeZones())}
        {choice("currency", "Currency shown first", named(currencies, "currency"))}
        <Refused trouble={trouble} onLookAgain={props.onChanged} />
        <Flex>
          <LoadingButton
            type="submit"
            variant="primary"
            loading={isSaving}
            disabled={isReadOnly}
            testId="save"
          >
            Save formats
          </LoadingButton>
        </Flex>
      </Narrow>
    </Form>
  );
}

interface Option {
  readonly value: string;
  readonly label: string;
}

function named(codes: readonly string[], type: "language" | "currency"): Option[] {
  const names = new Intl.DisplayNames("en", { type });
  return codes.map((code) => ({ value: code, label: `${names.of(code) ?? code} (${code})` }));
}

const timeZones = (): Option[] =>
  Intl.supportedValuesOf("timeZone").map((zone) => ({
    value: zone,
    label: zone.replaceAll("_", " "),
  }));

function Read({ settings }: PartProps) {
  if (settings.regions.length === 0) return null;
  return (
    <Flex direction="column" gap="sm">
      <Heading>How values are read</Heading>
      <Text>As the configuration says; it changes with a deployment.</Text>
      <Table density="condensed" bordered>
        <TableHead>
          <TableRow>
            <TableHeader>Object</TableHeader>
            <TableHeader>Field</TableHeader>
            <TableHeader>Read as</TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {settings.regions.map(({ objectLabel, fieldLabel, says }) => (
            <TableRow key={`${objectLabel} ${fieldLabel}`}>
              <TableCell>{objectLabel}</TableCell>
              <TableCell>{fieldLabel}</TableCell>
              <TableCell>{says}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Flex>
  );
}
