/** Charts: draws the axes that Python computed (chart.py), and says where a value lies. */

import { h, s, setAttributes } from "../base.js";

const FAR = 1e5; // pixels: beyond this some browsers draw nonsense
const TICK_ROOM = 7.2; // pixels that a character of a tick takes

/**
 * @typedef {{low: number, high: number, log: boolean, label: string, ticks: [number, string][]}} Axis
 * @typedef {{x: Axis, y: Axis, height: number, low?: number, width?: number, left: number, top: number, right: number, bottom: number}} ChartData
 *   with a `width` the chart is at most as large, and where it is smaller its plot keeps its proportions
 */

/** Where a value lies on an axis: 0 at its low end, 1 at its high end; NaN where it has no place. */
export function fractionOf({ low, high, log }, value) {
  if (value == null) return NaN;
  if (!log) return (value / 2 - low / 2) / (high / 2 - low / 2); // which is no overflow
  return (Math.log10(value) - Math.log10(low)) / (Math.log10(high) - Math.log10(low));
}

/** The value at a place on an axis: the inverse of {@link fractionOf}. */
export function valueAt({ low, high, log }, fraction) {
  if (!log) return low + 2 * fraction * (high / 2 - low / 2);
  return 10 ** (Math.log10(low) + fraction * (Math.log10(high) - Math.log10(low)));
}

/**
 * The `d` of a path through places in pixels, broken where one has no place.
 * @param {Iterable<number[]>} places
 */
export function lineThrough(places) {
  let d = "", pen = "M";
  for (const [x, y] of places) {
    const there = !Number.isNaN(x) && !Number.isNaN(y);
    if (there) d += `${pen}${nearby(x)} ${nearby(y)}`;
    pen = there ? "L" : "M";
  }
  return d;
}

const nearby = (pixels) => Math.round(Math.min(Math.max(pixels, -FAR), FAR) * 10) / 10;

/** Those of the ticks, as `[pixels, text]`, whose texts do not touch each other. */
export function readable(ticks) {
  const kept = [];
  for (const [at, text] of ticks) {
    const before = kept.at(-1);
    const room = before && ((before[1].length + text.length) / 2 + 1) * TICK_ROOM;
    if (!before || at - before[0] >= room) kept.push([at, text]);
  }
  return kept;
}

/** The axes of a chart that has nothing to show. */
export const EMPTY = { x: { low: 0, high: 1, log: false, label: "", ticks: [] }, y: { low: 0, high: 1, log: false, label: "", ticks: [] }, height: 100, left: 0, top: 0, right: 0, bottom: 0 };

/** A chart that is as wide as its place. */
class Chart {
  #axes = s("g", { class: "ag-axes" });
  /** What marks go into; it cuts off what leaves it. */
  plot = s("svg", { class: "ag-plot", overflow: "hidden" });
  width = 0;
  height = 0;

  /**
   * @param {ChartData} data
   * @param {{label: string, draw: (chart: Chart) => void}} options
   *   `label` is read to a screen reader; `draw` puts the marks into the plot, and is called again
   *   whenever a place in pixels may have changed
   */
  constructor(data, { label, draw }) {
    this.data = data;
    this.draw = draw;
    this.svg = s("svg", { class: "ag-chart-picture", role: "img", "aria-label": label }, this.#axes, this.plot);
    this.element = h("div", { class: "ag-chart" }, this.svg);
    const watching = new ResizeObserver(() => this.#lay());
    watching.observe(this.element);
    this.dispose = () => watching.disconnect();
  }

  /** Where a value lies in the plot, in pixels from its left edge. */
  x(value) {
    return fractionOf(this.data.x, value) * this.width;
  }

  /** Where a value lies in the plot, in pixels from its upper edge. */
  y(value) {
    return (1 - fractionOf(this.data.y, value)) * this.height;
  }

  /** The values under a pointer. */
  valueOf(event) { // not from the plot's own box, which grows with marks that leave it
    const { data, width, height } = this, box = this.svg.getBoundingClientRect();
    const scale = (width + data.left + data.right) / (box.width || 1); // a host may zoom
    const across = (event.clientX - box.left) * scale - data.left, down = (event.clientY - box.top) * scale - data.top;
    return { x: valueAt(data.x, across / (width || 1)), y: valueAt(data.y, 1 - down / (height || 1)) };
  }

  /** The `d` of a path through values. */
  line(points) {
    return lineThrough([...points].map(([x, y]) => [this.x(x), this.y(y)]));
  }

  /** Draw other axes. */
  show(data) {
    this.data = data;
    this.#lay();
  }

  #lay() {
    const { data, plot } = this, room = this.element.clientWidth;
    if (!room) return; // not in the page yet, or hidden
    const [width, height] = ([this.width, this.height] = plotSize(data, room));
    const whole = { width: width + data.left + data.right, height: height + data.top + data.bottom };
    setAttributes(this.svg, { ...whole, viewBox: `0 0 ${whole.width} ${whole.height}` });
    setAttributes(plot, { x: data.left, y: data.top, width, height });
    this.#axes.setAttribute("transform", `translate(${data.left} ${data.top})`);
    this.#axes.replaceChildren(...ticksOf(this));
    this.draw(this);
  }
}

/**
 * Width and height of the plot where the chart has so much room across; `low` is its height where that is little.
 * @param {ChartData} data
 */
export function plotSize({ width, height: tall, low = tall, left, right, top, bottom }, room) {
  const height = room < 600 ? low : tall; // as in the cell of a small window
  const across = Math.max(Math.min(room, width ?? room) - left - right, 40);
  const down = Math.max(height - top - bottom, 40);
  return [across, width ? (down * across) / (width - left - right) : down];
}

/** Make a {@link Chart}. */
export const chartOf = (data, options) => new Chart(data, options);

/** Grid, ticks and labels. */
function ticksOf(chart) {
  const { data, width, height } = chart, parts = [];
  for (const [value, text] of data.y.ticks) {
    parts.push(s("path", { class: "ag-grid-line", d: `M0 ${nearby(chart.y(value))}H${width}` }));
    parts.push(s("text", { x: -8, y: nearby(chart.y(value)) + 4, class: "ag-at-end" }, text));
  }
  for (const [at, text] of readable(data.x.ticks.map(([value, text]) => [chart.x(value), text]))) {
    parts.push(s("path", { class: "ag-grid-line", d: `M${nearby(at)} 0V${height}` }));
    parts.push(s("text", { x: nearby(at), y: height + 18, class: "ag-in-middle" }, text));
  }
  parts.push(s("path", { class: "ag-axis-line", d: `M0 0V${height}H${width}` }));
  parts.push(s("text", { x: width, y: height + 38, class: "ag-at-end" }, data.x.label));
  parts.push(s("text", { x: 8 - data.left, y: -12 }, data.y.label));
  return parts;
}
