/** The subscriptions the app is uploaded with, so that the double sends what HubSpot would. */
import { readFileSync } from "node:fs";
import type { WebhookConfig } from "../playground/hubspot/webhooks.ts";

const path = new URL("../../hubspot-app/src/app/webhooks/webhooks-hsmeta.json", import.meta.url);

export const webhookConfig = (
  JSON.parse(readFileSync(path, "utf8")) as { readonly config: WebhookConfig }
).config;
