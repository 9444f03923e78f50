/**
 * A list of any length of which only the visible rows are in the document. Rows have one height.
 *
 * Scrolling moves the nodes that leave on one side to the other, and fills only these: a node stays with its row.
 */

import { element } from './dom.js';

/** Rows above and below the visible ones, so that scrolling shows no gap before the next frame. */
const MARGIN = 4;
const DEFAULT_ROW_HEIGHT = 44;

export class VirtualList {
  #rows = [];
  #nodes = [];
  #first = 0;
  #active = 0;
  #height = 0;
  #rowHeight = DEFAULT_ROW_HEIGHT;
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
    this.node.addEventListener('scroll', () => requestAnimationFrame(() => this.#draw(false)), { passive: true });
    this.node.addEventListener('keydown', event => this.#press(event));
    this.#observer = new ResizeObserver(() => this.#measure());
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
    this.#draw(true);
  }

  /** Measured here only: a style or a size that is read while nodes change costs a layout. */
  #measure() {
    this.#height = this.node.clientHeight;
    this.#rowHeight = parseFloat(getComputedStyle(this.node).getPropertyValue('--row-height')) || DEFAULT_ROW_HEIGHT;
    this.#nodes.forEach(node => (node.index = -1));
    this.refresh();
  }

  /** Places the nodes, and fills those that show another row; with `isAll` the others, too. */
  #draw(isAll) {
    const shown = Math.ceil(this.#height / this.#rowHeight) + 2 * MARGIN;
    // A list that has become shorter is scrolled beyond its end until its height is set.
    const last = Math.max(0, this.#rows.length - shown);
    const first = Math.min(last, Math.max(0, Math.floor(this.node.scrollTop / this.#rowHeight) - MARGIN));
    const count = Math.min(this.#rows.length - first, shown);
    // A length and no inline style attribute: the policy of the page allows the former only.
    this.spacer.style.height = `${this.#rows.length * this.#rowHeight}px`;
    while (this.#nodes.length < count) {
      const node = this.#options.create();
      node.id = `row-${this.#nodes.length}`;
      this.#nodes.push(node);
      this.spacer.append(node);
    }
    this.#rotate(first);
    this.#nodes.forEach((node, offset) => {
      node.hidden = offset >= count;
      if (!node.hidden) {
        this.#place(node, first + offset, isAll);
      }
    });
  }

  /** Keeps the nodes in the order of the rows, also for screen readers. */
  #rotate(first) {
    const step = first - this.#first;
    this.#first = first;
    if (step === 0 || Math.abs(step) >= this.#nodes.length) {
      return;
    }
    const moved = step > 0 ? this.#nodes.splice(0, step) : this.#nodes.splice(step);
    if (step > 0) {
      this.#nodes.push(...moved);
      this.spacer.append(...moved);
    } else {
      this.#nodes.unshift(...moved);
      this.spacer.prepend(...moved);
    }
  }

  #place(node, index, isAll) {
    const row = this.#rows[index];
    if (node.index !== index) {
      node.index = index;
      node.style.transform = `translateY(${index * this.#rowHeight}px)`;
      node.setAttribute('aria-rowindex', String(index + 2));
    }
    node.classList.toggle('active', index === this.#active);
    if (index === this.#active) {
      this.node.setAttribute('aria-activedescendant', node.id);
    }
    if (isAll || node.row !== row) {
      node.row = row;
      this.#options.fill(node, row);
    }
  }

  /** Stops watching its size. */
  close() {
    this.#observer.disconnect();
  }

  #press(event) {
    const page = Math.max(1, Math.floor(this.#height / this.#rowHeight) - 2);
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
    const height = this.#rowHeight;
    const top = index * height;
    const visible = this.#height - this.spacer.offsetTop - height;
    if (top < this.node.scrollTop) {
      this.node.scrollTop = top;
    } else if (top > this.node.scrollTop + visible) {
      this.node.scrollTop = top - visible;
    }
    this.refresh();
  }
}
