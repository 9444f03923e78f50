/**
 * What a chart shows of its sensors: history, continued by the stream. Bounded, however long it stays open: history
 * replaces the live readings when there are many.
 */

import { ApiError } from './api.js';
import { readHistories, readSensor } from './history.js';
import { RAW_LIMIT } from './intervals.js';
import { Series } from './series.js';
import { LiveStream } from './stream.js';
import { formatSecond, formatUtc } from './time.js';

/** History ends this long before now: newer readings may not be durable yet, and come from the stream. */
const SETTLE_MS = 10_000;
/** A late reading belongs to history, which is loaded again: at most this often. */
const LATE_WAIT_MS = 5000;
const RETRY_MS = 10_000;
/** Ingest always lags a little. A view that follows the present says so only beyond this. */
const SHORT_LAG_MS = 60_000;
/** History is loaded again regularly, for corrections: after a part of the range, within these bounds. */
const REFRESHES_PER_RANGE = 20;
const SHORTEST_REFRESH_MS = 60_000;
const LONGEST_REFRESH_MS = 1_800_000;

const REASONS = {
  'ingest-lag': 'not everything is stored yet',
  retention: 'the range begins before the retention',
  damaged: 'stored data is damaged',
  consistency: 'this read level may miss readings',
};

export class ChartData {
  #ids;
  #on;
  #all = [];
  #stream = null;
  #loads = 0;
  #late = 0;
  #refresh = 0;
  #abort = new AbortController();

  /** The ids that have no series, with the reason. */
  missing = new Map();
  /** The windows that the series consist of; null if every reading is a point. */
  interval = null;
  /** Whether the points are not those of the range yet. */
  isLoading = true;
  /** What live readings are missing from the view; empty if none. */
  #loss = '';
  #problem = '';

  /**
   * @param {string[]} ids
   * @param {{range: function(): {from: number, to: number, isFollowing: boolean}, width: function(): number,
   *     change: function(), notice: function(string), live: function(), down: function(string)}} on
   *     `range` and `width` are asked for each load; `change` when points changed; `notice` what the viewer must know,
   *     empty if nothing
   */
  constructor(ids, on) {
    this.#ids = ids;
    this.#on = on;
  }

  /** The series that have points, in the order of the ids. */
  get series() {
    return this.#all;
  }

  /** Shows another range: loads it, and opens or closes the stream. */
  show() {
    if (!this.#on.range().isFollowing) {
      this.#stream?.close();
      this.#stream = null;
    }
    this.isLoading = true;
    this.#load();
  }

  /** Ends with the view. */
  get signal() {
    return this.#abort.signal;
  }

  /** Forgets what ends before an instant, and that readings from before it were dropped. */
  trim(from) {
    this.#all.forEach(series => series.trim(from));
    this.#explainLoss(from);
  }

  close() {
    this.#abort.abort();
    this.#stream?.close();
    clearTimeout(this.#late);
    clearTimeout(this.#refresh);
  }

  /** Reads history, and keeps the live readings behind it. */
  async #load() {
    const load = ++this.#loads;
    const range = this.#on.range();
    const until = range.isFollowing ? Math.max(range.from + 1, range.to - SETTLE_MS) : range.to;
    let isAgainSoon = false;
    try {
      const asked = { from: range.from, to: until };
      const histories = await this.#loadAll(asked, range.isFollowing, load);
      if (load !== this.#loads) {
        return;
      }
      if (range.isFollowing && this.#stream === null) {
        this.#follow(until);
      }
      this.isLoading = false;
      this.#loss = '';
      isAgainSoon = this.#explain(histories, range.isFollowing) === 'ingest-lag';
    } catch (error) {
      if (error.name === 'AbortError' || load !== this.#loads) {
        return;
      }
      isAgainSoon = true;
      this.#explainProblem(`${error.message}. It is requested again in 10 s.`);
    }
    this.#on.change();
    this.#loadAgainAfter(isAgainSoon ? RETRY_MS : range.isFollowing ? refreshMs(range.to - range.from) : Infinity);
  }

  /** Reads the history of all sensors. Returns those that have one. */
  async #loadAll(range, isFollowing, load) {
    const all = (await Promise.all(this.#ids.map(id => this.#seriesOf(id)))).filter(series => series !== null);
    if (all.length === 0) {
      return [];
    }
    let histories;
    let reason = 'the service does not know this sensor any longer';
    try {
      histories = await readHistories(all.map(({ sensor }) => sensor), range, this.#on.width(), this.signal);
    } catch (error) {
      if (!isFinal(error)) {
        throw error;
      }
      [histories, reason] = [new Map(), error.message];
    }
    for (const series of load === this.#loads ? all : []) {
      const history = histories.get(series.sensor.id);
      if (history) {
        this.#take(series, history, isFollowing ? range.to : Infinity);
      } else {
        this.#all = this.#all.filter(one => one !== series);
        this.missing.set(series.sensor.id, reason);
      }
    }
    return [...histories.values()];
  }

  /** The series of a sensor; null if there is no such sensor for this caller. */
  async #seriesOf(id) {
    const known = this.#all.find(one => one.sensor.id === id);
    if (known) {
      return known;
    }
    try {
      const { sensor, newest } = await readSensor(id, this.signal);
      const series = new Series(sensor);
      if (newest) {
        series.observe(newest.ms, newest.value);
      }
      return series;
    } catch (error) {
      if (isFinal(error)) {
        this.missing.set(id, error.message);
        return null;
      }
      throw error;
    }
  }

  #take(series, history, liveFrom) {
    if (history.readings) {
      series.setReadings(history.readings, liveFrom);
    } else {
      series.setWindows(history.windows, history.interval.ms, liveFrom);
    }
    if (!this.#all.includes(series)) {
      this.missing.delete(series.sensor.id);
      this.#all.push(series);
      if (this.#stream !== null) {
        // The stream has reported this new sensor before it had a series: its first readings come with history.
        this.#loadSoon(SETTLE_MS);
      }
      this.#all.sort((one, other) => this.#ids.indexOf(one.sensor.id) - this.#ids.indexOf(other.sensor.id));
    }
  }

  /** States what the points are, and whether any may be missing: returns the reason. */
  #explain(histories, isFollowing) {
    this.interval = histories.find(history => history.interval)?.interval ?? null;
    const incomplete = histories.find(history => history.meta?.complete === false)?.meta;
    const isStated = incomplete && !(isFollowing && isShortLag(incomplete, Date.now()));
    this.#explainProblem(isStated
      ? `This view may miss readings: ${REASONS[incomplete.reason] ?? incomplete.reason ?? 'unknown reason'}.` : '');
    return incomplete?.reason;
  }

  #explainProblem(text) {
    this.#problem = text;
    this.#on.notice([this.#problem, this.#loss].filter(Boolean).join(' '));
  }

  /** History does not load, for example while Cassandra is unavailable, but the stream goes on. */
  #explainLoss(from) {
    const loss = lossOf(Math.max(...this.#all.map(series => series.droppedMs)), from);
    if (loss !== this.#loss) {
      this.#loss = loss;
      this.#explainProblem(this.#problem);
    }
  }

  /** Opens the stream where history ends, so that no reading between the two is missing. */
  #follow(since) {
    const query = new URLSearchParams({ since: formatUtc(since) });
    this.#ids.forEach(id => query.append('sensor', id));
    this.#stream = new LiveStream(query, {
      reading: reading => this.#add(reading),
      gap: () => this.#load(),
      live: this.#on.live,
      down: this.#on.down,
    });
  }

  #add(reading) {
    const series = this.#all.find(one => one.sensor.id === reading.sensorId);
    const isShown = series?.add(Date.parse(reading.timestamp), reading.value) ?? false;
    if (!isShown || series.isFull(RAW_LIMIT)) {
      this.#loadSoon(LATE_WAIT_MS);
    }
    this.#on.change();
  }

  #loadSoon(ms) {
    this.#late ||= setTimeout(() => {
      this.#late = 0;
      this.#load();
    }, ms);
  }

  #loadAgainAfter(ms) {
    clearTimeout(this.#refresh);
    if (ms < Infinity && !this.#abort.signal.aborted) {
      this.#refresh = setTimeout(() => this.#load(), ms);
    }
  }
}

/** Whether the same request fails again. */
function isFinal(error) {
  return error instanceof ApiError && [400, 403, 404].includes(error.status);
}

function refreshMs(spanMs) {
  return Math.min(LONGEST_REFRESH_MS, Math.max(SHORTEST_REFRESH_MS, spanMs / REFRESHES_PER_RANGE));
}

/** What the viewer must know of the dropped readings; nothing if all of them are from before the range. Pure. */
export function lossOf(droppedMs, from) {
  return droppedMs >= from
    ? `Live readings up to ${formatSecond(droppedMs)} are left out until history can be loaded.` : '';
}

/** Whether ingest is so little behind that the stream has what history lacks. Pure. */
export function isShortLag({ reason, ingestedThrough }, now) {
  const through = Object.values(ingestedThrough ?? {}).map(Date.parse);
  return reason === 'ingest-lag' && through.length > 0 && now - Math.min(...through) < SHORT_LAG_MS;
}
