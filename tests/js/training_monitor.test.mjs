import assert from "node:assert/strict";
import { test } from "node:test";
import { atKernelEnd, bandOf, settled, standingOf, upTo } from "../../widgets/training/training.js";
import { lineThrough } from "../../widgets/drawing/chart.js";

const live = { state: "running", progress: { part: 0.254, words: "batch 9 · epoch 1 · 2 min 1 s left" }, sentence: "Running: epoch 1." };

test("a loop can be stopped while it runs or is paused, not afterwards, and not in a page", () => {
  assert.deepEqual(standingOf(live), { state: "running", part: 25, busy: true, sentence: live.sentence, reached: live.progress.words });
  assert.equal(standingOf({ ...live, state: "paused" }).busy, true);
  for (const state of ["waiting", "finished", "stopped", "ended", "interrupted", "failed"]) assert.equal(standingOf({ ...live, state }).busy, false);
  assert.equal(standingOf(live, "", true).busy, false);
  assert.equal(standingOf({ ...live, progress: { part: null, words: "" } }).part, 0);
});

test("a recorded run is played batch by batch, and holds nothing of what came later", () => {
  const run = { ...live, progress: { part: 1, words: "" }, curve: [[1, 3, 3, 3], [2, 2, 2, 2], [4, 1, 1, 1]], validation: [[2, 2], [4, 1]], epochs: [2, 4] };
  const { curve, validation, epochs, progress } = upTo(run, 0.7);
  assert.deepEqual([curve, validation, epochs, progress], [run.curve.slice(0, 2), [[2, 2]], [2], { part: 0.5, words: "batch 2" }]);
  assert.deepEqual(upTo(run, 0).curve, run.curve.slice(0, 1));
});

test("a run whose kernel came to an end is over, and one that was over before stays as it was", () => {
  const gone = standingOf(live, "It is gone.");
  assert.deepEqual(gone, { state: "gone", part: 25, busy: false, sentence: "It is gone.", reached: "batch 9 · epoch 1" });
  const finished = { ...live, state: "finished", sentence: "Finished." };
  assert.deepEqual(standingOf(finished, "It is gone."), standingOf(finished));
});

test("the end of a kernel is told by its status, or by its connection, until one lets go", () => {
  const signal = () => { const all = new Set(); return { all, connect: (f) => all.add(f), disconnect: (f) => all.delete(f), emit: (...args) => all.forEach((f) => f(...args)) }; };
  const kernel = { statusChanged: signal(), disposed: signal() }, told = [];
  const letGo = atKernelEnd({ widget_manager: { kernel } }, (sentence) => told.push(sentence));
  for (const status of ["busy", "idle", "unknown", "restarting", "autorestarting", "dead"]) kernel.statusChanged.emit(kernel, status);
  kernel.disposed.emit(kernel);
  const [restarted, gone] = ["The kernel was restarted: this run is over.", "The kernel is gone: this run is over."];
  assert.deepEqual(told, [restarted, restarted, gone, gone]);
  letGo();
  assert.equal(kernel.statusChanged.all.size + kernel.disposed.all.size, 0);
});

test("a host that shows no kernel tells of no end", () => {
  for (const model of [{}, { widget_manager: {} }, { widget_manager: { kernel: null } }, { widget_manager: { kernel: {} } }]) atKernelEnd(model, assert.fail)();
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
