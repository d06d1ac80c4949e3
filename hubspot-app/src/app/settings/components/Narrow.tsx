/** Keeps what is to be read or typed from running across the whole page. */
import { AutoGrid, Flex } from "@hubspot/ui-extensions";
import type { ReactNode } from "react";

export function Narrow({ children }: { readonly children: ReactNode }) {
  return (
    <AutoGrid columnWidth={480}>
      <Flex direction="column" gap="md">
        {children}
      </Flex>
    </AutoGrid>
  );
}
