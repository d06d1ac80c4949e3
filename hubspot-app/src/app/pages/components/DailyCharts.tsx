/** Three charts over the days: what was written, what was asked and answered, what went wrong. */
import { AutoGrid, BarChart, Flex, Heading, LineChart, Text, Tile } from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import type { Overview } from "crm-sync-shared/control.ts";
import type { ReactNode } from "react";

export function DailyCharts({ overview }: { readonly overview: Overview }) {
  const { figures } = useDesk();
  const { days, thresholds } = overview;
  const written = days.map(({ day, writes }) => ({ day: figures.day(day), Written: writes }));
  const asked = days.flatMap(({ day, opened, settled }) => [
    { day: figures.day(day), what: "Opened", count: opened },
    { day: figures.day(day), what: "Settled", count: settled },
  ]);
  const percent = (share: number) => Math.round(share * 100_000) / 1_000;
  const rates = days.flatMap(({ day, errorRate }) => [
    { day: figures.day(day), what: "Error rate", percent: percent(errorRate ?? 0) },
    { day: figures.day(day), what: "Threshold", percent: percent(thresholds.errorRateMax) },
  ]);
  return (
    <AutoGrid columnWidth={380} gap="md" flexible>
      <Framed title="Values written per day" isEmpty={days.every(({ writes }) => writes === 0)}>
        <BarChart
          data={written}
          axes={{ x: category, y: { field: "Written", fieldType: "linear", label: "Values" } }}
          options={{ showTooltips: true }}
        />
      </Framed>
      <Framed
        title="Exceptions opened and settled"
        isEmpty={days.every(({ opened, settled }) => opened + settled === 0)}
      >
        <LineChart
          data={asked}
          axes={{
            x: category,
            y: { field: "count", fieldType: "linear", label: "Exceptions" },
            options: { groupFieldByColor: "what", colors: { Opened: "orange", Settled: "aqua" } },
          }}
          options={{ showLegend: true, showTooltips: true }}
        />
      </Framed>
      <Framed title="Sync error rate" isEmpty={days.every(({ errorRate }) => errorRate === null)}>
        <LineChart
          data={rates}
          axes={{
            x: category,
            y: { field: "percent", fieldType: "linear", label: "Percent" },
            options: {
              groupFieldByColor: "what",
              colors: { "Error rate": "blue", Threshold: "darkOrange" },
            },
          }}
          options={{ showLegend: true, showTooltips: true }}
        />
      </Framed>
    </AutoGrid>
  );
}

const category = { field: "day", fieldType: "category" } as const;

function Framed(props: {
  readonly title: string;
  readonly isEmpty: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Tile>
      <Flex direction="column" gap="sm">
        <Heading>{props.title}</Heading>
        {props.isEmpty ? <Text>Nothing to draw yet.</Text> : props.children}
      </Flex>
    </Tile>
  );
}
