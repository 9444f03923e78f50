/** Reads what a chart shows of a sensor: windows, or each reading where these are few. */

import { getJson, path, url } from './api.js';
import { chooseInterval, isRawEnough, RAW_LIMIT } from './intervals.js';
import { formatUtc, parseDuration } from './time.js';
import { kindOf } from './values.js';

/** A page of the API. A range with more readings is shown as windows. */
const PAGE = 10_000;

/**
 * Metadata of a sensor, the kind of its values, and its newest reading.
 *
 * @return {Promise<{sensor: Object, newest: {ms: number, value: *}|null}>} `newest` is null without readings
 */
export async function readSensor(id, signal) {
  const [sensor, newest] = await Promise.all([
    getJson(url(path`sensors/${id}`), signal),
    getJson(url(path`sensors/${id}/readings/latest`), signal).catch(error => {
      if (error.status === 404) {
        return null;
      }
      throw error;
    }),
  ]);
  return {
    sensor: {
      id,
      unit: sensor.unit ?? '',
      name: sensor.name ?? '',
      kind: kindOf(newest?.value ?? 0),
      expectedMs: parseDuration(sensor.expectedInterval),
    },
    newest: newest && { ms: Date.parse(newest.timestamp), value: newest.value },
  };
}

/** The request for windows. `from` and `to` are in a form of the API. */
export function windowsUrl(sensor, from, to, interval) {
  return url(path`sensors/${sensor.id}/aggregates`, {
    from, to, interval,
    functions: sensor.kind === 'number' ? 'count,min,max,avg' : 'count,min,max,avg,last',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    fill: 'null',
  });
}

/** A chart of the newest readings shows about this many. */
const NEWEST_READINGS = 200;
/** Beyond this, an earlier reading does not belong to the newest ones. */
const LONGEST_SILENCE_MS = 10 * 365 * 86_400_000;

/**
 * A range that ends behind the newest reading of a sensor. It has the length of another, or more for a sensor that
 * reports so seldom that a chart would have a few points only.
 *
 * @return {Promise<{from: number, to: number}>} in milliseconds
 */
export async function rangeOfNewest(id, newestMs, lengthMs, signal) {
  const to = newestMs + 1;
  const { readings } = await getJson(url(path`sensors/${id}/readings`, {
    from: formatUtc(to - Math.max(lengthMs, LONGEST_SILENCE_MS)), to: formatUtc(to),
    order: 'desc', limit: NEWEST_READINGS,
  }), signal).catch(error => {
    // The service may bound the range of a page.
    if (error.status === 400) {
      return { readings: [] };
    }
    throw error;
  });
  const oldest = readings.at(-1);
  return { from: Math.min(to - lengthMs, oldest ? Date.parse(oldest.timestamp) : to), to };
}

/** The request for each reading. */
export function readingsUrl(sensor, from, to, query = { limit: PAGE }) {
  return url(path`sensors/${sensor.id}/readings`, { from, to, ...query });
}

/**
 * The history of a sensor in a range, for a chart of a width. One request, and a second one if readings are few.
 *
 * @return {Promise<{readings: Object[]}|{windows: Object[], interval: {ms: number, iso: string}}>} with `meta`
 */
export async function readHistory(sensor, { from, to }, widthPx, signal) {
  const interval = chooseInterval(from, to, widthPx);
  const [start, end] = [formatUtc(from), formatUtc(to)];
  // So short a range has no more readings than a chart can show, by one a millisecond.
  if (to - from > RAW_LIMIT) {
    const { windows, meta } = await getJson(windowsUrl(sensor, start, end, interval.iso), signal);
    if (!isRawEnough(windows)) {
      return { windows, interval, meta };
    }
  }
  const { readings, meta } = await getJson(readingsUrl(sensor, start, end), signal);
  return { readings, meta };
}
