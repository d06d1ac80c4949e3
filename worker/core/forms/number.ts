/** Decimals and money: exact strings from end to end, never a binary fraction. */
import Big from "big.js";
import { plain } from "./text.ts";

/** Rounded half up to the scale, which is the coarsest of the connected systems. */
export function decimal(raw: unknown, scale: number): string | null {
  const value = big(raw);
  return value === null ? null : value.round(scale, Big.roundHalfUp).toFixed();
}

/** "1234.5 EUR". An amount without a currency gets `assumed`; a currency alone is no amount. */
export function money(raw: unknown, assumed: string): string | null {
  const { amount, currency } = parts(raw);
  const value = big(amount);
  const code = currency === null ? assumed : currency.trim().toUpperCase();
  return value === null || !isCurrency(code) ? null : `${value.toFixed()} ${code}`;
}

export function moneyParts(value: string): { amount: string; currency: string } {
  const [amount = "", currency = ""] = value.split(" ");
  return { amount, currency };
}

export function isCurrency(code: string): boolean {
  return currencies.has(code);
}

export function compareDecimals(a: string, b: string): number {
  return new Big(a).cmp(new Big(b));
}

/**
 * A number as people type it, its grouping removed. "1,234" stays as it is, and is refused later:
 * it means a thousand times more in one country than in another.
 */
export function plainNumber(text: string): string {
  return text.replace(/\d[\d.,\s'’]*\d/, (number) => {
    const compact = number.replaceAll(/[\s'’]/g, "");
    if (/^\d{1,3}(,\d{3}){2,}$|^\d{1,3}(,\d{3})+\.\d+$/.test(compact)) {
      return compact.replaceAll(",", "");
    }
    if (/^\d{1,3}(\.\d{3}){2,}$|^\d{1,3}(\.\d{3})+,\d+$/.test(compact)) {
      return compact.replaceAll(".", "").replace(",", ".");
    }
    return compact;
  });
}

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));

/** A system may hold a currency beside an amount that was never filled in. */
export function hasBlankAmount(raw: unknown): boolean {
  return (
    typeof raw === "object" && raw !== null && "amount" in raw && plain(raw.amount ?? "") === ""
  );
}

function parts(raw: unknown): { amount: unknown; currency: string | null } {
  if (typeof raw === "object" && raw !== null && "amount" in raw) {
    const currency = "currency" in raw ? plain(raw.currency) : null;
    return { amount: raw.amount, currency: currency === "" ? null : currency };
  }
  const text = plain(raw) ?? "";
  const currency = /^[A-Za-z]{3}(?=\s*[-\d.])|(?<=[\d.]\s*)[A-Za-z]{3}$/.exec(text)?.[0] ?? null;
  return { amount: currency === null ? text : text.replace(currency, ""), currency };
}

function big(raw: unknown): Big | null {
  const text = plain(raw) ?? "";
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text)) return null;
  return new Big(text.replace(/^\+/, ""));
}
