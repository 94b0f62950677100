/** A function sampled beforehand, read as landscape.py reads it: Hermite's cubic in between. */

/**
 * @typedef {{value: number, slopes: number[]}} Height  NaN where nothing is known
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
const known = (x) => (Array.isArray(x) ? x.map(known) : x ?? NaN);

/**
 * @param {object} samples  of a curve (`at`, `value`, `slope`) or a surface (`at`, `value`, `slopes`, `twist`)
 * @returns {Landscape}
 */
export function landscapeOf(samples) {
  return samples.twist ? surfaceOf(samples) : curveOf(samples);
}

function curveOf({ at, ...samples }) {
  const [value, slope] = [known(samples.value), known(samples.slope)];
  return ([x]) => {
    let i = cellOf(at, x);
    if (i < 0) return { value: NaN, slopes: [NaN] };
    if (x === at[i] || x === at[i + 1]) {
      if (x === at[i + 1]) i++;
      return { value: value[i], slopes: [slope[i]] };
    }
    const width = at[i + 1] - at[i];
    const [height, steepness] = cubic([value[i], value[i + 1]], [slope[i], slope[i + 1]], width, (x - at[i]) / width);
    return { value: height, slopes: [steepness] };
  };
}

function surfaceOf({ at: [columns, rows], ...samples }) {
  const [value, twist, [across, up]] = [known(samples.value), known(samples.twist), known(samples.slopes)];
  return ([x, y]) => {
    const [i, j] = [cellOf(columns, x), cellOf(rows, y)];
    if (i < 0 || j < 0) return { value: NaN, slopes: [NaN, NaN] };
    if (x === columns[i] && y === rows[j]) return { value: value[j][i], slopes: [across[j][i], up[j][i]] };
    const [wide, high] = [columns[i + 1] - columns[i], rows[j + 1] - rows[j]];
    const [t, u] = [(x - columns[i]) / wide, (y - rows[j]) / high];
    const along = (row) => {
      const ends = (table) => [table[row][i], table[row][i + 1]];
      return [...cubic(ends(value), ends(across), wide, t), ...cubic(ends(up), ends(twist), wide, t)];
    };
    const [lower, upper] = [along(j), along(j + 1)];
    const pair = (k) => [lower[k], upper[k]];
    const [height, steepUp] = cubic(pair(0), pair(2), high, u);
    return { value: height, slopes: [cubic(pair(1), pair(3), high, u)[0], steepUp] };
  };
}
