/** Shows whether what is on the screen is live, in one place for all views, and to screen readers. */

import { setText } from './dom.js';
import { formatTimeOfDay } from './time.js';

const pill = document.getElementById('connection');
let since = null;

function show(state, text) {
  pill.hidden = false;
  pill.dataset.state = state;
  setText(pill, text);
  // page.css mutes values that are not live.
  document.body.dataset.live = state;
}

/** Values arrive as they are measured. */
export function showLive() {
  since = null;
  show('live', 'Live');
}

/** A stream begins; nothing is live yet. */
export function showConnecting() {
  since = null;
  show('connecting', 'Connecting …');
}

/** The stream ended. Values on the screen are from before that moment. */
export function showDown(reason) {
  since ??= Date.now();
  show('down', `Not live since ${formatTimeOfDay(since)}: ${reason}. Reconnecting …`);
}

/** The view has no stream, by its nature. */
export function showHistory(text) {
  since = null;
  show('history', text);
}
