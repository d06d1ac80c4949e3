/** Text and names: one Unicode form, one line ending, no outer space. */

export function plain(raw: unknown): string | null {
  switch (typeof raw) {
    case "string":
      return raw.normalize("NFC").replaceAll(/\r\n?/g, "\n").trim();
    case "number":
      return Number.isFinite(raw) ? String(raw) : null;
    case "boolean":
      return String(raw);
    default:
      return null;
  }
}

export function collapsed(raw: unknown): string | null {
  return plain(raw)?.replaceAll(/\s+/g, " ") ?? null;
}
