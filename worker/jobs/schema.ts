/**
 * Asks systems what their objects look like, and holds the fields that are not what they are taken
 * for: only these, in that system, until somebody mended it. A property that is gone reads as
 * blank, and a blank would be taken for a person's act.
 */
import { ConnectorError } from "../connectors/connector.ts";
import { type Drift, driftOf } from "../connectors/drift.ts";
import { database } from "../store/database.ts";
import { keepDrifts, type NewDrift, type SchemaPlace, takeChecks } from "../store/drifts.ts";
import { connectorOf, type JobContext, limits, objectOf } from "./context.ts";

/** All objects of all systems, once an hour. */
export async function checkSchemas(context: JobContext): Promise<void> {
  const places = Object.values(context.rules.objects).flatMap(({ object, mappings }) =>
    Object.keys(mappings).map((system) => ({ system, object })),
  );
  await check(context, places, limits.schemaEveryMs);
}

/** A system refused a property: it may look different by now. */
export const checkAgain = (context: JobContext, places: readonly SchemaPlace[]): Promise<void> =>
  check(context, places, limits.schemaAgainMs);

async function check(
  context: JobContext,
  places: readonly SchemaPlace[],
  everyMs: number,
): Promise<void> {
  const db = database(context.d1);
  const now = context.now();
  for (const place of await takeChecks(db, places, now - everyMs, now)) {
    const drifts = await driftsAt(context, place);
    if (drifts === null) continue;
    const raised = await keepDrifts(db, place, drifts, limits.schemaEveryMs, now);
    if (raised.length > 0) await context.announce(raised);
    context.log({ event: "schema.checked", ...place, held: drifts.length, raised: raised.length });
  }
}

/** Null if the system did not say: what is known stands. */
async function driftsAt(
  context: JobContext,
  place: SchemaPlace,
): Promise<readonly NewDrift[] | null> {
  const { system, object } = place;
  const mapping = objectOf(context, object).mappings[system];
  const connector = connectorOf(context, system);
  if (mapping === undefined || connector.describe === undefined) return null;
  try {
    const found = driftOf(mapping, await connector.describe(mapping)).filter(holds);
    return [...Map.groupBy(found, ({ field }) => field)].map(([field, drifts]) => ({
      ...place,
      field,
      exceptionId: context.newId(),
      subject: `schema:${system}/${object}.${field}`,
      detail: {
        property: drifts[0]?.property ?? "",
        message: drifts.map(({ message }) => message).join(" "),
        mend: drifts.map(({ mend }) => mend).join(" "),
      },
      shown: drifts.map(({ kind, property }) => `${kind} ${property}`).join(","),
    }));
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    context.log({ event: "schema.unanswered", ...place, reason: error.message });
    return null;
  }
}

/** A choice we do not know holds back only records that have it; they say so themselves. */
const holds = ({ kind }: Drift): boolean => kind !== "name_new";
