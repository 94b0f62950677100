import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { read } from "../../widgets/answers/arithmetic.js";

const cases = JSON.parse(readFileSync(new URL("../answers.json", import.meta.url)));

test("the table that Python reads too", () => {
  for (const { text, value, problem } of cases) {
    const found = read(text);
    if (problem) assert.deepEqual(found, { problem }, text);
    else assert.ok(Math.abs(found.value - value) <= 1e-6 * Math.abs(value) + 1e-15, `${text}: ${JSON.stringify(found)}`);
  }
});
