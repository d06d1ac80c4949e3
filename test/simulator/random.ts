/**
 * Seeded randomness and a running hash. The same seed gives the same numbers on every machine,
 * which is what makes a failing run worth keeping.
 */

export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [0, below). */
  below(below: number): number;
  chance(share: number): boolean;
  pick<T>(items: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  let state = hashOf(`seed ${seed}`) >>> 0;
  const next = () => {
    // Mulberry32: 32 bits of state are plenty for a few thousand draws of one run.
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    below: (below) => Math.floor(next() * below),
    chance: (share) => next() < share,
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
  };
}

/** FNV-1a, 32 bits: for telling traces apart, not for keeping secrets. */
export function hashOf(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** Two independent hashes of everything added so far, so that 100,000 traces do not collide. */
export interface Trace {
  add(text: string): void;
  readonly hash: string;
  /** The last lines, for a person. */
  readonly tail: readonly string[];
}

export function createTrace(linesKept: number): Trace {
  let one = 0x811c9dc5;
  let other = 0x1b873593;
  const tail: string[] = [];
  return {
    tail,
    add(text) {
      one = hashOf(text, one);
      other = Math.imul(hashOf(text, other), 0x85ebca6b) >>> 0;
      tail.push(text);
      if (tail.length > linesKept) tail.shift();
    },
    get hash() {
      return (one.toString(16).padStart(8, "0") + other.toString(16).padStart(8, "0")).slice(0, 16);
    },
  };
}
