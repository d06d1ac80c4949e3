/** Batches: how they are cut, halved, and when the rest of them need not be sent. */
import type { ConnectorError } from "../connector.ts";

/** Whether the next call can only meet the same refusal. */
export function stopsAll(error: ConnectorError): boolean {
  return error.kind === "rate_limited" || error.kind === "reauthorize";
}

export function chunked<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size));
  }
  return chunks;
}

export function halves<T>(items: readonly T[]): [T[], T[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
