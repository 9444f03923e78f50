/** Rates from two answers of `GET /status`. Pure. */

import { formatAge } from './time.js';

/**
 * What happened between two answers, per second; null if they cannot be compared: counters belong to one process, and
 * start at 0 with it.
 *
 * @return {{received: number, stored: number, rejected: number}|null}
 */
export function rates(before, now, elapsedMs) {
  if (!before || elapsedMs <= 0 || before.replica !== now.replica || now.received < before.received) {
    return null;
  }
  const perSecond = (one, other) => Math.max(0, (other - one) * 1000 / elapsedMs);
  return {
    received: perSecond(before.received, now.received),
    stored: perSecond(before.stored, now.stored),
    rejected: perSecond(total(before.rejected), total(now.rejected)),
  };
}

/**
 * The mean times between two answers, in milliseconds; null without a record between them, or if they cannot be
 * compared.
 *
 * @return {{stored: number|null, event: number|null}}
 */
export function meanMillis(before, now) {
  const isSame = before && before.replica === now.replica;
  const mean = name => {
    const [one, other] = [before?.latency?.[name], now.latency?.[name]];
    const count = isSame && one && other ? other.count - one.count : 0;
    return count > 0 ? Math.max(0, other.seconds - one.seconds) * 1000 / count : null;
  };
  return { stored: mean('stored'), event: mean('event') };
}

/** The time between two answers, in words. It is longer if calls between them failed. */
export function describePeriod(before, elapsedMs) {
  return before ? `mean of ${formatAge(elapsedMs)}` : '';
}

/** The sum of counts by reason. */
export function total(counts) {
  return Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Whether a dependency is up; older services report a bare boolean. */
export function isUp(dependency) {
  return typeof dependency === 'object' && dependency !== null ? dependency.up === true : dependency === true;
}
