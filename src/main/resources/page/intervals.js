/** Which windows a chart asks for. Pure. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The widths of the API's `interval=auto`, with their ISO 8601 names; months count as 30 days. */
const INTERVALS = [
  [1000, 'PT1S'], [5000, 'PT5S'], [15_000, 'PT15S'], [30_000, 'PT30S'],
  [MINUTE, 'PT1M'], [5 * MINUTE, 'PT5M'], [15 * MINUTE, 'PT15M'], [30 * MINUTE, 'PT30M'],
  [HOUR, 'PT1H'], [3 * HOUR, 'PT3H'], [6 * HOUR, 'PT6H'], [12 * HOUR, 'PT12H'],
  [DAY, 'P1D'], [7 * DAY, 'P1W'], [30 * DAY, 'P1M'],
  // Beyond those of the API: centuries still fit into a chart.
  [365 * DAY, 'P1Y'], [3650 * DAY, 'P10Y'],
];

/** The readings of a sensor up to which a chart shows each of them instead of windows. */
export const RAW_LIMIT = 1500;

/**
 * The smallest interval that gives at most one window per three pixels.
 *
 * @return {{ms: number, iso: string}}
 */
export function chooseInterval(from, to, widthPx) {
  const points = Math.max(50, Math.min(600, Math.floor(widthPx / 3)));
  const [ms, iso] = INTERVALS.find(([width]) => (to - from) / width <= points) ?? INTERVALS.at(-1);
  return { ms, iso };
}

/** The interval in words: `windows of 5 min`. */
export function describeInterval(iso) {
  const [, amount, unit] = /(\d+)([SMHDWY])$/.exec(iso);
  const isTime = iso.startsWith('PT');
  const name = { S: 's', M: isTime ? 'min' : 'month', H: 'h', D: 'd', W: 'week', Y: 'year' }[unit];
  return `windows of ${amount} ${name}`;
}

/** Whether a chart of these windows should show every reading: there are few enough. */
export function isRawEnough(windows) {
  return windows.reduce((sum, window) => sum + window.count, 0) <= RAW_LIMIT;
}
