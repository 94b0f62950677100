import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf, markAt, worstOf } from "../../widgets/gradient_check/error_map.js";
import { matrixOf } from "../../widgets/gradient_check/gradient_rows.js";

test("a small matrix has a mark for each element, a large one for each block", () => {
  assert.deepEqual(blocksOf([3, 4]), { size: 1, rows: 3, columns: 4, cell: 28 });
  assert.deepEqual(blocksOf([100, 100]), { size: 3, rows: 34, columns: 34, cell: 10 });
  assert.deepEqual(blocksOf([2, 81]), { size: 3, rows: 1, columns: 27, cell: 13 });
});

test("the worst of a block stands for it: first by verdict, then by difference", () => {
  const elements = Array.from({ length: 81 * 81 }, (_, flat) => [flat, flat]);
  const difference = new Map([[0, 5], [82, 9], [83, 7]]);
  const severity = new Map([[83, 2]]);
  const chosen = worstOf([81, 81], elements, (row) => [severity.get(row) ?? 0, difference.get(row) ?? 0]);
  assert.equal(chosen[0], 83);
  assert.equal(chosen.length, 27 * 27);
  assert.deepEqual(worstOf([2, 2], [[3, 9]], () => [0, 0]), [null, null, null, 9]);
});

test("verdicts differ in shape, and errors in size", () => {
  const marks = [0, 1, 2].map((verdict) => markAt(10, 10, verdict, 20, 1));
  assert.equal(new Set(marks).size, 3);
  assert.equal(markAt(10, 10, 1, 20, 0.5), "M1 1L19 19M1 19L19 1");
  assert.notEqual(markAt(10, 10, 1, 20, 0.001), markAt(10, 10, 1, 20, 0.05));
});

test("the matrix that a row belongs to", () => {
  const w = { output: "", input: "w", output_shape: [], input_shape: [2, 2], start: 0, count: 4 };
  const b = { ...w, input: "b", input_shape: [3], start: 4, count: 3 };
  assert.deepEqual(matrixOf([w, b], 3), { key: 0, name: "w", input: "w", output: "", shape: [2, 2], elements: [[0, 0], [1, 1], [2, 2], [3, 3]] });
  assert.equal(matrixOf([w, b], 5), null);
  const jacobian = { ...w, output_shape: [2], count: 8 };
  const found = matrixOf([jacobian], 6);
  assert.deepEqual([found.key, found.name, found.elements[2]], [4, "output[1] by w", [2, 6]]);
  const sampled = { ...w, input_shape: [9, 9], columns: [7, 70], count: 2 };
  assert.deepEqual(matrixOf([sampled], 1).elements, [[7, 0], [70, 1]]);
});
