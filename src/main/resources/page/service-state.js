/** What the state of the service means, in a sentence. Pure. */

import { isUp } from './rates.js';
import { formatSecond, formatUtc } from './time.js';

/**
 * The sentence above the state.
 *
 * @param {Object} status of `GET /status`
 * @return {{state: string, text: string}} `state` is `up`, `partly` or `down`
 */
export function headline(status) {
  const down = [['Kafka', status.kafka], ['Cassandra', status.cassandra]].filter(([, found]) => !isUp(found));
  if (down.length > 0) {
    return { state: 'down', text: down.map(([name, found]) => `${name} does not answer${since(found)}`).join(' · ') };
  }
  if (!status.ready) {
    return { state: 'down', text: 'This replica is not ready: it starts or stops' };
  }
  const nodes = nodesOf(status).filter(node => node.state === 'down');
  return nodes.length === 0 ? { state: 'up', text: 'Everything answers' }
    : { state: 'partly', text: nodes.map(node => `${nameOf(node)} is down`).join(' · ') };
}

/** The nodes of Cassandra that the service knows. */
export function nodesOf(status) {
  const nodes = status.cassandra?.nodes;
  return Array.isArray(nodes) ? nodes : [];
}

/** Whether the service knows addresses that this caller may not see. */
export function hidesAddresses(status) {
  return nodesOf(status).some(node => node.address === undefined);
}

function nameOf({ address, dataCenter }) {
  return address === undefined
    ? `A Cassandra node${dataCenter ? ` of data center ${dataCenter}` : ''}`
    : `Cassandra node ${address}${dataCenter ? ` (data center ${dataCenter})` : ''}`;
}

function since(dependency) {
  const ms = Date.parse(dependency?.since ?? '');
  return Number.isNaN(ms) ? '' : ` since ${formatSecond(ms)} (${formatUtc(ms)})`;
}
