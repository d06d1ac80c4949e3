/** Seeds that once failed, and what they found. They run again with every test. */

export interface KnownSeed {
  readonly seed: number;
  readonly steps: number;
  readonly story: string;
}

export const knownSeeds: readonly KnownSeed[] = [
  {
    seed: 2,
    steps: 60,
    story: "A unique value that was taken was sent again at once, for ever.",
  },
  {
    seed: 19,
    steps: 60,
    story: "A create met a record of another entity, and went round without an end.",
  },
  {
    seed: 22,
    steps: 60,
    story:
      "The webhook of a record we were creating came before its link, and gave it a second life.",
  },
  {
    seed: 1,
    steps: 60,
    story: "A write of unknown outcome was forgotten when the system could not be read either.",
  },
  {
    seed: 256,
    steps: 200,
    story: "An edit overwritten unseen lost in hindsight, and was not in the audit.",
  },
];
