/** What an empty fleet says: how to send the first reading. */

import { url } from './api.js';
import { authorization } from './credentials.js';
import { copyButton, element } from './dom.js';
import { shellQuote, toCurl } from './export.js';

/** The explanation. A filtered fleet may be empty although there are sensors. */
export function explainEmpty(isFiltered) {
  if (isFiltered) {
    return [
      element('h2', {}, 'No such sensors'),
      element('p', {}, 'No sensor has this type, site and label. ', element('a', { href: '#/fleet' }, 'Show all')),
    ];
  }
  return [
    element('h2', {}, 'No sensors yet'),
    element('p', {}, 'A sensor appears here with its first reading. Paste this into a shell to send one:'),
    element('pre.command', {}, element('code', {}, firstReading()), copyButton(firstReading)),
    element('p', {}, 'Or send JSON to the Kafka topic ', element('code', {}, 'sensors.temperature'),
      ', with the sensor id as the key.'),
  ];
}

/** The command. Its time is that of the call: an old copy would send an old reading. */
export function firstReading() {
  const reading = {
    sensorId: 'boiler-7', type: 'temperature', timestamp: Date.now(), value: 81.5, unit: 'Cel', site: 'plant-2',
  };
  return `${toCurl([url('readings')], authorization())} -H 'Content-Type: application/json' `
    + `-d ${shellQuote(JSON.stringify(reading))}`;
}
