/**
 * Follows a live stream, for as long as its view is open. It reconnects by itself, resumes behind the last id, and
 * always states whether it is live.
 *
 * `fetch` instead of `EventSource`: it sees heartbeats, so a dead connection is noticed; it sees the status of a
 * refusal; and it keeps ids that come without an event, so that a quiet stream resumes too (decision 0081).
 */

import { ApiError, request, url } from './api.js';
import { authorization } from './credentials.js';
import { eventParser } from './events.js';

/** The service sends a heartbeat every 15 s. Without any byte for this long, the connection is dead. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** The wait before an attempt, doubled each time, with jitter so that many pages do not return at once. Pure. */
export function waitMs(attempt, random) {
  return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt) * (0.5 + random / 2);
}

export class LiveStream {
  #query;
  #on;
  #lastId = '';
  #abort = new AbortController();
  #wake = () => {};

  /**
   * @param {URLSearchParams} query of `GET /readings/stream`
   * @param {{reading: function(Object), gap: function(string), live: function(), down: function(string)}} on
   *     `reading` for each reading; `gap` if readings are missing, with the reason: the caller must load again;
   *     `live` on each connection; `down` when it ends, with the reason
   */
  constructor(query, on) {
    this.#query = query;
    this.#on = on;
    this.#follow();
  }

  /** Ends it. Nothing is reported afterwards. */
  close() {
    this.#abort.abort();
    this.#wake();
  }

  async #follow() {
    const online = () => this.#wake();
    addEventListener('online', online);
    for (let attempt = 0; !this.#abort.signal.aborted; attempt++) {
      let reason;
      try {
        reason = await this.#connect(() => (attempt = 0));
      } catch (error) {
        reason = this.#failure(error);
      }
      if (!this.#abort.signal.aborted) {
        this.#on.down(reason);
        await this.#sleep(waitMs(attempt, Math.random()));
      }
    }
    removeEventListener('online', online);
  }

  /** Reads one connection to its end, and returns why it ended. */
  async #connect(onLive) {
    const connection = new AbortController();
    const end = () => connection.abort();
    this.#abort.signal.addEventListener('abort', end);
    let watch = setTimeout(end, SILENCE_MS);
    let reason = 'the connection ended';
    try {
      const answer = await request(await this.#address(connection.signal), {
        signal: connection.signal,
        headers: { Accept: 'text/event-stream' },
      });
      let isLive = false;
      const parse = eventParser(
        event => (reason = this.#take(event) ?? reason),
        id => {
          this.#lastId = id || this.#lastId;
          // By contract, each record that Kafka acknowledges from the first block on is delivered.
          if (!isLive) {
            isLive = true;
            onLive();
            this.#on.live();
          }
        });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return reason;
        }
        clearTimeout(watch);
        watch = setTimeout(end, SILENCE_MS);
        parse(value);
      }
    } catch (error) {
      if (error.name === 'AbortError') {
        return 'no heartbeat arrived';
      }
      throw error;
    } finally {
      clearTimeout(watch);
      this.#abort.signal.removeEventListener('abort', end);
    }
  }

  /** Reports an event; the reason of a goodbye. */
  #take(event) {
    if (event.name === 'message') {
      this.#on.reading(JSON.parse(event.data));
    } else if (event.name === 'gap') {
      this.#on.gap(JSON.parse(event.data).reason);
    } else if (event.name === 'goodbye') {
      return `the service ended the stream: ${JSON.parse(event.data).reason}`;
    }
    return null;
  }

  #failure(error) {
    // An id of a recreated service, or one that is too old to be read: begin again, and report what may be missing.
    if (error instanceof ApiError && error.status === 400 && this.#lastId !== '') {
      this.#lastId = '';
      this.#on.gap('resume-refused');
    }
    return error instanceof ApiError ? error.message : 'the connection broke';
  }

  async #address(signal) {
    const query = new URLSearchParams(this.#query);
    const ticket = await this.#ticket(signal);
    if (ticket !== null) {
      query.set('ticket', ticket);
    }
    if (this.#lastId !== '') {
      query.set('lastEventId', this.#lastId);
    }
    return url('readings/stream', query);
  }

  /** A ticket for the stream, if the caller has a credential and the service issues tickets. */
  async #ticket(signal) {
    if (authorization() === null) {
      return null;
    }
    const body = {};
    for (const name of this.#query.keys()) {
      // As `url` does: the ticket is for exactly these parameters.
      const values = this.#query.getAll(name).filter(value => value !== '');
      if (values.length > 0) {
        body[name] = name === 'sensor' ? values : values[0];
      }
    }
    try {
      const answer = await request(url('stream-tickets'), {
        method: 'POST',
        signal,
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify(body),
      });
      return (await answer.json()).ticket;
    } catch (error) {
      if (error instanceof ApiError && [404, 405].includes(error.status)) {
        return null;
      }
      throw error;
    }
  }

  #sleep(ms) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
