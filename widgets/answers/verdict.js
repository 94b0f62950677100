/** Right or wrong, and how: the same rules as widgets/answers/verdict.py, with its words from verdict.json. */

import { read } from "./arithmetic.js";
import { filledIn, indexOf, indexed, isListOf, isObject, isWhole } from "../state.js";
import VERDICT from "./verdict.json" with { type: "json" };

/**
 * @typedef {{kind: string, words: string, value: number[], tolerance: number[], rank: number}} Mistake
 * @typedef {{id: string, name: string, asks: string, shape: number[], wanted: number[], tolerance: number[],
 *   right: string, answer: string, mistakes: Mistake[], hints: string[], working: string, labels?: string[]}} Question
 * @typedef {{passed: boolean, message: string, mistakes: string[]}} Verdict
 * @typedef {{attempts: string[][], hints: number, shown: boolean}} Answers
 */

export const UNTOUCHED = { attempts: [], hints: 0, shown: false };

/** Read the texts of an answer, one for each element: its numbers, or the first problem and where. */
export function readAll(texts, shape) {
  const values = [];
  for (const [i, text] of texts.entries()) {
    const { value, problem } = read(text);
    if (problem) return { at: i, problem: shape.length ? `${indexed("", indexOf(i, shape))}: ${problem}` : problem };
    values.push(value);
  }
  return { values };
}

const fits = (values, wanted, tolerance) => wanted.every((each, i) => Math.abs(values[i] - each) <= tolerance[i]);

/**
 * Say whether an answer is right and, if not, which mistakes give it, or how it is off.
 * @param {Question} question
 * @param {number[]} values
 * @returns {Verdict}
 */
export function judge(question, values) {
  if (fits(values, question.wanted, question.tolerance)) return { passed: true, message: question.right, mistakes: [] };
  const fitting = question.mistakes.filter(({ value, tolerance }) => fits(values, value, tolerance));
  const lowest = Math.min(...fitting.map(({ rank }) => rank));
  const likely = new Map();
  for (const { kind, words, rank } of fitting) if (rank === lowest && !likely.has(kind)) likely.set(kind, words);
  const words = [...likely.values()].slice(0, VERDICT["most named"]).join(", or ");
  const message = likely.size ? filledIn(VERDICT[likely.size === 1 ? "mistake" : "mistakes"], { words }) : off(question, values);
  return { passed: false, message, mistakes: [...likely.keys()] };
}

/** Say where and how an answer is off, without giving away what is right. */
function off({ wanted, tolerance, shape, labels = [] }, values) {
  const errors = wanted.map((each, i) => Math.abs(values[i] - each));
  const worst = errors.indexOf(Math.max(...errors));
  const count = errors.filter((error, i) => error > tolerance[i]).length;
  const kinds = labels.length ? ["one of them", "some of them"] : ["one off", "several off"];
  return filledIn(VERDICT[!shape.length ? "off" : kinds[Number(count > 1)]], {
    count, size: wanted.length, place: labels[worst] ?? indexed("", indexOf(worst, shape)), way: direction(values[worst], wanted[worst], tolerance[worst]),
  });
}

/** Say which way one number is off; a negative one that is larger is nearer to zero. */
function direction(given, wanted, tolerance) {
  const { ways } = VERDICT, isZero = Math.abs(wanted) <= VERDICT["next to zero"];
  if (given * wanted < 0 && !isZero) return ways[Math.abs(given + wanted) <= tolerance ? "sign" : "sign and size"];
  const below = given < 0 || (wanted < 0 && !isZero);
  const way = ways[given > wanted ? (below ? "above" : "large") : below ? "below" : "small"];
  const isClose = !isZero && Math.abs(given - wanted) <= VERDICT.close * Math.abs(wanted);
  return filledIn(ways[isClose ? "close" : "far"], { way });
}

/** What was answered to a question. */
export const answersTo = (answers, question) => ({ ...UNTOUCHED, ...answers[question.id] });

/** Whether these are answers to questions of a quiz, which all can be read: as widget.py sees it. */
export const areAnswers = (questions) => (answers) =>
  isObject(answers) && Object.keys(answers).every((id) => questions.some((question) => question.id === id && areOne(question, answers[id])));

function areOne({ shape, wanted, hints }, given) {
  if (!isObject(given) || Object.keys(given).some((name) => !(name in UNTOUCHED))) return false;
  const { attempts, hints: opened, shown } = { ...UNTOUCHED, ...given };
  const isAttempt = (texts) => isListOf((text) => typeof text === "string", wanted.length, wanted.length)(texts) && !readAll(texts, shape).problem;
  return isListOf(isAttempt)(attempts) && isWhole(0, hints.length)(opened) && typeof shown === "boolean";
}

/** The verdicts on all attempts at a question. */
export const verdictsOn = (answers, question) =>
  answersTo(answers, question).attempts.map((texts) => judge(question, readAll(texts, question.shape).values));

/** How a question stands: `{right, shown, settled, said, tries}`; what is said is to be read after it. */
export function standing(answers, question) {
  const { shown } = answersTo(answers, question), verdicts = verdictsOn(answers, question), last = verdicts.at(-1);
  const right = Boolean(last?.passed);
  const said = shown ? filledIn(VERDICT.shown, question) : last ? last.message : "";
  return { right, shown, settled: right || shown, said, tries: verdicts.length };
}

/** How many questions are answered, in words. */
export function progressOf({ questions }, answers) {
  const stands = questions.map((question) => standing(answers, question)), count = (holds) => stands.filter(holds).length;
  const counts = {
    asked: questions.length, answered: count(({ right }) => right), first_try: count(({ right, tries }) => right && tries === 1), shown: count(({ shown }) => shown),
  };
  return VERDICT.progress.filter(([name]) => counts[name]).map(([, sentence]) => filledIn(sentence, counts)).join(", ");
}

/** The open question, how it stands, and the progress: what Python's `describe()` returns. */
export function sentenceOf(content, answers, number) {
  const { questions } = content, question = questions[number], { said } = standing(answers, question);
  const opening = filledIn(said ? VERDICT.told : VERDICT.asked, { number: number + 1, count: questions.length, asks: question.asks, said: said.charAt(0).toUpperCase() + said.slice(1) });
  return `${opening} ${progressOf(content, answers)}.`;
}
