/** Where the parts of the playground listen, and who they are. All on loopback. */

const port = Number(process.env.PLAYGROUND_PORT ?? 5300);

export const addresses = {
  /** The pages a person opens: record pages, both editable doubles, the log. */
  home: `http://127.0.0.1:${port}`,
  /** The HubSpot double's API. */
  hubspot: `http://127.0.0.1:${port + 1}`,
  /** The operations double's API. */
  ops: `http://127.0.0.1:${port + 2}`,
  /** The Slack double. */
  slack: `http://127.0.0.1:${port + 3}`,
  /** The Worker, as wrangler would serve it. */
  worker: `http://127.0.0.1:${port + 4}`,
} as const;

/** The public address the Worker is configured with, which signatures cover. */
export const publicUrl = "https://sync.example.com";

/** Throw-away identities and secrets of the playground; nothing here is secret. */
export const identity = {
  portalId: 12345678,
  appId: 987654,
  timeZone: "Europe/Berlin",
  hubspotToken: "pat-playground-0000",
  hubspotClientSecret: "playground-client-secret",
  opsToken: "ops-playground-token",
  opsClientId: "crm-sync",
  erasureKey: "playground-erasure-key-0123456789abcdef",
  /** Ada Okafor, by her user id. */
  admins: "71001",
  operatorToken: "playground-operator-token",
  /** Standard Webhooks: "whsec_" and base64 of 24 to 64 bytes. */
  opsWebhookSecret: "whsec_cGxheWdyb3VuZC1vcHMtd2ViaG9vay1zZWNyZXQ=",
} as const;
