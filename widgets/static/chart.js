/** Charts: draws the axes that Python computed (chart.py), and says where a value lies. */

import { h, s } from "./base.js";

const FAR = 1e5; // pixels: beyond this some browsers draw nonsense
const TICK_ROOM = 7.2; // pixels that a character of a tick takes

/**
 * @typedef {{low: number, high: number, log: boolean, label: string, ticks: [number, string][]}} Axis
 * @typedef {{x: Axis, y: Axis, height: number, width?: number, left: number, top: number, right: number, bottom: number}} ChartData
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
 * @param {Iterable<[number, number]>} places
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

/**
 * Draw a chart that is as wide as its place.
 * @param {ChartData} data
 * @param {{label: string, draw: (chart: object) => void}} options
 *   `label` is read to a screen reader; `draw` puts the marks into `chart.plot`, and is called
 *   again whenever a place in pixels may have changed
 * @returns a chart: `element` to put somewhere; `plot`, the SVG element that marks go into, which
 *   cuts off what leaves it; `x(value)`, `y(value)` in pixels of it; `valueOf(event)`, the values
 *   under a pointer; `line(points)`, the `d` of a path through values; `show(data)` for other axes;
 *   `dispose()`
 */
export function chartOf(data, { label, draw }) {
  const axes = s("g", { class: "ag-axes" });
  const plot = s("svg", { class: "ag-plot", overflow: "hidden" });
  const svg = s("svg", { class: "ag-chart-picture", role: "img", "aria-label": label }, axes, plot);
  const element = h("div", { class: "ag-chart" }, svg);
  let [width, height] = [0, 0];

  const chart = {
    element, svg, plot,
    get data() { return data; },
    get width() { return width; },
    get height() { return height; },
    x: (value) => fractionOf(data.x, value) * width,
    y: (value) => (1 - fractionOf(data.y, value)) * height,
    valueOf(event) { // not from the plot's own box, which grows with marks that leave it
      const box = svg.getBoundingClientRect();
      const scale = (width + data.left + data.right) / (box.width || 1); // a host may zoom
      const across = (event.clientX - box.left) * scale - data.left, down = (event.clientY - box.top) * scale - data.top;
      return { x: valueAt(data.x, across / (width || 1)), y: valueAt(data.y, 1 - down / (height || 1)) };
    },
    line: (points) => lineThrough([...points].map(([x, y]) => [chart.x(x), chart.y(y)])),
    show(next) {
      data = next;
      lay(element.clientWidth);
    },
    dispose: () => watching.disconnect(),
  };

  function lay(room) {
    if (!room) return; // not in the page yet, or hidden
    [width, height] = plotSize(data, room);
    const whole = { width: width + data.left + data.right, height: height + data.top + data.bottom };
    for (const [name, value] of Object.entries({ ...whole, viewBox: `0 0 ${whole.width} ${whole.height}` })) svg.setAttribute(name, value);
    for (const [name, value] of Object.entries({ x: data.left, y: data.top, width, height })) plot.setAttribute(name, value);
    axes.setAttribute("transform", `translate(${data.left} ${data.top})`);
    axes.replaceChildren(...gridOf(chart));
    draw(chart);
  }

  const watching = new ResizeObserver(() => lay(element.clientWidth));
  watching.observe(element);
  return chart;
}

/** Width and height of the plot where the chart has so much room across. */
export function plotSize({ width, height, left, right, top, bottom }, room) {
  const across = Math.max(Math.min(room, width ?? room) - left - right, 40);
  const down = Math.max(height - top - bottom, 40);
  return [across, width ? (down * across) / (width - left - right) : down];
}

/** Grid, ticks and labels. */
function gridOf({ data, width, height, x, y }) {
  const parts = [];
  for (const [value, text] of data.y.ticks) {
    parts.push(s("path", { class: "ag-grid-line", d: `M0 ${nearby(y(value))}H${width}` }));
    parts.push(s("text", { x: -8, y: nearby(y(value)) + 4, class: "ag-at-end" }, text));
  }
  for (const [at, text] of readable(data.x.ticks.map(([value, text]) => [x(value), text]))) {
    parts.push(s("path", { class: "ag-grid-line", d: `M${nearby(at)} 0V${height}` }));
    parts.push(s("text", { x: nearby(at), y: height + 18, class: "ag-in-middle" }, text));
  }
  parts.push(s("path", { class: "ag-axis-line", d: `M0 0V${height}H${width}` }));
  parts.push(s("text", { x: width, y: height + 38, class: "ag-at-end" }, data.x.label));
  parts.push(s("text", { x: 8 - data.left, y: -12 }, data.y.label));
  return parts;
}
