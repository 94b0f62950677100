/** A function sampled beforehand, read in between as samples.py reads it. */

import { clamp } from "../base.js";

/**
 * @typedef {{value: number, slopes: number[], exact: boolean}} Height
 *   NaN where nothing is known; `exact`: what the function itself said
 * @typedef {(point: number[]) => Height} Landscape
 */

/**
 * Hermite's cubic with values y and slopes m at both ends, at t in 0 … 1.
 * @param {number[]} values
 * @param {number[]} slopes
 */
export function cubic([y0, y1], [m0, m1], width, t) {
  const rise = y1 - y0, cube = width * (m0 + m1) - 2 * rise;
  return y0 + t * (width * m0 + t * (3 * rise - width * (2 * m0 + m1) + t * cube));
}

/** @type {(ends: number[], t: number) => number} */
const blend = ([a, b], t) => a + t * (b - a);

/**
 * The sample before `x`, the distance to the next, and which part of that; NaN outside.
 * @param {number[]} line  ascending
 * @returns {[position: number, width: number, part: number]}
 */
export function cellOf(line, x) {
  const after = line.findIndex((at) => at > x);
  const i = clamp((after < 0 ? line.length : after) - 1, 0, line.length - 2);
  const width = line[i + 1] - line[i];
  return [i, width, x >= line[0] && x <= line.at(-1) ? (x - line[i]) / width : NaN];
}

/** @returns {Landscape} */
export function landscapeOf({ at, value, slopes }) {
  return (point) => {
    const cells = at.map((line, k) => cellOf(line, point[k]));
    const [height, ...tilts] = (at.length === 1 ? along : over)([value, ...slopes], cells);
    const known = [height, ...tilts].every(Number.isFinite);
    return known ? { value: height, slopes: tilts, exact: false } : nowhere(point);
  };
}

const nowhere = (point) => ({ value: NaN, slopes: point.map(() => NaN), exact: false });
const pair = (list, i) => [list[i] ?? NaN, list[i + 1] ?? NaN]; // JSON has no NaN: it was sent as null

/** Value and slope of a curve. */
function along([value, slope], [[i, width, t]]) {
  return [cubic(pair(value, i), pair(slope, i), width, t), blend(pair(slope, i), t)];
}

/** Value and slopes of a map: along both rows around, and then from row to row. */
function over(tables, [[i, wide, t], [j, high, u]]) {
  const [value, across, up] = tables.map((table) => [pair(table[j], i), pair(table[j + 1], i)]);
  const rows = [0, 1].map((k) => cubic(value[k], across[k], wide, t));
  const [tilts, rises] = [across, up].map((both) => both.map((row) => blend(row, t)));
  return [cubic(rows, rises, high, u), blend(tilts, u), blend(rises, u)];
}

/**
 * The same landscape, but where the function itself was asked, what it said.
 * @param {(number | null)[][]} rows  of point, value and slopes
 * @returns {Landscape}
 */
export function withTruths(landscape, rows) {
  const truths = new Map(rows.map((row) => {
    const count = (row.length - 1) / 2, [value, ...slopes] = row.slice(count).map((x) => x ?? NaN);
    return [row.slice(0, count).join(), { value, slopes, exact: true }];
  }));
  return (point) => truths.get(point.join()) ?? landscape(point);
}
