/** Answers that say what was wrong, and nothing about what is inside. */
import type { CardAnswer, CardError, CardRecord } from "../../shared/contract.ts";

export const refused = (code: CardError["code"], message: string): CardAnswer => ({
  ok: false,
  error: { code, message },
  record: null,
});

export const refusedWith = (
  code: CardError["code"],
  message: string,
  record: CardRecord | null,
): CardAnswer => ({ ok: false, error: { code, message }, record });
