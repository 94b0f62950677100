/**
 * Gradient descent in words. The sentences and thresholds (words.json) come with the content; which of
 * them holds is decided as in narration.py, and the numbers that samples tell are marked ≈.
 */

import { filledIn } from "../state.js";
import { halfEven, numberText } from "../words/numbers.js";

/**
 * @typedef {{names: string[], output: string, widths: number[], lowest: number, spread: number,
 *   reach: [number, number][], shown: [number, number][], thresholds: Record<string, number>,
 *   sentences: Record<string, string>, verdicts: Record<string, string>, switch: boolean}} Scene
 * @typedef {{point: number[], value: number, slopes: number[], exact: boolean, sure: boolean, rate?: number, held?: number[]}} Place
 *   `exact`: value and slopes are the function's own; `sure`: so were all that led to the point;
 *   `rate`: the learning rate of the step that led there; `held`: all slopes up to here, where .grad is never reset
 */

/** @returns {Place} */
export const placeAt = (landscape, point, sure = true, rate = undefined) => ({ point, ...landscape(point), sure, rate });

export const isKnown = (place) => !Number.isNaN(place.value);

/** Where one step leads: against what .grad holds, in the floating-point numbers of a plain loop. */
export const nextPoint = ({ point, slopes, held }, rate) => point.map((x, i) => x - rate * (held ?? slopes)[i]);

/** The places that steps with these learning rates lead to, as long as there is a value; `reset`: whether .grad is, before each pass. */
export function walked(landscape, { start, rates }, reset = true) {
  const put = (place, before) => (reset ? place : { ...place, held: place.slopes.map((slope, i) => before[i] + slope) });
  const places = [put(placeAt(landscape, start), start.map(() => 0))];
  for (const rate of rates) {
    const here = places.at(-1);
    if (!isKnown(here)) break;
    places.push(put(placeAt(landscape, nextPoint(here, rate), here.sure && here.exact, rate), here.held));
  }
  return places;
}

// Numbers, marked

/** A number of which only thousandths of what the picture shows are told. */
export function near(x, scale) {
  if (!(scale > 0) || !Number.isFinite(scale) || !Number.isFinite(x / scale)) return x;
  const power = 3 - Math.floor(Math.log10(scale));
  if (power > 100) return x;
  return (power >= 0 ? Number(halfEven(x, power, "toFixed")) : Math.round(x * 10 ** power) / 10 ** power) + 0;
}

const marked = (x, exact, scale, equal = "") => (exact ? `${equal}${numberText(x)}` : `≈ ${numberText(near(x, scale))}`);

/** Point, value, slopes and, where it may be another, .grad as text; `equal`: what stands before an exact number. */
export function textsOf({ widths, spread, switch: may }, { point, value, slopes, exact, sure, held }, equal = "") {
  return [
    ...point.map((x, i) => marked(x, sure, widths[i], equal)),
    marked(value, exact, spread, equal),
    ...slopes.map((x, i) => marked(x, exact, spread / widths[i])),
    ...(may ? (held ?? slopes).map((x, i) => marked(x, exact && (sure || !held), spread / widths[i])) : []),
  ];
}

// What is told

/** Where descent stands, what the next step is, and how it goes. */
export function told(scene, places, rate) {
  const here = places.at(-1), [kind, sentence] = verdict(scene, places, rate), count = places.length;
  return [
    where(scene, count - 1, here),
    here.held && count > 1 && isKnown(here) ? filledIn(scene.sentences.held, { held: textsOf(scene, here).slice(-scene.names.length).join(" and "), count }) : "",
    kind === "too far away" ? "" : outside(scene, here),
    isKnown(here) && kind !== "diverges" ? filledIn(scene.sentences.next, { updates: updates(scene, here, rate).join(", ") }) : "",
    sentence,
  ].filter(Boolean).join(" ");
}

function where(scene, step, place) {
  const { names, output, sentences } = scene, numbers = textsOf(scene, place, "= ");
  const at = names.map((name, i) => `${name} ${numbers[i]}`).join(", ");
  const slopes = `${names.length === 1 ? "slope" : "slopes"} ${numbers.slice(names.length + 1, 2 * names.length + 1).join(" and ")}`;
  return filledIn(sentences[isKnown(place) ? "here" : "nowhere"], { step, at, output, value: numbers[names.length], slopes });
}

/** Say where a point is that the picture does not show; nothing of one that it does. */
function outside({ names, output, shown, sentences }, place) {
  const numbers = place.point.length === 1 && isKnown(place) ? [...place.point, place.value] : place.point;
  const i = numbers.findIndex((x, k) => !(shown[k][0] <= x && x <= shown[k][1]));
  if (i < 0) return "";
  return filledIn(sentences.outside, { name: [...names, output][i], low: numberText(shown[i][0]), high: numberText(shown[i][1]) });
}

const bare = (text) => text.replace(/^≈ /, "");
const bracketed = (x) => (x.startsWith("−") ? `(${x})` : x);

/** The next step with its numbers put in: `new a = 1 − 0.1·(−2) = 1.2`. */
export function updates(scene, place, rate) {
  const { names, widths, sentences } = scene, sure = place.sure && place.exact;
  const numbers = textsOf(scene, place).map(bare), next = nextPoint(place, rate);
  return names.map((name, i) => filledIn(sentences.update, {
    name, sign: sure ? "=" : "≈", x: numbers[i], rate: numberText(rate),
    slope: bracketed(numbers.at(i - names.length)), new: bare(marked(next[i], sure, widths[i])),
  }));
}

/** For each parameter: how it is nudged, what the output does, and the slope as a ratio. */
export function nudged(scene, landscape, place, nudge) {
  const { names, output, widths, spread, sentences } = scene, count = names.length;
  return names.map((name, i) => {
    const there = placeAt(landscape, place.point.map((x, k) => x + nudge * Number(i === k)), place.sure);
    const [before, after] = [place, there].map((each) => textsOf(scene, each));
    const move = filledIn(sentences.nudged, { name, x: before[i], new: after[i] });
    const width = there.point[i] - place.point[i]; // as rounding has left it
    const wrong = unknown(scene, place) || unknown(scene, there) || (width ? "" : "lost");
    if (wrong) return [move, filledIn(sentences[wrong], { output }), ""];
    const slope = marked((there.value - place.value) / width, place.exact && there.exact, spread / widths[i]);
    return [move, filledIn(sentences.changed, { output, value: before[count], new: after[count] }), filledIn(sentences.ratio, { slope })];
  });
}

/** Which sentence says why there is no value; none where there is one. */
export function unknown(scene, place) {
  if (isKnown(place)) return "";
  return tooFar(scene, place) ? "too far away" : place.exact ? "no value" : "unknown";
}

/** Name and limits of the first parameter that is out of reach; null if none is. */
function tooFar({ names, reach }, { point }) {
  const i = point.findIndex((x, k) => !(reach[k][0] <= x && x <= reach[k][1]));
  return i < 0 ? null : { name: names[i], low: numberText(reach[i][0]), high: numberText(reach[i][1]) };
}

// How it goes

/**
 * The weightiest that can be said of how descent goes; else nothing. Judged are the last steps,
 * those that were taken with the present learning rate.
 * @param {Place[]} path
 * @returns {[kind: string, sentence: string]}
 */
export function verdict(scene, path, rate) {
  const places = withRate(path, rate), kind = kindOf(scene, places);
  if (!kind) return ["", ""];
  const { output, lowest, spread, thresholds, sentences, verdicts } = scene;
  const here = places.at(-1), steps = places.length - 1;
  const [value, first, before] = [here, places[0], places[Math.max(steps - 1, 0)]]
    .map((each) => textsOf(scene, each)[each.point.length]);
  const sentence = filledIn(verdicts[kind], {
    output, steps, value, first, before, rate: numberText(rate), since: places.length === path.length ? "after" : "in the last",
    grew: kind === "diverges" ? grown(scene, places) : "", ...tooFar(scene, here),
  });
  const lower = kind === "rest" && lowest < here.value - thresholds.lower * spread;
  return [kind, lower ? `${sentence} ${filledIn(sentences.lower, { output, lowest: numberText(lowest) })}` : sentence];
}

/** The name of how descent goes, "" where nothing is to be said of it. */
function kindOf(scene, places) {
  const { longer, flat, many, little } = scene.thresholds, { spread, widths, lowest } = scene;
  const here = places.at(-1), steps = places.length - 1, moves = lengths(places);
  const last = isKnown(here) ? here : places[Math.max(steps - 1, 0)], why = unknown(scene, here);
  if (here.held && !why) return here.held.reduce((sum, x, i) => sum + x * here.slopes[i], 0) < 0 ? "uphill" : "";
  if (steps >= 2 && why !== "no value" && !here.held && moves.at(-1) > longer * moves.at(-2) && last.value > places[0].value) return "diverges";
  if (why) return why;
  if (here.slopes.every((slope, i) => Math.abs(slope) * widths[i] <= flat * spread)) return "rest";
  if (steps >= 2 && turns(scene, places)) return moves.at(-1) * longer < moves.at(-2) ? "zigzag" : "oscillates";
  if (steps && here.value > places.at(-2).value) return "too far";
  const way = places[0].value - lowest;
  return steps >= many && way > 0 && places[0].value - here.value < little * way ? "slow" : "";
}

/** The end of a path that was walked with one learning rate. */
function withRate(places, rate) {
  let first = places.length - 1;
  while (first && places[first].rate === rate) first--;
  return places.slice(first);
}

/** What grew while descent diverged, with the numbers. */
function grown(scene, places) {
  const { names, widths, sentences } = scene, [first, last] = [places[0], places.at(-1)];
  const away = [first, last].map(({ point }) => Math.abs(point[0])), far = names.length === 1 && away[1] > away[0];
  const ends = far ? away : [lengths(places)[0], lengths(places).at(-1)];
  const sure = [(far ? first : places[1]).sure, last.sure];
  const [from, to] = ends.map((x, i) => marked(x, sure[i], widths[0]));
  return filledIn(sentences[far ? "point grew" : "step grew"], { name: names[0], first: from, last: to });
}

/** Whether the last move went back against the move before it. */
function turns({ thresholds }, places) {
  const [last, before] = [difference(places.at(-1), places.at(-2)), difference(places.at(-2), places.at(-3))];
  const product = last.reduce((sum, x, i) => sum + x * before[i], 0);
  return product < thresholds.turned * Math.hypot(...last) * Math.hypot(...before);
}

const difference = (p, q) => p.point.map((x, i) => x - q.point[i]);
const lengths = (places) => places.slice(1).map((place, i) => Math.hypot(...difference(place, places[i])));
