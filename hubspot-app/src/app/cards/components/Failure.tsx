/** Nothing about the record can be shown: says why, that nothing is lost, and what to do. */
import {
  Button,
  ErrorState,
  Flex,
  StatusTag,
  Text,
  useExtensionActions,
} from "@hubspot/ui-extensions";
import type { CardError } from "crm-sync-shared/contract.ts";
import type { Place } from "../place.ts";
import type { Reply } from "../service.ts";

type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: CardError };

interface FailureProps {
  /** `unset`: the card was uploaded without the address of the sync service. */
  readonly trouble: Reply<Outcome> | { readonly kind: "unset" };
  readonly onRetry?: () => void;
}

export function Failure({ trouble, onRetry }: FailureProps) {
  const { reloadPage } = useExtensionActions<Place>();
  const { title, text, remedy, type } = describe(trouble);
  const act = remedy === "reload" ? () => reloadPage() : remedy === "retry" ? onRetry : undefined;
  const button = act && (
    <Button size="sm" onClick={act} testId="retry">
      {remedy === "reload" ? "Reload the page" : "Try again"}
    </Button>
  );
  if (type === "quiet") {
    return (
      <Flex direction="column" gap="sm" align="start">
        <StatusTag testId="standing">{title}</StatusTag>
        <Text>{text}</Text>
        {button}
      </Flex>
    );
  }
  return (
    <ErrorState title={title} type={type}>
      <Flex direction="column" gap="sm" align="center">
        <Text>{text}</Text>
        {button}
      </Flex>
    </ErrorState>
  );
}

interface Description {
  readonly title: string;
  readonly text: string;
  readonly remedy: "retry" | "reload" | null;
  /** `quiet`: nothing is wrong. */
  readonly type: "error" | "support" | "lock" | "quiet";
}

const unavailable: Description = {
  title: "Sync can't be reached",
  text: "Nothing is lost: changes wait and go out when it answers.",
  remedy: "retry",
  type: "error",
};

const lock: Description = {
  title: "You can't see this",
  text: "Ask your HubSpot admin for the right to see how this record is kept the same.",
  remedy: null,
  type: "lock",
};

export function describe(trouble: FailureProps["trouble"]): Description {
  switch (trouble.kind) {
    case "silent":
      return unavailable;
    case "busy":
      return { ...unavailable, title: "HubSpot is busy", text: "Try again in a few seconds." };
    case "refused":
      return {
        ...unavailable,
        title: "The sync service refused this card",
        text: "Your HubSpot admin can mend this: the app and the service disagree on a secret.",
      };
    case "unset":
      return {
        title: "This card isn't set up yet",
        text: "Your HubSpot admin can mend this: the address of the sync service is missing.",
        remedy: null,
        type: "support",
      };
    case "outdated":
      return {
        title: "This card is out of date",
        text: "The sync service has moved on. Reload the page to get the current card.",
        remedy: "reload",
        type: "error",
      };
    case "answered":
      return trouble.answer.ok ? unavailable : describeError(trouble.answer.error);
  }
}

function describeError(error: CardError): Description {
  if (error.code === "forbidden") return { ...lock, text: error.message };
  if (error.code === "bad_request") return describe({ kind: "outdated" });
  if (error.code === "not_found") {
    return { ...unavailable, title: "Not kept in sync", text: error.message, type: "quiet" };
  }
  return { ...unavailable, text: `${error.message} ${unavailable.text}` };
}
