/** Turns the points of several series into the columns that a plot draws. Pure. */

import { categories } from './series.js';

/**
 * What a plot needs to know of a series, except its points.
 *
 * @typedef {{kind: string, isRaw: boolean, scale: string, names: string[]}} Shape
 */

/**
 * The shape of a series. Numbers of one unit share a scale; each text has its own, of the positions of its values.
 *
 * @return {Shape}
 */
export function shapeOf(series, points) {
  const { kind, unit, id } = series.sensor;
  return {
    kind,
    isRaw: series.isRaw,
    scale: kind === 'number' ? `number ${unit}` : kind === 'boolean' ? 'boolean' : `string ${id}`,
    names: kind === 'string' ? categories(points) : kind === 'boolean' ? ['false', 'true'] : [],
  };
}

/** Whether two plots differ in more than their points. */
export function isSameShape(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The columns of a series: seconds, lowest, highest, value. Null is a gap. */
export function columnsOf(points, shape) {
  const toNumber = value => {
    if (value === null || value === undefined) {
      return null;
    }
    if (shape.kind !== 'string') {
      return typeof value === 'string' ? null : Number(value);
    }
    const position = shape.names.indexOf(String(value));
    return position < 0 ? shape.names.length - 1 : position;
  };
  const isBand = shape.kind === 'number' && !shape.isRaw;
  return [
    points.map(point => point.ms / 1000),
    points.map(point => (isBand ? toNumber(point.min) : null)),
    points.map(point => (isBand ? toNumber(point.max) : null)),
    points.map(point => toNumber(point.value)),
  ];
}

/** The positions of values between two gaps: a line does not show them. Undefined belongs to another series. */
export function isolatedPositions(column) {
  const own = [];
  column.forEach((value, position) => value !== undefined && own.push(position));
  const isGap = place => place === undefined || column[place] === null;
  return own.filter((position, index) =>
    column[position] !== null && isGap(own[index - 1]) && isGap(own[index + 1]));
}

/** The point nearest to an instant; null without points. */
export function nearestPoint(points, ms) {
  const known = points.filter(point => point.value !== null);
  let low = 0;
  let high = known.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (known[middle].ms < ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const [before, after] = [known[low - 1], known[low]];
  return !before || (after && after.ms - ms < ms - before.ms) ? after ?? null : before;
}
