import assert from "node:assert/strict";
import { test } from "node:test";
import { bandOf, settled, sparkOf, standingOf } from "../../widgets/static/training_monitor.js";
import { lineThrough } from "../../widgets/static/chart.js";

const live = { state: "running", progress: { part: 0.254 }, recorded: false };

test("a loop can be stopped while it runs or is paused, not afterwards, and not in a page", () => {
  assert.deepEqual(standingOf(live), { state: "running", part: 25, busy: true });
  assert.equal(standingOf({ ...live, state: "paused" }).busy, true);
  for (const state of ["waiting", "finished", "stopped", "ended", "interrupted", "failed"]) assert.equal(standingOf({ ...live, state }).busy, false);
  assert.equal(standingOf({ ...live, recorded: true }).busy, false);
  assert.equal(standingOf({ ...live, progress: { part: null } }).part, 0);
});

test("what was asked for is settled by what it leads to, or by the end", () => {
  assert.deepEqual(["running", "paused", "finished"].map((state) => settled("pause", state)), [false, true, true]);
  assert.deepEqual(["paused", "running", "stopped"].map((state) => settled("go", state)), [false, true, true]);
  assert.deepEqual(["running", "paused", "stopped"].map((state) => settled("stop", state)), [false, false, true]);
});

test("the band goes along the greatest losses and back along the least, over gaps", () => {
  const chart = { line: lineThrough };
  const curve = [[1, 2, 4, 3], [2, null, null, 3], [3, 1, 5, 3]];
  assert.equal(bandOf(curve, chart), "M1 4L3 5L3 1L1 2Z");
  assert.equal(bandOf([[1, null, null, null]], chart), "");
});

test("a spark fills its box, and is broken where there is no value", () => {
  assert.equal(sparkOf([0, 1, 0.5], { width: 10, height: 4 }), "M0 4L5 0L10 2");
  assert.equal(sparkOf([0, null, 1], { width: 10, height: 4 }), "M0 4M10 0");
  assert.equal(sparkOf([0.5], { width: 10, height: 4 }), "M0 2");
  assert.equal(sparkOf([], { width: 10, height: 4 }), "");
});
