/** Reads `[content, path, rate, nudge]` cases on standard input; writes what the browser says of each. */
import { readFileSync } from "node:fs";
import { nudged, placeAt, told } from "../../widgets/static/descent_narration.js";
import { landscapeOf } from "../../widgets/static/landscape.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const said = cases.map(([content, path, rate, nudge]) => {
  const landscape = landscapeOf(content.landscape);
  const places = path.map((point) => placeAt(landscape, point));
  return [told(content, places, rate), nudged(content, landscape, places.at(-1), nudge)];
});
process.stdout.write(JSON.stringify(said));
