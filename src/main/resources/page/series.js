/**
 * The points of a sensor in a chart: history from the API, continued by live readings. Pure, and bounded: a live
 * reading becomes a point of a raw series, or part of a window.
 */

/** Readings that a series keeps from the stream. Beyond it, history is loaded again, which takes its place. */
const MOST_LIVE = 4000;
/** Beyond this, history could not be loaded for long: the oldest are dropped. */
const MOST_KEPT = 2 * MOST_LIVE;
/** The part that is dropped: readings are sorted for it. */
const DROPPED_PART = 0.1;
/** A line is broken where this many usual distances between readings are missing. */
const GAP_FACTOR = 5;
/** A chart axis has no more names of string values. */
const MOST_CATEGORIES = 40;

export class Series {
  #readings = new Map();
  #windows = [];
  #live = new Map();
  #intervalMs = 0;
  #until = -Infinity;
  #newest = null;
  #droppedMs = -Infinity;

  /** @param {{id: string, unit: string, kind: string, expectedMs: number}} sensor */
  constructor(sensor) {
    this.sensor = sensor;
  }

  /** Whether each reading is a point of its own. */
  get isRaw() {
    return this.#intervalMs === 0;
  }

  /** The newest reading, `{ms, value}`: a window has no value of an instant. Null before the first. */
  get newest() {
    return this.#newest;
  }

  /** The latest reading that was dropped, as there were too many, since history was loaded; else -Infinity. */
  get droppedMs() {
    return this.#droppedMs;
  }

  /** Takes a reading that may be the newest. */
  observe(ms, value) {
    if (this.#newest === null || ms >= this.#newest.ms) {
      this.#newest = { ms, value };
    }
  }

  /** Whether there are so many live readings that history should be loaded again. */
  isFull(rawLimit) {
    return this.#live.size > MOST_LIVE || this.#readings.size > 2 * rawLimit;
  }

  /** Takes all readings before `until`. Live ones from then on stay: none of a range in the past, which has no end. */
  setReadings(readings, until) {
    const later = [...(this.isRaw ? this.#readings : this.#live)].filter(([ms]) => ms >= until);
    this.#readings = new Map([...readings.map(({ timestamp, value }) => [Date.parse(timestamp), value]), ...later]);
    this.#windows = [];
    this.#live = new Map();
    this.#intervalMs = 0;
    this.#until = until;
    this.#droppedMs = -Infinity;
    const last = readings.at(-1);
    if (last) {
      this.observe(Date.parse(last.timestamp), last.value);
    }
  }

  /** Takes all windows before `until`; the last one ends there. Live readings from `until` on stay. */
  setWindows(windows, intervalMs, until) {
    const later = [...(this.isRaw ? this.#readings : this.#live)].filter(([ms]) => ms >= until);
    this.#windows = windows.map(window => ({
      ...window, start: Date.parse(window.start), end: Date.parse(window.end), last: window.last?.value ?? null,
    }));
    this.#live = new Map(later);
    this.#readings = new Map();
    this.#intervalMs = intervalMs;
    this.#until = until;
    this.#droppedMs = -Infinity;
  }

  /**
   * Takes a live reading.
   *
   * @return {boolean} whether it is shown; false if it belongs to a window of history, which must be loaded again
   */
  add(ms, value) {
    this.observe(ms, value);
    if (!this.isRaw && ms < this.#until) {
      return false;
    }
    const readings = this.isRaw ? this.#readings : this.#live;
    readings.set(ms, value);
    if (readings.size > MOST_KEPT) {
      this.#dropOldest(readings);
    }
    return true;
  }

  #dropOldest(readings) {
    const times = [...readings.keys()].sort((one, other) => one - other).slice(0, Math.ceil(MOST_KEPT * DROPPED_PART));
    times.forEach(ms => readings.delete(ms));
    this.#droppedMs = Math.max(this.#droppedMs, times.at(-1));
  }

  /** Forgets what ends before an instant. */
  trim(from) {
    for (const readings of [this.#readings, this.#live]) {
      for (const ms of readings.keys()) {
        if (ms < from) {
          readings.delete(ms);
        }
      }
    }
    // The clipped first window is kept while a part of it is visible.
    this.#windows = this.#windows.filter(window => window.end > from);
  }

  /** The points in order of time, each `{ms, count, min, max, value}`; `value` is null in a gap. */
  points() {
    return this.isRaw ? this.#rawPoints() : this.#windowPoints();
  }

  #rawPoints() {
    const sorted = [...this.#readings].sort(([one], [other]) => one - other);
    const points = sorted.map(([ms, value]) => ({ ms, end: ms, count: 1, min: value, max: value, value }));
    return withGaps(points, this.#gapMs(points));
  }

  #gapMs(points) {
    const { expectedMs, kind } = this.sensor;
    if (expectedMs > 0) {
      return 2 * expectedMs;
    }
    // A step holds its value until the next one: such sensors report changes only.
    return kind === 'number' ? GAP_FACTOR * medianDistance(points) : Infinity;
  }

  #windowPoints() {
    const isStep = this.sensor.kind !== 'number';
    const points = [];
    for (const window of this.#allWindows()) {
      if (window.count > 0 || !isStep) {
        points.push({
          ms: isStep ? window.start : (window.start + window.end) / 2,
          start: window.start,
          end: window.end,
          count: window.count,
          min: window.count > 0 ? window.min : null,
          max: window.count > 0 ? window.max : null,
          value: window.count === 0 ? null : isStep ? window.last : window.avg,
        });
      }
    }
    return points;
  }

  /** The windows of history, and those of the live readings: the last of history goes on. */
  #allWindows() {
    const all = [...this.#windows];
    let last = all.pop();
    const start = last?.start ?? Math.floor(this.#until / this.#intervalMs) * this.#intervalMs;
    const live = [...this.#live].sort(([one], [other]) => one - other);
    for (const [ms, value] of live) {
      const begin = start + Math.floor((ms - start) / this.#intervalMs) * this.#intervalMs;
      if (!last || begin > last.start) {
        if (last) {
          all.push(last);
        }
        // Empty windows between them are gaps.
        for (let empty = (last?.start ?? begin) + this.#intervalMs; empty < begin; empty += this.#intervalMs) {
          all.push(emptyWindow(empty, empty + this.#intervalMs));
        }
        last = emptyWindow(begin, begin + this.#intervalMs);
      }
      last = extended(last, ms, value);
    }
    if (last) {
      all.push(last);
    }
    return all;
  }
}

function emptyWindow(start, end) {
  return { start, end, count: 0, min: null, max: null, avg: null, last: null };
}

function extended(window, ms, value) {
  const next = { ...window, end: Math.max(window.end, ms), count: window.count + 1, last: value };
  if (typeof value === 'string') {
    return next;
  }
  const number = Number(value);
  const numbers = window.avg === null ? 0 : window.count;
  next.min = window.min === null ? number : Math.min(window.min, number);
  next.max = window.max === null ? number : Math.max(window.max, number);
  next.avg = ((window.avg ?? 0) * numbers + number) / (numbers + 1);
  return next;
}

/** The points, with an empty one in each distance longer than `gapMs`. */
export function withGaps(points, gapMs) {
  const all = [];
  points.forEach((point, index) => {
    const before = points[index - 1];
    if (before && point.ms - before.ms > gapMs) {
      const middle = (before.ms + point.ms) / 2;
      all.push({ ms: middle, end: middle, count: 0, min: null, max: null, value: null });
    }
    all.push(point);
  });
  return all;
}

/** The median distance between neighbors; infinite for fewer than three points. */
function medianDistance(points) {
  if (points.length < 3) {
    return Infinity;
  }
  const distances = points.slice(1).map((point, index) => point.ms - points[index].ms);
  distances.sort((one, other) => one - other);
  return distances[Math.floor(distances.length / 2)];
}

/** The distinct string values of points, in order of appearance: a step chart draws their positions. */
export function categories(points) {
  const names = [...new Set(points.map(point => point.value).filter(value => value !== null).map(String))];
  return names.length <= MOST_CATEGORIES ? names : [...names.slice(0, MOST_CATEGORIES - 1), 'other'];
}

/** What the legend says of the points: the newest, the extremes, and the mean weighted by readings. */
export function summarize(points) {
  const known = points.filter(point => point.value !== null);
  const numbers = known.filter(point => typeof point.value === 'number');
  const count = known.reduce((sum, point) => sum + point.count, 0);
  const numberCount = numbers.reduce((sum, point) => sum + point.count, 0);
  return {
    count,
    newest: known.at(-1) ?? null,
    min: numbers.length === 0 ? null : Math.min(...numbers.map(point => point.min)),
    max: numbers.length === 0 ? null : Math.max(...numbers.map(point => point.max)),
    mean: numbers.length === 0 ? null
      : numbers.reduce((sum, point) => sum + point.value * point.count, 0) / numberCount,
  };
}
