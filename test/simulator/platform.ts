/**
 * The platform under the Worker, replaced while a world runs: clock, randomness, fetch, console and
 * WebCrypto. worker/index.ts takes these from globals and nothing else does, so the Worker runs
 * here as it is deployed. WebCrypto works on other threads; here it answers at once, so that no
 * real time decides what comes first.
 */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from "node:crypto";

export interface Platform {
  readonly now: () => number;
  readonly random: () => number;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly log: (text: string) => void;
  readonly wait: (ms: number) => Promise<void>;
}

/** Returns what puts the real platform back. */
export function install(platform: Platform): () => void {
  const { log, warn, error } = console;
  const real = { now: Date.now, random: Math.random };
  const { fetch, setTimeout } = globalThis;
  const { timeout } = AbortSignal;
  const realCrypto = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Date.now = platform.now;
  Math.random = platform.random;
  globalThis.fetch = (input, init) =>
    platform.fetch(input instanceof Request ? input : new Request(input, init));
  Object.assign(globalThis, {
    setTimeout: (work: () => void, ms: number) => void platform.wait(ms).then(work),
  });
  // A world fails calls itself, and says when.
  AbortSignal.timeout = () => new AbortController().signal;
  Object.assign(console, { log: platform.log, warn: platform.log, error: platform.log });
  Object.defineProperty(globalThis, "crypto", { value: cryptoOf(platform), configurable: true });
  return () => {
    Date.now = real.now;
    Math.random = real.random;
    Object.assign(globalThis, { fetch, setTimeout });
    AbortSignal.timeout = timeout;
    Object.assign(console, { log, warn, error });
    if (realCrypto !== undefined) Object.defineProperty(globalThis, "crypto", realCrypto);
  };
}

type Key = { readonly key: KeyObject };
type Bytes = ArrayBuffer | Uint8Array;

function cryptoOf({ random }: Platform) {
  const sign = ({ key }: Key, data: Bytes) =>
    createHmac("sha256", key).update(viewOf(data)).digest();
  const subtle = {
    importKey: async (_format: string, bytes: Bytes): Promise<Key> => ({
      key: createSecretKey(viewOf(bytes)),
    }),
    sign: async (_algorithm: unknown, key: Key, data: Bytes) => arrayBufferOf(sign(key, data)),
    verify: async (_algorithm: unknown, key: Key, signature: Bytes, data: Bytes) => {
      const [genuine, given] = [sign(key, data), viewOf(signature)];
      return genuine.byteLength === given.byteLength && timingSafeEqual(genuine, given);
    },
    digest: async (_algorithm: unknown, data: Bytes) =>
      arrayBufferOf(hash("sha256", viewOf(data), "buffer")),
  };
  const getRandomValues = (array: Uint8Array): Uint8Array => {
    for (let index = 0; index < array.length; index += 1) array[index] = random() * 256;
    return array;
  };
  return { subtle, getRandomValues };
}

const viewOf = (bytes: Bytes): Uint8Array =>
  bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);

const arrayBufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
