import assert from "node:assert/strict";
import { test } from "node:test";
import { filtered, precisely, sentenceOf, settled, shared, titleOf } from "../../widgets/gradient_check/gradient_rows.js";
import { halfEven, numberText, roughly, unpacked } from "../../widgets/words/numbers.js";
import { indexOf } from "../../widgets/state.js";

test("numbers are written as Python writes them", () => {
  const written = { 6: "6", 0.6666666: "0.6667", "-0.25": "−0.25", 1e-7: "1e−7", 19.57449: "19.5745", 12345678: "1.235e7", 0: "0" };
  for (const [x, text] of Object.entries(written)) assert.equal(numberText(Number(x)), text);
  assert.deepEqual([NaN, Infinity, -Infinity].map((x) => numberText(x)), ["nan", "inf", "−inf"]);
  assert.deepEqual([3, 0, -0.94884].map((x) => numberText(x, 4)), ["3.0000", "0.0000", "−0.9488"]);
});

test("a number exactly half-way goes to the even digit", () => {
  assert.equal(halfEven(0.03125, 4, "toFixed"), "0.0312"); // JavaScript alone says 0.0313
  assert.equal(halfEven(0.09375, 4, "toFixed"), "0.0938");
  assert.equal(halfEven(0.125, 1, "toExponential"), "1.2e-1");
  assert.equal(halfEven(2.5, 0, "toFixed"), "2");
  assert.equal(halfEven(12345000, 3, "toExponential"), "1.234e+7");
  assert.equal(halfEven(0.1, 4, "toFixed"), "0.1000");
});

test("two digits", () => {
  assert.deepEqual([0.00174, 0.2514, 123.4, 0, Infinity, 3.2e-11].map(roughly), ["0.0017", "0.25", "120", "0", "inf", "3.2e−11"]);
});

test("packed numbers come out as they went in", () => {
  assert.deepEqual([...unpacked("AAAAAAAA8D8AAAAAAADwvwAAAAAAAPB/")], [1, -1, Infinity]);
});

const scalarOf = (input, shape, start, count) => ({ output: "", input, output_shape: [], input_shape: shape, start, count });

test("rows are called by input and index, and by output where there are several", () => {
  const groups = [scalarOf("w", [2, 3], 0, 6), scalarOf("none", [0], 6, 0), scalarOf("b", [], 6, 1)];
  assert.deepEqual([0, 4, 6].map((row) => titleOf(groups, row)), ["w[0, 0]", "w[1, 1]", "b"]);
  const jacobian = [{ output: "y", input: "x", output_shape: [2], input_shape: [2], start: 0, count: 4 }];
  assert.deepEqual([1, 2].map((row) => titleOf(jacobian, row)), ["y[0] by x[1]", "y[1] by x[0]"]);
  const sampled = [{ ...scalarOf("w", [10, 10], 0, 2), columns: [7, 93] }];
  assert.equal(titleOf(sampled, 1), "w[9, 3]");
  assert.deepEqual(indexOf(23, [2, 3, 4]), [1, 2, 3]);
});

test("a filter by verdict, curve, input and index", () => {
  const content = { groups: [scalarOf("w", [2, 2], 0, 4), scalarOf("b", [2], 4, 2)], verdicts: "010020", curves: { 3: {} } };
  assert.deepEqual(filtered(content, "all", ""), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(filtered(content, "disagreeing", ""), [1, 4]);
  assert.deepEqual(filtered(content, "curve", ""), [3]);
  assert.deepEqual(filtered(content, "input:b", ""), [4, 5]);
  assert.deepEqual(filtered(content, "all", " [1,"), [2, 3]);
  assert.deepEqual(filtered(content, "all", "w[0,1]"), [1]);
  assert.deepEqual(filtered(content, "input:none", "<"), []);
});

test("a slope near 0 is told without its round-off", () => {
  assert.deepEqual([3.1e-11, 1.23456e-4, 0.5, NaN].map((x) => settled(x)), [0, 0.0001235, 0.5, NaN]);
  assert.equal(sentenceOf("w[0]", 3, 6), "w[0]: backward() gives 3, a central difference 6.");
  assert.equal(sentenceOf("x", -2e-17, -2e-12), "x: backward() gives 0, a central difference 0.");
});

test("as many digits as tell two numbers of a type apart", () => {
  const next = Math.fround(0.1) + 2 ** -27;
  assert.deepEqual(precisely([Math.fround(0.1), next], 9), ["0.100000001", "0.100000009"]);
  assert.deepEqual(precisely([0.1, 0.25], 17), ["0.1000000000000000", "0.2500000000000000"]);
  const [first, second] = [0.1 + 0.2, 0.1 + 0.2 + 2 ** -54];
  assert.notEqual(...precisely([first, second], 17));
  assert.deepEqual(precisely([0.3, 0.1 + 0.2], 17).map(Number), [0.3, 0.1 + 0.2]);
  assert.deepEqual(precisely([NaN, -Infinity], 9), ["nan", "−inf"]);
});

test("the digits that two values share", () => {
  assert.deepEqual(shared("14.18299", "14.18256"), ["14.182", "99", "56"]);
  assert.deepEqual(shared("1", "1"), ["1", "", ""]);
});
