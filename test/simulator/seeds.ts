/** Seeds that once failed, and what they found. They run again with every test. */
import type { Edition } from "./habits.ts";

export interface KnownSeed {
  readonly seed: number;
  readonly steps: number;
  /** Of the schedule it failed with; the first if absent. */
  readonly edition?: Edition;
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
  {
    seed: 181,
    steps: 200,
    story: "After a merge an entity was created anew by its key, over the survivor of another.",
  },
  {
    seed: 453,
    steps: 200,
    story:
      "The same, with a crash: each cycle wrote to the survivor, and what all agreed on was " +
      "cleared.",
  },
  {
    seed: 274,
    steps: 200,
    story: "A poke was held for a pause that had just been resumed, and nobody let it go.",
  },
  {
    seed: 447,
    steps: 200,
    story: "The same, while everything was paused: nothing of it was looked at again.",
  },
  {
    seed: 471,
    steps: 200,
    story: "A newcomer was asked about, and its poke removed, though another job had linked it.",
  },
  {
    seed: 432,
    steps: 200,
    story: "A write of unknown outcome waited for another field's pause, and was sent again.",
  },
  // What they found was never told; they are kept because they once failed.
  { seed: 42, steps: 200, story: "It failed once." },
  { seed: 79, steps: 200, story: "It failed once." },
  { seed: 91, steps: 200, story: "It failed once." },
  { seed: 194, steps: 200, story: "It failed once." },
  { seed: 58, steps: 200, story: "It failed once." },
  {
    seed: 119,
    steps: 200,
    edition: 2,
    story: "An answer about somebody who was forgotten meanwhile broke the card.",
  },
  {
    seed: 16,
    steps: 200,
    edition: 2,
    story: "Calls noted under a clock a day ahead kept HubSpot shut for a day.",
  },
  {
    seed: 759,
    steps: 200,
    story: "An edit overwritten unseen was found while the other system was away, and forgotten.",
  },
  {
    seed: 696,
    steps: 200,
    story: "A record was read without its owner, and nobody asked again.",
  },
  {
    seed: 2165,
    steps: 200,
    story: "A contact with the number of a deal was taken for the keeper of the deals' merge.",
  },
  {
    seed: 1692,
    steps: 200,
    story: "The archived survivor of a merge carried a key, and looked created twice by it.",
  },
  {
    seed: 6,
    steps: 200,
    edition: 2,
    story: "Who lost a record to a merge kept what was seen of it, and so of somebody forgotten.",
  },
  {
    seed: 149,
    steps: 200,
    edition: 2,
    story: "A record that waits for a person, because it would bring back somebody, was drift.",
  },
  {
    seed: 4416,
    steps: 200,
    edition: 2,
    story: "Two secrets with a comma between them were read as one, and every delivery refused.",
  },
  {
    seed: 42,
    steps: 200,
    edition: 2,
    story: "An edit overwritten unseen was told nowhere while its counterpart was deleted.",
  },
  {
    seed: 6011,
    steps: 200,
    edition: 2,
    story: "One answer that did not know an archived contact was proof that it had been destroyed.",
  },
];
