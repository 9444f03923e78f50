/** The sensors of a fleet and their newest values. Pure: no DOM, no requests, no clock. */

import { parseDuration } from './time.js';

/** Sorts `boiler-10` behind `boiler-9`. */
const ORDER = new Intl.Collator('en', { numeric: true });

/** More rows than this are not loaded: a filter by type, site or label selects among more. */
export const MOST_SENSORS = 20_000;
/** A list may lack a sensor or a reading that the stream reported so recently: ingest may lag. */
const INGEST_MS = 120_000;

export class FleetModel {
  #rows = new Map();
  #listings = 0;
  #sorted = null;

  /** The number of sensors. */
  get size() {
    return this.#rows.size;
  }

  /** Whether a sensor is known. */
  has(id) {
    return this.#rows.has(id);
  }

  /**
   * Begins to take the lists of sensors and of newest readings.
   *
   * @return {Object} the listing, for the calls that belong to it
   */
  beginListing(now) {
    return { number: ++this.#listings, settledMs: now - INGEST_MS };
  }

  /** Ends two whole lists: sensors and values that they do not have were shredded, deleted, or no longer match. */
  endListing({ number, settledMs }) {
    for (const row of this.#rows.values()) {
      if (!(row.receivedMs < settledMs)) {
        continue;
      }
      if (row.described < number) {
        this.#rows.delete(row.id);
        this.#sorted = null;
      } else if (row.listed < number) {
        Object.assign(row, { ms: NaN, value: undefined, isSilent: true });
      }
    }
  }

  /** Takes the metadata of a sensor, as the API lists it; of a `listing`, if it is a part of one. */
  describe(sensor, listing) {
    const row = this.#row(sensor.sensorId);
    const labels = Object.entries(sensor.labels ?? {}).map(([name, value]) => `${name}=${value}`);
    Object.assign(row, {
      type: sensor.type,
      site: sensor.site ?? '',
      unit: sensor.unit ?? '',
      name: sensor.name ?? '',
      labels,
      expectedMs: parseDuration(sensor.expectedInterval),
      isDescribed: true,
      described: Math.max(row.described, listing?.number ?? 0),
    });
    row.text = [row.id, row.name, row.type, row.site, ...labels].join('\n').toLowerCase();
  }

  /** Takes a newest reading of a listing. It replaces a later one that was deleted. */
  observeListed(reading, { number, settledMs }) {
    const row = this.observe(reading, this.#rows.get(reading.sensorId)?.receivedMs ?? -Infinity);
    row.listed = Math.max(row.listed, number);
    const ms = Date.parse(reading.timestamp);
    if (ms < row.ms && row.receivedMs < settledMs) {
      Object.assign(row, { ms, value: reading.value });
    }
  }

  /**
   * Takes a reading of the stream, received `now`. A reading that is older than the known one changes nothing, however
   * late it arrives.
   *
   * @return {Object} the row; `isDescribed` is false for a sensor whose metadata is not known yet
   */
  observe(reading, now) {
    const row = this.#row(reading.sensorId);
    row.receivedMs = now;
    row.isSilent = false;
    if (reading.type && !row.isDescribed) {
      row.type = reading.type;
    }
    const ms = Date.parse(reading.timestamp);
    if (!(ms < row.ms)) {
      row.ms = ms;
      row.value = reading.value;
    }
    return row;
  }

  /** The rows that match all conditions, in the order of their ids. Empty conditions match everything. */
  select({ words, isStaleOnly }, now) {
    this.#sorted ??= [...this.#rows.values()].sort((one, other) => ORDER.compare(one.id, other.id));
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#sorted.filter(row =>
      (!isStaleOnly || isStale(row, now))
      && wanted.every(word => row.text.includes(word)));
  }

  /** How many sensors are stale. */
  staleCount(now) {
    let count = 0;
    for (const row of this.#rows.values()) {
      count += isStale(row, now) ? 1 : 0;
    }
    return count;
  }

  #row(id) {
    let row = this.#rows.get(id);
    if (!row) {
      row = {
        id, type: '', site: '', unit: '', name: '', labels: [], expectedMs: NaN, isDescribed: false,
        text: id.toLowerCase(), ms: NaN, value: undefined,
        // No reading, as a whole list has none of it.
        isSilent: false,
        // The last listings that had it, and when the stream did.
        described: 0, listed: 0, receivedMs: -Infinity,
      };
      this.#rows.set(id, row);
      this.#sorted = null;
    }
    return row;
  }
}

/**
 * Whether the newest reading is older than twice the expected interval, or there is none, as the API defines it.
 * Without an expected interval, a sensor is never stale.
 */
export function isStale(row, now) {
  return row.isSilent ? row.expectedMs > 0 : now - row.ms > 2 * row.expectedMs;
}
