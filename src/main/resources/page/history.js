/** Reads what a chart shows of its sensors: windows, or each reading where these are few. */

import { getJson, getLines, path, url } from './api.js';
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

/** The request for windows of one or several sensors. `from` and `to` are in a form of the API. */
export function windowsUrl(sensors, from, to, interval) {
  const query = {
    from, to, interval,
    functions: sensors.every(({ kind }) => kind === 'number') ? 'count,min,max,avg' : 'count,min,max,avg,last',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    fill: 'null',
  };
  return sensors.length === 1
    ? url(path`sensors/${sensors[0].id}/aggregates`, query)
    : url('aggregates', named(sensors, { by: 'sensor', ...query }));
}

/** The request for each reading of one or several sensors. */
export function readingsUrl(sensors, from, to, query = {}) {
  return sensors.length === 1
    ? url(path`sensors/${sensors[0].id}/readings`, { from, to, ...query })
    : url('readings', named(sensors, { from, to, ...query }));
}

function named(sensors, query) {
  return new URLSearchParams([...sensors.map(({ id }) => ['sensor', id]), ...Object.entries(query)]);
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

/**
 * The history of sensors in a range, for a chart of a width. One request, and a second one for those with few readings.
 *
 * @return {Promise<Map<string, {readings: Object[]}|{windows: Object[], interval: {ms: number, iso: string}}>>} by id,
 *     with `meta`; without sensors that the service does not know any longer
 */
export async function readHistories(sensors, { from, to }, widthPx, signal) {
  const histories = new Map();
  const interval = chooseInterval(from, to, widthPx);
  const [start, end] = [formatUtc(from), formatUtc(to)];
  let few = sensors;
  // So short a range has no more readings than a chart can show, by one a millisecond.
  if (to - from > RAW_LIMIT) {
    const answer = await getJson(windowsUrl(sensors, start, end, interval.iso), signal);
    const all = new Map((answer.series ?? [{ ...answer, sensorId: sensors[0].id }])
      .map(({ sensorId, windows }) => [sensorId, { windows, interval, meta: answer.meta }]));
    few = sensors.filter(({ id }) => all.has(id) && isRawEnough(all.get(id).windows));
    few.forEach(({ id }) => all.delete(id));
    all.forEach((history, id) => histories.set(id, history));
  }
  if (few.length > 0) {
    const { readings, meta } = await readReadings(few, start, end, signal);
    few.forEach(({ id }) => histories.set(id, { readings: readings.get(id) ?? [], meta }));
  }
  return histories;
}

/** Each reading by sensor. Only of one sensor are they a page of JSON. */
async function readReadings(sensors, from, to, signal) {
  if (sensors.length === 1) {
    const { readings, meta } = await getJson(readingsUrl(sensors, from, to, { limit: PAGE }), signal);
    return { readings: new Map([[sensors[0].id, readings]]), meta };
  }
  const { lines, headers } = await getLines(readingsUrl(sensors, from, to), signal);
  const readings = new Map();
  for (const reading of lines) {
    if (!readings.has(reading.sensorId)) {
      readings.set(reading.sensorId, []);
    }
    readings.get(reading.sensorId).push(reading);
  }
  return { readings, meta: metaOf(headers) };
}

/** The headers of a stream as the `meta` of a document. Pure. */
export function metaOf(headers) {
  const through = headers.get('telltale-ingested-through') ?? '';
  return {
    complete: headers.get('telltale-complete') !== 'false',
    reason: headers.get('telltale-reason') ?? undefined,
    ingestedThrough: Object.fromEntries(through.split(', ').filter(Boolean).map(topic => topic.split('='))),
  };
}
