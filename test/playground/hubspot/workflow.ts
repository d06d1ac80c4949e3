/**
 * The call a workflow makes when it comes to our action, signed as any other.
 * https://developers.hubspot.com/docs/api-reference/latest/automation/create-manage-custom-workflow-actions/guide
 */
import { signatureV2, signatureV3 } from "./signature.ts";
import { type Portal, requireType } from "./state.ts";

export interface WorkflowCall {
  /** The public URL of the action, which the signature covers. */
  readonly actionUrl: string;
  /** "contacts" */
  readonly objectType: string;
  readonly objectId: string;
  readonly inputFields?: Readonly<Record<string, string>>;
}

export async function workflowRequest(
  portal: Portal,
  clientSecret: string,
  call: WorkflowCall,
): Promise<Request> {
  const body = JSON.stringify({
    callbackId: `ap-${portal.portalId}-${Math.floor(portal.random() * 1e12)}-7-0`,
    origin: { portalId: portal.portalId, actionDefinitionId: 10646377, actionDefinitionVersion: 1 },
    context: { source: "WORKFLOWS", workflowId: 192814114 },
    object: {
      objectId: Number(call.objectId),
      objectType: requireType(portal, call.objectType).name.toUpperCase(),
      properties: {},
    },
    inputFields: call.inputFields ?? {},
  });
  const signed = { clientSecret, method: "POST", uri: call.actionUrl, body };
  const timestamp = portal.now();
  const headers = {
    "content-type": "application/json",
    "x-hubspot-signature": await signatureV2(signed),
    "x-hubspot-signature-version": "v2",
    "x-hubspot-signature-v3": await signatureV3(signed, timestamp),
    "x-hubspot-request-timestamp": String(timestamp),
  };
  return new Request(call.actionUrl, { method: "POST", headers, body });
}
