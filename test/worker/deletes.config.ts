/** The configuration as it stands, but deletions travel: contacts are archived, deals go on. */
import type { Rules } from "../../worker/core/rules.ts";
import { config as own } from "../../worker/sync.config.ts";

const { contact, deal, ...others } = own.objects;

export const config: Rules = {
  ...own,
  brake: { ...own.brake, deletesMax: 5 },
  objects: {
    ...others,
    ...(contact === undefined ? {} : { contact: { ...contact, deletes: "archive" } }),
    ...(deal === undefined ? {} : { deal: { ...deal, deletes: "ignore" } }),
  },
};
