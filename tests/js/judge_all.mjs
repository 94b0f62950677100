/** Reads `[question, texts]` pairs on standard input; writes what the browser makes of each. */
import { readFileSync } from "node:fs";
import { judge, readAll } from "../../widgets/answers/verdict.js";

const pairs = JSON.parse(readFileSync(0, "utf8"));
const said = pairs.map(([question, texts]) => {
  const { values, problem } = readAll(texts, question.shape);
  return problem ? { problem } : judge(question, values);
});
process.stdout.write(JSON.stringify(said));
