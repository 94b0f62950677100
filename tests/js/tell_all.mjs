/** Reads `[content, exact, course, rate, nudge]` cases on standard input; writes what the browser says of each. */
import { readFileSync } from "node:fs";
import { nudged, told, walked } from "../../widgets/descent/narration.js";
import { landscapeOf, withTruths } from "../../widgets/descent/samples.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const said = cases.map(([content, exact, course, rate, nudge]) => {
  const landscape = withTruths(landscapeOf(content.samples), exact), places = walked(landscape, course);
  return [told(content, places, rate), nudged(content, landscape, places.at(-1), nudge)];
});
process.stdout.write(JSON.stringify(said));
