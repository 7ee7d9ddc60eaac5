// Dates and times as a person of the chosen language reads them.

const tag = (language: string) => (language === 'id' ? 'id-ID' : 'en-GB');

const cache = new Map<string, Intl.DateTimeFormat>();
function formatter(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language + JSON.stringify(options);
  let f = cache.get(key);
  if (!f) {
    f = new Intl.DateTimeFormat(tag(language), options);
    cache.set(key, f);
  }
  return f;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** "2 minutes ago", "just now" below 30 seconds, a date past a week. */
export function ago(time: string, nowMs: number, language: string): string {
  const seconds = Math.round((Date.parse(time) - nowMs) / 1000);
  if (Number.isNaN(seconds)) return '';
  if (Math.abs(seconds) >= 7 * 86_400) return date(time, language);
  const relative = new Intl.RelativeTimeFormat(tag(language), { numeric: 'auto' });
  if (Math.abs(seconds) < 30) return relative.format(0, 'second');
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(seconds < 0 ? -1 : 1, 'minute');
}

/** "14:20" */
export function clock(time: string, language: string, timeZone?: string): string {
  return formatter(language, { hour: '2-digit', minute: '2-digit', timeZone }).format(new Date(time));
}

const SIX_DAYS_MS = 6 * 86_400_000;

/** A moment to come: the clock today, with the weekday within a week ("Mon 14:20"), then with the date, since a weekday would be the wrong one. */
export function nearTime(time: string, nowMs: number, language: string, timeZone?: string): string {
  if (dayKey(time, timeZone) === dayKey(nowMs, timeZone)) return clock(time, language, timeZone);
  if (Math.abs(Date.parse(time) - nowMs) > SIX_DAYS_MS) {
    return `${date(time, language, timeZone)} ${clock(time, language, timeZone)}`;
  }
  return `${formatter(language, { weekday: 'short', timeZone }).format(new Date(time))} ${clock(time, language, timeZone)}`;
}

/** "21 Nov 2026" */
export function date(time: string, language: string, timeZone?: string): string {
  return formatter(language, { day: 'numeric', month: 'short', year: 'numeric', timeZone }).format(new Date(time));
}

/** "Saturday, 21 November 2026 at 14:20" for tooltips. */
export function fullTime(time: string, language: string, timeZone?: string): string {
  return formatter(language, { dateStyle: 'full', timeStyle: 'short', timeZone }).format(new Date(time));
}

/** The calendar day in a zone as YYYY-MM-DD, for comparing. */
export function dayKey(time: string | number, timeZone?: string): string {
  return formatter('sv', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone })
    .format(new Date(time))
    .replace(/(\d+)\/(\d+)\/(\d+)/, '$3-$2-$1');
}

/** "Today", "Yesterday", else the weekday and date: the line between two days of a thread. */
export function dayLabel(
  time: string,
  nowMs: number,
  language: string,
  words: { today: string; yesterday: string },
  timeZone?: string,
): string {
  const day = dayKey(time, timeZone);
  if (day === dayKey(nowMs, timeZone)) return words.today;
  if (day === dayKey(nowMs - 86_400_000, timeZone)) return words.yesterday;
  const sameYear = day.slice(0, 4) === dayKey(nowMs, timeZone).slice(0, 4);
  return formatter(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: sameYear ? undefined : 'numeric',
    timeZone,
  }).format(new Date(time));
}

/** The time in a list: the clock today, the weekday within a week, else a short date. */
export function listTime(time: string, nowMs: number, language: string, timeZone?: string): string {
  if (dayKey(time, timeZone) === dayKey(nowMs, timeZone)) return clock(time, language, timeZone);
  if (nowMs - Date.parse(time) < 6 * 86_400_000) {
    return formatter(language, { weekday: 'short', timeZone }).format(new Date(time));
  }
  return formatter(language, { day: 'numeric', month: 'numeric', year: '2-digit', timeZone }).format(new Date(time));
}

/** A countdown "4:05" from seconds; never below 0:00. */
export function countdown(seconds: number): string {
  const s = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}

/** Seconds from now until a time; 0 when it has passed. */
export function secondsUntil(time: string | undefined | null, nowMs: number): number {
  if (!time) return 0;
  return Math.max(0, (Date.parse(time) - nowMs) / 1000);
}

/** A length of time as a person says it: "45 s", "12 min", "3 h". */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
