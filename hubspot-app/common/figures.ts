/** Counts, shares and durations as the reader writes them. */
export interface Figures {
  readonly count: (value: number) => string;
  /** 0 to 1, as percent; those near none and all keep a digit more. */
  readonly share: (value: number | null) => string;
  /** "45 s", "12 min", "3 h", "2 days" */
  readonly duration: (ms: number) => string;
  /** "2026-11-23" as a short day. */
  readonly day: (day: string) => string;
  readonly hours: (value: number) => string;
}

export function createFigures(locale: string): Figures {
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const fine = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = (digits: number) =>
    new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits });
  const [coarsePercent, finePercent] = [percent(1), percent(2)];
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  return {
    count: (value) => whole.format(value),
    share: (value) => {
      if (value === null) return "--";
      // Rounded, "100%" would hide what differs.
      if (value > 0.995 && value < 1) return finePercent.format(Math.floor(value * 1e4) / 1e4);
      return (value > 0 && value < 0.01 ? finePercent : coarsePercent).format(value);
    },
    duration: (ms) => durationOf(ms, (value) => whole.format(value)),
    day: (text) => {
      const at = Date.parse(`${text}T00:00:00Z`);
      return Number.isNaN(at) ? text : day.format(at);
    },
    hours: (value) => `${(value < 10 ? fine : whole).format(value)} h`,
  };
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

function durationOf(ms: number, write: (value: number) => string): string {
  if (ms < 1_000) return "under 1 s";
  if (ms < 90_000) return `${write(Math.round(ms / 1_000))} s`;
  if (ms < 90 * minuteMs) return `${write(Math.round(ms / minuteMs))} min`;
  if (ms < 36 * hourMs) return `${write(Math.round(ms / hourMs))} h`;
  return `${write(Math.round(ms / dayMs))} days`;
}
