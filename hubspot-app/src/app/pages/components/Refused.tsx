/** What somebody did was not done: why, beside the button that did it. */
import { Alert, Text } from "@hubspot/ui-extensions";
import { actWords, type Trouble } from "crm-sync-common/trouble.ts";

export function Refused({ trouble }: { readonly trouble: Trouble | null }) {
  if (trouble === null) return null;
  const { title, text } = actWords(trouble);
  return (
    <Alert variant="danger" title={title} testId="refused">
      <Text>{text}</Text>
    </Alert>
  );
}
