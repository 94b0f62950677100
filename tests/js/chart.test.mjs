import assert from "node:assert/strict";
import { test } from "node:test";
import { fractionOf, lineThrough, readable, valueAt } from "../../widgets/drawing/chart.js";

const linear = { low: -2, high: 6, log: false };
const log = { low: 1e-15, high: 1e-1, log: true };

test("the ends of an axis are at 0 and 1, and back again", () => {
  for (const axis of [linear, log]) {
    assert.equal(fractionOf(axis, axis.low), 0);
    assert.equal(fractionOf(axis, axis.high), 1);
    for (const fraction of [0, 0.25, 0.7, 1]) assert.ok(Math.abs(fractionOf(axis, valueAt(axis, fraction)) - fraction) < 1e-9);
  }
});

test("equal ratios are equal lengths on a logarithmic axis", () => {
  assert.ok(Math.abs(fractionOf(log, 1e-8) - 0.5) < 1e-12);
});

test("what has no place is not a number", () => {
  assert.ok(Number.isNaN(fractionOf(log, -1)));
  assert.ok(Number.isNaN(fractionOf(linear, null)));
});

test("a line is broken where a point has no place, and kept within what can be drawn", () => {
  assert.equal(lineThrough([[0, 1], [2.04, 3], [NaN, 1], [4, 5], [6, 1e300]]), "M0 1L2 3M4 5L6 100000");
});

test("ticks whose texts would touch are left out", () => {
  assert.deepEqual(readable([[0, "1e−15"], [20, "1e−12"], [60, "1e−9"]]), [[0, "1e−15"], [60, "1e−9"]]);
});
