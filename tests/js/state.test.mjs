import assert from "node:assert/strict";
import { test } from "node:test";
import { isLike, isListOf, isOneOf, isPositive, isWhole, reader } from "../../widgets/state.js";
import { isLive } from "../../widgets/training/training.js";
import { areAnswers } from "../../widgets/answers/verdict.js";

const ODD = [undefined, null, true, -1, 99, 1.5, NaN, Infinity, 2 ** 70, "3", "", [], {}, [1], () => 0];

test("a view goes on with what was valid last, and begins with what is said if nothing was", () => {
  const state = { step: 99 };
  const read = reader({ get: (name) => state[name] }, { step: [isWhole(0, 13), 2] });
  assert.equal(read("step"), 2);
  state.step = 5;
  assert.equal(read("step"), 5);
  for (const odd of ODD) {
    state.step = odd;
    assert.equal(read("step"), 5);
  }
  state.step = 13;
  assert.equal(read("step"), 13);
});

test("whole numbers, positive ones, lists, and one of several", () => {
  assert.deepEqual(ODD.filter(isWhole(0, 100)), [99]);
  assert.deepEqual(ODD.filter(isPositive), [99, 1.5, 2 ** 70]);
  assert.deepEqual(ODD.filter(isOneOf(["", "3"])), ["3", ""]);
  assert.deepEqual(ODD.filter(isListOf(Number.isFinite)), [[], [1]]);
  assert.deepEqual(ODD.filter(isListOf(Number.isFinite, 1, 1)), [[1]]);
});

test("an object is like another if each part is of its kind", () => {
  const model = { a: 1, b: { c: [] }, d: null };
  assert.ok(isLike(model)({ a: 2, b: { c: [3], more: 1 }, d: "anything" }));
  for (const odd of [...ODD, { a: "1", b: { c: [] } }, { a: 1, b: [] }, { a: 1, b: { c: {} } }]) assert.ok(!isLike(model)(odd));
});

const questions = [
  { id: "n2", shape: [], wanted: [12], hints: ["", "", ""] },
  { id: "n1", shape: [2], wanted: [1, 2], hints: ["", "", ""] },
];

test("answers are answers to the questions, and can be read", () => {
  const are = areAnswers(questions);
  assert.ok(are({}));
  assert.ok(are({ n2: {} }));
  assert.ok(are({ n2: { attempts: [["3*4"], ["\ufeff12"]], hints: 3, shown: true }, n1: { attempts: [["1", "2"]] } }));
  for (const odd of ODD.filter((x) => !(x && typeof x === "object" && !Array.isArray(x)))) {
    assert.ok(!are(odd));
    assert.ok(!are({ n2: odd }));
  }
  for (const odd of ODD) {
    if (!Array.isArray(odd) || odd.length) assert.ok(!are({ n2: { attempts: odd } }));
    assert.ok(!are({ n2: { attempts: [odd] } }));
    if (odd !== "3") assert.ok(!are({ n2: { attempts: [[odd]] } }));
    assert.ok(!are({ n2: { hints: odd } }));
    if (odd !== true) assert.ok(!are({ n2: { shown: odd } }));
  }
  for (const wrong of [{ n99: {} }, { n2: { more: 1 } }, { n2: { attempts: [["junk"]] } }, { n1: { attempts: [["1"]] } }]) assert.ok(!are(wrong));
});

test("what a monitor shows is what Python writes, or else what it showed stays", () => {
  for (const text of [undefined, null, 3, "", "{", "null", "[]", "{}", '{"state": "running"}']) assert.ok(!isLive(text));
});
