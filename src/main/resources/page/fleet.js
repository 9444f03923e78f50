/** The fleet: all sensors with their newest values, updated by one stream. */

import { getJson, pages, path, url } from './api.js';
import { showConnecting, showDown, showLive } from './connection.js';
import { element, perFrame, setText } from './dom.js';
import { explainEmpty } from './fleet-empty.js';
import { FleetFilters } from './fleet-filters.js';
import { FleetModel, MOST_SENSORS } from './fleet-model.js';
import { createRow, fillRow, headRow } from './fleet-row.js';
import { go, replaceLink } from './router.js';
import { LiveStream } from './stream.js';
import { formatCount } from './values.js';
import { VirtualList } from './virtual-list.js';

/** Metadata has no stream: names and labels that a person sets appear after this time at the latest. */
const RELOAD_MS = 300_000;
/** The newest values are read when the stream has begun, so that none between the two is missed. At most after this. */
const STREAM_WAIT_MS = 1500;
const RETRY_MS = 10_000;
/** Metadata of sensors that the stream reports first is read one by one, at most this many a second. */
const DESCRIBED_PER_SECOND = 20;
/** A sensor may be live before it is registered: the first wait, doubled until it is too long. */
const REGISTRATION_MS = 3000;
const LONGEST_REGISTRATION_MS = 60_000;
/** A chart of more sensors is not readable. */
const MOST_CHOSEN = 8;
/** Values change at most this often on the screen. */
const FRAME_MS = 100;

/**
 * Shows the fleet.
 *
 * @param {HTMLElement} main where
 * @param {URLSearchParams} params `type`, `site`, `label.<name>`, `q`, `stale`
 * @return {function()} ends it
 */
export function showFleet(main, params) {
  const view = new FleetView(params);
  main.replaceChildren(view.node);
  view.start();
  return () => view.close();
}

class FleetView {
  #filters;
  #model = new FleetModel();
  #chosen = new Set();
  #undescribed = new Map();
  #abort = new AbortController();
  #timers = [];
  #stream = null;
  #received = 0;
  #rate = null;
  #isLoaded = false;
  #downMs = null;
  #retry = 0;
  #rows = [];
  #isSelected = false;
  #slash = null;
  #list;
  #summary;
  #notice;
  #words;
  #staleOnly;
  #chart;
  #empty;
  #draw = perFrame(() => this.#refresh(), FRAME_MS);

  constructor(params) {
    this.#filters = new FleetFilters(params, this.#abort.signal, () => go('fleet', this.#linkParams()));
    this.#list = new VirtualList({
      label: 'Sensors: arrow keys move, Enter opens the chart, Space chooses for a chart of several',
      head: headRow(),
      create: () => createRow(id => this.#choose(id)),
      fill: (node, row) => fillRow(node, row, this.#chosen.has(row.id), this.#knownMs()),
      onKey: (row, key) => (key === 'Enter' ? open([row.id]) : this.#choose(row.id)),
    });
    this.#summary = element('p.summary', { role: 'status', 'aria-live': 'off' });
    this.#notice = element('div.notice', { hidden: true, role: 'alert' });
    this.#words = element('input', {
      type: 'search', value: params.get('q') ?? '', placeholder: 'id, name, label=value', 'aria-keyshortcuts': '/',
      oninput: () => this.#filterByHand(),
    });
    this.#staleOnly = element('input', { type: 'checkbox', onchange: () => this.#filterByHand() });
    this.#staleOnly.checked = params.get('stale') === 'true';
    this.#chart = element('button', { type: 'button', hidden: true, onclick: () => open([...this.#chosen]) });
    this.#empty = element('section.empty', { hidden: true });
    this.node = element('section.view.fleet', { 'aria-label': 'Fleet' },
      element('div.toolbar', {},
        element('label.grow', {}, 'Search', this.#words),
        ...this.#filters.nodes,
        element('label.check', {}, this.#staleOnly, 'Only stale'),
        this.#chart),
      this.#summary, this.#notice, this.#empty, this.#list.node);
  }

  /** Requests the fleet and follows it. */
  start() {
    showConnecting();
    const filters = new URLSearchParams({ mode: 'latest', ...this.#filters.query() });
    const begun = new Promise(resolve => {
      this.#stream = new LiveStream(filters, {
        reading: reading => this.#take(reading),
        gap: () => this.#load(),
        live: () => {
          this.#downMs = null;
          showLive();
          resolve();
          this.#draw();
        },
        down: reason => {
          this.#downMs ??= Date.now();
          showDown(reason);
          this.#draw();
        },
      });
      this.#timers.push(setTimeout(resolve, STREAM_WAIT_MS));
    });
    this.#load(begun);
    this.#timers.push(setInterval(() => this.#tick(), 1000), setInterval(() => this.#load(), RELOAD_MS));
    this.#slash = event => {
      if (event.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? '')) {
        event.preventDefault();
        this.#words.focus();
      }
    };
    addEventListener('keydown', this.#slash);
  }

  close() {
    this.#stream?.close();
    this.#abort.abort();
    this.#timers.forEach(clearTimeout);
    clearTimeout(this.#retry);
    removeEventListener('keydown', this.#slash);
    this.#list.close();
  }

  /** Reads the sensors, and their newest values after `begun`. What neither list has any longer is removed. */
  async #load(begun) {
    const query = { limit: 1000, ...this.#filters.query() };
    const listing = this.#model.beginListing(Date.now());
    try {
      const [isWhole] = await Promise.all([
        this.#describeAll(query, listing),
        Promise.resolve(begun).then(() => this.#observeAll(query, listing)),
        this.#filters.load(),
      ]);
      if (isWhole) {
        this.#model.endListing(listing);
      }
      this.#isLoaded = true;
      this.#showNotice(isWhole ? ''
        : `Shows the first ${formatCount(MOST_SENSORS)} sensors. Select a type, a site or a label to see others.`);
    } catch (error) {
      if (error.name !== 'AbortError') {
        this.#showNotice(`The list is not complete: ${error.message}. It is requested again in 10 s.`);
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#load(), RETRY_MS);
      }
    }
    this.#filter();
  }

  /** Returns whether the list is whole: beyond `MOST_SENSORS` it is not. */
  async #describeAll(query, listing) {
    let count = 0;
    for await (const page of pages('sensors', query, this.#abort.signal)) {
      page.sensors.forEach(sensor => this.#model.describe(sensor, listing));
      count += page.sensors.length;
      this.#filter();
      if (count >= MOST_SENSORS) {
        return page.next === undefined;
      }
    }
    return true;
  }

  async #observeAll(query, listing) {
    let count = 0;
    for await (const page of pages('readings/latest', query, this.#abort.signal)) {
      page.readings.forEach(reading => this.#model.observeListed(reading, listing));
      count += page.readings.length;
      this.#draw();
      if (count >= MOST_SENSORS) {
        return;
      }
    }
  }

  #take(reading) {
    this.#received++;
    const sizeBefore = this.#model.size;
    if (sizeBefore >= MOST_SENSORS && !this.#model.has(reading.sensorId)) {
      return;
    }
    const row = this.#model.observe(reading, Date.now());
    row.isFresh = true;
    if (!row.isDescribed && !this.#undescribed.has(row)) {
      this.#describeLater(row, REGISTRATION_MS);
    }
    if (this.#model.size !== sizeBefore) {
      this.#filter();
    }
    this.#draw();
  }

  /** Every second: ages, the rate, and metadata of sensors that are new. */
  #tick() {
    this.#rate = this.#received;
    this.#received = 0;
    if (this.#staleOnly.checked) {
      this.#filter();
    }
    this.#draw();
    this.#describeNew();
  }

  #describeNew() {
    // The first list describes most of them.
    if (!this.#isLoaded) {
      return;
    }
    let requests = 0;
    for (const [row, { dueMs, waitMs }] of this.#undescribed) {
      if (requests === DESCRIBED_PER_SECOND) {
        return;
      }
      if (Date.now() < dueMs) {
        continue;
      }
      this.#undescribed.delete(row);
      if (!row.isDescribed) {
        requests++;
        getJson(url(path`sensors/${row.id}`), this.#abort.signal).then(
          sensor => {
            this.#model.describe(sensor);
            this.#filter();
          },
          () => this.#describeLater(row, 2 * waitMs)); // Not registered yet, or shredded.
      }
    }
  }

  /** After the longest wait, the next reading or the next list tries again. */
  #describeLater(row, waitMs) {
    if (waitMs < LONGEST_REGISTRATION_MS) {
      this.#undescribed.set(row, { dueMs: Date.now() + waitMs, waitMs });
    }
  }

  /** Selects the rows again, in the next frame: a thousand new sensors are one selection. */
  #filter() {
    this.#isSelected = false;
    this.#draw();
  }

  #filterByHand() {
    replaceLink('fleet', this.#linkParams());
    this.#list.node.scrollTop = 0;
    this.#filter();
  }

  #linkParams() {
    return new URLSearchParams({
      ...this.#filters.query(),
      q: this.#words.value,
      stale: this.#staleOnly.checked ? 'true' : '',
    });
  }

  /** When the page last knew what is new: while it is not live, silence says nothing about the sensors. */
  #knownMs() {
    return this.#downMs ?? Date.now();
  }

  #refresh() {
    const now = this.#knownMs();
    if (!this.#isSelected) {
      this.#isSelected = true;
      this.#rows = this.#model.select({
        words: this.#words.value,
        isStaleOnly: this.#staleOnly.checked,
      }, now);
      this.#list.show(this.#rows);
    }
    const stale = this.#model.staleCount(now);
    const shown = this.#rows.length === this.#model.size ? '' : `${formatCount(this.#rows.length)} of `;
    setText(this.#summary, this.#model.size === 0 ? (this.#isLoaded ? 'No sensors' : 'Loading …')
      : `${shown}${formatCount(this.#model.size)} sensor${this.#model.size === 1 ? '' : 's'}`
        + ` · ${formatCount(stale)} stale`
        + (this.#rate === null ? '' : ` · ${formatCount(this.#rate)} updates/s`));
    this.#showEmpty();
    this.#list.refresh();
  }

  #showEmpty() {
    const isEmpty = this.#isLoaded && this.#model.size === 0;
    this.#empty.hidden = !isEmpty;
    this.#list.node.hidden = isEmpty;
    if (isEmpty && !this.#empty.firstChild) {
      this.#empty.append(...explainEmpty(Object.keys(this.#filters.query()).length > 0));
    }
  }

  #choose(id) {
    if (!this.#chosen.delete(id) && this.#chosen.size < MOST_CHOSEN) {
      this.#chosen.add(id);
    }
    this.#chart.hidden = this.#chosen.size === 0;
    const most = this.#chosen.size === MOST_CHOSEN ? ' (most)' : '';
    setText(this.#chart, `Chart ${this.#chosen.size} sensor${this.#chosen.size === 1 ? '' : 's'}${most}`);
    this.#list.refresh();
  }

  #showNotice(text) {
    this.#notice.hidden = text === '';
    setText(this.#notice, text);
  }
}

function open(ids) {
  const params = new URLSearchParams();
  ids.forEach(id => params.append('id', id));
  go('sensor', params);
}
