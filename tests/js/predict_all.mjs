/** Reads `[form, key, attempts]` on standard input; writes how each stands, or what cannot be read. */
import { readFileSync } from "node:fs";
import { standingOf, unreadable } from "../../widgets/predict/judge.js";

const all = JSON.parse(readFileSync(0, "utf8"));
const told = all.map(([form, key, own]) => {
  const { problem } = own.attempts.length ? unreadable(form, own.attempts.at(-1)) : {};
  return problem ? { problem } : standingOf(form, key, own);
});
process.stdout.write(JSON.stringify(told));
