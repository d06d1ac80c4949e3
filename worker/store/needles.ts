/**
 * Texts to look for inside stored JSON, case aside. SQLite lowers ASCII letters only, so what is
 * looked for is lowered the same way, and spelt in the other cases where it holds other letters.
 */

export function needlesOf(text: string): readonly string[] {
  const words = text.toLowerCase().replace(/(?<=^|[\s'-])\p{L}/gu, (one) => one.toUpperCase());
  const spelt = [text, text.toLowerCase(), words, text.toUpperCase()].map(asStored);
  return [...new Set(spelt.map(loweredAscii))];
}

/** As JSON writes it: a quotation mark in a value is stored behind a backslash. */
const asStored = (text: string): string => JSON.stringify(text).slice(1, -1);

const loweredAscii = (text: string): string =>
  text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Holds where a column has any of the needles, given as one JSON array. */
export const holdsAny = (column: string, needles: string): string =>
  `EXISTS (SELECT 1 FROM json_each(${needles}) h WHERE instr(lower(${column}), h.value) > 0)`;
