/**
 * Gradient descent in words, as narration.py tells it. Who changes one changes the other.
 * Where there are only samples to read, the digits that may be wrong are left out.
 */

import { held, numberText } from "./numbers.js";

const NO_LONGER = 1.0001; // times the move before it: longer than that is longer
const FLAT = 1e-4; // of the picture's height, for a slope over all of its width: as good as 0
const MANY = 10; // steps after which descent may be called slow
const LITTLE = 0.1; // of the way down
const LOST = 0.02; // of the picture's width: a point that may be off by more is not followed

/**
 * @typedef {{names: string[], output: string, widths: number[], lowest: number, spread: number, reach: [number, number][], shown: [number, number][]}} Scene
 * @typedef {{point: number[], value: number, slopes: number[], off: {value: number, slopes: number[]}, drift: number[], rate?: number, exact?: boolean, lost?: boolean}} Place
 *   `drift`: how far the point may be from the one that true descent comes to; `rate`: the learning
 *   rate of the step that led there; `exact`: the function's own value and slopes; `lost`: the
 *   samples are too rough to go on from there
 */

/** Look up a point: the place there, which may be off by more if the point itself may be. */
export function placeAt(landscape, point, drift = point.map(() => 0)) {
  const here = { point, drift, ...landscape(point) };
  const off = here.off ?? { value: 0, slopes: point.map(() => 0) };
  const beside = besides(landscape, here);
  const most = (numberOf) => Math.max(0, ...beside.map((each) => orInfinity(Math.abs(numberOf(each) - numberOf(here)))));
  return { ...here, off: { value: off.value + most((p) => p.value), slopes: off.slopes.map((x, i) => x + most((p) => p.slopes[i])) } };
}

/** The places as far from a point as it may be off, and in which directions. */
function besides(landscape, { point, drift }) {
  if (!drift.some((x) => x > 0)) return [];
  const signs = point.length === 1 ? [[1]] : [[1, 1], [1, -1]];
  return signs.map((all) => ({ signs: all, ...landscape(point.map((x, i) => x + all[i] * drift[i])) }));
}

/**
 * The places that steps with these learning rates lead to, as far as the function is known.
 * @param {number[]} widths  of the picture
 */
export function walked(landscape, { start, rates }, widths) {
  const places = [placeAt(landscape, start)];
  for (const rate of rates) {
    const here = places.at(-1);
    if (!isKnown(here)) break;
    const point = nextPoint(here, rate), drift = driftAfter(landscape, here, rate);
    const there = placeAt(landscape, point, drift);
    const lost = drift.some((x, i) => !(x <= LOST * widths[i])) || (isKnown(there) && there.slopes.some((x, i) => Number.isNaN(held(x, there.off.slopes[i]))));
    places.push({ ...there, ...(lost ? { lost, ...NOTHING } : {}), rate });
  }
  return places;
}

const NOTHING = { value: NaN, slopes: [NaN, NaN], off: { value: 0, slopes: [0, 0] } };
const orInfinity = (x) => (Number.isNaN(x) ? Infinity : x);

/** How far a step may lead astray: what was astray before, as the slopes there bend it, and what the slopes are off. */
export function driftAfter(landscape, here, rate) {
  const { slopes, off } = landscape(here.point);
  const beside = besides(landscape, here);
  return here.drift.map((x, i) => rate * (off?.slopes[i] ?? 0) +
    Math.max(0, ...beside.map((each) => orInfinity(Math.abs(each.signs[i] * x - rate * (each.slopes[i] - slopes[i]))))));
}

export const isKnown = (place) => !Number.isNaN(place.value);

/** A number of a place, as text, "?" where no digit holds; with `sign`, whether it is that number or only about. */
export const heldText = (x, off) => (Number.isNaN(held(x, off)) ? "?" : numberText(held(x, off)));
const sign = (x, off) => (heldText(x, off) === numberText(x) ? "=" : "≈");
const equal = (x, off) => `${sign(x, off)} ${heldText(x, off)}`;

/** Where one step leads: against each slope, in the floating-point numbers of a plain loop. */
export const nextPoint = ({ point, slopes }, rate) => point.map((x, i) => x - rate * slopes[i]);

/** Where descent stands, what the next step is, and how it goes. */
export function told(scene, landscape, places, rate) {
  const here = places.at(-1), [kind, sentence] = verdict(scene, places, rate);
  return [
    where(scene, places.length - 1, here),
    kind === "gone" ? "" : outside(scene, here),
    isKnown(here) ? `Next: ${updates(scene, landscape, here, rate).join(", ")}.` : "",
    sentence,
  ].filter(Boolean).join(" ");
}

/** The parameters of which the samples do not tell a digit any more. */
const strayed = ({ names }, { lost, point, drift }) => names.filter((_, i) => lost && heldText(point[i], drift[i]) === "?");

function where(scene, step, place) {
  const { names, output } = scene, { point, value, slopes, off, drift } = place;
  const unknown = strayed(scene, place);
  if (unknown.length) return `Step ${step}: the samples no longer tell where ${unknown.join(" and ")} ${unknown.length === 1 ? "is" : "are"}.`;
  const at = names.map((name, i) => `${name} ${equal(point[i], drift[i])}`).join(", ");
  if (Number.isNaN(value)) return `Step ${step}: ${at}.`;
  const about = slopes.some((x, i) => sign(x, off.slopes[i]) === "≈") ? "≈ " : "";
  const all = slopes.map((x, i) => heldText(x, off.slopes[i])).join(" and ");
  return `Step ${step}: ${at}, ${output} ${equal(value, off.value)}, ${slopes.length === 1 ? "slope" : "slopes"} ${about}${all}.`;
}

/** Say where a point is that the picture does not show; nothing of one that it does. */
export function outside({ names, output, shown }, { point, value }) {
  const numbers = point.length === 1 && !Number.isNaN(value) ? [...point, value] : point;
  const i = numbers.findIndex((x, k) => !(shown[k][0] <= x && x <= shown[k][1]));
  return i < 0 ? "" : `That is outside the picture, ${[...names, output][i]} from ${numberText(shown[i][0])} to ${numberText(shown[i][1])}.`;
}

const bracketed = (x) => (x.startsWith("−") ? `(${x})` : x);

/** The next step with its numbers put in: `new a = 1 − 0.1·(−2) = 1.2`. */
export function updates({ names }, landscape, place, rate) {
  const next = nextPoint(place, rate), drift = driftAfter(landscape, place, rate);
  return names.map((name, i) =>
    `new ${name} = ${heldText(place.point[i], place.drift[i])} − ${numberText(rate)}·${bracketed(heldText(place.slopes[i], place.off.slopes[i]))} ${equal(next[i], drift[i])}`);
}

/** For each parameter: how it is nudged, what the output does, and the slope as a ratio. */
export function nudged(scene, landscape, place, nudge) {
  const { names, output } = scene;
  return names.map((name, i) => {
    const there = placeAt(landscape, place.point.map((x, k) => x + nudge * Number(i === k)), place.drift);
    const move = `${name}: ${heldText(place.point[i], place.drift[i])} → ${heldText(there.point[i], place.drift[i])}`;
    if (!isKnown(place) || !isKnown(there)) {
      const unknown = isKnown(place) ? there : place;
      const away = outOfReach(scene, place) || outOfReach(scene, there);
      if (place.lost) return [move, `${output}: the samples do not tell`, ""];
      return [move, `${output}: ${away ? "too far away to show" : `no value there${beside(scene, unknown)}`}`, ""];
    }
    const width = there.point[i] - place.point[i]; // as rounding has left it
    if (!width) return [move, `${output}: the nudge is lost in rounding`, ""];
    const slope = (there.value - place.value) / width, off = (there.off.value + place.off.value) / width;
    return [move, `${output}: ${heldText(place.value, place.off.value)} → ${heldText(there.value, there.off.value)}`, `slope ${sign(slope, off) === "≈" ? "≈ " : ""}${heldText(slope, off)}`];
  });
}

/** How well a border is known beyond which there is no value: of a sampled surface only roughly. */
const beside = ({ names }, { exact }) => (names.length === 2 && !exact ? " or close by" : "");

/** The end of a path that was walked with one learning rate. */
export function withRate(places, rate) {
  let first = places.length - 1;
  while (first && places[first].rate === rate) first--;
  return places.slice(first);
}

/**
 * The weightiest that can be said of how descent goes; else nothing. Judged are the last steps,
 * those that were taken with the present learning rate.
 * @param {Place[]} places
 * @returns {[kind: string, sentence: string]}
 */
export function verdict(scene, path, rate) {
  const places = withRate(path, rate);
  const here = places.at(-1);
  const steps = places.length - 1;
  const moves = places.slice(1).map((place, i) => lengthOf(difference(place, places[i])));
  const last = steps && outOfReach(scene, here) ? places.at(-2) : here;
  const higher = last.value > places[0].value;
  if (steps >= 2 && moves.at(-1) > NO_LONGER * moves.at(-2) && higher) return ["diverges", diverging(scene, places, moves, rate, places.length === path.length)];
  if (!isKnown(here)) return ["gone", gone(scene, here)];
  if (here.slopes.every((slope, i) => Math.abs(slope) * scene.widths[i] <= FLAT * scene.spread)) return ["rest", resting(scene, here)];
  if (steps >= 2 && turns(places)) {
    if (moves.at(-1) * NO_LONGER < moves.at(-2)) return ["zigzag", "Zigzag: each step jumps across a lowest point, but lands nearer to it."];
    return ["oscillates", "Oscillates: it jumps to and fro and comes no nearer. The learning rate is too large."];
  }
  const change = (from) => `from ${heldText(from.value, from.off.value)} to ${heldText(here.value, here.off.value)}`;
  if (steps && here.value > places.at(-2).value) return ["too far", `Too far: ${scene.output} grew ${change(places.at(-2))}.`];
  if (steps >= MANY && slow(scene, places)) {
    return ["slow", `Slow: ${steps} steps brought ${scene.output} only ${change(places[0])}. A larger learning rate gets on faster.`];
  }
  return ["", ""];
}

function resting(scene, place) {
  const sentence = "At rest: the slope is as good as 0, so it stays here.";
  const lower = scene.lowest < place.value - 1e-3 * Math.abs(place.value) - 1e-6;
  return lower ? `${sentence} Elsewhere ${scene.output} is as low as ${numberText(scene.lowest)}.` : sentence;
}

function diverging({ names }, places, moves, rate, whole) {
  const [first, last] = [places[0], places.at(-1)].map(({ point, drift }) => [point[0], drift[0]]);
  const [step, longest] = [1, places.length - 1].map((i) => heldText(moves[i - 1], Math.max(...places[i].drift, ...places[i - 1].drift)));
  const grew = names.length === 1 && Math.abs(last[0]) > Math.abs(first[0])
    ? `|${names[0]}| grew from ${heldText(Math.abs(first[0]), first[1])} to ${heldText(Math.abs(last[0]), last[1])}`
    : `a step grew from ${step} to ${longest}`;
  return `Diverges: ${whole ? "after" : "in the last"} ${places.length - 1} steps ${grew}. The learning rate ${numberText(rate)} is too large.`;
}

/** Name and limits of the first parameter that is outside what was sampled; null if none is. */
export function outOfReach({ names, reach }, { point }) {
  const i = point.findIndex((x, k) => !(reach[k][0] <= x && x <= reach[k][1]));
  return i < 0 ? null : [names[i], ...reach[i]];
}

function gone(scene, place) {
  if (strayed(scene, place).length) return ""; // that was said already
  if (place.lost) return "The samples do not tell where descent goes from there.";
  const outside = outOfReach(scene, place);
  if (!outside) return `There${beside(scene, place)} ${scene.output} has no value, so descent ends here.`;
  const [name, low, high] = outside;
  return `That is outside what was sampled, ${name} from ${numberText(low)} to ${numberText(high)}, so it is not followed further.`;
}

function slow(scene, places) {
  const [first, last] = [places[0].value, places.at(-1).value];
  return first > scene.lowest && first - last < LITTLE * (first - scene.lowest);
}

function turns(places) {
  const [last, before] = [difference(places.at(-1), places.at(-2)), difference(places.at(-2), places.at(-3))];
  const product = last.reduce((sum, x, i) => sum + x * before[i], 0);
  return product < -0.5 * lengthOf(last) * lengthOf(before);
}

const difference = (p, q) => p.point.map((x, i) => x - q.point[i]);
const lengthOf = (move) => Math.sqrt(move.reduce((sum, x) => sum + x * x, 0));
