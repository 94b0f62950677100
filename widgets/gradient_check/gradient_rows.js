/** The rows of a gradient check: what they are called, which are shown, what is said of them. */

import { halfEven, numberText } from "../words/numbers.js";
import { indexOf, indexed } from "../state.js";

/**
 * @typedef {{output: string, input: string, output_shape: number[], input_shape: number[], start: number, count: number, columns: number[] | null}} Group
 */

const sizeOf = (shape) => shape.reduce((product, size) => product * size, 1);

/** The group that a row belongs to. */
export function groupOf(groups, row) {
  return groups.findLast((group) => group.start <= row && group.count > 0);
}

/** What a row is called, as derivatives.py calls it. */
export function titleOf(groups, row) {
  const { output, input, output_shape: outputShape, input_shape: shape, start, columns } = groupOf(groups, row);
  const width = columns ? columns.length : sizeOf(shape);
  const column = (row - start) % width;
  const name = indexed(input, indexOf(columns ? columns[column] : column, shape));
  const out = indexOf(Math.floor((row - start) / width), outputShape);
  return output || sizeOf(outputShape) > 1 ? `${indexed(output || "output", out)} by ${name}` : name;
}

/** The matrix of one input's derivatives, for one element of the output, that a row belongs to; or null. */
export function matrixOf(groups, row) {
  const group = groupOf(groups, row);
  const { input, output, input_shape: shape, start, columns } = group;
  if (shape.length !== 2 || Math.min(...shape) < 2) return null;
  const width = columns ? columns.length : sizeOf(shape);
  const first = start + Math.floor((row - start) / width) * width;
  const elements = Array.from({ length: width }, (_, i) => [columns ? columns[i] : i, first + i]);
  return { key: first, name: titleOf(groups, first).replace(/\[[^[\]]*\]$/, ""), input, output, shape, elements };
}

/**
 * The rows that a filter leaves.
 * @param {{groups: Group[], verdicts: string, curves: object}} content
 * @param {string} kind  "all", "disagreeing", "curve" or "input:<name>"
 * @param {string} text  what the title must contain; white space does not count
 */
export function filtered({ groups, verdicts, curves }, kind, text) {
  const wanted = text.replace(/\s/g, "");
  const input = kind.startsWith("input:") ? kind.slice(6) : null;
  const rows = [];
  for (const group of groups) {
    if (input !== null && group.input !== input) continue;
    for (let row = group.start; row < group.start + group.count; row++) {
      if (kind === "disagreeing" && verdicts[row] === "0") continue;
      if (kind === "curve" && !(row in curves)) continue;
      if (wanted && !titleOf(groups, row).replace(/\s/g, "").includes(wanted)) continue;
      rows.push(row);
    }
  }
  return rows;
}

/** What was found for one row: the words of gradient_check.py. */
export function sentenceOf(title, analytic, numeric, inFull = false) {
  return `${title}: backward() gives ${numberText(settled(analytic, 12))}, a central difference ${numberText(inFull ? numeric : settled(numeric))}.`;
}

/** A slope without what may be round-off in one near 0. */
export const settled = (slope, decimals = 7) => (Math.abs(slope) < 1e-3 ? Number(halfEven(slope, decimals, "toFixed")) : slope);

/** Numbers with so many significant digits that no two of the type are written the same; 17 only where 16 are not enough. */
export function precisely(numbers, digits) {
  const enough = digits === 17 && numbers.every((x) => Number.isNaN(x) || Number(x.toPrecision(16)) === x) ? 16 : digits;
  return numbers.map((x) => (Number.isFinite(x) ? x.toPrecision(enough) : numberText(x)).replaceAll("-", "−"));
}

/** Where two numbers, as text, begin to differ: the digits they share, and the rest of each. */
export function shared(first, second) {
  let same = 0;
  while (same < Math.min(first.length, second.length) && first[same] === second[same]) same++;
  return [first.slice(0, same), first.slice(same), second.slice(same)];
}
