/** E-mail, phone, web addresses and domains: what a record can be reached and recognised by. */
import {
  type CountryCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from "libphonenumber-js";
import { parse } from "tldts";
import { plain } from "./text.ts";

export function email(raw: unknown): string | null {
  const text = plain(raw)?.toLowerCase() ?? "";
  return /^[^\s@<>()",;:]+@[^\s@<>()",;:.]+(\.[^\s@<>()",;:.]+)+$/.test(text) ? text : null;
}

/** E.164, and ";ext=" where there is an extension (RFC 3966). */
export function phone(raw: unknown, region: string | undefined): string | null {
  const text = plain(raw) ?? "";
  // Without `extract: false` a remark beside the number would be dropped without a word.
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(region === undefined ? {} : { defaultCountry: region as CountryCode }),
  });
  // Possible, not valid: numbering plans grow faster than lists of them.
  if (number === undefined || !number.isPossible()) return null;
  return number.ext === undefined ? number.number : `${number.number};ext=${number.ext}`;
}

export function isPhoneRegion(region: string): boolean {
  return isSupportedCountry(region);
}

/** Scheme and host in lower case, https where no scheme was given, no bare final slash. */
export function url(raw: unknown): string | null {
  const text = plain(raw) ?? "";
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const parsed = URL.parse(hasScheme ? text : `https://${text}`);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || /\s/.test(text)) return null;
  if (!parsed.hostname.includes(".")) return null;
  const bare = parsed.pathname === "/" && parsed.search === "" && parsed.hash === "";
  return bare ? parsed.href.replace(/\/$/, "") : parsed.href;
}

/** The host without "www.", in lower-case ASCII, whatever address it was cut from. */
export function domain(raw: unknown): string | null {
  const { hostname } = parse(plain(raw) ?? "");
  // Only the ASCII form is judged: some letters vanish in it.
  const ascii = URL.parse(`https://${hostname}`)?.hostname ?? "";
  const found = parse(ascii);
  const isPublic = found.isIcann === true || found.isPrivate === true;
  if (found.domain === null || found.subdomain === null || !isPublic) return null;
  const labels = found.subdomain.replace(/^(www(\.|$))+/, "");
  return labels === "" ? found.domain : `${labels}.${found.domain}`;
}
