/** Long texts side by side: only where they differ, with a little around it. */
export interface Excerpt {
  readonly before: string;
  /** The part to look at; may be empty where another text has more. */
  readonly differing: string;
  readonly after: string;
}

const wholeMax = 90;
const aroundMax = 40;
const differingMax = 140;

/** One excerpt a text; null if all are short enough to be read whole. */
export function excerpts(texts: readonly string[]): readonly Excerpt[] | null {
  if (texts.every((text) => text.length <= wholeMax)) return null;
  const words = texts.map((text) => text.split(/(?<=\s)/));
  const start = commonCount(words);
  const end = commonCount(words.map((each) => each.slice(start).reverse()));
  return words.map((each) => ({
    before: lastOf(each.slice(0, start)),
    differing: firstOf(each.slice(start, each.length - end), differingMax),
    after: firstOf(each.slice(each.length - end), aroundMax),
  }));
}

/** How many words all begin with. */
function commonCount(texts: readonly (readonly string[])[]): number {
  const [first = [], ...others] = texts;
  const index = first.findIndex((word, at) => others.some((other) => other[at] !== word));
  return index === -1 ? first.length : index;
}

function firstOf(words: readonly string[], lengthMax: number): string {
  const whole = words.join("");
  if (whole.length <= lengthMax) return whole;
  const cut = whole.slice(0, lengthMax);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), lengthMax / 2))}…`;
}

function lastOf(words: readonly string[]): string {
  const whole = words.join("");
  if (whole.length <= aroundMax) return whole;
  const cut = whole.slice(-aroundMax);
  return `…${cut.slice(cut.indexOf(" ") + 1)}`;
}
