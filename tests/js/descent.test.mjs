import assert from "node:assert/strict";
import { test } from "node:test";
import { arrow } from "../../widgets/static/descent_picture.js";
import { nextPoint, nudged, placeAt, told, updates, verdict } from "../../widgets/static/descent_narration.js";
import { nearest } from "../../widgets/static/descent.js";
import { cellOf, cubic, landscapeOf } from "../../widgets/static/landscape.js";

// (a − 2)² at four places, with no value left of −999: Hermite's cubic is exact for it.
const landscape = landscapeOf({ at: [-1000, -998, 4, 1000], value: [null, 1000000, 4, 996004], slope: [null, -2000, 4, 1996] });
const scene = { names: ["a"], output: "error", widths: [4], lowest: 0, spread: 4, reach: [[-1000, 1000]] };
const walked = (rate, steps, from = 1) => {
  const places = [placeAt(landscape, [from])];
  for (let i = 0; i < steps; i++) places.push(placeAt(landscape, nextPoint(places.at(-1), rate)));
  return places;
};

test("a cubic has the values and slopes it was given", () => {
  for (const [t, expected] of [[0, [3, -1]], [1, [5, 2]]]) assert.deepEqual(cubic([3, 5], [-1, 2], 2, t), expected);
});

test("a place is found in its cell, and nowhere outside", () => {
  assert.deepEqual([-0.1, 0, 0.5, 1, 2.9, 3, 3.1, NaN].map((x) => cellOf([0, 1, 3], x)), [-1, 0, 0, 1, 1, 1, -1, -1]);
});

test("values and slopes between the samples, at them, and where there are none", () => {
  assert.deepEqual(landscape([1]), { value: 1, slopes: [-2] });
  assert.deepEqual(landscape([4]), { value: 4, slopes: [4] });
  for (const x of [-1000, -999, 1001]) assert.deepEqual(landscape([x]), { value: NaN, slopes: [NaN] });
});

test("a surface: x²·y at the corners of a cell", () => {
  const surface = landscapeOf({
    at: [[0, 2], [0, 2]], value: [[0, 0], [0, 8]], slopes: [[[0, 0], [0, 8]], [[0, 4], [0, 4]]], twist: [[0, 4], [0, 4]],
  });
  assert.deepEqual(surface([1, 1]), { value: 1, slopes: [2, 1] });
  assert.deepEqual(surface([0.5, 2]), { value: 0.5, slopes: [2, 0.25] });
  assert.deepEqual(surface([3, 1]), { value: NaN, slopes: [NaN, NaN] });
});

test("a step goes against the slope, and is written out", () => {
  const place = placeAt(landscape, [1]);
  assert.deepEqual(nextPoint(place, 0.1), [1.2]);
  assert.deepEqual(updates(scene, place, 0.1), ["new a = 1 − 0.1·(−2) = 1.2"]);
  assert.deepEqual(nextPoint({ point: [0.1 + 0.2], slopes: [3] }, 0.1), [0]); // only rounding is left
});

test("the nudge with its numbers, and where there is no value", () => {
  assert.deepEqual(nudged(scene, landscape, placeAt(landscape, [1]), 0.01), [["a: 1 → 1.01", "error: 1 → 0.9801", "slope −1.99"]]);
  assert.deepEqual(nudged(scene, landscape, placeAt(landscape, [1000]), 1)[0].slice(1), ["error: too far away to show", ""]);
  const hole = () => ({ value: NaN, slopes: [NaN] });
  assert.deepEqual(nudged(scene, hole, placeAt(hole, [1]), 1)[0].slice(1), ["error: no value there", ""]);
});

test("how descent goes has a name", () => {
  const kinds = [[0.1, 3], [0.1, 100], [0.9, 4], [1, 6], [1.5, 5], [1e-4, 12], [3, 1]].map(([rate, steps]) => verdict(scene, walked(rate, steps), rate)[0]);
  assert.deepEqual(kinds, ["", "rest", "zigzag", "oscillates", "diverges", "slow", "too far"]);
  const sentence = "Step 5: a = 34, error = 1024, slope 64. Next: new a = 34 − 1.5·64 = −62. " +
    "Diverges: after 5 steps |a| grew from 1 to 34. The learning rate 1.5 is too large.";
  assert.equal(told(scene, walked(1.5, 5), 1.5), sentence);
  assert.match(verdict(scene, walked(1.5, 10), 1.5)[1], /^Diverges: after 10 steps \|a\| grew from 1 to 1022/); // outside
});

test("descent ends where there is no value, and where nothing was sampled", () => {
  assert.match(told(scene, [placeAt(landscape, [-999])], 0.1), /^Step 0: a = −999. There error has no value/);
  assert.match(told(scene, [placeAt(landscape, [1001])], 0.1), /outside what was sampled, a from −1000 to 1000/);
});

test("the nearest learning rate, by ratio", () => {
  assert.equal(nearest([0.01, 0.1, 1], 0.3), 1);
  assert.equal(nearest([0.01, 0.1, 1], 0.4), 2);
});

test("an arrow too short to see is not drawn", () => assert.deepEqual(arrow(0, 0, 1, 1), []));
