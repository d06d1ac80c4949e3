/** Time as the card sees it, passed in so that tests can drive it. */
export interface Clock {
  /** Epoch milliseconds, by the reader's own device. */
  readonly now: () => number;
  /** Runs once after the delay; the answer cancels it. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

export const deviceClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
