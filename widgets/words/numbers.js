/** Numbers as a learner reads them: the same text as numbers_as_text.py writes. */

/**
 * Write digits as Python does: a number exactly half-way goes to the even digit.
 * @param {number} x
 * @param {number} digits  after the point
 * @param {"toFixed" | "toExponential"} how
 */
export function halfEven(x, digits, how) {
  const text = x[how](digits);
  if (!Number.isFinite(x)) return text;
  const [, whole, decimals, power] = /^(-?\d+)\.(\d+)(.*)$/.exec(x[how](100));
  const kept = decimals.slice(0, digits);
  const even = Number((whole + kept).at(-1)) % 2 === 0;
  return even && /^50*$/.test(decimals.slice(digits)) ? whole + (kept && `.${kept}`) + power : text;
}

const withoutZeros = (text) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);

/**
 * Write a number with at most four decimals, or with exactly `decimals`; very small and very
 * large ones as powers of ten.
 */
export function numberText(x, decimals = null) {
  return plain(x, decimals).replaceAll("-", "−");
}

function plain(x, decimals) {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  if (x === 0) return decimals === null ? "0" : (0).toFixed(decimals);
  if (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e7) return powerOfTen(x, 3);
  return decimals === null ? withoutZeros(halfEven(x, 4, "toFixed")) : halfEven(x, decimals, "toFixed");
}

/** Write a number with two significant digits, as `1.7e−3` or `0.25`. */
export function roughly(x) {
  return Number.isFinite(x) ? numberText(Number(halfEven(x, 1, "toExponential"))) : numberText(x);
}

function powerOfTen(x, digits) {
  const [mantissa, exponent] = halfEven(x, digits, "toExponential").split("e");
  return `${withoutZeros(mantissa)}e${Number(exponent)}`;
}

/** The numbers that Python packed: float64, little-endian, in base 64. */
export function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Float64Array(bytes.buffer);
}
