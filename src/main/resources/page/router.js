/**
 * The link holds the view: `#/sensor?id=boiler-7&from=now-1h&to=now`. The part behind `#` never reaches a server, and
 * the page works under any path of a proxy.
 */

/** The view and its parameters in a fragment. Pure. An unknown fragment is the fleet. */
export function parseRoute(fragment) {
  const [path, query = ''] = fragment.replace(/^#?\/?/, '').split('?', 2);
  return { view: ['fleet', 'sensor', 'service'].includes(path) ? path : 'fleet', params: new URLSearchParams(query) };
}

/** The fragment of a view. Pure. Empty parameters are left out. */
export function formatRoute(view, params) {
  const kept = new URLSearchParams([...params].filter(([, value]) => value !== ''));
  const query = kept.toString().replaceAll('%3A', ':');
  return `#/${view}${query && `?${query}`}`;
}

/** Shows another view; the back button returns. */
export function go(view, params = new URLSearchParams()) {
  location.hash = formatRoute(view, params);
}

/** Changes the link of this view, without a step for the back button and without showing the view again. */
export function replaceLink(view, params) {
  history.replaceState(null, '', formatRoute(view, params));
}
