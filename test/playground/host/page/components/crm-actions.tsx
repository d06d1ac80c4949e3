/** The two CRM components a sidebar may use. What they open is HubSpot's, so the log names it. */
import type * as sdk from "@hubspot/ui-extensions";
import { useContext } from "react";
import { Button } from "./buttons.tsx";
import { HostContext } from "./shared.tsx";
import { Link } from "./text.tsx";

export function CrmActionButton(props: sdk.CrmActionButtonProps) {
  const { variant = "secondary", size = "md", actionType, onClick, children } = props;
  const note = useNote(actionType, onClick);
  return (
    <Button variant={variant} size={size} onClick={note} disabled={props.disabled ?? false}>
      {children}
    </Button>
  );
}

export function CrmActionLink({ actionType, onClick, children }: sdk.CrmActionLinkProps) {
  return (
    <Link href="" onClick={useNote(actionType, onClick)}>
      {children}
    </Link>
  );
}

function useNote(actionType: string, onClick: (() => void) | undefined) {
  const { note } = useContext(HostContext);
  return () => {
    onClick?.();
    note(`HubSpot would open ${actionType}`);
  };
}
