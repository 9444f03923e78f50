/** A row of the fleet. Rows are reused: while the viewer scrolls, one node shows many sensors. */

import { element, setText } from './dom.js';
import { isStale } from './fleet-model.js';
import { formatRoute } from './router.js';
import { formatAge, formatLocal, formatUtc } from './time.js';
import { formatValue } from './values.js';

const CALM = matchMedia('(prefers-reduced-motion: reduce)');

/** The titles of the columns. */
export function headRow() {
  const cell = (name, text) => element(`span.cell.${name}`, { role: 'columnheader' }, text);
  return element('div.row.head', { role: 'row', 'aria-rowindex': '1' },
    cell('choose', ''), cell('sensor', 'Sensor'), cell('site', 'Site'), cell('type', 'Type'),
    cell('number', 'Newest value'), cell('when', 'Age'));
}

/**
 * An empty row.
 *
 * @param {function(string)} onChoose receives the id of a sensor that is ticked or unticked
 */
export function createRow(onChoose) {
  // The list moves by arrow keys, so its parts are no steps of the Tab key.
  const box = element('input', { type: 'checkbox', tabindex: '-1', onchange: () => onChoose(node.sensor) });
  const parts = {
    box,
    link: element('a.id', { tabindex: '-1' }),
    label: element('span.name'),
    site: element('span'),
    type: element('span'),
    value: element('span.value'),
    unit: element('span.unit'),
    age: element('span.age'),
  };
  const cell = (name, ...children) => element(`span.cell.${name}`, { role: 'gridcell' }, ...children);
  const node = element('div.row', { role: 'row' },
    cell('choose', box), cell('sensor', parts.link, parts.label), cell('site', parts.site), cell('type', parts.type),
    cell('number', parts.value, ' ', parts.unit), cell('when', parts.age));
  node.parts = parts;
  return node;
}

/**
 * Shows a sensor.
 *
 * @param {HTMLElement} node from `createRow`
 * @param {Object} row of the fleet's model
 * @param {boolean} isChosen whether it is ticked
 * @param {number} knownMs when the page last knew what is new: later silence does not make a sensor stale
 */
export function fillRow(node, row, isChosen, knownMs) {
  const { box, link, label, site, type, value, unit, age } = node.parts;
  const isOther = node.sensor !== row.id;
  if (isOther) {
    node.sensor = row.id;
    setText(link, row.id);
    link.setAttribute('href', formatRoute('sensor', new URLSearchParams({ id: row.id })));
    box.setAttribute('aria-label', `Choose ${row.id}`);
  }
  box.checked = isChosen;
  setText(label, [row.name, ...row.labels].filter(Boolean).join(' · '));
  setText(site, row.site);
  setText(type, row.type);
  setText(unit, row.unit);
  const isChanged = setText(value, formatValue(row.value));
  const whole = String(row.value ?? '');
  // Two values can have one shortened form.
  if (value.title !== whole) {
    value.title = whole;
  }
  const isKnown = !Number.isNaN(row.ms);
  const stale = isStale(row, knownMs);
  node.classList.toggle('stale', stale);
  setText(age, `${stale ? 'stale, ' : ''}${isKnown ? formatAge(Date.now() - row.ms) : 'no reading'}`);
  if (node.ms !== row.ms || isOther) {
    node.ms = row.ms;
    age.title = isKnown ? `${formatLocal(row.ms)}\n${formatUtc(row.ms)}` : '';
    if (isChanged && !isOther && row.isFresh && !CALM.matches) {
      value.animate({ opacity: [0.5, 1] }, { duration: 350, easing: 'ease-out' });
    }
  }
  row.isFresh = false;
}
