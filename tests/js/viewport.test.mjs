import assert from "node:assert/strict";
import { test } from "node:test";
import { centred, extentOf, fitted, inside, LARGEST, outside, panned, SMALLEST, zoomed } from "../../widgets/drawing/viewport.js";

const window = { width: 800, height: 400 };
const onScreen = (view, point) => [(point.x - view.x) * view.scale, (point.y - view.y) * view.scale];
const close = (a, b) => a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-9, `${a} is not ${b}`));

test("a small drawing is shown at its own size, in the middle", () => {
  const view = fitted({ width: 200, height: 100 }, window);
  assert.equal(view.scale, 1);
  close(onScreen(view, { x: 100, y: 50 }), [400, 200]);
});

test("a large drawing is made to fit", () => {
  const drawing = { width: 3200, height: 100 };
  const view = fitted(drawing, window);
  assert.equal(view.scale, 0.25);
  assert.ok(inside(view, { x: 1600, y: 50 }, { w: 3200, h: 100 }, window, 0));
});

test("zooming keeps the point under the pointer where it is", () => {
  const view = { x: 10, y: 20, scale: 0.5 };
  const at = { x: 300, y: 100 };
  const under = { x: view.x + at.x / view.scale, y: view.y + at.y / view.scale };
  for (const factor of [0.3, 0.9, 1.25, 4]) close(onScreen(zoomed(view, factor, at), under), [at.x, at.y]);
});

test("zooming ends somewhere", () => {
  const view = { x: 0, y: 0, scale: 1 };
  assert.equal(zoomed(view, 1e9, { x: 0, y: 0 }).scale, LARGEST);
  assert.equal(zoomed(view, 1e-9, { x: 0, y: 0 }).scale, SMALLEST);
});

test("panning moves the drawing with the pointer, at any scale", () => {
  const view = { x: 5, y: 5, scale: 0.5 };
  const [before, after] = [view, panned(view, 30, -10)].map((each) => onScreen(each, { x: 100, y: 100 }));
  close([after[0] - before[0], after[1] - before[1]], [30, -10]);
});

test("following brings a node that is outside to the middle", () => {
  const view = { x: 0, y: 0, scale: 1 };
  const node = { x: 5000, y: 3000 };
  assert.ok(!inside(view, node, { w: 100, h: 40 }, window));
  const followed = centred(view, node, window, { width: 9000, height: 9000 });
  assert.ok(inside(followed, node, { w: 100, h: 40 }, window));
  close(onScreen(followed, node), [400, 200]);
});

test("following shows no emptiness beside the drawing, and a small drawing in the middle", () => {
  const view = { x: 0, y: 0, scale: 0.5 };
  const drawing = { width: 5000, height: 300 };
  const left = centred(view, { x: 10, y: 10 }, window, drawing);
  assert.equal(left.x, 0);
  close(onScreen(left, { x: 0, y: 150 }), [0, 200]);
  const right = centred(view, { x: 4990, y: 10 }, window, drawing);
  close(onScreen(right, { x: 5000, y: 150 }), [800, 200]);
});

test("a box is outside only if nothing of it can be seen", () => {
  const view = { x: 0, y: 0, scale: 1 };
  const box = { w: 100, h: 40 };
  for (const [x, y, gone] of [[400, 200, false], [-40, 200, false], [-60, 200, true], [840, 200, false], [400, 440, true]]) {
    assert.equal(outside(view, { x, y }, box, window), gone, `${x}, ${y}`);
    assert.ok(!gone || !inside(view, { x, y }, box, window));
  }
});

test("a box is inside with 24 pixels to spare and outside with 8, on each side", () => {
  const view = { x: 0, y: 0, scale: 1 }, box = { w: 100, h: 40 }, least = 0.1;
  for (const [x, y, dx, dy] of [[74, 200, -1, 0], [726, 200, 1, 0], [400, 44, 0, -1], [400, 356, 0, 1]]) {
    assert.ok(inside(view, { x, y }, box, window) && !inside(view, { x: x + dx * least, y: y + dy * least }, box, window));
  }
  for (const [x, y, dx, dy] of [[-58, 200, -1, 0], [858, 200, 1, 0], [400, -28, 0, -1], [400, 428, 0, 1]]) {
    assert.ok(!outside(view, { x, y }, box, window) && outside(view, { x: x + dx * least, y: y + dy * least }, box, window));
  }
});

test("the extent of a path holds all its control points", () => {
  assert.deepEqual(extentOf("M10 -20C10 0 30 0 30 20L30 40.5"), { x: 20, y: 10.25, w: 20, h: 60.5 });
});
