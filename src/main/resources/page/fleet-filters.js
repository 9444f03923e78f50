/**
 * The drop-downs of the fleet: type, site, and a label. The service selects by them, and lists what they offer: a fleet
 * may have more sensors than a page can hold.
 */

import { pages, path } from './api.js';
import { element } from './dom.js';

/** A drop-down with more options is of no use. */
const MOST_VALUES = 10_000;
const LABEL = 'label.';

/** The filters in the parameters of a link, as the API takes them: `type`, `site`, and one `label.<name>`. Pure. */
export function filtersOf(params) {
  const label = [...params].find(([name, value]) => name.startsWith(LABEL) && name !== LABEL && value !== '');
  const filters = [['type', params.get('type')], ['site', params.get('site')], ...(label ? [label] : [])];
  return Object.fromEntries(filters.filter(([, value]) => value));
}

export class FleetFilters {
  #onSelect;
  #type;
  #site;
  #label;
  #value;
  #valueField;
  #signal;

  /**
   * @param {URLSearchParams} params of the link
   * @param {AbortSignal} signal ends requests
   * @param {function()} onSelect when the viewer has selected other filters
   */
  constructor(params, signal, onSelect) {
    this.#signal = signal;
    this.#onSelect = onSelect;
    const filters = filtersOf(params);
    const label = Object.keys(filters).find(name => name.startsWith(LABEL));
    this.#type = select('type', 'All types', filters.type, onSelect);
    this.#site = select('site', 'All sites', filters.site, onSelect);
    this.#label = select('label', 'Any label', label?.slice(LABEL.length), () => this.#selectLabel());
    this.#value = select('value', 'Any value', label && filters[label], onSelect);
    this.#valueField = element('label', { hidden: !label }, 'Value', this.#value);
    this.nodes = [
      element('label', {}, 'Type', this.#type), element('label', {}, 'Site', this.#site),
      element('label', {}, 'Label', this.#label), this.#valueField,
    ];
  }

  /** The parameters of a request for the selected sensors; empty for all of them. */
  query() {
    const query = { type: this.#type.value, site: this.#site.value };
    if (this.#label.value !== '') {
      query[LABEL + this.#label.value] = this.#value.value;
    }
    return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  }

  /** Requests what the drop-downs offer. */
  async load() {
    await Promise.all([
      this.#fill(this.#type, 'types'), this.#fill(this.#site, 'sites'), this.#fill(this.#label, 'labels'),
      this.#fillValues(),
    ]);
  }

  async #selectLabel() {
    const had = this.#value.value !== '';
    this.#value.replaceChildren(this.#value.options[0]);
    this.#value.value = '';
    this.#valueField.hidden = this.#label.value === '';
    if (this.#label.value !== '') {
      // The list stays as it is until a value is chosen: a label without a value selects nothing.
      await this.#fillValues().catch(() => {}); // The list of the fleet reports that the service does not answer.
    } else if (had) {
      this.#onSelect();
    }
  }

  async #fillValues() {
    const name = this.#label.value;
    if (name !== '') {
      await this.#fill(this.#value, path`labels/${name}`, () => this.#label.value === name);
    }
  }

  async #fill(node, apiPath, isWanted = () => true) {
    let values = [];
    for await (const page of pages(apiPath, { limit: 1000 }, this.#signal)) {
      values = [...values, ...page.values];
      if (values.length >= MOST_VALUES) {
        break;
      }
    }
    if (isWanted()) {
      offer(node, values);
    }
  }
}

function select(name, all, chosen, onChange) {
  const node = element('select', { name, onchange: onChange }, new Option(all, ''));
  if (chosen) {
    node.append(new Option(chosen, chosen, true, true));
  }
  return node;
}

/** Adds the values that are not offered yet, in order. An open drop-down keeps its options. */
function offer(node, values) {
  const present = new Set([...node.options].map(option => option.value));
  const added = values.filter(value => !present.has(value));
  node.append(...added.map(value => new Option(value, value)));
}
