/** A function sampled beforehand, read as landscape.py reads it: Hermite's polynomials in between. */

import { clamp } from "./base.js";
import { unpacked } from "./numbers.js";

/**
 * @typedef {{value: number, slopes: number[], off: {value: number, slopes: number[]}}} Height
 *   NaN where nothing is known; `off`: how far value and slopes may be from the function's
 * @typedef {(point: number[]) => Height} Landscape
 */

/**
 * Hermite's cubic with values y and slopes m at both ends, and its slope, at t in 0 … 1.
 * @returns {[value: number, slope: number]}
 */
export function cubic([y0, y1], [m0, m1], width, t) {
  const rise = y1 - y0;
  const square = 3 * rise - width * (2 * m0 + m1);
  const cube = width * (m0 + m1) - 2 * rise;
  return [y0 + t * (width * m0 + t * (square + t * cube)), m0 + t * (2 * square + 3 * t * cube) / width];
}

/** The cell of the sorted places `at` that `x` is in; -1 outside. */
export function cellOf(at, x) {
  if (!(x >= at[0] && x <= at.at(-1))) return -1;
  let [low, high] = [0, at.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (at[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** JSON has no NaN: what is missing was sent as null. */
const known = (list) => list.map((x) => x ?? NaN);

/**
 * @param {object} samples  of a curve (`at`, `value`, `slope`) or a surface (`at`, `value`, `slopes`, `twist` …)
 * @returns {Landscape}
 */
export function landscapeOf(samples) {
  return samples.slopes ? surfaceOf(samples) : curveOf(samples);
}

/**
 * The same landscape, but where the function itself was asked, what it said.
 * @param {number[][]} rows  of point, value and slopes
 * @returns {Landscape & {learn: (rows: number[][]) => void}}
 */
export function withTruths(landscape, rows) {
  const truths = new Map();
  const truer = (point) => truths.get(point.join()) ?? landscape(point);
  truer.learn = (all) => {
    for (const row of all) {
      const count = (row.length - 1) / 2, [value, ...slopes] = known(row.slice(count));
      truths.set(row.slice(0, count).join(), { value, slopes, exact: true });
    }
  };
  truer.learn(rows);
  return truer;
}

/** How far value and slopes may be off in a cell. The errors were sent as powers of ten: "A" is 1e-16, "B" 1e-15 … */
const offIn = (errors, cell, count) => {
  const [value, slope] = errors.map((letters) => (letters[cell] === "?" ? Infinity : 10 ** (letters.charCodeAt(cell) - 81)));
  return { value, slopes: new Array(count).fill(slope) };
};

function curveOf({ at, errors, ...samples }) {
  const [value, slope] = [known(samples.value), known(samples.slope)];
  return ([x]) => {
    let i = cellOf(at, x);
    if (i < 0) return { value: NaN, slopes: [NaN], off: { value: 0, slopes: [0] } };
    if (x === at[i] || x === at[i + 1]) {
      if (x === at[i + 1]) i++;
      return { value: value[i], slopes: [slope[i]], off: { value: 0, slopes: [0] } };
    }
    const width = at[i + 1] - at[i];
    const [height, steepness] = cubic([value[i], value[i + 1]], [slope[i], slope[i + 1]], width, (x - at[i]) / width);
    return { value: height, slopes: [steepness], off: offIn(errors, i, 1) };
  };
}

function surfaceOf({ at: [columns, rows], smooth, errors, ...samples }) {
  const wide = columns.length;
  const [value, across, up, twist] = [samples.value, ...samples.slopes, samples.twist].map(unpacked);
  return ([x, y]) => {
    const [i, j] = [cellOf(columns, x), cellOf(rows, y)];
    if (i < 0 || j < 0) return { value: NaN, slopes: [NaN, NaN], off: { value: 0, slopes: [0, 0] } };
    const here = j * wide + i, cell = j * (wide - 1) + i;
    if (x === columns[i] && y === rows[j]) return { value: value[here], slopes: [across[here], up[here]], off: { value: 0, slopes: [0, 0] } };
    const count = smooth[cell] === "1" ? 4 : 2;
    const twistAt = count === 4 ? (at) => twist[at] : twistWithin();
    const [left, below] = [around(i, count, wide), around(j, count, rows.length)];
    const [along, upwards] = [hermite(columns.slice(left, left + count), x), hermite(rows.slice(below, below + count), y)];
    let height = 0, tilt = 0, rise = 0;
    upwards.forEach(([c, d, dc, dd], k) => {
      const lines = [0, 0, 0, 0]; // on this row: the value and its slope across, the slope upwards and its slope across
      along.forEach(([a, b, da, db], m) => {
        const at = (below + k) * wide + left + m;
        lines[0] += a * value[at] + b * across[at];
        lines[1] += da * value[at] + db * across[at];
        lines[2] += a * up[at] + b * twistAt(at);
        lines[3] += da * up[at] + db * twistAt(at);
      });
      height += c * lines[0] + d * lines[2];
      tilt += c * lines[1] + d * lines[3];
      rise += dc * lines[0] + dd * lines[2];
    });
    return { value: height, slopes: [tilt, rise], off: offIn(errors, cell, 2) };

    /** The twist at this cell's corners by its own slopes alone. */
    function twistWithin() {
      const upwards = [0, 1].map((k) => (across[here + wide + k] - across[here + k]) / (rows[j + 1] - rows[j]));
      const sideways = [0, 1].map((k) => (up[here + k * wide + 1] - up[here + k * wide]) / (columns[i + 1] - columns[i]));
      const mean = (upwards[0] + upwards[1] + sideways[0] + sideways[1]) / 4;
      return (at) => upwards[(at - here) % wide] + sideways[Math.floor((at - here) / wide)] - mean;
    }
  };
}

/** The first of the `count` samples around a cell. */
const around = (cell, count, length) => clamp(cell - (count / 2 - 1), 0, length - count);

/**
 * What the value and the slope at each sample count for the value and the slope at `x` of the
 * polynomial that has them all.
 * @param {number[]} at  the samples
 * @returns {[number, number, number, number][]}  value for value, slope for value, value for slope, slope for slope
 */
export function hermite(at, x) {
  return at.map((own) => {
    const others = at.filter((other) => other !== own);
    const factors = others.map((other) => (x - other) / (own - other)); // of Lagrange's polynomial
    const tilts = others.map((other) => 1 / (own - other));
    const product = (list) => list.reduce((a, b) => a * b, 1);
    const lagrange = product(factors);
    const change = tilts.reduce((sum, tilt, k) => sum + tilt * product(factors.filter((_, m) => m !== k)), 0);
    const tilt = tilts.reduce((a, b) => a + b, 0), off = x - own, lean = 1 - 2 * off * tilt;
    const square = lagrange * lagrange, slope = 2 * lagrange * change;
    return [lean * square, off * square, lean * slope - 2 * tilt * square, square + off * slope];
  });
}
