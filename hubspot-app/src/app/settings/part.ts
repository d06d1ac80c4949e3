/** What every part of the settings is given. */
import type { Answered } from "crm-sync-shared/control.ts";

export interface PartProps {
  readonly settings: Answered<"settings">;
  /** Something was saved, or somebody else was first: read them again. */
  readonly onChanged: () => void;
}
