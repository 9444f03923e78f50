/** The state of the service: dependencies, rates, lag, and the dead letters. */

import { ApiError, getJson, request, url } from './api.js';
import { showDown, showHistory, showLive } from './connection.js';
import { element, setText } from './dom.js';
import { isUp, rates, total } from './rates.js';
import { formatAge, formatAgo, formatLocal, formatUtc, parseDuration } from './time.js';
import { formatCount } from './values.js';

const STATUS_MS = 2000;
/** The service reads the topic for each request. */
const LETTERS_MS = 30_000;
const LETTERS = 50;

/**
 * Shows the state of the service.
 *
 * @param {HTMLElement} main where
 * @return {function()} ends it
 */
export function showService(main) {
  const view = new ServiceView();
  main.replaceChildren(view.node);
  view.start();
  return () => view.close();
}

class ServiceView {
  #abort = new AbortController();
  #timers = new Set();
  #before = null;
  #beforeMs = 0;
  #downSince = new Map();

  #headline = element('p.headline', { role: 'status' });
  #facts = element('div.tiles');
  #topics = element('tbody');
  #topicTable = section('Topics', ['Topic', 'Lag', 'Ingested through'], this.#topics);
  #rejected = element('tbody');
  #rejectedTable = section('Rejected since the start of this replica', ['Reason', 'Records'], this.#rejected);
  #nodes = element('tbody');
  #nodeTable = section('Cassandra nodes', ['Node', 'Data center', 'State'], this.#nodes);
  #letters = new DeadLetters(this.#abort.signal);

  constructor() {
    this.node = element('section.view.service', { 'aria-label': 'Service' },
      this.#headline, this.#facts, this.#topicTable, this.#nodeTable, this.#rejectedTable, this.#letters.node);
    [this.#topicTable, this.#nodeTable, this.#rejectedTable].forEach(table => (table.hidden = true));
  }

  start() {
    this.#repeat(STATUS_MS, () => this.#readStatus());
    this.#repeat(LETTERS_MS, () => this.#letters.read());
  }

  close() {
    this.#abort.abort();
    this.#timers.forEach(clearTimeout);
  }

  /** Returns false if it is not worth a repetition. */
  async #readStatus() {
    const startMs = performance.now();
    try {
      const status = await getJson(url('status'), this.#abort.signal);
      this.#show(status, rates(this.#before, status, startMs - this.#beforeMs));
      this.#before = status;
      this.#beforeMs = startMs;
      showLive();
      return true;
    } catch (error) {
      if (error.name === 'AbortError') {
        return false;
      }
      return this.#fail(error);
    }
  }

  #fail(error) {
    if (error.status === 404) {
      this.#headline.dataset.state = 'unknown';
      setText(this.#headline, 'This service does not offer its status.');
      showHistory('No status');
      return false;
    }
    if (error.status === 403) {
      this.#headline.dataset.state = 'unknown';
      setText(this.#headline, `You may not see the status: ${error.message}`);
      showHistory('Not allowed');
      return false;
    }
    this.#headline.dataset.state = 'down';
    setText(this.#headline, `${this.#sinceHere('service', false)}: ${error.message}`);
    showDown(error.message);
    return true;
  }

  #show(status, rate) {
    this.#sinceHere('service', true);
    const kafka = { name: 'Kafka', ...state(status.kafka) };
    const cassandra = { name: 'Cassandra', ...state(status.cassandra) };
    const down = [kafka, cassandra].filter(dependency => !dependency.isUp);
    this.#headline.dataset.state = down.length > 0 || !status.ready ? 'down' : 'up';
    setText(this.#headline, down.length > 0
      ? down.map(({ name, since }) => `${name} does not answer${since ? ` since ${formatLocal(since)}` : ''}`)
        .join(' · ')
      : status.ready ? 'Everything answers' : 'This replica is not ready: it starts or stops');
    const lags = (status.topics ?? []).map(topic => topic.lag);
    const lag = lags.some(known => known === undefined)
      ? 'unknown'
      : formatCount(lags.reduce((sum, known) => sum + known, 0));
    const perSecond = key => (rate === null ? '…' : `${formatCount(rate[key])}/s`);
    const uptime = parseDuration((status.uptime ?? '').replace(/(\.\d+)?S$/, 'S'));
    this.#facts.replaceChildren(
      tile('Received', perSecond('received'), formatCount(status.received ?? 0)),
      tile('Stored', perSecond('stored'), formatCount(status.stored ?? 0)),
      tile('Rejected', perSecond('rejected'), formatCount(total(status.rejected))),
      tile('Lag', lag, 'records not durable yet'),
      tile('Live streams', formatCount(status.live?.subscribers ?? 0), 'open here'),
      tile('Version', status.version ?? '–', Number.isNaN(uptime) ? '' : `up for ${formatAge(uptime)}`));
    this.#showTopics(status.topics ?? []);
    const nodes = status.cassandra?.nodes;
    fill(this.#nodeTable, this.#nodes, (Array.isArray(nodes) ? nodes : []).map(node =>
      [node.address ?? '–', node.dataCenter ?? '', node.state ?? '']));
    fill(this.#rejectedTable, this.#rejected, Object.entries(status.rejected ?? {})
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => [reason, formatCount(count)]));
  }

  #showTopics(topics) {
    const now = Date.now();
    fill(this.#topicTable, this.#topics, topics.map(topic => {
      const through = Date.parse(topic.ingestedThrough ?? '');
      return [
        topic.topic,
        topic.lag === undefined ? 'unknown' : formatCount(topic.lag),
        Number.isNaN(through) ? 'unknown' : `${formatLocal(through).slice(0, 19)} (${formatAgo(now - through)})`,
      ];
    }));
  }

  /** Since when this page sees the service down. */
  #sinceHere(name, isAnswering) {
    if (isAnswering) {
      this.#downSince.delete(name);
      return '';
    }
    if (!this.#downSince.has(name)) {
      this.#downSince.set(name, Date.now());
    }
    return `Not reachable since ${formatLocal(this.#downSince.get(name)).slice(0, 19)}`;
  }

  #repeat(ms, action) {
    action().then(isAgain => {
      if (isAgain && !this.#abort.signal.aborted) {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          this.#repeat(ms, action);
        }, ms);
        this.#timers.add(timer);
      }
    });
  }
}

/** The newest rejected records, and their replay. */
class DeadLetters {
  #signal;
  #rows = element('tbody');
  #table = section('Dead letters', ['Time', 'Reason', 'Topic', 'Key', 'Detail', 'Record', ''], this.#rows);
  #message = element('p.summary', { role: 'status' });
  #shown = '';

  constructor(signal) {
    this.#signal = signal;
    this.#table.append(this.#message);
    this.#table.querySelector('.scroll').hidden = true;
    this.node = this.#table;
  }

  /** Returns false if it is not worth a repetition. */
  async read() {
    try {
      const body = await getJson(url('dead-letters', { limit: LETTERS }), this.#signal);
      const letters = body.letters ?? [];
      // The same letters keep their rows: a pointer may be on a button.
      const text = JSON.stringify(letters);
      if (text !== this.#shown) {
        this.#shown = text;
        this.#rows.replaceChildren(...letters.map(letter => this.#row(letter)));
        this.#table.querySelector('.scroll').hidden = letters.length === 0;
        setText(this.#message, letters.length === 0 ? 'No record was rejected.' : '');
      }
      return true;
    } catch (error) {
      if (error.name === 'AbortError') {
        return false;
      }
      const isPermanent = error instanceof ApiError && [401, 403, 404].includes(error.status);
      setText(this.#message, error.status === 404 ? 'This service does not offer its dead letters.'
        : error.status === 403 ? `You may not see dead letters: ${error.message}` : error.message);
      return !isPermanent;
    }
  }

  #row(letter) {
    const ms = Date.parse(letter.rejectedAt ?? '');
    const record = letter.bodyLeftOut ? '(left out: too large)' : letter.body ?? letter.bodyBase64 ?? '';
    const replay = () => this.#replay(letter.id, button);
    const button = element('button.quiet.small', { type: 'button', onclick: replay }, 'Replay');
    return element('tr', {},
      Number.isNaN(ms) ? element('td') : element('td', { title: formatUtc(ms) }, formatLocal(ms).slice(0, 19)),
      element('td', {}, letter.reason ?? ''),
      element('td', {}, letter.topic ?? ''),
      element('td', {}, letter.key ?? letter.keyBase64 ?? ''),
      element('td', {}, letter.detail ?? ''),
      element('td', {}, element('code.record', { title: String(record).slice(0, 2000) }, String(record).slice(0, 200))),
      element('td', {}, letter.id === undefined ? '' : button));
  }

  async #replay(id, button) {
    button.disabled = true;
    try {
      const answer = await request(url('dead-letters/replay', { id }), { method: 'POST', signal: this.#signal });
      const { replayed, skipped = [] } = await answer.json();
      setText(button, replayed > 0 ? 'Sent again' : 'Not sent');
      if (skipped.length > 0) {
        setText(this.#message, `Not replayed: ${skipped[0].detail}`);
      }
    } catch (error) {
      button.disabled = false;
      setText(this.#message, `Not replayed: ${error.message}`);
    }
  }
}

function state(dependency) {
  const since = Date.parse(dependency?.since ?? '');
  return { isUp: isUp(dependency), since: Number.isNaN(since) ? null : since };
}

function section(title, columns, body) {
  return element('section', {}, element('h2', {}, title), element('div.scroll', {}, element('table', {},
    element('thead', {}, element('tr', {}, ...columns.map(column => element('th', { scope: 'col' }, column)))), body)));
}

function tile(name, value, hint) {
  return element('div.tile', {},
    element('span.name', {}, name), element('strong', {}, value), element('span.hint', {}, hint));
}

function fill(table, body, rows) {
  table.hidden = rows.length === 0;
  body.replaceChildren(...rows.map(cells => element('tr', {}, ...cells.map(text => element('td', {}, text)))));
}
