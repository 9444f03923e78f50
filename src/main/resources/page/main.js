/** Starts the page: shows the view of the link, and changes it with the link. */

import { showButton } from './credentials.js';
import { setText } from './dom.js';
import { showFleet } from './fleet.js';
import { parseRoute } from './router.js';
import { zoneName } from './time.js';

/** Charts and tables load when they are opened: the fleet is on the screen sooner. */
const VIEWS = {
  fleet: async () => showFleet,
  sensor: async () => (await import('./sensor.js')).showSensor,
  service: async () => (await import('./service.js')).showService,
};
const TITLES = { fleet: 'Fleet', sensor: 'Sensor', service: 'Service' };

const main = document.getElementById('main');
let end = () => {};
let shown = 0;

async function show() {
  const { view, params } = parseRoute(location.hash);
  const step = ++shown;
  end();
  end = () => {};
  document.body.dataset.live = 'history';
  document.title = `${params.getAll('id').join(', ') || TITLES[view]} · Telltale`;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === view) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
  let open;
  try {
    open = await VIEWS[view]();
  } catch {
    open = () => {
      setText(main, 'This view could not be loaded: the service does not answer. Reload the page to try again.');
      return () => {};
    };
  }
  // Another link may have been followed while the module was loading.
  if (step === shown) {
    end = open(main, params);
  }
}

document.querySelector('.skip').addEventListener('click', event => {
  // The fragment holds the view, so this link must not change it.
  event.preventDefault();
  main.focus();
});
showButton();
setText(document.getElementById('zone'), `Times are in ${zoneName(Date.now())}`);
addEventListener('hashchange', show);
// A browser keeps a page that is left for its back button, with the stream, and has few connections to a service.
addEventListener('pagehide', () => {
  shown++;
  end();
  end = () => {};
});
addEventListener('pageshow', event => event.persisted && show());
show();
