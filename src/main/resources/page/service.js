/** The state of the service: dependencies, rates, lag, and the dead letters. */

import { getJson, url } from './api.js';
import { showDown, showHistory, showLive } from './connection.js';
import { explainRefusal } from './credentials.js';
import { element, section, setText, timeNodes } from './dom.js';
import { DeadLetters } from './letters.js';
import { describePeriod, meanMillis, rates, total } from './rates.js';
import { replaceLink } from './router.js';
import { headline, hidesAddresses, nodesOf } from './service-state.js';
import { formatAge, formatAgo, formatSecond, formatUtc, parseDuration } from './time.js';
import { formatCount, formatMillis } from './values.js';

const STATUS_MS = 2000;
/** The service reads the topic for each request. */
const LETTERS_MS = 30_000;

/**
 * Shows the state of the service.
 *
 * @param {HTMLElement} main where
 * @param {URLSearchParams} params `reason` of the dead letters
 * @return {function()} ends it
 */
export function showService(main, params) {
  const view = new ServiceView(params.get('reason') ?? '');
  main.replaceChildren(view.node);
  view.start();
  return () => view.close();
}

class ServiceView {
  #abort = new AbortController();
  #timers = new Set();
  #before = null;
  #beforeMs = 0;
  #downSinceMs = null;

  #headline = element('p.headline', { role: 'status' });
  #facts = element('div.tiles');
  #topics = element('tbody');
  #topicTable = section('Topics', ['Topic', 'Lag', 'Ingested through'], this.#topics);
  #rejected = element('tbody');
  #rejectedTable = section('Rejected since the start of this replica', ['Reason', 'Records'], this.#rejected);
  #nodes = element('tbody');
  #nodeTable = section('Cassandra nodes', ['Node', 'Data center', 'State'], this.#nodes);
  #hidden = element('p.hint', { hidden: true }, 'The service shows the addresses of nodes to other roles than yours.');
  #letters;

  constructor(reason) {
    this.#letters = new DeadLetters(this.#abort.signal, reason,
      other => replaceLink('service', new URLSearchParams({ reason: other })));
    this.#nodeTable.append(this.#hidden);
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
      const elapsedMs = startMs - this.#beforeMs;
      this.#show(status, rates(this.#before, status, elapsedMs), {
        ...meanMillis(this.#before, status), period: describePeriod(this.#before, elapsedMs),
      });
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
    if (error.status === 401) {
      this.#headline.dataset.state = 'unknown';
      setText(this.#headline, explainRefusal(error.message));
      showHistory('No credential');
      return false;
    }
    this.#downSinceMs ??= Date.now();
    this.#headline.dataset.state = 'down';
    setText(this.#headline, `Not reachable since ${formatSecond(this.#downSinceMs)}`
      + ` (${formatUtc(this.#downSinceMs)}): ${error.message}`);
    showDown(error.message);
    return true;
  }

  #show(status, rate, mean) {
    this.#downSinceMs = null;
    const { state, text } = headline(status);
    this.#headline.dataset.state = state;
    setText(this.#headline, text);
    const lags = (status.topics ?? []).map(topic => topic.lag);
    const lag = lags.some(known => known === undefined)
      ? 'unknown'
      : formatCount(lags.reduce((sum, known) => sum + known, 0));
    const perSecond = key => (rate === null ? '…' : `${formatCount(rate[key])}/s`);
    const uptime = parseDuration((status.uptime ?? '').replace(/(\.\d+)?S$/, 'S'));
    // A caller with a scope gets no counters.
    const counters = status.received === undefined ? [] : [
      tile('Received', perSecond('received'), formatCount(status.received)),
      tile('Stored', perSecond('stored'), formatCount(status.stored ?? 0)),
      tile('Rejected', perSecond('rejected'), formatCount(total(status.rejected))),
      tile('Kafka to stored', formatMillis(mean.stored), mean.period),
      tile('Kafka to event', formatMillis(mean.event), mean.period),
    ];
    const streams = status.live === undefined ? [] : [
      tile('Live streams', formatCount(status.live.subscribers ?? 0), 'open here'),
    ];
    this.#facts.replaceChildren(
      ...counters,
      tile('Lag', lag, 'records not durable yet'),
      ...streams,
      tile('Version', status.version ?? '–', Number.isNaN(uptime) ? '' : `up for ${formatAge(uptime)}`));
    this.#showTopics(status.topics ?? []);
    fill(this.#nodeTable, this.#nodes, nodesOf(status).map(node =>
      [[node.address ?? '–'], [node.dataCenter ?? ''], [node.state ?? '']]));
    this.#hidden.hidden = !hidesAddresses(status);
    this.#letters.offer(Object.keys(status.rejected ?? {}));
    fill(this.#rejectedTable, this.#rejected, Object.entries(status.rejected ?? {})
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => [[reason], [formatCount(count)]]));
  }

  #showTopics(topics) {
    const now = Date.now();
    fill(this.#topicTable, this.#topics, topics.map(topic => {
      const through = Date.parse(topic.ingestedThrough ?? '');
      return [
        [topic.topic],
        [topic.lag === undefined ? 'unknown' : formatCount(topic.lag)],
        Number.isNaN(through) ? ['unknown']
          : [`${formatSecond(through)} (${formatAgo(now - through)})`, timeNodes(through)[1]],
      ];
    }));
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

function tile(name, value, hint) {
  return element('div.tile', {},
    element('span.name', {}, name), element('strong', {}, value), element('span.hint', {}, hint));
}

function fill(table, body, rows) {
  table.hidden = rows.length === 0;
  body.replaceChildren(...rows.map(cells => element('tr', {}, ...cells.map(nodes => element('td', {}, ...nodes)))));
}
