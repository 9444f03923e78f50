/** The sensors of a fleet and their newest values. Pure: no DOM, no requests, no clock. */

import { parseDuration } from './time.js';

/** Sorts `boiler-10` behind `boiler-9`. */
const ORDER = new Intl.Collator('en', { numeric: true });

/** More rows than this are not loaded: a filter by type or site selects among more. */
export const MOST_SENSORS = 20_000;

export class FleetModel {
  #rows = new Map();
  #sorted = null;

  /** The number of sensors. */
  get size() {
    return this.#rows.size;
  }

  /** Whether a sensor is known. */
  has(id) {
    return this.#rows.has(id);
  }

  /** All sites and types, sorted, as a filter needs them. */
  choices() {
    const rows = [...this.#rows.values()];
    const distinct = key => [...new Set(rows.map(row => row[key]).filter(Boolean))].sort(ORDER.compare);
    return { types: distinct('type'), sites: distinct('site') };
  }

  /** Takes the metadata of a sensor, as the API lists it. */
  describe(sensor) {
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
    });
    row.text = [row.id, row.name, row.type, row.site, ...labels].join('\n').toLowerCase();
  }

  /**
   * Takes a reading. A reading that is older than the known one changes nothing, however late it arrives.
   *
   * @return {Object} the row; `isDescribed` is false for a sensor whose metadata is not known yet
   */
  observe(reading) {
    const row = this.#row(reading.sensorId);
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
  select({ type, site, words, isStaleOnly }, now) {
    this.#sorted ??= [...this.#rows.values()].sort((one, other) => ORDER.compare(one.id, other.id));
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#sorted.filter(row =>
      (!type || row.type === type)
      && (!site || row.site === site)
      && (!isStaleOnly || isStale(row, now))
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
      };
      this.#rows.set(id, row);
      this.#sorted = null;
    }
    return row;
  }
}

/** Whether the newest reading is older than twice the expected interval, as the API defines it. */
export function isStale(row, now) {
  return now - row.ms > 2 * row.expectedMs;
}
