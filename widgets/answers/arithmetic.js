/** A number as a learner writes it, read without running it as code: see widgets/answers/arithmetic.py. */

import ARITHMETIC from "./arithmetic.json" with { type: "json" };
import { filledIn } from "../state.js";

const UNSEEN = /[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\u{e0000}-\u{e007f}]/gu; // as printable.py has them
const FUNCTIONS = {
  sqrt: Math.sqrt, exp: Math.exp, log: Math.log, ln: Math.log, log2: Math.log2, log10: Math.log10,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, sigmoid: (x) => 1 / (1 + Math.exp(-x)), abs: Math.abs, sign: Math.sign,
};

/** What was typed is no number; the message says why, in words for a learner. */
class Unreadable extends Error {
  constructor(problem, parts = {}) {
    super(filledIn(ARITHMETIC.problems[problem], parts));
  }
}

/**
 * Read an expression.
 * @param {string} typed
 * @returns {{value?: number, problem?: string}}
 */
export function read(typed) {
  try {
    return { value: valueOf(typed) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { problem: error.message };
  }
}

const rewritten = (text, signs) => [...text].map((sign) => signs[sign] ?? sign).join("");

function valueOf(typed) {
  const text = rewritten(typed, ARITHMETIC.signs).replace(UNSEEN, "").trim();
  if (!text) throw new Unreadable("empty");
  if ([...text].length > ARITHMETIC.longest) throw new Unreadable("long", ARITHMETIC);
  if (/^[-+]?[0-9]+,[0-9]+$/.test(text)) throw new Unreadable("decimal", { number: text.replace(",", ".") });
  if (text.includes(",")) throw new Unreadable("comma");
  return new Expression(text).all();
}

/** Works out an expression from left to right. */
class Expression {
  #tokens; #at = 0; #depth = 0;

  constructor(text) {
    const found = [...text.matchAll(new RegExp(ARITHMETIC.token, "gu"))];
    this.#tokens = [...found.map(({ groups }) => Object.entries(groups).find(([, part]) => part !== undefined)), ["end", ""]];
  }

  get #next() {
    const [kind, text] = this.#tokens[this.#at];
    return { kind, text, startsValue: kind === "number" || kind === "name" || text === "(" };
  }

  /** Take the next token, if it is of that kind. */
  #token(kind) {
    return this.#next.kind === kind ? this.#tokens[this.#at++][1] : null;
  }

  /** Take the next sign, if it is one of these. */
  #sign(...signs) {
    return signs.includes(this.#next.text) ? this.#token("sign") : null;
  }

  #misplaced() {
    const { kind, text, startsValue } = this.#next;
    return startsValue ? new Unreadable("side by side") : new Unreadable(kind === "end" ? "end" : "misplaced", { text });
  }

  all() {
    const value = this.#sum();
    if (this.#next.text === ")") throw new Unreadable("closed");
    if (this.#next.kind !== "end") throw this.#misplaced();
    return value;
  }

  #sum() {
    let value = this.#term();
    for (let sign; (sign = this.#sign("+", "-")); ) value = finite(sign === "+" ? value + this.#term() : value - this.#term());
    return value;
  }

  #term() {
    let value = this.#signed();
    for (let sign; (sign = this.#sign("*", "/")); ) {
      const other = this.#signed();
      if (sign === "/" && other === 0) throw new Unreadable("zero");
      value = finite(sign === "*" ? value * other : value / other);
    }
    return value;
  }

  #signed() {
    let minus = false;
    for (let sign; (sign = this.#sign("+", "-")); ) minus = minus !== (sign === "-");
    const value = this.#power();
    return minus ? -value : value;
  }

  #power() {
    const base = this.#atom(), exponent = this.#token("raised");
    if (exponent) return raised(base, Number(rewritten(exponent, ARITHMETIC.raised)));
    return this.#sign("**") ? raised(base, this.#deeper(() => this.#signed())) : base;
  }

  #atom() {
    const number = this.#token("number");
    if (number) return finite(Number(number));
    const name = this.#token("name");
    if (name) return this.#named(name);
    if (!this.#sign("(")) throw this.#misplaced();
    return this.#bracketed();
  }

  #named(name) {
    if (Object.hasOwn(ARITHMETIC.constants, name)) return ARITHMETIC.constants[name];
    if (!Object.hasOwn(FUNCTIONS, name)) throw new Unreadable("unknown", { name });
    if (!this.#sign("(")) throw new Unreadable("call", { name });
    const x = this.#bracketed();
    if (ARITHMETIC.logarithms.includes(name) && x === 0) throw new Unreadable("unreal");
    return finite(FUNCTIONS[name](x));
  }

  #bracketed() {
    const value = this.#deeper(() => this.#sum());
    if (this.#sign(")")) return value;
    throw this.#next.kind === "end" ? new Unreadable("open") : this.#misplaced();
  }

  #deeper(readPart) {
    if (++this.#depth > ARITHMETIC.deepest) throw new Unreadable("deep");
    const value = readPart();
    this.#depth -= 1;
    return value;
  }
}

function raised(base, exponent) {
  if (base === 0 && exponent < 0) throw new Unreadable("zero");
  return finite(base ** exponent);
}

function finite(value) {
  if (Number.isNaN(value)) throw new Unreadable("unreal");
  if (!Number.isFinite(value)) throw new Unreadable("large");
  return value;
}
