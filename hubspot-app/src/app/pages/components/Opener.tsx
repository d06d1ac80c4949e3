/** A button that opens what it holds. */
import { Button } from "@hubspot/ui-extensions";
import type { ReactElement } from "react";

interface OpenerProps {
  readonly label: string;
  readonly isDisabled?: boolean;
  readonly size?: "xs" | "sm";
  readonly testId?: string;
  readonly children: ReactElement;
}

export function Opener({ label, isDisabled = false, size = "sm", testId, children }: OpenerProps) {
  return (
    <Button
      size={size}
      disabled={isDisabled}
      overlay={children}
      {...(testId === undefined ? {} : { testId })}
    >
      {label}
    </Button>
  );
}
