/** A list of any length of which only the visible rows are in the document. Rows have one height. */

import { element } from './dom.js';

/** Rows above and below the visible ones, so that scrolling shows no gap before the next frame. */
const MARGIN = 4;

export class VirtualList {
  #rows = [];
  #nodes = [];
  #active = 0;
  #options;
  #observer;

  /**
   * @param {Object} options
   * @param {string} options.label for screen readers
   * @param {Node} options.head the header row
   * @param {function(): HTMLElement} options.create a node for a row
   * @param {function(HTMLElement, Object)} options.fill shows a row in a node
   * @param {function(Object, string)} options.onKey receives `Enter` and ` ` on the active row
   */
  constructor(options) {
    this.#options = options;
    this.spacer = element('div.spacer', { role: 'rowgroup' });
    this.node = element('div.list', { role: 'grid', tabindex: '0', 'aria-label': options.label },
      options.head, this.spacer);
    this.node.addEventListener('scroll', () => requestAnimationFrame(() => this.refresh()), { passive: true });
    this.node.addEventListener('keydown', event => this.#press(event));
    this.#observer = new ResizeObserver(() => this.refresh());
    this.#observer.observe(this.node);
  }

  /** Shows other rows. The position stays. */
  show(rows) {
    this.#rows = rows;
    this.#active = Math.min(this.#active, Math.max(0, rows.length - 1));
    this.node.setAttribute('aria-rowcount', String(rows.length + 1));
    this.refresh();
  }

  /** Fills the visible rows again. */
  refresh() {
    const height = this.#rowHeight();
    // A length and no inline style attribute: the policy of the page allows the former only.
    this.spacer.style.height = `${this.#rows.length * height}px`;
    const first = Math.max(0, Math.floor(this.node.scrollTop / height) - MARGIN);
    const count = Math.min(this.#rows.length - first, Math.ceil(this.node.clientHeight / height) + 2 * MARGIN);
    while (this.#nodes.length < count) {
      const node = this.#options.create();
      this.#nodes.push(node);
      this.spacer.append(node);
    }
    this.#nodes.forEach((node, offset) => {
      node.hidden = offset >= count;
      if (node.hidden) {
        return;
      }
      const index = first + offset;
      node.style.transform = `translateY(${index * height}px)`;
      node.id = `row-${offset}`;
      node.setAttribute('aria-rowindex', String(index + 2));
      node.classList.toggle('active', index === this.#active);
      if (index === this.#active) {
        this.node.setAttribute('aria-activedescendant', node.id);
      }
      this.#options.fill(node, this.#rows[index]);
    });
  }

  /** Stops watching its size. */
  close() {
    this.#observer.disconnect();
  }

  #rowHeight() {
    return parseFloat(getComputedStyle(this.node).getPropertyValue('--row-height')) || 44;
  }

  #press(event) {
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.#rowHeight()) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    const row = this.#rows[this.#active];
    if (step !== undefined && event.target === this.node) {
      event.preventDefault();
      this.#activate(Math.min(this.#rows.length - 1, Math.max(0, this.#active + step)));
    } else if ((event.key === 'Enter' || event.key === ' ') && row && event.target === this.node) {
      event.preventDefault();
      this.#options.onKey(row, event.key);
      this.refresh();
    }
  }

  #activate(index) {
    this.#active = index;
    const height = this.#rowHeight();
    const top = index * height;
    const visible = this.node.clientHeight - this.spacer.offsetTop - height;
    if (top < this.node.scrollTop) {
      this.node.scrollTop = top;
    } else if (top > this.node.scrollTop + visible) {
      this.node.scrollTop = top - visible;
    }
    this.refresh();
  }
}
