/**
 * Deliveries of the systems: verified, taken apart, put into the mailbox, answered. A 2xx is given
 * only once the pokes are durable; what cannot be stored is answered 503, so that it comes again.
 */
import { ConnectorError, type Delivery } from "../connectors/connector.ts";
import { database } from "../store/database.ts";
import { putPokes } from "../store/mailbox.ts";
import { boundedBody, type Doors, publicUrlOf } from "./doors.ts";

export async function receive(doors: Doors, system: string, request: Request): Promise<Response> {
  const { jobs, publicUrl } = doors;
  const connector = jobs.connectors[system];
  if (connector === undefined) return answer(404, "unknown system");
  const body = await boundedBody(request);
  if (body === null) return answer(413, "the body is larger than 1 MB");
  const now = jobs.now();
  const url = publicUrlOf(publicUrl, request);
  const { method, headers } = request;
  const refusal = await connector.verify({ method, url, headers, body, now });
  if (refusal !== null) {
    jobs.log({ event: "webhook.refused", system, reason: refusal, bytes: body.byteLength });
    return answer(401, "");
  }
  let delivery: Delivery;
  try {
    delivery = await connector.delivery(body);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    jobs.log({ event: "webhook.malformed", system, reason: error.message });
    return answer(400, error.message);
  }
  const { pokes, ignored } = delivery;
  const db = database(jobs.d1);
  try {
    await putPokes(
      db,
      pokes.map((poke) => ({ ...poke, system, lane: "event" })),
      now,
    );
  } catch (error) {
    jobs.log({ event: "webhook.not_stored", system, reason: reasonOf(error) });
    return answer(503, "not stored, send it again");
  }
  await jobs.ring(pokes, 0);
  jobs.log({
    event: "webhook.stored",
    system,
    pokes: pokes.length,
    ignored,
    roundTrips: db.count.roundTrips,
    rowsWritten: db.count.rowsWritten,
    durationMs: jobs.now() - now,
  });
  return answer(200, "");
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : "unknown");

const answer = (status: number, text: string): Response =>
  new Response(text, {
    status,
    headers: { "cache-control": "no-store", "content-type": "text/plain" },
  });
