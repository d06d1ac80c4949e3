/**
 * Workflows: those that set properties when others change, and the call they make to our action,
 * signed as any other.
 * https://developers.hubspot.com/docs/api-reference/automation-actions-v4-v4/custom-action-guide
 */
import { automation } from "./people.ts";
import type { Properties } from "./records.ts";
import { signatureV2, signatureV3 } from "./signature.ts";
import { type Change, liveRecord, type Portal, requireType, type Source } from "./state.ts";

export interface Workflow {
  /** "contacts" */
  readonly objectType: string;
  /** A change of this property enrolls the record. */
  readonly property: string;
  /** What it sets, given the value the property was changed to. */
  readonly set: (value: string) => Properties;
  readonly delayMs?: number;
  /** Whether changes by workflows enroll, too: two of them can then go on for ever. */
  readonly byWorkflows?: boolean;
}

/** Workflows belong to a run of the double, as faults do; a snapshot has none. */
export function createWorkflows(portal: Portal) {
  const workflows: Workflow[] = [];
  let enrolled: { workflow: Workflow; id: string; value: string; dueAt: number }[] = [];
  return {
    add: (workflow: Workflow) => workflows.push(workflow),
    enroll(change: Change, source: Source): void {
      if (change.kind !== "propertyChange") return;
      for (const workflow of workflows) {
        if (requireType(portal, workflow.objectType).objectTypeId !== change.typeId) continue;
        if (workflow.property !== change.property) continue;
        if (source.changeSource === "AUTOMATION_PLATFORM" && !workflow.byWorkflows) continue;
        const dueAt = portal.now() + (workflow.delayMs ?? 0);
        enrolled.push({ workflow, id: change.id, value: change.value, dueAt });
      }
    },
    run(): void {
      const due = enrolled.filter((each) => each.dueAt <= portal.now());
      enrolled = enrolled.filter((each) => each.dueAt > portal.now());
      for (const { workflow, id, value } of due) {
        const { objectTypeId } = requireType(portal, workflow.objectType);
        if (liveRecord(portal, objectTypeId, id) === null) continue;
        automation(portal).update(workflow.objectType, id, workflow.set(value));
      }
    },
    nextDueAt(): number | null {
      return enrolled.reduce<number | null>(
        (first, { dueAt }) => (first === null || dueAt < first ? dueAt : first),
        null,
      );
    },
  };
}

export interface WorkflowCall {
  /** The public URL of the action, which the signature covers. */
  readonly actionUrl: string;
  /** "contacts" */
  readonly objectType: string;
  readonly objectId: string;
  readonly inputFields?: Readonly<Record<string, string>>;
}

/** An action as the app's metadata defines it. */
export interface WorkflowAction {
  readonly actionUrl: string;
  /** "CONTACT" */
  readonly objectTypes: readonly string[];
  readonly labels: { readonly en: { readonly actionName: string } };
}

/** What a step of a workflow came to, after so many calls. */
export interface ActionRun {
  readonly calls: number;
  /** Null: no call was answered. */
  readonly status: number | null;
  readonly outputFields: Readonly<Record<string, unknown>>;
}

/** HubSpot goes on for three days; here are the first calls of them. */
const callsMax = 3;

/** Runs an action on a record: repeated, as the same call, while the answer is lost or a 5xx. */
export async function runAction(
  portal: Portal,
  clientSecret: string,
  send: (request: Request) => Promise<Response>,
  call: WorkflowCall,
): Promise<ActionRun> {
  const callbackId = newCallbackId(portal);
  let status: number | null = null;
  for (let calls = 1; ; calls += 1) {
    try {
      const answer = await send(await workflowRequest(portal, clientSecret, call, callbackId));
      status = answer.status;
      const body = answer.ok ? ((await answer.json()) as Partial<ActionRun>) : {};
      const { outputFields = {} } = body;
      if (status < 500 || calls === callsMax) return { calls, status, outputFields };
    } catch {
      if (calls === callsMax) return { calls, status, outputFields: {} };
    }
  }
}

const newCallbackId = (portal: Portal): string =>
  `ap-${portal.portalId}-${Math.floor(portal.random() * 1e12)}-7-0`;

export async function workflowRequest(
  portal: Portal,
  clientSecret: string,
  call: WorkflowCall,
  callbackId = newCallbackId(portal),
): Promise<Request> {
  const body = JSON.stringify({
    callbackId,
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
