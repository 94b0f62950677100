import assert from "node:assert/strict";
import { test } from "node:test";
import { indexOf, indexed } from "../../widgets/state.js";
import { judge, progressOf, readAll, sentenceOf, standing } from "../../widgets/answers/verdict.js";

const question = (id, wanted, more = {}) => ({
  id, name: id, asks: `∂y/∂${id}`, shape: [], wanted: [wanted], tolerance: [0.01], right: `right: ${wanted}, within 0.01`,
  answer: String(wanted), mistakes: [], hints: ["1", "2", "3"], working: "", ...more,
});
const content = { questions: [question("a", 6), question("b", -2)] };
const tried = (...texts) => ({ attempts: texts.map((text) => [text]), hints: 0, shown: false });

test("an element is named by its row and column", () => {
  assert.deepEqual(indexOf(5, [2, 3]), [1, 2]);
  assert.deepEqual(["w", ""].map((name) => indexed(name, indexOf(5, [2, 3]))), ["w[1, 2]", "[1, 2]"]);
  assert.equal(indexed("b", indexOf(0, [])), "b");
});

test("the first problem is told with its place", () => {
  assert.deepEqual(readAll(["1", "1/0", "x"], [3]), { at: 1, problem: "[1]: this divides by zero" });
  assert.deepEqual(readAll(["2*3"], []), { values: [6] });
});

test("a question is settled when it is right or shown", () => {
  const [a] = content.questions;
  assert.deepEqual(standing({}, a), { right: false, shown: false, settled: false, said: "", tries: 0 });
  assert.equal(standing({ a: tried("5") }, a).said, "not yet: it is too small");
  assert.ok(standing({ a: tried("5", "6") }, a).settled);
  assert.equal(standing({ a: tried("5.95") }, a).said,
    "not yet: it is close, but too small: if something was rounded, more digits are needed (an expression such as 1/3 may be given)");
  const shown = standing({ a: { ...tried("5"), shown: true } }, a);
  assert.deepEqual([shown.right, shown.settled, shown.said], [false, true, "the answer, 6, was shown"]);
});

test("progress counts what was answered, at the first try, and shown", () => {
  assert.equal(progressOf(content, {}), "0 of 2 answered");
  assert.equal(progressOf(content, { a: tried("5", "6"), b: tried("-2") }), "2 of 2 answered, 1 at the first try");
  assert.equal(progressOf(content, { a: { attempts: [], hints: 3, shown: true } }), "0 of 2 answered, 1 shown");
});

test("the status line names the question, how it stands, and the progress", () => {
  assert.equal(sentenceOf(content, {}, 1), "Question 2 of 2: what is ∂y/∂b? 0 of 2 answered.");
  assert.equal(sentenceOf(content, { a: tried("6") }, 0), "Right: 6, within 0.01. Question 1 of 2, ∂y/∂a. 1 of 2 answered, 1 at the first try.");
});

test("of mistakes that fit only the two likeliest are named, and several are ambiguous", () => {
  const slip = (kind, rank) => ({ kind, words: `${kind} happened`, value: [3], tolerance: [0.01], rank });
  const asked = question("a", 6, { mistakes: [slip("far", 1), slip("x", 0), slip("y", 0), slip("x", 0), slip("z", 0)] });
  const { mistakes, message } = judge(asked, [3]);
  assert.deepEqual(mistakes, ["x", "y", "z"]);
  assert.equal(message, "not yet, and ambiguous: either x happened, or y happened");
});
