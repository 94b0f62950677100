/** The picture of gradient descent in the browser: what picture.py draws as a still. */

import { clamp, s } from "../base.js";
import { lineThrough } from "../drawing/chart.js";
import { isKnown, nextPoint, textsOf } from "./narration.js";

/**
 * The marks of a curve or a map at this moment.
 * @param {object} chart  see chartOf
 * @param {{content: object, landscape: Function, places: object[], rate: number, nudge: number}} moment
 */
export function marksOf(chart, moment) {
  const { content, places } = moment, { looks, samples, contours } = content;
  const here = places.at(-1), onMap = here.point.length === 2;
  const seen = onMap ? places.map(({ point }) => point) : places.filter(isKnown).map(({ point, value }) => [point[0], value]);
  const size = looks[places.length > looks["many dots"] ? "small dot" : "dot"];
  const ground = onMap ? contourMarks(chart, contours)
    : [line(chart, samples.at[0].map((x, i) => [x, samples.value[i] ?? NaN]), "ag-curve")];
  return [
    ...ground, line(chart, seen, "ag-path"), ...seen.map((at) => dot(chart, at, size, "ag-been")),
    ...(onMap ? stepMarks(chart, moment) : isKnown(here) ? slopeMarks(chart, moment) : []), ...leaving(chart, moment),
  ];
}

const line = (chart, points, look) => s("path", { d: chart.line(points), class: `ag-line ${look}` });
const dot = (chart, [x, y], r, look) => s("circle", { cx: chart.x(x), cy: chart.y(y), r, class: look });
const drawable = (pixels) => clamp(pixels, -1e4, 1e4);

/** The tangent, the nudge, the point and the next step of a curve. */
function slopeMarks(chart, { content, landscape, places, rate, nudge }) {
  const here = places.at(-1), { point: [x], value: y, slopes: [slope] } = here;
  const reach = content.looks.tangent * content.widths[0];
  const marks = [line(chart, [[x - reach, y - reach * slope], [x + reach, y + reach * slope]], "ag-tangent")];
  const { value } = landscape([x + nudge]);
  if (!Number.isNaN(value)) {
    marks.push(line(chart, [[x, y], [x + nudge, y], [x + nudge, value]], "ag-nudge"), dot(chart, [x + nudge, value], 4, "ag-nudged"));
  }
  marks.push(dot(chart, [x, y], 7, "ag-here"));
  if (framed(chart, here).outside) return marks;
  const below = chart.height - 12, next = drawable(chart.x(nextPoint(here, rate)[0]));
  return [...marks, ...arrow([chart.x(x), below], [next, below], content.looks.tip)];
}

/** The next step over a map, where it is short with its direction, and the point. */
function stepMarks(chart, { content: { looks }, places, rate }) {
  const here = places.at(-1), point = dot(chart, here.point, 7, "ag-here");
  if (!isKnown(here)) return [point];
  const [from, to] = [here.point, nextPoint(here, rate)].map(([x, y]) => [drawable(chart.x(x)), drawable(chart.y(y))]);
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]), marks = [...arrow(from, to, looks.tip), point];
  if (length >= looks.pointer || length < 1e-3) return marks;
  const on = from.map((x, i) => x + (to[i] - x) * looks.pointer / length);
  return [s("path", { d: lineThrough([from, on]), class: "ag-line ag-direction" }), ...marks];
}

/** The contours, and their values where there is room for them. */
function contourMarks(chart, contours) {
  const lines = contours.flatMap(({ lines }) => lines.map((flat) => line(chart, pairs(flat), "ag-contour")));
  const texts = contours.filter(({ at }) => at).map(({ text, at: [x, y] }) => s("text", { x: chart.x(x), y: chart.y(y) + 4, class: "ag-level" }, text));
  return [...lines, ...texts];
}

const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

/**
 * An arrow in pixels; none where it would be too short to see.
 * @param {number[]} from
 * @param {number[]} to
 */
export function arrow([x1, y1], [x2, y2], tip, look = "ag-next") {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 2) return [];
  const [u, v, size] = [(x2 - x1) / length, (y2 - y1) / length, Math.min(tip, length)];
  const [bx, by] = [x2 - size * u, y2 - size * v];
  const corners = lineThrough([[x2, y2], [bx - size / 2 * v, by + size / 2 * u], [bx + size / 2 * v, by - size / 2 * u]]);
  return [s("path", { d: lineThrough([[x1, y1], [bx, by]]), class: `ag-line ${look}` }), s("path", { d: `${corners}z`, class: `${look}-tip` })];
}

/** Where a place lies in the picture: in pixels, at the frame if it is `outside`. */
export function framed(chart, { point, value }) {
  const up = point.length === 2 ? point[1] : Number.isNaN(value) ? chart.data.y.high : value;
  const [x, y] = [chart.x(point[0]), chart.y(up)];
  const sides = [Number(x > chart.width) - Number(x < 0), Number(y > chart.height) - Number(y < 0)];
  return { at: [clamp(x, 0, chart.width), clamp(y, 0, chart.height)], sides, outside: sides.some(Boolean) };
}

/** At the frame, an arrow and the numbers of a point that is outside the picture. */
function leaving(chart, { content, places }) {
  const here = places.at(-1), { at, sides, outside } = framed(chart, here);
  if (!outside) return [];
  const edge = [clamp(at[0], 16, chart.width - 16), clamp(at[1], 16, chart.height - 16)];
  const to = edge.map((x, i) => x + 12 * sides[i]), from = edge.map((x, i) => x - 12 * sides[i]);
  const start = edge[0] < chart.width / 2;
  const place = { x: edge[0] + (start ? 12 : -12), y: Math.max(edge[1] - 10, 14), class: `ag-left-at ${start ? "" : "ag-at-end"}` };
  const text = textsOf(content, here).slice(0, here.point.length).join(", ");
  return [...arrow(from, to, content.looks.tip, "ag-out"), s("text", place, text)];
}
