/** What is told to people outside when something needs one of them. */

/** An open exception in words: the exceptions job makes it of the stored explanation. */
export interface Alert {
  readonly exceptionId: string;
  /** The exception's kind: "conflict", "invalid", "ambiguous", ... */
  readonly kind: string;
  readonly object: string;
  readonly objectLabel: string;
  readonly field: string | null;
  readonly fieldLabel: string | null;
  /** One line: "Phone differs: Ada Okafor". */
  readonly title: string;
  /** One sentence: why it was not decided. */
  readonly reason: string;
  /** What each system holds, where there are values. */
  readonly values: readonly AlertValue[];
  /** Where a person settles it. */
  readonly url: string | null;
  /** Epoch milliseconds. */
  readonly openedAt: number;
}

export interface AlertValue {
  /** The system's label. */
  readonly label: string;
  /** The value as a person reads it; "" for blank. */
  readonly text: string;
  readonly at: number | null;
  /** The name of who set it. */
  readonly by: string | null;
}

export interface Notifier {
  /**
   * Tells of alerts that opened together, as one message. Resolves when it was taken; throws
   * ConnectorError otherwise, and the same alerts may then be sent again.
   */
  send(alerts: readonly Alert[]): Promise<void>;
}
