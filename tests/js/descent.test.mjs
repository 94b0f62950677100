import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { arrow } from "../../widgets/descent/picture.js";
import { near, nextPoint, placeAt, told, verdict, walked } from "../../widgets/descent/narration.js";
import { ratesThatMatter } from "../../widgets/descent/descent.js";
import { cellOf, cubic, landscapeOf, withTruths } from "../../widgets/descent/samples.js";

// (a − 2)² at four places, with no value left of −999: Hermite's cubic is exact for it.
const landscape = landscapeOf({ at: [[-1000, -998, 4, 1000]], value: [null, 1000000, 4, 996004], slopes: [[null, -2000, 4, 1996]] });
const words = JSON.parse(readFileSync(new URL("../../widgets/descent/words.json", import.meta.url)));
const scene = { names: ["a"], output: "error", widths: [4], lowest: 0, spread: 4, reach: [[-4000, 4000]], shown: [[0, 4], [0, 4]], ...words };
const exactly = ([a]) => ({ value: (a - 2) ** 2, slopes: [2 * (a - 2)], exact: true });
const pathOf = (rate, steps, f = exactly) => walked(f, { start: [1], rates: new Array(steps).fill(rate) });

test("a cubic has the values it was given at both ends", () => {
  for (const [t, expected] of [[0, 3], [1, 5]]) assert.equal(cubic([3, 5], [-1, 2], 2, t), expected);
});

test("a place is found in its cell, and nowhere outside", () => {
  assert.deepEqual([-0.1, 0, 0.5, 1, 2, 3, 3.1].map((x) => cellOf([0, 1, 3], x)),
    [[0, 1, NaN], [0, 1, 0], [0, 1, 0.5], [1, 2, 0], [1, 2, 0.5], [1, 2, 1], [1, 2, NaN]]);
});

test("values and slopes between the samples, at them, and where there are none", () => {
  assert.deepEqual(landscape([1]), { value: 1, slopes: [-2], exact: false });
  assert.deepEqual(landscape([4]), { value: 4, slopes: [4], exact: false });
  for (const x of [-1000, -999, 1001]) assert.deepEqual(landscape([x]), { value: NaN, slopes: [NaN], exact: false });
});

test("a map: x² + y² at the corners of a cell", () => {
  const bowl = landscapeOf({ at: [[0, 2], [0, 2]], value: [[0, 4], [4, 8]], slopes: [[[0, 4], [0, 4]], [[0, 0], [4, 4]]] });
  assert.deepEqual(bowl([1, 0.5]), { value: 1.25, slopes: [2, 1], exact: false });
  assert.deepEqual(bowl([3, 1]).slopes, [NaN, NaN]);
});

test("where the function itself was asked, that is what counts", () => {
  const truer = withTruths(landscape, [[1, 0.999, -2.5], [2, null, null]]);
  assert.deepEqual(truer([1]), { value: 0.999, slopes: [-2.5], exact: true });
  assert.deepEqual([truer([2]).value, truer([2]).exact], [NaN, true]);
  assert.deepEqual(truer([3]), landscape([3]));
});

test("every number that samples tell is marked", () => {
  const places = pathOf(0.1, 1, landscape);
  assert.equal(told(scene, places.slice(0, 1), 0.1), "Step 0: a = 1, error ≈ 1, slope ≈ −2. Next: new a ≈ 1 − 0.1·(−2) ≈ 1.2.");
  assert.equal(told(scene, places, 0.1), "Step 1: a ≈ 1.2, error ≈ 0.64, slope ≈ −1.6. Next: new a ≈ 1.2 − 0.1·(−1.6) ≈ 1.36.");
});

test("of a marked number thousandths of the picture are told", () => {
  assert.deepEqual([near(1.23456, 4), near(-1e-17, 4), near(123456, 4e5), near(7, 0)], [1.235, 0, 123500, 7]);
});

test("a step goes against the slope, in the numbers of a plain loop", () => {
  assert.deepEqual(nextPoint(placeAt(landscape, [1]), 0.1), [1.2]);
  assert.deepEqual(nextPoint({ point: [0.3], slopes: [3] }, 0.1), [0.3 - 0.1 * 3]);
});

test("how descent goes has a name, of samples as of the function", () => {
  for (const f of [exactly, landscape]) {
    const kinds = [[0.1, 3], [0.1, 100], [0.9, 4], [1, 6], [1.5, 5], [1e-4, 12], [3, 1]].map(([rate, steps]) => verdict(scene, pathOf(rate, steps, f), rate)[0]);
    assert.deepEqual(kinds, ["", "rest", "zigzag", "oscillates", "diverges", "slow", "too far"]);
  }
  assert.match(told(scene, pathOf(1.5, 5), 1.5), /slope 64. That is outside the picture, a from 0 to 4. Diverges: after 5 steps \|a\| grew from 1 to 34. The/);
  assert.match(told(scene, pathOf(1.5, 12, landscape), 1.5), /Diverges: after 10 steps \|a\| grew from 1 to ≈ 1022. The/); // which the samples do not reach
});

test("descent ends where nothing is known, and it is said why", () => {
  assert.match(told(scene, [placeAt(landscape, [-999])], 0.1), /^Step 0: a = −999. That is outside .* Only Python can tell/);
  const hole = () => ({ value: NaN, slopes: [NaN], exact: true });
  assert.equal(told(scene, [placeAt(hole, [1])], 0.1), "Step 0: a = 1. There error has no value, so descent ends here.");
  assert.match(told(scene, [placeAt(hole, [9999])], 0.1), /too far away, not from −4000 to 4000 for a/);
});

test("the learning rates that matter follow the bend, or where there is none the slope", () => {
  const range = (slopes) => ratesThatMatter({ content: { widths: [4], first: { lr: 0.1 } }, here: { point: [1], slopes: slopes([1]).slopes }, landscape: slopes }).map((rate) => Number(rate.toPrecision(12))); // rounding differs by processor
  assert.deepEqual(range(([x]) => ({ slopes: [2 * x] })), [0.01, 2]);
  assert.deepEqual(range(() => ({ slopes: [-4] })), [0.01, 2]);
  assert.deepEqual(range(() => ({ slopes: [0] })), [0.01, 2]);
  assert.deepEqual(range(() => ({ slopes: [NaN] })), [0.01, 2]);
});

test("an arrow too short to see is not drawn", () => assert.deepEqual(arrow([0, 0], [1, 1], 9), []));
