/** The governors of the simulated world: the real Durable Object class, one object per system. */
import type { DurableObjectState } from "@cloudflare/workers-types";
import { Governor } from "../../worker/governor.ts";

export function governors() {
  const objects = new Map<string, Governor>();
  const getByName = (name: string) => {
    const object = objects.get(name) ?? new Governor(stateOf());
    objects.set(name, object);
    return {
      fetch: (url: string, init: RequestInit) => object.fetch(new Request(url, init)),
    };
  };
  return { getByName };
}

/** As much of a Durable Object's state as the governor uses. */
function stateOf(): DurableObjectState {
  const kept = new Map<string, unknown>();
  const state = {
    storage: {
      get: async (key: string) => kept.get(key),
      put: async (key: string, value: unknown) => void kept.set(key, value),
    },
    blockConcurrencyWhile: (work: () => Promise<unknown>) => work(),
  };
  return state as unknown as DurableObjectState;
}
