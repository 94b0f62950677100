/** Reads `[content, exact, course, rate, nudge]` cases on standard input; writes what the browser says of each. */
import { readFileSync } from "node:fs";
import { nudged, told, walked } from "../../widgets/static/descent_narration.js";
import { landscapeOf, withTruths } from "../../widgets/static/landscape.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const said = cases.map(([content, exact, course, rate, nudge]) => {
  const landscape = withTruths(landscapeOf(content.landscape), exact);
  const places = walked(landscape, course, content.widths);
  const { point, value, slopes, drift, off } = places.at(-1);
  return [told(content, landscape, places, rate), nudged(content, landscape, places.at(-1), nudge), { point, value, slopes, drift, off }];
});
process.stdout.write(JSON.stringify(said));
