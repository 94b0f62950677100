import assert from "node:assert/strict";
import { test } from "node:test";
import { arrow } from "../../widgets/static/descent_picture.js";
import { nextPoint, nudged, placeAt, told, updates, verdict, walked } from "../../widgets/static/descent_narration.js";
import { nearest } from "../../widgets/static/descent.js";
import { cellOf, cubic, hermite, landscapeOf, withTruths } from "../../widgets/static/landscape.js";

// (a − 2)² at four places, with no value left of −999: Hermite's cubic is exact for it.
const landscape = landscapeOf({ at: [-1000, -998, 4, 1000], value: [null, 1000000, 4, 996004], slope: [null, -2000, 4, 1996], errors: ["AAA", "AAA"] });
const scene = { names: ["a"], output: "error", widths: [4], lowest: 0, spread: 4, reach: [[-1000, 1000]], shown: [[0, 4], [0, 4]] };
const pathOf = (rate, steps, from = 1) => walked(landscape, { start: [from], rates: new Array(steps).fill(rate) }, scene.widths);
const packed = (numbers) => Buffer.from(Float64Array.from(numbers).buffer).toString("base64");

test("a cubic has the values and slopes it was given", () => {
  for (const [t, expected] of [[0, [3, -1]], [1, [5, 2]]]) assert.deepEqual(cubic([3, 5], [-1, 2], 2, t), expected);
});

test("a place is found in its cell, and nowhere outside", () => {
  assert.deepEqual([-0.1, 0, 0.5, 1, 2.9, 3, 3.1, NaN].map((x) => cellOf([0, 1, 3], x)), [-1, 0, 0, 1, 1, 1, -1, -1]);
});

test("the polynomial through four samples has their values and slopes", () => {
  const at = [0, 1, 3, 4], f = (x) => x ** 7 - 3 * x ** 4, slope = (x) => 7 * x ** 6 - 12 * x ** 3;
  for (const x of [0.5, 2, 3.9]) {
    const weights = hermite(at, x);
    const sum = (value, tilt) => weights.reduce((all, each, i) => all + each[value] * f(at[i]) + each[tilt] * slope(at[i]), 0);
    assert.ok(Math.abs(sum(0, 1) - f(x)) < 1e-8 && Math.abs(sum(2, 3) - slope(x)) < 1e-8);
  }
});

const heightOf = ({ value, slopes }) => ({ value, slopes });

test("values and slopes between the samples, at them, and where there are none", () => {
  assert.deepEqual(heightOf(landscape([1])), { value: 1, slopes: [-2] });
  assert.deepEqual(heightOf(landscape([4])), { value: 4, slopes: [4] });
  for (const x of [-1000, -999, 1001]) assert.deepEqual(heightOf(landscape([x])), { value: NaN, slopes: [NaN] });
});

test("a surface: x²·y at the corners of a cell", () => {
  const surface = landscapeOf({
    at: [[0, 2], [0, 2]], value: packed([0, 0, 0, 8]), slopes: [packed([0, 0, 0, 8]), packed([0, 4, 0, 4])], twist: "",
    smooth: "0", errors: ["L", "M"],
  });
  assert.deepEqual(surface([1, 1]), { value: 1, slopes: [2, 1], off: { value: 10 ** -5, slopes: [10 ** -4, 10 ** -4] } });
  assert.deepEqual(heightOf(surface([0.5, 2])), { value: 0.5, slopes: [2, 0.25] });
  assert.deepEqual(heightOf(surface([3, 1])), { value: NaN, slopes: [NaN, NaN] });
});

test("where the function itself was asked, that is what counts", () => {
  const truer = withTruths(landscape, [[1, 0.999, -2.5], [2, null, null]]);
  assert.deepEqual(truer([1]), { value: 0.999, slopes: [-2.5], exact: true });
  assert.deepEqual(truer([2]).value, NaN);
  assert.deepEqual(truer([3]), landscape([3]));
});

test("digits that may be wrong are left out", () => {
  const rough = ([x]) => ({ value: x * x, slopes: [2 * x], off: { value: 1e-3, slopes: [0.01] } });
  const places = walked(rough, { start: [1.2345], rates: [0.1] }, [4]);
  assert.equal(told(scene, rough, places.slice(0, 1), 0.1).split(" Next")[0], "Step 0: a = 1.2345, error ≈ 1.52, slope ≈ 2.5.");
  // the slope, off by up to 0.01, led up to 0.001 astray, where the slope changes by twice as much
  assert.match(told(scene, rough, places, 0.1), /^Step 1: a ≈ 0.99, error ≈ 0.98, slope ≈ 2. Next: new a = 0.99 − 0.1·2 ≈ 0.79\./);
  assert.deepEqual(nudged(scene, rough, places[0], 0.01), [["a: 1.2345 → 1.2445", "error: 1.52 → 1.55", "slope ≈ 2"]]);
});

test("a number of which no digit holds is not told", () => {
  const vague = ([x]) => ({ value: x * x, slopes: [2 * x], off: { value: 0, slopes: [5] } });
  const place = placeAt(vague, [0.1]);
  assert.deepEqual(updates(scene, vague, place, 1e-4), ["new a = 0.1 − 1e−4·? = 0.1"]);
  assert.match(told(scene, vague, [place], 1e-4), /slope ≈ \?\./);
});

test("where small errors have grown too large, descent on samples ends", () => {
  const steep = ([x]) => ({ value: x * x, slopes: [2 * x], off: { value: 0, slopes: [1e-4] } });
  const places = walked(steep, { start: [1], rates: new Array(50).fill(1.5) }, [4]); // each step doubles what is astray
  assert.equal(places.length, 11); // 1.5e-4·(2¹⁰ − 1) is more than a fiftieth of 4
  assert.match(nudged(scene, steep, places.at(-1), 0.1)[0][1], /the samples do not tell/);
  assert.match(told({ ...scene, reach: [[-1e9, 1e9]] }, steep, places, 0.1), /samples do not tell where descent goes/);
});

test("where the samples tell no digit of the point, no number is told", () => {
  const rough = ([x]) => ({ value: x * x, slopes: [2 * x], off: { value: 0, slopes: [1] } });
  const places = walked(rough, { start: [0.1], rates: [0.5] }, [4]);
  assert.equal(told({ ...scene, reach: [[-1e9, 1e9]] }, rough, places, 0.5), "Step 1: the samples no longer tell where a is.");
});

test("a step goes against the slope, and is written out", () => {
  const place = placeAt(landscape, [1]);
  assert.deepEqual(nextPoint(place, 0.1), [1.2]);
  assert.deepEqual(updates(scene, landscape, place, 0.1), ["new a = 1 − 0.1·(−2) = 1.2"]);
  assert.deepEqual(nextPoint({ point: [0.3], slopes: [3] }, 0.1), [0.3 - 0.1 * 3]); // what rounding leaves, as in a plain loop
});

test("the nudge with its numbers, and where there is no value", () => {
  assert.deepEqual(nudged(scene, landscape, placeAt(landscape, [1]), 0.01), [["a: 1 → 1.01", "error: 1 → 0.9801", "slope −1.99"]]);
  assert.deepEqual(nudged(scene, landscape, placeAt(landscape, [1000]), 1)[0].slice(1), ["error: too far away to show", ""]);
  const hole = () => ({ value: NaN, slopes: [NaN], off: { value: 0, slopes: [0] } });
  assert.deepEqual(nudged(scene, hole, placeAt(hole, [1]), 1)[0].slice(1), ["error: no value there", ""]);
});

test("how descent goes has a name", () => {
  const kinds = [[0.1, 3], [0.1, 100], [0.9, 4], [1, 6], [1.5, 5], [1e-4, 12], [3, 1]].map(([rate, steps]) => verdict(scene, pathOf(rate, steps), rate)[0]);
  assert.deepEqual(kinds, ["", "rest", "zigzag", "oscillates", "diverges", "slow", "too far"]);
  const sentence = "Step 5: a = 34, error = 1024, slope 64. That is outside the picture, a from 0 to 4. " +
    "Next: new a = 34 − 1.5·64 = −62. Diverges: after 5 steps |a| grew from 1 to 34. The learning rate 1.5 is too large.";
  assert.equal(told(scene, landscape, pathOf(1.5, 5), 1.5), sentence);
  assert.match(verdict(scene, pathOf(1.5, 10), 1.5)[1], /^Diverges: after 10 steps \|a\| grew from 1 to 1022/); // outside
});

test("only steps with the present learning rate are judged", () => {
  const places = walked(landscape, { start: [1], rates: [0.1, 0.1, 1.5, 1.5] }, scene.widths);
  assert.equal(verdict(scene, places.slice(0, 4), 1.5)[0], "too far");
  assert.match(verdict(scene, places, 1.5)[1], /^Diverges: in the last 2 steps |a| grew/);
  assert.deepEqual(verdict(scene, places, 0.1), ["", ""]);
});

test("descent ends where there is no value, and where nothing was sampled", () => {
  assert.match(told(scene, landscape, [placeAt(landscape, [-999])], 0.1), /^Step 0: a = −999. There error has no value/);
  assert.match(told(scene, landscape, [placeAt(landscape, [1001])], 0.1), /outside what was sampled, a from −1000 to 1000/);
});

test("the nearest learning rate, by ratio", () => {
  assert.equal(nearest([0.01, 0.1, 1], 0.3), 1);
  assert.equal(nearest([0.01, 0.1, 1], 0.4), 2);
});

test("an arrow too short to see is not drawn", () => assert.deepEqual(arrow(0, 0, 1, 1), []));
