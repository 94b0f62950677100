/** A prediction judged in the browser, for a page without a kernel: as held.py and widget.py do it. */

import { judge, readAll } from "../answers/verdict.js";
import { read } from "../answers/arithmetic.js";
import { filledIn } from "../state.js";
import WORDS from "./words.json" with { type: "json" };

const WORD = /^(none|true|false|nan|[-+]?inf|\w*(error|exception))$/i;
const NO_SHAPE = ["()", "[]", "scalar", "torch.size([])"];

/** @param {string} text */
export const plain = (text) => text.replace(/[\s"'\x60“”‘’]/g, "").toLowerCase();

/**
 * Texts as a value of their shape is written: `nested(["1", "2"], [2])` is "[1, 2]".
 * @param {string[]} texts
 * @param {number[]} shape
 */
export function nested(texts, [size, ...inner]) {
  if (size === undefined) return texts.join(", ");
  const count = texts.length / size;
  return `[${Array.from({ length: size }, (_, i) => nested(texts.slice(i * count, (i + 1) * count), inner)).join(", ")}]`;
}

/** What cannot be read in the texts of an answer: `{at, problem}`, or `{}`. */
export function unreadable({ kind, shape, options, labels }, texts) {
  if (kind === "numbers") {
    const found = !shape.length && WORD.test(texts[0].trim()) ? {} : readAll(texts, labels.length ? [] : shape);
    return labels.length && found.problem ? { ...found, problem: `${labels[found.at]}: ${found.problem}` } : found;
  }
  if (kind === "choice") return texts.length ? {} : { at: 0, problem: WORDS.choose };
  if (kind === "order") return texts.length === options.length ? {} : { at: 0, problem: WORDS.all };
  if (!texts[0].trim()) return { at: 0, problem: read("").problem };
  const isShape = kind !== "shape" || /\d/.test(texts[0]) || NO_SHAPE.includes(plain(texts[0]));
  return isShape ? {} : { at: 0, problem: WORDS.shape };
}

const compared = (kind, text) => (kind === "shape" ? (text.match(/\d+/g) ?? []).join(",") : plain(text));

/** The verdict on texts that can be read. */
function judged(form, key, texts) {
  const { kind, shape, labels } = form, wrong = (message) => ({ passed: false, message });
  if (kind === "numbers") {
    const { values } = readAll(texts, shape);
    return values ? judge({ ...key, shape, labels }, values) : wrong(WORDS["a number"]);
  }
  const given = texts.map((text) => compared(kind, text)), count = given.filter((text, i) => text === key.wanted[i]).length;
  if (count === key.wanted.length) return { passed: true, message: key.right };
  if (kind === "order") return wrong(filledIn(WORDS.places, { count, size: given.length }));
  if (kind === "text" && !(given[0] in key.said) && !read(texts[0]).problem) return wrong(WORDS["no number"]);
  return wrong(Object.hasOwn(key.said, given[0]) ? key.said[given[0]] : WORDS.wrong);
}

/** How it stands after attempts: what Python's `standing()` returns. */
export function standingOf(form, key, { attempts, hints, shown }) {
  const texts = attempts.at(-1), verdict = texts && judged(form, key, texts);
  const right = Boolean(verdict?.passed), settled = right || shown || attempts.length >= key.tries;
  const told = verdict?.message ?? WORDS[shown ? "unknown" : "open"], again = verdict && !settled;
  const state = right ? "right" : verdict ? "wrong" : shown ? "shown" : "open";
  return { texts: texts ?? [], state, settled, said: again ? filledIn(WORDS.again, { said: told }) : told.replace(/^not yet/, WORDS.settled), value: settled ? key.printed : "", hints: key.hints.slice(0, hints) };
}

/** What the answer book notes of all that: as widget.py does it. */
export function noteOf(form, key, own) {
  const attempts = own.attempts.map((texts) => {
    const { passed, message, mistakes = [] } = judged(form, key, texts);
    return { answer: texts.length === 1 ? texts[0] : texts, right: passed, told: message, mistakes };
  });
  const right = attempts.findIndex((attempt) => attempt.right) + 1 || null;
  if (own.shown && !attempts.length) attempts.push({ answer: "", right: null, told: WORDS.unknown, mistakes: [] });
  return { attempts, hints: own.hints, shown: standingOf(form, key, own).settled && !right, right_at: right };
}
