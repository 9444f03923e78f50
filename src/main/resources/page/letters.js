/** The newest rejected records, by reason, and their replay. */

import { ApiError, getJson, request, url } from './api.js';
import { explainRefusal } from './credentials.js';
import { element, section, setText, timeNodes } from './dom.js';

const LETTERS = 50;
const MOST_SHOWN = 200;
const MOST_IN_TITLE = 2000;

/**
 * Bytes of a record as the API has them: text, or base64 of what is not UTF-8. Pure.
 *
 * @return {{text: string, isBase64: boolean}}
 */
export function bytesOf(text, base64) {
  return { text: text ?? base64 ?? '', isBase64: text === undefined && base64 !== undefined };
}

export class DeadLetters {
  #signal;
  #rows = element('tbody');
  #message = element('p.summary', { role: 'status' });
  #reason;
  #scroll;
  #shown = '';

  /**
   * @param {AbortSignal} signal ends requests
   * @param {string} reason the selected one; empty for all
   * @param {function(string)} onSelect receives the reason that the viewer selects
   */
  constructor(signal, reason, onSelect) {
    this.#signal = signal;
    this.#reason = element('select', {
      name: 'reason',
      onchange: () => {
        onSelect(this.#reason.value);
        this.read();
      },
    }, new Option('All reasons', ''));
    if (reason !== '') {
      this.#reason.append(new Option(reason, reason, true, true));
    }
    this.node = section('Dead letters', ['Time', 'Reason', 'Topic', 'Key', 'Detail', 'Record', ''], this.#rows);
    this.#scroll = this.node.querySelector('.scroll');
    this.#scroll.hidden = true;
    this.node.classList.add('letters');
    this.#scroll.before(element('div.toolbar', {}, element('label', {}, 'Reason', this.#reason)));
    this.node.append(this.#message);
  }

  /** Offers reasons to select. */
  offer(reasons) {
    const present = new Set([...this.#reason.options].map(option => option.value));
    this.#reason.append(...reasons.filter(code => !present.has(code)).map(code => new Option(code, code)));
  }

  /** Returns false if it is not worth a repetition. */
  async read() {
    const reason = this.#reason.value;
    try {
      const body = await getJson(url('dead-letters', { limit: LETTERS, reason }), this.#signal);
      if (reason === this.#reason.value) {
        this.#show(body.letters ?? [], reason, body.next !== undefined);
      }
      return true;
    } catch (error) {
      if (error.name === 'AbortError') {
        return false;
      }
      if (reason !== this.#reason.value) {
        return true;
      }
      const isPermanent = error instanceof ApiError && [401, 403, 404].includes(error.status);
      const texts = {
        401: explainRefusal(error.message),
        403: `You may not see dead letters: ${error.message}`,
        404: 'This service does not offer its dead letters.',
      };
      setText(this.#message, texts[error.status] ?? error.message);
      this.#shown = null; // The next letters take the place of this text.
      return !isPermanent;
    }
  }

  #show(letters, reason, hasMore) {
    // The same letters keep their rows: a pointer may be on a button.
    const text = JSON.stringify([reason, letters]);
    if (text === this.#shown) {
      return;
    }
    this.#shown = text;
    this.#rows.replaceChildren(...letters.map(letter => this.#row(letter)));
    this.#scroll.hidden = letters.length === 0;
    setText(this.#message, letters.length > 0 ? ''
      : hasMore ? 'The newest letters have none of this reason; older ones may.'
        : reason === '' ? 'No record was rejected.' : 'No record was rejected for this reason.');
  }

  #row(letter) {
    const replay = () => this.#replay(letter.id, button);
    const button = element('button.quiet.small', { type: 'button', onclick: replay }, 'Replay');
    return element('tr', {},
      element('td', {}, ...timeNodes(Date.parse(letter.rejectedAt ?? ''))),
      element('td', {}, letter.reason ?? ''),
      element('td', {}, letter.topic ?? ''),
      element('td', {}, ...byteNodes(letter.key, letter.keyBase64)),
      element('td', {}, letter.detail ?? ''),
      element('td', {},
        ...(letter.bodyLeftOut ? ['(left out: too large)'] : byteNodes(letter.body, letter.bodyBase64)),
        headerNode(letter.headers ?? [])),
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

function byteNodes(text, base64, tag = 'code.record') {
  const bytes = bytesOf(text, base64);
  return [
    bytes.isBase64 ? element('span.hint', {}, 'base64') : null,
    element(tag, { title: bytes.text.slice(0, MOST_IN_TITLE) }, bytes.text.slice(0, MOST_SHOWN)),
  ];
}

/** The headers of a record, behind a title; null without any. */
function headerNode(headers) {
  return headers.length === 0 ? null : element('details', {},
    element('summary', {}, headers.length === 1 ? '1 header' : `${headers.length} headers`),
    ...headers.map(({ name, value, valueBase64 }) =>
      element('div.header', {}, `${name}: `, ...byteNodes(value, valueBase64, 'code'))));
}
