/** Says where the readings are, if the range has none: data of past years is not an empty chart. */

import { element, setText } from './dom.js';
import { formatLocal, formatUtc } from './time.js';

/**
 * The newest reading of all sensors, if it is the reason for an empty chart. Pure.
 *
 * @param {Array<{series: Series, points: Object[]}>} shown
 * @param {number} from the start of the range
 * @return {{id: string, ms: number}|null} null if a point is in the range, or if no reading is before it
 */
export function newestBefore(shown, from) {
  if (shown.some(({ points }) => points.some(point => point.count > 0))) {
    return null;
  }
  const known = shown.filter(({ series }) => series.newest !== null)
    .map(({ series }) => ({ id: series.sensor.id, ms: series.newest.ms }));
  const newest = known.reduce((one, other) => (one === null || other.ms > one.ms ? other : one), null);
  return newest !== null && newest.ms < from ? newest : null;
}

export class NewestHint {
  #text = element('span');
  #newest = null;

  /** @param {function({id: string, ms: number})} onShow receives the reading to show */
  constructor(onShow) {
    const button = element('button.quiet.small', { type: 'button', onclick: () => onShow(this.#newest) }, 'Show it');
    this.node = element('p.notice.newest', { hidden: true, role: 'status' }, this.#text, button);
  }

  /** Shows or hides it. */
  draw(newest) {
    this.#newest = newest;
    this.node.hidden = newest === null;
    if (newest !== null) {
      setText(this.#text, `No readings in this range; the newest is of ${formatLocal(newest.ms)}`
        + ` (${formatUtc(newest.ms)}) – `);
    }
  }
}
