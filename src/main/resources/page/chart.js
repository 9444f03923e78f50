/** Draws series into a canvas, and reports which range the viewer selects. */

import { columnsOf, isolatedPositions, isSameShape, shapeOf } from './columns.js';
import { element } from './dom.js';
import { loadPlot } from './plot.js';
import { formatValue } from './values.js';

/** Times on the axis, from years to milliseconds; `null` repeats the default. As uPlot's axes take them. */
const TIME_LABELS = [
  [31_536_000, '{YYYY}', null, null, null, null, null, null, 1],
  [2_419_200, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [86_400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  [0.001, ':{ss}.{fff}', '\n{D} {MMM} {YYYY} {HH}:{mm}', null, '\n{D} {MMM} {HH}:{mm}', null, '\n{HH}:{mm}', null, 1],
];
/** Above the plot, as in page.css. */
const PADDING = 12;
const BAND_OPACITY = '2b';
const PIXELS_PER_CHARACTER = 7;
/** The part of the range that one key press or step of the wheel moves. */
const STEP = 0.2;

export class Chart {
  #on;
  #range = { from: 0, to: 1 };
  #shapes = [];
  #shown = [];
  #plot = null;
  #sizes;
  #theme = matchMedia('(prefers-color-scheme: dark)');
  #redraw = () => this.#build();
  #isClosed = false;

  /**
   * @param {{select: function(number, number), point: function(number|null)}} on `select` receives the new range in
   *     milliseconds, `point` the instant under the cursor
   */
  constructor(on) {
    this.#on = on;
    this.node = element('div.chart', {
      role: 'application', 'aria-roledescription': 'chart', tabindex: '0',
      'aria-keyshortcuts': 'ArrowLeft ArrowRight + -',
      onkeydown: event => this.#press(event),
    });
    this.node.addEventListener('wheel', event => this.#roll(event), { passive: false });
    this.#sizes = new ResizeObserver(() => this.#plot?.setSize(this.#size()));
    this.#sizes.observe(this.node);
    this.#theme.addEventListener('change', this.#redraw);
  }

  /** The width in pixels that points can use. */
  get width() {
    return this.node.clientWidth || 800;
  }

  /**
   * Draws.
   *
   * @param {Array<{series: Series, points: Object[]}>} shown in the order of their colors
   * @param {{from: number, to: number}} range in milliseconds
   */
  async draw(shown, range) {
    this.#shown = shown;
    this.#range = range;
    const shapes = shown.map(({ series, points }) => shapeOf(series, points));
    if (this.#plot && isSameShape(shapes, this.#shapes)) {
      this.#plot.setData(this.#data(await loadPlot()));
      return;
    }
    this.#shapes = shapes;
    await this.#build();
  }

  /** Pans by a part of the range: 1 is a whole one. */
  pan(part) {
    const { from, to } = this.#range;
    const distance = (to - from) * part;
    this.#on.select(from + distance, to + distance);
  }

  /** Zooms around an instant, by default the middle: 0.5 shows half as long a range. */
  zoom(factor, around = (this.#range.from + this.#range.to) / 2) {
    const { from, to } = this.#range;
    this.#on.select(around - (around - from) * factor, around + (to - around) * factor);
  }

  close() {
    this.#isClosed = true;
    this.#sizes.disconnect();
    this.#theme.removeEventListener('change', this.#redraw);
    this.#plot?.destroy();
  }

  async #build() {
    const Plot = await loadPlot();
    if (this.#isClosed) {
      return;
    }
    this.#plot?.destroy();
    this.#plot = new Plot(this.#options(Plot), this.#data(Plot), this.node);
  }

  #data(Plot) {
    const tables = this.#shown.map(({ points }, index) => columnsOf(points, this.#shapes[index]));
    return tables.length === 0 ? [[]] : tables.length === 1 ? tables[0] : Plot.join(tables);
  }

  #size() {
    return { width: this.width, height: (this.node.clientHeight || 360) - PADDING };
  }

  #options(Plot) {
    const style = getComputedStyle(this.node);
    const color = name => style.getPropertyValue(name).trim();
    const scales = [...new Set(this.#shapes.map(shape => shape.scale))];
    return {
      ...this.#size(),
      series: [{}, ...this.#shapes.flatMap((shape, index) =>
        this.#lines(Plot, shape, color(`--series-${index % 8 + 1}`)))],
      bands: this.#shapes.map((shape, index) => ({
        series: [3 * index + 2, 3 * index + 1], fill: color(`--series-${index % 8 + 1}`) + BAND_OPACITY,
      })),
      scales: {
        x: { time: true, range: () => [this.#range.from / 1000, this.#range.to / 1000] },
        ...Object.fromEntries(scales.map(scale => [scale, this.#scale(scale)])),
      },
      axes: [this.#timeAxis(color), ...scales.slice(0, 2).map((scale, index) => this.#valueAxis(scale, index, color))],
      legend: { show: false },
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { size: 7 },
        bind: { dblclick: () => () => this.zoom(2) },
      },
      hooks: {
        setSelect: [plot => this.#select(plot)],
        setCursor: [plot => this.#on.point(
          plot.cursor.left >= 0 ? plot.posToVal(plot.cursor.left, 'x') * 1000 : null)],
      },
    };
  }

  /** Lowest, highest and value. The first two are only the edges of the band. */
  #lines(Plot, shape, color) {
    const edge = { scale: shape.scale, stroke: 'transparent', width: 0, points: { show: false } };
    const value = {
      scale: shape.scale,
      stroke: color,
      width: 1.6,
      points: {
        size: 5,
        fill: color,
        filter: (plot, column, isShown) => (isShown ? null : isolatedPositions(plot.data[column])),
      },
    };
    if (shape.kind !== 'number') {
      value.paths = Plot.paths.stepped({ align: 1 });
    }
    return [edge, { ...edge }, value];
  }

  #scale(scale) {
    const shape = this.#shapes.find(one => one.scale === scale);
    return shape.kind === 'number' ? { auto: true } : { range: [-0.4, Math.max(1, shape.names.length) - 0.6] };
  }

  #timeAxis(color) {
    return {
      stroke: color('--muted'), font: '12px system-ui', values: TIME_LABELS, space: 80, size: 52,
      grid: { stroke: color('--line'), width: 1 }, ticks: { stroke: color('--line'), width: 1 },
    };
  }

  #valueAxis(scale, index, color) {
    const shape = this.#shapes.find(one => one.scale === scale);
    const unit = shape.kind === 'number' ? scale.slice('number '.length) : '';
    const axis = {
      scale, side: index === 0 ? 3 : 1, stroke: color('--muted'), font: '12px system-ui',
      label: unit || null, labelSize: unit ? 18 : 0, labelFont: '12px system-ui',
      grid: { show: index === 0, stroke: color('--line'), width: 1 }, ticks: { show: false },
      size: (plot, labels) => 14 + PIXELS_PER_CHARACTER * Math.max(3, ...(labels ?? []).map(label => label.length)),
      values: (plot, splits) => splits.map(split => formatValue(split)),
    };
    if (shape.kind !== 'number') {
      axis.splits = () => shape.names.map((name, position) => position);
      axis.values = (plot, splits) => splits.map(split => shorten(shape.names[split] ?? ''));
    }
    return axis;
  }

  #select(plot) {
    const { left, width } = plot.select;
    if (width > 3) {
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      this.#on.select(plot.posToVal(left, 'x') * 1000, plot.posToVal(left + width, 'x') * 1000);
    }
  }

  #press(event) {
    const action = {
      ArrowLeft: () => this.pan(-STEP), ArrowRight: () => this.pan(STEP),
      '+': () => this.zoom(0.5), '=': () => this.zoom(0.5), '-': () => this.zoom(2),
    }[event.key];
    if (action && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      action();
    }
  }

  /** The wheel alone scrolls the page; with Ctrl, as pinching sends it, it zooms; sideways or with Shift it pans. */
  #roll(event) {
    const sideways = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (event.ctrlKey) {
      event.preventDefault();
      const box = this.node.querySelector('.u-over')?.getBoundingClientRect();
      const around = box && this.#plot ? this.#plot.posToVal(event.clientX - box.left, 'x') * 1000 : undefined;
      this.zoom(event.deltaY < 0 ? 1 - STEP : 1 / (1 - STEP), around);
    } else if (sideways && Math.abs(sideways) >= Math.abs(event.deltaY)) {
      event.preventDefault();
      this.pan(Math.sign(sideways) * STEP / 2);
    }
  }
}

function shorten(text) {
  return text.length <= 14 ? text : `${text.slice(0, 13)}…`;
}
