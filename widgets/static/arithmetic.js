/** A number as a learner writes it, read without running it as code: see widgets/arithmetic.py. */

const LONGEST = 200, DEEPEST = 40; // characters, brackets within brackets
const SIGNS = { "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "^": "**", "\t": " ", "\n": " ", "\u00a0": " ", "\u2009": " ", "\u202f": " " };
const UNSEEN = /[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\u{e0000}-\u{e007f}]/gu; // as printable.py has them
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const TOKEN = /([0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)|(?:(?:math|np|torch)\.)?([A-Za-z_π][A-Za-z_0-9]*)|(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(\*\*|[-+*/()])|([^ ])/gu;
const KINDS = ["number", "name", "raised", "sign", "other"];
const CONSTANTS = { pi: Math.PI, π: Math.PI, e: Math.E };
const FUNCTIONS = {
  sqrt: Math.sqrt, exp: Math.exp, log: Math.log, ln: Math.log, log2: Math.log2, log10: Math.log10,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan,
  sinh: Math.sinh, cosh: Math.cosh, tanh: Math.tanh, sigmoid: (x) => 1 / (1 + Math.exp(-x)), abs: Math.abs, sign: Math.sign,
};
const LOGARITHMS = ["log", "ln", "log2", "log10"];
const SIDE_BY_SIDE = "between two values a sign is missing: write 2*3";

/** What was typed is no number; the message says why, in words for a learner. */
class Unreadable extends Error {}

/**
 * Read an expression.
 * @param {string} typed
 * @returns {{value: number} | {problem: string}}
 */
export function read(typed) {
  try {
    return { value: valueOf(typed) };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { problem: error.message };
  }
}

function valueOf(typed) {
  const text = [...typed].map((sign) => SIGNS[sign] ?? sign).join("").replace(UNSEEN, "").trim();
  if (!text) throw new Unreadable("nothing is written yet");
  if ([...text].length > LONGEST) throw new Unreadable(`this is too long to read: at most ${LONGEST} characters`);
  if (text.includes(",")) throw new Unreadable(aboutComma(text));
  const tokens = [...text.matchAll(TOKEN)].map((found) => {
    const i = found.slice(1).findIndex((part) => part !== undefined);
    return [KINDS[i], found[i + 1]];
  });
  tokens.push(["end", ""]);
  return expression(tokens);
}

function aboutComma(text) {
  if (/^[-+]?[0-9]+,[0-9]+$/.test(text)) return `is the comma a decimal point? Then write ${text.replace(",", ".")}`;
  return "one number is wanted here, and a comma cannot be part of it";
}

/** Work out a list of tokens from left to right. */
function expression(tokens) {
  let at = 0, depth = 0;

  const startsValue = () => ["number", "name"].includes(tokens[at][0]) || tokens[at][1] === "(";
  const taken = (...texts) => {
    const [kind, text] = tokens[at];
    if (kind !== "sign" || !texts.includes(text)) return null;
    at += 1;
    return text;
  };
  const misplaced = () => new Unreadable(tokens[at][0] === "end" ? "something is missing at the end" : `“${tokens[at][1]}” cannot stand here`);

  function sum() {
    let value = term();
    for (let sign; (sign = taken("+", "-")); ) {
      const other = term();
      value = finite(sign === "+" ? value + other : value - other);
    }
    return value;
  }

  function term() {
    let value = signed();
    for (let sign; (sign = taken("*", "/")); ) {
      const other = signed();
      if (sign === "/" && other === 0) throw new Unreadable("this divides by zero");
      value = finite(sign === "*" ? value * other : value / other);
    }
    return value;
  }

  function signed() {
    let minus = false;
    for (let sign; (sign = taken("+", "-")); ) minus = minus !== (sign === "-");
    const value = power();
    return minus ? -value : value;
  }

  function power() {
    const base = atom();
    const [kind, text] = tokens[at];
    if (kind === "raised") {
      at += 1;
      return raised(base, Number(text.replace("⁻", "-").replace(/[^-]/g, (digit) => RAISED.indexOf(digit))));
    }
    return taken("**") ? raised(base, deeper(signed)) : base;
  }

  function atom() {
    const [kind, text] = tokens[at];
    if (kind === "number" || kind === "name") at += 1;
    if (kind === "number") return finite(Number(text));
    if (kind === "name") return named(text);
    if (!taken("(")) throw misplaced();
    return bracketed();
  }

  function named(name) {
    if (Object.hasOwn(CONSTANTS, name)) return CONSTANTS[name];
    if (!Object.hasOwn(FUNCTIONS, name)) throw new Unreadable(`“${name}” is not known here: write its number instead`);
    if (!taken("(")) throw new Unreadable(`after ${name} a bracket is missing: write ${name}(2)`);
    const x = bracketed();
    if (LOGARITHMS.includes(name) && x === 0) throw new Unreadable("this has no real value");
    return finite(FUNCTIONS[name](x));
  }

  function bracketed() {
    const value = deeper(sum);
    if (taken(")")) return value;
    if (tokens[at][0] === "end") throw new Unreadable("a closing bracket is missing");
    throw startsValue() ? new Unreadable(SIDE_BY_SIDE) : misplaced();
  }

  function deeper(readPart) {
    depth += 1;
    if (depth > DEEPEST) throw new Unreadable("this is nested too deeply to read");
    const value = readPart();
    depth -= 1;
    return value;
  }

  const value = sum();
  if (tokens[at][1] === ")") throw new Unreadable("there is a closing bracket too many");
  if (startsValue()) throw new Unreadable(SIDE_BY_SIDE);
  if (tokens[at][0] !== "end") throw misplaced();
  return value;
}

function raised(base, exponent) {
  if (base === 0 && exponent < 0) throw new Unreadable("this divides by zero");
  return finite(base ** exponent);
}

function finite(value) {
  if (Number.isNaN(value)) throw new Unreadable("this has no real value");
  if (!Number.isFinite(value)) throw new Unreadable("this is too large a number");
  return value;
}
