/** Drop-downs that grow: a filtered fleet lists only its own types and sites, so those seen before are kept. */

const seen = new Map();

/** Adds values to the options of a named drop-down, with all that this page offered under that name before. */
export function offer(select, values) {
  const all = new Set([...(seen.get(select.name) ?? []), ...values]);
  seen.set(select.name, all);
  const present = new Set([...select.options].map(option => option.value));
  for (const value of [...all].sort()) {
    if (!present.has(value)) {
      select.append(new Option(value, value));
    }
  }
}
