/** Fields side by side, as many as there is room for. */
import { AutoGrid } from "@hubspot/ui-extensions";
import type { ReactNode } from "react";

export function Fitted({ children }: { readonly children: ReactNode }) {
  return (
    <AutoGrid columnWidth={190} gap="sm">
      {children}
    </AutoGrid>
  );
}
