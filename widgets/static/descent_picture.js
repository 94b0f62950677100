/** The picture of gradient descent in the browser: what descent_picture.py draws as a still. */

import { clamp, s } from "./base.js";
import { lineThrough } from "./chart.js";
import { heldText, isKnown, nextPoint } from "./descent_narration.js";

const REACH = 0.28; // of the width: the tangent to each side
const POINTER = 48; // pixels: how far a short step's direction is drawn
const TIP = 9; // pixels: the tip of an arrow
const MANY_DOTS = 30; // of a path: more are drawn smaller
const [LABEL_WIDE, LABEL_HIGH] = [56, 22]; // pixels: room for a contour's value

/**
 * The marks of a curve or a surface at this moment.
 * @param {object} chart  see chartOf
 * @param {{content: object, landscape: Function, places: object[], rate: number, nudge: number}} moment
 */
export function marksOf(chart, moment) {
  const { content } = moment;
  const ground = content.names.length === 1 ? [curveLine(chart, content)] : contourLines(chart, content.contours);
  return [...ground, ...(content.names.length === 1 ? slopeMarks(chart, moment) : pathMarks(chart, moment)), ...leaving(chart, moment)];
}

const line = (chart, points, look) => s("path", { d: chart.line(points), class: `ag-line ${look}` });
const dot = (chart, [x, y], r, look) => s("circle", { cx: chart.x(x), cy: chart.y(y), r, class: look });

const beenSize = (places) => (places.length > MANY_DOTS ? 2 : 3.5);

/** The curve as cubic Béziers, which Hermite's cubics are; broken at jumps and holes. */
function curveLine(chart, { landscape: { at, value, slope }, gaps, low: [low], high: [high] }) {
  const place = (x, y) => `${Math.round(chart.x(x) * 10) / 10} ${Math.round(clamp(chart.y(y), -1e5, 1e5) * 10) / 10}`;
  let d = "", pen = false;
  for (let i = 0; i + 1 < at.length; i++) {
    if (at[i] < low || at[i + 1] > high) continue;
    if (value[i] == null || value[i + 1] == null || gaps.includes(i)) {
      pen = false;
      continue;
    }
    const third = (at[i + 1] - at[i]) / 3;
    if (!pen) d += `M${place(at[i], value[i])}`;
    pen = true;
    d += `C${place(at[i] + third, value[i] + third * slope[i])} ${place(at[i + 1] - third, value[i + 1] - third * slope[i + 1])} ${place(at[i + 1], value[i + 1])}`;
  }
  return s("path", { d, class: "ag-line ag-curve" });
}

/** Tangent, nudge, path and the next step of a curve. */
function slopeMarks(chart, { content, landscape, places, rate, nudge }) {
  const seen = places.filter(isKnown).map(({ point, value }) => [point[0], value]);
  const here = places.at(-1);
  const marks = [line(chart, seen, "ag-path")];
  for (const place of isKnown(here) ? seen.slice(0, -1) : seen) marks.push(dot(chart, place, beenSize(places), "ag-been"));
  if (!isKnown(here)) return marks;
  const [x, y, slope] = [here.point[0], here.value, here.slopes[0]];
  const reach = REACH * content.widths[0];
  marks.push(line(chart, [[x - reach, y - reach * slope], [x + reach, y + reach * slope]], "ag-tangent"));
  const { value } = landscape([x + nudge]);
  if (!Number.isNaN(value)) {
    marks.push(line(chart, [[x, y], [x + nudge, y], [x + nudge, value]], "ag-nudge"), dot(chart, [x + nudge, value], 4, "ag-nudged"));
  }
  marks.push(dot(chart, [x, y], 7, "ag-here"));
  const below = chart.height - 12;
  if (framed(chart, here)[2]) return marks;
  return [...marks, ...arrow(chart.x(x), below, clamp(chart.x(nextPoint(here, rate)[0]), -1e4, 1e4), below)];
}

/** The contours, and their values where there is room for them. */
function contourLines(chart, contours) {
  const marks = [], texts = [], taken = [];
  for (const { text, lines } of [...contours].reverse()) {
    const all = lines.map(pairs);
    for (const points of all) marks.push(line(chart, points, "ag-contour"));
    const longest = all.reduce((a, b) => (b.length > a.length ? b : a));
    const place = longest.map(([x, y]) => [chart.x(x), chart.y(y)]).find((at) => fits(chart, at, taken));
    if (!place) continue;
    taken.push(place);
    texts.push(s("text", { x: place[0], y: place[1] + 4, class: "ag-level" }, text));
  }
  return [...marks, ...texts];
}

const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);

function fits({ width, height }, [x, y], taken) {
  const inside = x > 30 && x < width - 30 && y > 14 && y < height - 14;
  return inside && taken.every(([a, b]) => Math.abs(x - a) > LABEL_WIDE || Math.abs(y - b) > LABEL_HIGH);
}

/** The path over a surface, and the next step. */
function pathMarks(chart, { places, rate }) {
  const here = places.at(-1);
  const marks = [line(chart, places.map(({ point }) => point), "ag-path")];
  for (const { point } of places.slice(0, -1)) marks.push(dot(chart, point, beenSize(places), "ag-been"));
  const at = ([x, y]) => [clamp(chart.x(x), -1e4, 1e4), clamp(chart.y(y), -1e4, 1e4)];
  if (isKnown(here)) marks.push(...direction(at(here.point), at(nextPoint(here, rate))));
  return [...marks, dot(chart, here.point, 7, "ag-here")];
}

/** The next step, and where it is short a thin line on to where it points. */
function direction(from, to) {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  if (length >= POINTER || length < 1e-3) return arrow(...from, ...to);
  const on = from.map((x, i) => x + (to[i] - x) * POINTER / length);
  return [s("path", { d: lineThrough([from, on]), class: "ag-line ag-direction" }), ...arrow(...from, ...to)];
}

/** An arrow in pixels; none where it would be too short to see. */
export function arrow(x1, y1, x2, y2, look = "ag-next") {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (length < 2) return [];
  const [u, v, size] = [(x2 - x1) / length, (y2 - y1) / length, Math.min(TIP, length)];
  const [bx, by] = [x2 - size * u, y2 - size * v];
  const tip = lineThrough([[x2, y2], [bx - size / 2 * v, by + size / 2 * u], [bx + size / 2 * v, by - size / 2 * u]]);
  return [s("path", { d: lineThrough([[x1, y1], [bx, by]]), class: `ag-line ${look}` }), s("path", { d: `${tip}z`, class: `${look}-tip` })];
}

/** Where a place lies in the picture, moved to the frame where it is outside: `[x, y, outside]`. */
export function framed(chart, { point, value }) {
  const up = point.length === 2 ? point[1] : Number.isNaN(value) ? chart.data.y.high : value;
  const [x, y] = [chart.x(point[0]), chart.y(up)];
  const outside = x < 0 || x > chart.width || y < 0 || y > chart.height;
  return [clamp(x, 0, chart.width), clamp(y, 0, chart.height), outside, x, y];
}

/** At the frame, an arrow and the numbers of a point that is outside the picture. */
function leaving(chart, { places }) {
  const here = places.at(-1);
  const [, , outside, x, y] = framed(chart, here);
  if (!outside) return [];
  const edge = [clamp(x, 16, chart.width - 16), clamp(y, 16, chart.height - 16)];
  const to = [edge[0] + 12 * (Number(x > chart.width) - Number(x < 0)), edge[1] + 12 * (Number(y > chart.height) - Number(y < 0))];
  const start = edge[0] < chart.width / 2;
  return [
    ...arrow(2 * edge[0] - to[0], 2 * edge[1] - to[1], ...to, "ag-out"),
    s("text", { x: edge[0] + (start ? 12 : -12), y: Math.max(edge[1] - 10, 14), class: `ag-left-at ${start ? "" : "ag-at-end"}` },
      here.point.map((x, i) => heldText(x, here.drift[i])).join(", ")),
  ];
}
