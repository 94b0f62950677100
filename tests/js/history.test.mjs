import assert from "node:assert/strict";
import { test } from "node:test";
import { historyOf, NOT_RECEIVED, standingAt, together } from "../../widgets/stepper/history.js";
import { standingInWords } from "../../widgets/drawing/graph.js";

const partial = [0, "partial", "3", "1 of 2", null];
const complete = [0, "complete", "39", "2 of 2", null];
const moments = [
  { phase: "start", node: null, changes: [] },
  { phase: "forward", node: 0, changes: [] },
  { phase: "forward", node: 1, changes: [] },
  { phase: "backward", node: 1, changes: [[1, "complete", "1", "", null], partial] },
  { phase: "backward", node: 2, changes: [complete] },
];
const history = historyOf(moments, 3);

test("a value appears at its forward step", () => {
  assert.deepEqual(history.map((node) => node.appears), [1, 2, Infinity]);
});

test("a gradient stands as the last change up to a step left it", () => {
  const states = [0, 2, 3, 4].map((step) => standingAt(history[0], step).state);
  assert.deepEqual(states, ["nothing", "nothing", "partial", "complete"]);
  assert.deepEqual(standingAt(history[0], 3), { state: "partial", text: "3", count: "1 of 2", rows: null, figures: undefined });
  assert.equal(standingAt(history[2], 4), NOT_RECEIVED);
});

test("two contributions in one step: the last one counts", () => {
  const twice = [{ phase: "start", node: null, changes: [] }, { phase: "backward", node: 1, changes: [partial, complete] }];
  assert.equal(standingAt(historyOf(twice, 2)[0], 1).text, "39");
});

test("a closed scope stands as its results do together", () => {
  const [nothing, done, zero] = ["nothing", "complete", "zero"].map((state) => ({ state, text: state, count: "", rows: null }));
  assert.equal(together([done]), done);
  assert.equal(together([nothing, nothing]).state, "nothing");
  assert.deepEqual([together([done, nothing]).state, together([done, nothing]).count], ["partial", "1 of 2"]);
  assert.deepEqual([together([done, zero]).state, together([zero, zero]).state], ["complete", "zero"]);
});

test("going back shows what going forward showed", () => {
  const seen = moments.map((_, step) => standingAt(history[0], step));
  for (let step = moments.length - 1; step >= 0; step--) assert.deepEqual(standingAt(history[0], step), seen[step]);
});

test("the four states differ in words", () => {
  const words = ["nothing", "partial", "complete", "zero"].map((state) => standingInWords({ state, text: "0", count: "1 of 2" }));
  assert.equal(new Set(words).size, 4);
  assert.match(words[1], /1 of 2/);
  assert.match(words[3], /exactly zero/);
});
