/** Values of readings as people read them. Pure. */

/** A value in at most nine significant digits; the full value belongs into a tooltip. */
export function formatValue(value) {
  if (value === null || value === undefined) {
    return '–';
  }
  if (typeof value !== 'number') {
    return String(value);
  }
  if (Number.isInteger(value)) {
    return String(value);
  }
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e9) {
    return value.toPrecision(6);
  }
  return String(Number(value.toFixed(size < 1 ? 4 : size < 1000 ? 3 : 1)));
}

/** A count with thin spaces between thousands. */
export function formatCount(count) {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** A time between two events: `8 ms`, `312 ms`, `4.2 s`; a dash if it is unknown. */
export function formatMillis(ms) {
  if (ms === null) {
    return '–';
  }
  return ms < 1000 ? `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms` : `${Number((ms / 1000).toFixed(1))} s`;
}

/** `number`, `boolean` or `string`. */
export function kindOf(value) {
  return typeof value;
}
