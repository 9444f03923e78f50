/** The table below a chart: each sensor with its value under the cursor, else its newest, and what the range holds. */

import { nearestPoint } from './columns.js';
import { element, setText } from './dom.js';
import { summarize } from './series.js';
import { formatLocal, formatUtc } from './time.js';
import { formatCount, formatValue } from './values.js';

const TITLES = ['Sensor', 'Value', 'Time', 'Min', 'Mean', 'Max', 'Readings', ''];

export class Legend {
  #rows = new Map();
  #body = element('tbody');
  #onRemove;

  /** @param {function(string)} onRemove receives the id of a sensor to remove */
  constructor(onRemove) {
    this.#onRemove = onRemove;
    this.node = element('div.scroll', {}, element('table.legend', {},
      element('caption.hidden', {}, 'Sensors of the chart'),
      element('thead', {}, element('tr', {}, ...TITLES.map(title => element('th', { scope: 'col' }, title)))),
      this.#body));
  }

  /**
   * Shows the sensors. Rows are kept, so that a focused button stays focused.
   *
   * @param {Array<{series: Series, points: Object[]}>} shown
   * @param {Map<string, string>} missing ids without points, with the reason
   * @param {number|null} pointMs the instant under the cursor
   * @param {boolean} isFollowing whether the range ends at the present
   */
  draw(shown, missing, pointMs, isFollowing) {
    const ids = [...shown.map(({ series }) => series.sensor.id), ...missing.keys()];
    if (ids.join('\n') !== [...this.#rows.keys()].join('\n')) {
      this.#rows = new Map(ids.map((id, index) => [id, this.#row(id, index, missing.has(id))]));
      this.#body.replaceChildren(...[...this.#rows.values()].map(row => row.node));
    }
    for (const { series, points } of shown) {
      this.#fill(this.#rows.get(series.sensor.id), series, points, pointMs, isFollowing);
    }
    for (const [id, reason] of missing) {
      setText(this.#rows.get(id).cells[0], reason);
    }
  }

  #row(id, index, isMissing) {
    const cells = TITLES.slice(1, -1).map((title, column) => element(column === 0 ? 'td.value' : 'td'));
    const name = element('span.name');
    const [local, utc] = [element('span'), element('span.hint')];
    cells[1].append(local, utc);
    const remove = element('button.quiet.small', {
      type: 'button', 'aria-label': `Remove ${id}`, title: `Remove ${id}`, onclick: () => this.#onRemove(id),
    }, '×');
    const node = element(isMissing ? 'tr.missing' : 'tr', {},
      element('th', { scope: 'row' }, element(`span.swatch.series-${index % 8 + 1}`), id, name),
      ...(isMissing ? cells.slice(0, 1) : cells), element('td', {}, remove));
    if (isMissing) {
      cells[0].colSpan = cells.length;
    }
    return { node, cells, name, local, utc };
  }

  #fill(row, series, points, pointMs, isFollowing) {
    const { unit, name } = series.sensor;
    const { count, newest, min, max, mean } = summarize(points);
    // The newest reading itself, if the range reaches the present: a window only has a mean.
    const last = isFollowing && newest ? series.newest ?? newest : newest;
    const point = pointMs === null ? last : nearestPoint(points, pointMs);
    const withUnit = value => (value === null || value === undefined ? '–' : `${formatValue(value)} ${unit}`.trim());
    setText(row.name, name && ` ${name}`);
    const [valueCell, , minCell, meanCell, maxCell, countCell] = row.cells;
    setText(valueCell, withUnit(point?.value));
    setText(row.local, point ? formatLocal(point.ms) : '');
    setText(row.utc, point ? formatUtc(point.ms) : '');
    setText(minCell, withUnit(min));
    setText(meanCell, withUnit(mean));
    setText(maxCell, withUnit(max));
    setText(countCell, formatCount(count));
  }
}
