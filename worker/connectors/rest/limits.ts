/** Every bound of the REST connector, in one place. */
export const limits = {
  answerBytesMax: 8 * 1024 * 1024,
  /** Further calls one batch may cost to find the row that makes a tool refuse it whole. */
  bisectCallsMax: 40,
  /** Pages of one search; more means that the field does not identify anything. */
  searchPagesMax: 50,
  /** Events in one webhook delivery. */
  deliveryEventsMax: 10_000,
  retryAfterMsMax: 24 * 60 * 60_000,
  /** Signatures in one header; a receiver's work stays bounded. */
  signaturesMax: 16,
  /** How far a webhook's time may be from ours, either way. */
  toleranceMs: 5 * 60_000,
} as const;
