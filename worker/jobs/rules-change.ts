/**
 * Offers a full scan when what is kept the same, or who wins, was changed in the configuration:
 * records that nobody touches keep their old verdicts until then. It is for a person to start it,
 * because what new rules do to every record at once is worth a dry run first.
 */
import { hash } from "../core/audit-chain.ts";
import { meaningOf } from "../core/rules.ts";
import { database } from "../store/database.ts";
import { seeRules } from "../store/rules-seen.ts";
import type { JobContext } from "./context.ts";

export async function offerScans(context: JobContext): Promise<void> {
  const now = await Promise.all(
    Object.values(context.rules.objects).map(async (object) => ({
      object: object.object,
      hash: await hash(meaningOf(object)),
      exceptionId: context.newId(),
      detail: {
        message: `The rules of ${object.label} were changed. What nobody touches stays as it is.`,
        mend: "Start a scan: dry first, to see what it finds, then one that repairs.",
      },
    })),
  );
  const opened = await seeRules(database(context.d1), now, context.now());
  if (opened.length === 0) return;
  await context.announce(opened);
  context.log({ event: "rules.changed", objects: opened.length });
}
