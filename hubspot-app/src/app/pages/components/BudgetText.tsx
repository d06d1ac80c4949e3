/** What of a day's API calls is used up, and how long the rest lasts. */
import { Text } from "@hubspot/ui-extensions";
import { useDesk } from "crm-sync-common/desk.ts";
import type { Overview } from "crm-sync-shared/control.ts";
import { lastsWords, spentWords } from "../words.ts";

export function BudgetText(props: { readonly budget: Overview["systems"][number]["budget"] }) {
  const desk = useDesk();
  if (props.budget === null) return <Text>No limit known</Text>;
  const lasts = lastsWords(props.budget, desk);
  return (
    <>
      <Text>{spentWords(props.budget, desk)}</Text>
      {lasts !== null && <Text variant="microcopy">{lasts}</Text>}
    </>
  );
}
