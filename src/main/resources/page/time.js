/** Instants, ranges and ages: what people type and read. Pure; `now` is always an argument. */

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const RELATIVE = /^now(?:-(\d{1,9})([smhdw]))?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/i;
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?$/;

/** The milliseconds of `now`, `now-15m`, RFC 3339, epoch milliseconds, or a date in the viewer's zone; else NaN. */
export function parseInstant(text, now) {
  const trimmed = text.trim();
  const relative = RELATIVE.exec(trimmed);
  if (relative) {
    return now - (relative[1] ? Number(relative[1]) * UNIT_MS[relative[2]] : 0);
  }
  if (/^-?\d{6,16}$/.test(trimmed)) {
    return Number(trimmed);
  }
  if (INSTANT.test(trimmed)) {
    return Date.parse(trimmed);
  }
  const local = LOCAL.exec(trimmed);
  if (!local) {
    return NaN;
  }
  const [year, month, day, hour, minute, second] = local.slice(1, 7).map(part => Number(part ?? 0));
  const date = new Date(year, month - 1, day, hour, minute, second, Number((local[7] ?? '0').padEnd(3, '0')));
  // Date moves the 31st of a short month into the next one; that is a typing error here.
  return date.getMonth() === month - 1 && date.getDate() === day ? date.getTime() : NaN;
}

/** Whether a text moves with the clock. */
export function isRelative(text) {
  return RELATIVE.test(text.trim());
}

/** The form that the API takes: relative times stay as they are, all others are UTC. */
export function toApiTime(text, now) {
  return isRelative(text) ? text.trim() : new Date(parseInstant(text, now)).toISOString();
}

/** A range from two texts, in milliseconds; `problem` names what cannot be read. */
export function parseRange(from, to, now) {
  const range = { from: parseInstant(from, now), to: parseInstant(to, now) };
  if (Number.isNaN(range.from) || Number.isNaN(range.to)) {
    const wrong = Number.isNaN(range.from) ? from : to;
    return { problem: `“${wrong}” is not a time; use 2026-01-31 12:00, 2026-01-31T12:00:00Z, now or now-15m` };
  }
  return range.from < range.to ? range : { problem: 'The range is empty: its start is not before its end' };
}

const pad = (number, digits = 2) => String(number).padStart(digits, '0');

/** Date and time in the viewer's zone: `2026-01-31 12:34:56`, with milliseconds if there are any. */
export function formatLocal(ms) {
  const date = new Date(ms);
  const day = `${pad(date.getFullYear(), 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const fraction = date.getMilliseconds() === 0 ? '' : `.${pad(date.getMilliseconds(), 3)}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}${fraction}`;
}

/** The same without milliseconds. */
export function formatSecond(ms) {
  return formatLocal(ms).slice(0, 19);
}

/** The time of the day in the viewer's zone: `12:34:56`. */
export function formatTimeOfDay(ms) {
  return formatLocal(ms).slice(11, 19);
}

/** The same instant in UTC, as the API writes it. */
export function formatUtc(ms) {
  return new Date(ms).toISOString();
}

/** The viewer's zone, with its offset at an instant: `Europe/Berlin (UTC+01:00)`. */
export function zoneName(ms) {
  const minutes = -new Date(ms).getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset = `UTC${minutes < 0 ? '−' : '+'}${pad(hours)}:${pad(rest)}`;
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return minutes === 0 && /^(Etc\/)?UTC$/.test(name) ? 'UTC' : `${name} (${offset})`;
}

/** How long ago, in one unit: `now`, `12 s`, `3 min`, `5 h`, `2 d`. The future has a sign. */
export function formatAge(ms) {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const sign = ms < -1500 ? 'in ' : '';
  if (seconds < 2) {
    return 'now';
  }
  if (seconds < 100) {
    return `${sign}${seconds} s`;
  }
  if (seconds < 5940) {
    return `${sign}${Math.round(seconds / 60)} min`;
  }
  return seconds < 172_800
    ? `${sign}${Math.round(seconds / 3600)} h`
    : `${sign}${Math.round(seconds / 86_400)} d`;
}

/** The same in a sentence: `12 s ago`. */
export function formatAgo(ms) {
  const age = formatAge(ms);
  return age === 'now' || age.startsWith('in ') ? age : `${age} ago`;
}

/** The milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds; NaN for others. */
export function parseDuration(text) {
  const parts = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text ?? '');
  if (!parts || text.length < 3) {
    return NaN;
  }
  const [weeks, days, hours, minutes, seconds] = parts.slice(1).map(part => Number(part ?? 0));
  return weeks * UNIT_MS.w + days * UNIT_MS.d + hours * UNIT_MS.h + minutes * UNIT_MS.m + seconds * UNIT_MS.s;
}
