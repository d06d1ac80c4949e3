/** Saves a part of the settings; of two people who save at once, one is told and reads again. */
import { useExtensionActions } from "@hubspot/ui-extensions";
import { useControlAct } from "crm-sync-common/desk.ts";
import type { Trouble } from "crm-sync-common/trouble.ts";
import type { Asked } from "crm-sync-shared/control.ts";
import type { PartProps } from "./part.ts";

type Part = Omit<Asked<"settings-save">, "version">;

export interface Saving {
  readonly isSaving: boolean;
  readonly trouble: Trouble | null;
  readonly save: (part: Part) => Promise<void>;
}

export function useSaving({ settings, onChanged }: PartProps): Saving {
  const { addAlert } = useExtensionActions<"settings">();
  const act = useControlAct("settings-save");
  return {
    isSaving: act.isRunning,
    trouble: act.trouble,
    save: async (part) => {
      const opened = await act.run({ ...part, version: settings.version });
      if (!opened?.ok) return;
      addAlert({ type: "success", message: "Saved." });
      onChanged();
    },
  };
}
