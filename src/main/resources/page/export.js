/** The current view for other programs: CSV, and commands for a shell. Pure. */

/** A field of CSV (RFC 4180). Text that a spreadsheet would run gets an apostrophe, as with `csv=spreadsheet`. */
export function csvField(value) {
  let text = value === null || value === undefined ? '' : String(value);
  if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) {
    text = `'${text}`;
  }
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * What a chart shows as CSV.
 *
 * @param {Array<{id: string, isRaw: boolean, points: Object[]}>} shown
 */
export function toCsv(shown) {
  const isRaw = shown.every(series => series.isRaw);
  const rows = [isRaw ? ['sensorId', 'timestamp', 'value']
    : ['sensorId', 'start', 'end', 'count', 'min', 'max', 'value']];
  for (const { id, points } of shown) {
    for (const point of points.filter(one => one.count > 0)) {
      const start = new Date(point.start ?? point.ms).toISOString();
      rows.push(isRaw ? [id, start, point.value]
        : [id, start, new Date(point.end).toISOString(), point.count, point.min, point.max, point.value]);
    }
  }
  return rows.map(row => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** A word for a POSIX shell. */
export function shellQuote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Commands that request these addresses. The credential itself is never part of them. */
export function toCurl(addresses, authorization) {
  const scheme = authorization?.split(' ')[0];
  const header = scheme ? ` -H "Authorization: ${scheme} $TELLTALE_CREDENTIAL"` : '';
  return addresses.map(address => `curl -sS${header} ${shellQuote(decodeColons(String(address)))}`).join('\n');
}

function decodeColons(address) {
  return address.replaceAll('%3A', ':').replaceAll('%2C', ',');
}
