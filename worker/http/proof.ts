/**
 * Who is asking, proven: a card's request is believed for what HubSpot signed, never for what the
 * browser says. HubSpot appends userId, userEmail, portalId and appId to the query and signs the
 * whole URL; each must be there exactly once, or a card could shadow it.
 * https://developers.hubspot.com/docs/apps/developer-platform/add-features/ui-extensions/fetching-data
 */
import * as z from "zod";
import { type Doors, publicUrlOf } from "./doors.ts";

export interface Caller {
  readonly userId: string;
  readonly userEmail: string;
}

export type Proof =
  | { readonly kind: "proven"; readonly caller: Caller }
  | { readonly kind: "refused"; readonly status: 401 | 403; readonly reason: string };

const appendedSchema = z.object({
  userId: z.tuple([z.string().regex(/^\d{1,20}$/)]),
  userEmail: z.tuple([z.string().min(3).max(320)]),
  portalId: z.tuple([z.string()]),
  appId: z.tuple([z.string()]),
});

export async function prove(doors: Doors, request: Request, body: Uint8Array): Promise<Proof> {
  const url = publicUrlOf(doors.publicUrl, request);
  const refusal = await doors.verifyHubSpot({
    method: request.method,
    url,
    headers: request.headers,
    body,
    now: doors.jobs.now(),
  });
  if (refusal !== null) return { kind: "refused", status: 401, reason: refusal };
  const query = new URL(request.url).searchParams;
  const appended = appendedSchema.safeParse(
    Object.fromEntries(
      ["userId", "userEmail", "portalId", "appId"].map((name) => [name, query.getAll(name)]),
    ),
  );
  if (!appended.success) {
    return { kind: "refused", status: 403, reason: "a signed parameter is missing or doubled" };
  }
  const { userId, userEmail, portalId, appId } = appended.data;
  if (portalId[0] !== String(doors.portalId) || appId[0] !== String(doors.appId)) {
    return { kind: "refused", status: 403, reason: "another portal or app" };
  }
  return { kind: "proven", caller: { userId: userId[0], userEmail: userEmail[0] } };
}
