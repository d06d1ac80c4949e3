/** The v3 signature: HubSpot's published vectors, and every way to get past a careless check. */
import { describe, expect, it } from "vitest";
import {
  type SignedRequest,
  verifySignatureV3,
} from "../../worker/connectors/hubspot/signature.ts";
import { signatureV3 } from "../playground/hubspot/signature.ts";
import vectors from "./signature-vectors.json" with { type: "json" };

const secret = "one-secret";
const url = "https://sync.example.com/card/record?userEmail=a%40b.example&portalId=1&x=%20%2B";
const now = 1_763_900_000_000;

describe("signature v3", () => {
  const published = vectors.hubspot.filter((vector) => vector.version === "v3");
  it.each(published)("agrees with the vector $id", async (vector) => {
    const request: SignedRequest = {
      method: vector.method ?? "POST",
      url: vector.url ?? "",
      headers: headersOf(vector.expected, vector.timestamp ?? ""),
      body: bytes(vector.body),
      now: Number(vector.timestamp) + 1_000,
    };
    expect(await verifySignatureV3(request, [vector.secret])).toBeNull();
    const other = { ...request, body: bytes(`${vector.body} `) };
    expect(await verifySignatureV3(other, [vector.secret])).toEqual(expect.any(String));
  });

  it("takes the documented form of the URL, and the URL as it came", async () => {
    expect(await verifySignatureV3(await signed({}), [secret])).toBeNull();
    const raw = await signWith(`GET${url}${now}`);
    const request = await signed({});
    const headers = headersOf(raw, String(now));
    expect(await verifySignatureV3({ ...request, headers }, [secret])).toBeNull();
  });

  it("takes any secret in rotation, and no empty one", async () => {
    const request = await signed({});
    expect(await verifySignatureV3(request, ["newer", secret])).toBeNull();
    expect(await verifySignatureV3(request, ["newer"])).toEqual(expect.any(String));
    expect(await verifySignatureV3(request, [])).toEqual(expect.any(String));
    expect(await verifySignatureV3(request, [""])).toEqual(expect.any(String));
  });

  it("holds for five minutes to either side, and no longer", async () => {
    const request = await signed({});
    for (const shift of [300_000, -300_000]) {
      expect(await verifySignatureV3({ ...request, now: now + shift }, [secret])).toBeNull();
    }
    for (const shift of [300_001, -300_001]) {
      const late = await verifySignatureV3({ ...request, now: now + shift }, [secret]);
      expect(late).toEqual(expect.any(String));
    }
  });

  it.each(["", "NaN", "1.763900000000e12", "1763900000000.0", "176390000000", "01763900000000"])(
    "refuses the timestamp %j, whatever is signed",
    async (timestamp) => {
      const request = await signed({});
      const signature = await signWith(`GET${url}${timestamp}`);
      const headers = headersOf(signature, timestamp);
      expect(await verifySignatureV3({ ...request, headers }, [secret])).toEqual(
        expect.any(String),
      );
    },
  );

  it("lets no byte move between body and timestamp", async () => {
    const signature = await signWith(`POST${url}[]${now}`);
    const moved = {
      method: "POST",
      url,
      headers: headersOf(signature, String(now).slice(1)),
      body: bytes(`[]${String(now)[0]}`),
      now,
    };
    expect(await verifySignatureV3(moved, [secret])).toEqual(expect.any(String));
  });

  it("refuses a GET with a body, another method, and what is not base64", async () => {
    const request = await signed({});
    const signature = await signWith(`GET${url}[]${now}`);
    const withBody = {
      ...request,
      body: bytes("[]"),
      headers: headersOf(signature, String(now)),
    };
    expect(await verifySignatureV3(withBody, [secret])).toEqual(expect.any(String));
    expect(await verifySignatureV3({ ...request, method: "PUT" }, [secret])).not.toBeNull();
    const headers = headersOf("%%%", String(now));
    expect(await verifySignatureV3({ ...request, headers }, [secret])).not.toBeNull();
    expect(
      await verifySignatureV3({ ...request, headers: new Headers() }, [secret]),
    ).not.toBeNull();
  });
});

async function signed(parts: Partial<SignedRequest>): Promise<SignedRequest> {
  const signing = { clientSecret: secret, method: "GET", uri: url, body: "" };
  const headers = headersOf(await signatureV3(signing, now), String(now));
  return { method: "GET", url, headers, body: new Uint8Array(), now, ...parts };
}

async function signWith(text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, bytes(text));
  return Buffer.from(signature).toString("base64");
}

function headersOf(signature: string, timestamp: string): Headers {
  return new Headers({
    "x-hubspot-signature-v3": signature,
    "x-hubspot-request-timestamp": timestamp,
  });
}

const bytes = (text: string) => new TextEncoder().encode(text);
