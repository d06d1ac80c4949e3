/** The Worker's settings: what an operator types is read as it is meant, or refused by name. */
import { describe, expect, it } from "vitest";
import { settingsOf } from "../../worker/env.ts";
import { identity, publicUrl } from "../playground/addresses.ts";

const settings = {
  PUBLIC_URL: publicUrl,
  HUBSPOT_PORTAL_ID: String(identity.portalId),
  HUBSPOT_APP_ID: String(identity.appId),
  HUBSPOT_ACCESS_TOKEN: identity.hubspotToken,
  HUBSPOT_CLIENT_SECRETS: "first",
  OPS_BASE_URL: "https://ops.example",
  OPS_TOKEN: identity.opsToken,
  OPS_CLIENT_ID: identity.opsClientId,
  OPS_WEBHOOK_SECRETS: identity.opsWebhookSecret,
  ERASURE_KEY: identity.erasureKey,
};
const lists = ["HUBSPOT_CLIENT_SECRETS", "OPS_WEBHOOK_SECRETS", "ALERT_WEBHOOK_SECRETS"] as const;

describe("secrets that are being replaced", () => {
  for (const [name, between] of [
    ["a blank", " "],
    ["a comma", ","],
    ["both", ", "],
    ["a line", "\n"],
  ] as const) {
    it(`are two, the newest first, with ${name} between them`, () => {
      for (const list of lists) {
        expect(settingsOf({ ...settings, [list]: `new${between}old` })[list]).toEqual([
          "new",
          "old",
        ]);
      }
    });
  }

  it("are refused by name if there is none", () => {
    for (const list of lists) {
      expect(() => settingsOf({ ...settings, [list]: " , " })).toThrow(list);
    }
  });
});
