/** One chart over history and live readings of one or several sensors. */

import { getJson, url } from './api.js';
import { Chart } from './chart.js';
import { ChartData } from './chart-data.js';
import { showConnecting, showDown, showHistory, showLive } from './connection.js';
import { authorization } from './credentials.js';
import { copyButton, element, perFrame, setText } from './dom.js';
import { toCsv, toCurl } from './export.js';
import { rangeOfNewest, readingsUrl, windowsUrl } from './history.js';
import { chooseInterval, describeInterval } from './intervals.js';
import { Legend } from './legend.js';
import { NewestHint, newestBefore } from './newest-hint.js';
import { go, replaceLink } from './router.js';
import { summarize } from './series.js';
import { formatSecond, formatUtc, isRelative, parseRange, toApiTime } from './time.js';
import { formatCount, formatValue } from './values.js';

const RANGES = [
  ['5 min', 'now-5m'], ['15 min', 'now-15m'], ['1 h', 'now-1h'], ['6 h', 'now-6h'], ['24 h', 'now-24h'],
  ['7 d', 'now-7d'], ['30 d', 'now-30d'], ['1 y', 'now-365d'],
];
/** A chart of more sensors is not readable. */
const MOST_SENSORS = 8;
/** The chart is drawn at most this often. */
const FRAME_MS = 100;
/** A range that follows the present moves at least this often. */
const STEP_MS = 1000;
/** The API has milliseconds. */
const SHORTEST_RANGE_MS = 20;
/** A selection that ends this close to now, as a part of it, still follows the present. */
const NEAR_NOW = 0.02;

/**
 * Shows the chart.
 *
 * @param {HTMLElement} main where
 * @param {URLSearchParams} params `id` repeated, `from`, `to`
 * @return {function()} ends it
 */
export function showSensor(main, params) {
  if (params.getAll('id').length === 0) {
    main.replaceChildren(chooser());
    showHistory('No sensor');
    return () => {};
  }
  const view = new SensorView(params);
  main.replaceChildren(view.node);
  view.start();
  return () => view.close();
}

function chooser() {
  return element('section.view.empty', { 'aria-label': 'Sensor' },
    element('h2', {}, 'Which sensor?'),
    element('p', {}, 'Choose one in the ', element('a', { href: '#/fleet' }, 'fleet'), ', or type its id.'),
    adder('Sensor', id => go('sensor', new URLSearchParams({ id }))));
}

/** A field for an id, with suggestions. */
function adder(label, onAdd) {
  const list = element('datalist', { id: 'ids' });
  const suggest = async () => {
    if (list.childElementCount === 0) {
      const { sensors } = await getJson(url('sensors', { limit: 1000 }));
      list.replaceChildren(...sensors.map(sensor => new Option(sensor.name ?? '', sensor.sensorId)));
    }
  };
  const input = element('input', {
    name: 'id', list: 'ids', autocomplete: 'off', spellcheck: 'false', placeholder: 'sensor id',
    onfocus: () => suggest().catch(() => {}), // Suggestions are a convenience.
  });
  const add = event => {
    event.preventDefault();
    if (input.value.trim() !== '') {
      onAdd(input.value.trim());
    }
  };
  return element('form.add', { onsubmit: add },
    element('label', {}, label, input), list, element('button', {}, 'Show'));
}

class SensorView {
  #ids;
  #from;
  #to;
  #data;
  #shown = [];
  #pointMs = null;
  #stepping = 0;
  #isClosed = false;
  #drawSoon = perFrame(() => this.#draw(), FRAME_MS);

  #chart = new Chart({ select: (from, to) => this.#select(from, to), point: ms => this.#point(ms) });
  #legend = new Legend(id => this.#showSensors(this.#ids.filter(one => one !== id)));
  #info = element('p.summary', { role: 'status', 'aria-live': 'off' });
  #notice = element('div.notice', { hidden: true, role: 'alert' });
  #hint = new NewestHint(newest => this.#showNewest(newest));
  #curl = element('code');
  #fields;
  #buttons;

  constructor(params) {
    this.#ids = [...new Set(params.getAll('id'))].slice(0, MOST_SENSORS);
    this.#from = params.get('from') || 'now-1h';
    this.#to = params.get('to') || 'now';
    this.#data = new ChartData(this.#ids, {
      range: () => ({ ...this.#range(), isFollowing: this.#isFollowing() }),
      width: () => this.#chart.width,
      change: () => this.#drawSoon(),
      notice: text => this.#showNotice(text),
      live: showLive,
      down: showDown,
    });
    const field = (name, value) => element('input', { name, value, autocomplete: 'off', spellcheck: 'false' });
    this.#fields = { from: field('from', this.#from), to: field('to', this.#to) };
    this.#buttons = RANGES.map(([label, from]) =>
      element('button.quiet', { type: 'button', 'data-from': from, onclick: () => this.#show(from, 'now') }, label));
    this.node = this.#layout();
  }

  #layout() {
    const { from, to } = this.#fields;
    const step = (label, text, action) =>
      element('button.quiet', { type: 'button', 'aria-label': label, title: label, onclick: action }, text);
    const apply = event => {
      event.preventDefault();
      this.#show(from.value, to.value);
    };
    return element('section.view.sensor', { 'aria-label': 'Sensor' },
      element('div.toolbar', {},
        element('div.group', { role: 'group', 'aria-label': 'Range' }, ...this.#buttons),
        element('form.range', { onsubmit: apply },
          element('label', {}, 'From', from), element('label', {}, 'To', to), element('button', {}, 'Show')),
        element('div.group', { role: 'group', 'aria-label': 'Move and zoom' },
          step('Earlier', '←', () => this.#chart.pan(-0.5)), step('Later', '→', () => this.#chart.pan(0.5)),
          step('Zoom in', '+', () => this.#chart.zoom(0.5)), step('Zoom out', '−', () => this.#chart.zoom(2)))),
      this.#info, this.#notice, this.#hint.node, this.#chart.node, this.#legend.node,
      adder('Add a sensor', id => this.#showSensors([...this.#ids, id])),
      element('div.toolbar.exports', {},
        element('button.quiet', { type: 'button', onclick: () => this.#download() }, 'CSV of this view'),
        element('details', {}, element('summary', {}, 'curl of this view'),
          element('pre.command', {}, this.#curl, copyButton(() => this.#curl.textContent)))));
  }

  start() {
    this.#showRange();
    this.#stepping = setInterval(() => this.#isFollowing() && this.#drawSoon(), STEP_MS);
  }

  close() {
    this.#isClosed = true;
    this.#data.close();
    this.#chart.close();
    clearInterval(this.#stepping);
  }

  /** The range in milliseconds; with `problem` if it cannot be read. */
  #range() {
    return parseRange(this.#from, this.#to, Date.now());
  }

  /** Whether the range ends at the present, so that live readings belong to it. */
  #isFollowing() {
    return this.#to === 'now';
  }

  /** Shows another range, if it can be read. */
  #show(from, to) {
    const range = parseRange(from, to, Date.now());
    if (range.problem) {
      this.#showNotice(range.problem);
      return;
    }
    const wasFollowing = this.#isFollowing();
    this.#from = isRelative(from) ? from.trim() : formatUtc(range.from);
    this.#to = isRelative(to) ? to.trim() : formatUtc(range.to);
    replaceLink('sensor', this.#params(this.#ids));
    this.#showRange(wasFollowing);
  }

  #showRange(wasFollowing = false) {
    this.#fields.from.value = this.#from;
    this.#fields.to.value = this.#to;
    for (const button of this.#buttons) {
      button.setAttribute('aria-pressed', String(this.#isFollowing() && button.dataset.from === this.#from));
    }
    const { problem } = this.#range();
    if (problem) {
      this.#showNotice(problem);
      return;
    }
    if (!this.#isFollowing()) {
      showHistory('History');
    } else if (!wasFollowing) {
      showConnecting();
    }
    this.#data.show();
  }

  /** A fixed range that ends behind a reading. */
  async #showNewest({ id, ms }) {
    const { from, to } = this.#range();
    try {
      const range = await rangeOfNewest(id, ms, to - from, this.#data.signal);
      this.#show(formatUtc(range.from), formatUtc(range.to));
    } catch (error) {
      if (error.name !== 'AbortError') {
        this.#showNotice(error.message);
      }
    }
  }

  /** A selected range is fixed, unless it reaches the present of a view that follows it. */
  #select(from, to) {
    const now = Date.now();
    if (to - from < SHORTEST_RANGE_MS) {
      return;
    }
    if (this.#isFollowing() && Math.abs(to - now) < (to - from) * NEAR_NOW) {
      this.#show(`now-${Math.max(1, Math.round((now - from) / 1000))}s`, 'now');
    } else {
      this.#show(formatUtc(from), formatUtc(to));
    }
  }

  async #draw() {
    const range = this.#range();
    if (this.#isClosed || range.problem) {
      return;
    }
    if (this.#isFollowing()) {
      this.#data.trim(range.from);
    }
    this.#shown = this.#data.series.map(series => ({ series, points: series.points() }));
    await this.#chart.draw(this.#shown, range);
    this.#drawLegend();
    // While another range is loading, the points are still those of the last one.
    this.#hint.draw(this.#data.isLoading ? null : newestBefore(this.#shown, range.from));
    this.#describe(range);
  }

  #drawLegend() {
    this.#legend.draw(this.#shown, this.#data.missing, this.#pointMs, this.#isFollowing());
  }

  #point(ms) {
    if (this.#pointMs !== ms) {
      this.#pointMs = ms;
      this.#drawLegend();
    }
  }

  #describe(range) {
    const { interval } = this.#data;
    const points = this.#shown.reduce((sum, { points: all }) => sum + all.length, 0);
    setText(this.#info, `${formatSecond(range.from)} to ${formatSecond(range.to)}`
      + ` · ${interval === null ? 'every reading' : describeInterval(interval.iso)} · ${formatCount(points)} points`);
    this.#info.title = `${formatUtc(range.from)} to ${formatUtc(range.to)}`;
    setText(this.#curl, this.#commands(range));
    this.#chart.node.setAttribute('aria-label', `Chart. ${this.#shown.map(({ series, points: all }) => {
      const { newest, min, max } = summarize(all);
      return `${series.sensor.id}: newest ${formatValue(newest?.value)} ${series.sensor.unit}, `
        + `from ${formatValue(min)} to ${formatValue(max)}`;
    }).join('; ')}`);
  }

  #commands(range) {
    const [from, to] = [toApiTime(this.#from, range.to), toApiTime(this.#to, range.to)];
    const { iso } = chooseInterval(range.from, range.to, this.#chart.width);
    const sensors = isRaw => this.#shown.map(({ series }) => series)
      .filter(series => series.isRaw === isRaw).map(series => series.sensor);
    const [raw, others] = [sensors(true), sensors(false)];
    return toCurl([
      ...(others.length > 0 ? [windowsUrl(others, from, to, iso)] : []),
      ...(raw.length > 0 ? [readingsUrl(raw, from, to, { format: 'csv' })] : []),
    ], authorization());
  }

  #download() {
    const csv = toCsv(this.#shown.map(({ series, points }) =>
      ({ id: series.sensor.id, isRaw: series.isRaw, points })));
    const address = URL.createObjectURL(new Blob([csv], { type: 'text/csv' }));
    element('a', { href: address, download: `${this.#ids.join('-').slice(0, 60)}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  #showSensors(ids) {
    go('sensor', this.#params(ids));
  }

  #params(ids) {
    const params = new URLSearchParams();
    ids.forEach(id => params.append('id', id));
    params.set('from', this.#from);
    params.set('to', this.#to);
    return params;
  }

  #showNotice(text) {
    this.#notice.hidden = text === '';
    setText(this.#notice, text);
  }
}
