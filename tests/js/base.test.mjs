import assert from "node:assert/strict";
import { test } from "node:test";
import { belongsToControl, clamp, keyName } from "../../widgets/base.js";
import { cut } from "../../widgets/stepper/listing.js";
import { standIn } from "../../widgets/stand_in.js";

const press = (key, more = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, ...more });

/** An element as far as `matches` goes, for the selectors that are asked. */
const element = (tag, type) => ({
  matches: (selectors) =>
    selectors.split(",").map((each) => each.trim()).some((selector) => {
      const [, name, rest] = /^(\w+)(.*)$/.exec(selector);
      if (name !== tag) return false;
      const wanted = [...rest.matchAll(/(:not\()?\[(\w+)(?:=(\w+))?\]/g)];
      return wanted.every(([, not, attribute, value]) => Boolean(not) !== (attribute === "type" && type === value));
    }),
});

test("keys are named, and keys with Ctrl, Alt or Meta are not ours", () => {
  assert.equal(keyName(press(" ")), "Space");
  assert.equal(keyName(press("ArrowLeft")), "ArrowLeft");
  for (const modifier of ["ctrlKey", "altKey", "metaKey", "isComposing"]) assert.equal(keyName(press("Home", { [modifier]: true })), null);
});

test("a button keeps Enter and Space, a slider gives them away", () => {
  assert.ok(belongsToControl("Space", element("button")));
  assert.ok(belongsToControl("Enter", element("button")));
  assert.ok(!belongsToControl("ArrowLeft", element("button")));
  assert.ok(!belongsToControl("Space", element("input", "range")));
});

test("who types keeps every key but Escape", () => {
  for (const key of ["ArrowLeft", "Home", "Enter", "Space"]) {
    assert.ok(belongsToControl(key, element("input", "text")));
    assert.ok(belongsToControl(key, element("textarea")));
    assert.ok(belongsToControl(key, element("select")));
  }
  for (const key of ["ArrowUp", "ArrowDown"]) {
    for (const line of [element("select"), element("input", "search")]) assert.ok(!belongsToControl(key, line));
    assert.ok(belongsToControl(key, element("textarea")));
  }
  assert.ok(!belongsToControl("Escape", element("textarea")));
});

test("clamp", () => {
  assert.deepEqual([-1, 3, 99].map((x) => clamp(x, 0, 9)), [0, 3, 9]);
});

test("a line is cut around the sub-expression at work", () => {
  assert.deepEqual(cut("o1 = (p1 * x) ** 2 + 1", 4, [0, 4, 4, 6, 12]), ["o1 = (", "p1 * x", ") ** 2 + 1"]);
});

test("of an expression over several lines each is cut, and without columns the whole line", () => {
  const place = [0, 2, 3, 4, 5];
  assert.deepEqual(cut("y = (a", 2, place), ["y = ", "(a", ""]);
  assert.deepEqual(cut("  + b) * 2", 3, place), ["  ", "+ b", ") * 2"]);
  assert.deepEqual(cut("    y = a", 1, [0, 1, 1, null, null]), ["    ", "y = a", ""]);
  assert.deepEqual(cut("z = 1", 9, place), ["z = 1", "", ""]);
});

test("the stand-in tells of a change, once, until told not to", () => {
  const model = standIn({ step: 1 });
  const told = [];
  const listener = () => told.push(model.get("step"));
  model.on("change:step", listener);
  model.set("step", 2);
  model.set("step", 2);
  model.off("change:step", listener);
  model.set("step", 3);
  assert.deepEqual(told, [2]);
  assert.equal(model.get("step"), 3);
});

const noted = (answer) => ({ attempts: [{ answer, right: false, told: "no", mistakes: [] }], hints: 0, shown: false, right_at: null });

test("a page keeps an answer book: of what has an id wherever it has moved, of a quiz without one by its place", () => {
  const stored = new Map();
  globalThis.location = { pathname: "/05.html" };
  globalThis.localStorage = { getItem: (key) => stored.get(key) ?? null, setItem: (key, text) => stored.set(key, text) };
  const at = (number, data) => standIn({ answers: {}, data }, number);
  const questions = [{ id: "n1", name: "x" }, { id: "n2", name: "layer.weight" }];
  const named = { id: "05.quiz", lesson: "05", questions }, unnamed = { id: "quiz", lesson: "quiz", questions };
  at(0, named).note({ "05.quiz.layer.weight": noted("2") });
  at(1, { id: "05.1", lesson: "05" }).note({ "05.1": noted(["3", "4"]) });
  at(0, unnamed).note({ "quiz.x": noted("1") });
  const own = (...texts) => ({ attempts: [texts], hints: 0, shown: false });
  assert.deepEqual(at(3, named).get("answers"), { n2: own("2") });
  assert.deepEqual(at(3, { id: "05.1", lesson: "05" }).get("answers"), own("3", "4"));
  assert.deepEqual(at(0, unnamed).get("answers"), { n1: own("1") });
  assert.deepEqual(at(3, unnamed).get("answers"), {});
  assert.deepEqual([...stored.keys()], ["answers /05.html", "answers /05.html 0"]);
  const book = JSON.parse(stored.get("answers /05.html")), [{ at: when }] = book.lessons["05"]["05.1"].attempts;
  assert.deepEqual([book.version, Object.keys(book.lessons["05"])], [2, ["05.quiz.layer.weight", "05.1"]]);
  assert.ok(Math.abs(Date.parse(when) - Date.now()) < 60_000);
  at(1, { id: "05.1", lesson: "05" }).note({ "05.1": { ...noted(["3", "4"]), hints: 1 } });
  const again = JSON.parse(stored.get("answers /05.html")).lessons["05"]["05.1"];
  assert.deepEqual([again.hints, again.attempts[0].at], [1, when]); // the same attempt as before
  stored.set("answers /05.html", "{");
  assert.deepEqual(at(3, named).get("answers"), {});
});
