/**
 * Builds elements. Ids and values come from strangers, so content is only ever text: no function here takes HTML.
 */

import { formatSecond, formatUtc } from './time.js';

/**
 * Creates an element.
 *
 * @param {string} tag its name, with classes behind dots: `span.value`
 * @param {Object} attributes by name; `on…` adds a listener, `true` an empty attribute, null and false none
 * @param {...(Node|string|number|null)} children nodes, or text
 */
export function element(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  if (classes.length > 0) {
    node.className = classes.join(' ');
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      node.addEventListener(key.slice(2), value);
    } else if (value === true) {
      node.setAttribute(key, '');
    } else if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(key, value);
    }
  }
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

/**
 * Sets the text of a node, and leaves the layout alone if it is the same.
 *
 * @return {boolean} whether it is another text
 */
export function setText(node, text) {
  const isOther = node.textContent !== text;
  if (isOther) {
    node.textContent = text;
  }
  return isOther;
}

/** An instant for people: in the viewer's zone, and in UTC. Nothing if it is unknown (NaN). */
export function timeNodes(ms) {
  return Number.isNaN(ms) ? []
    : [element('span', {}, formatSecond(ms)), element('span.hint', {}, formatUtc(ms))];
}

/** A table with a title. On a phone it scrolls sideways, also by the keyboard. */
export function section(title, columns, body) {
  const head = element('tr', {}, ...columns.map(column => element('th', { scope: 'col' }, column)));
  return element('section', {}, element('h2', {}, title),
    element('div.scroll', { tabindex: '0', role: 'group', 'aria-label': title },
      element('table', {}, element('thead', {}, head), body)));
}

/** A draw is followed by a rest of this many times its duration. */
const REST_FACTOR = 3;
/** A draw may also wait, for example for the first download of the library for charts. */
const MAX_REST_MS = 1000;

/**
 * Returns a function that requests a call of `draw` in a frame: one call, however often it is requested until then.
 *
 * @param {function(): (Promise|void)} draw
 * @param {number} restMs the time between two calls, at least: drawing more often only costs processor time
 */
export function perFrame(draw, restMs) {
  let isRequested = false;
  let nextMs = -Infinity;
  const start = () => requestAnimationFrame(async () => {
    isRequested = false;
    const beginMs = performance.now();
    nextMs = beginMs + restMs;
    await draw();
    const endMs = performance.now();
    nextMs = Math.max(nextMs, endMs + Math.min(MAX_REST_MS, REST_FACTOR * (endMs - beginMs)));
  });
  return () => {
    if (!isRequested) {
      isRequested = true;
      const waitMs = nextMs - performance.now();
      if (waitMs > 0) {
        setTimeout(start, waitMs);
      } else {
        start();
      }
    }
  };
}

/** A button that copies a text, and reports that it did. */
export function copyButton(text, label = 'Copy') {
  const button = element('button.quiet', { type: 'button' }, label);
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = 'Copied';
    } catch {
      // The clipboard needs HTTPS or localhost: leave the text selected for the keyboard.
      const shown = button.parentElement?.querySelector('code');
      if (shown) {
        getSelection().selectAllChildren(shown);
      }
      button.textContent = 'Press Ctrl+C';
    }
    setTimeout(() => (button.textContent = label), 2000);
  });
  return button;
}
