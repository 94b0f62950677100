/** Gradient descent in words, as descent_narration.py tells it. Who changes one changes the other. */

import { numberText } from "./numbers.js";

const NO_LONGER = 1.0001; // times the move before it: longer than that is longer
const FLAT = 1e-4; // of the picture's height, for a slope over all of its width: as good as 0
const ROUNDING = 1e-12; // of what was subtracted from
const MANY = 10; // steps after which descent may be called slow
const LITTLE = 0.1; // of the way down

/**
 * @typedef {{names: string[], output: string, widths: number[], lowest: number, spread: number, reach: [number, number][]}} Scene
 * @typedef {{point: number[], value: number, slopes: number[]}} Place
 */

/** Look up a point: the place there. */
export const placeAt = (landscape, point) => ({ point, ...landscape(point) });

export const isKnown = (place) => !Number.isNaN(place.value);

/** Where one step leads: against each slope. What is left by rounding alone is 0. */
export function nextPoint({ point, slopes }, rate) {
  return point.map((x, i) => {
    const next = x - rate * slopes[i];
    return Math.abs(next) < ROUNDING * Math.abs(x) ? 0 : next;
  });
}

/** Where descent stands, what the next step is, and how it goes. */
export function told(scene, places, rate) {
  const here = places.at(-1);
  const sentences = [where(scene, places.length - 1, here)];
  if (isKnown(here)) sentences.push(`Next: ${updates(scene, here, rate).join(", ")}.`);
  const [, sentence] = verdict(scene, places, rate);
  return (sentence ? [...sentences, sentence] : sentences).join(" ");
}

function where({ names, output }, step, place) {
  const at = names.map((name, i) => `${name} = ${numberText(place.point[i])}`).join(", ");
  if (!isKnown(place)) return `Step ${step}: ${at}.`;
  const slopes = place.slopes.map((x) => numberText(x)).join(" and ");
  return `Step ${step}: ${at}, ${output} = ${numberText(place.value)}, ${place.slopes.length === 1 ? "slope" : "slopes"} ${slopes}.`;
}

const bracketed = (x) => (x < 0 ? `(${numberText(x)})` : numberText(x));

/** The next step with its numbers put in: `new a = 1 − 0.1·(−2) = 1.2`. */
export function updates({ names }, place, rate) {
  const next = nextPoint(place, rate);
  return names.map((name, i) =>
    `new ${name} = ${numberText(place.point[i])} − ${numberText(rate)}·${bracketed(place.slopes[i])} = ${numberText(next[i])}`);
}

/** For each parameter: how it is nudged, what the output does, and the slope as a ratio. */
export function nudged(scene, landscape, place, nudge) {
  const { names, output } = scene;
  return names.map((name, i) => {
    const point = place.point.map((x, k) => x + nudge * Number(i === k));
    const { value } = landscape(point);
    const move = `${name}: ${numberText(place.point[i])} → ${numberText(point[i])}`;
    if (!isKnown(place) || Number.isNaN(value)) {
      const away = outOfReach(scene, place) || outOfReach(scene, { point });
      return [move, `${output}: ${away ? "too far away to show" : `no value there${beside(scene)}`}`, ""];
    }
    const slope = numberText((value - place.value) / nudge);
    return [move, `${output}: ${numberText(place.value)} → ${numberText(value)}`, `slope ${slope}`];
  });
}

/** How well a border is known beyond which there is no value: of a surface only roughly. */
const beside = ({ names }) => (names.length === 2 ? " or close by" : "");

/**
 * The weightiest that can be said of how descent goes; else nothing.
 * @param {Place[]} places
 * @returns {[kind: string, sentence: string]}
 */
export function verdict(scene, places, rate) {
  const here = places.at(-1);
  const steps = places.length - 1;
  const moves = places.slice(1).map((place, i) => lengthOf(difference(place, places[i])));
  const last = steps && outOfReach(scene, here) ? places.at(-2) : here;
  const higher = last.value > places[0].value;
  if (steps >= 2 && moves.at(-1) > NO_LONGER * moves.at(-2) && higher) return ["diverges", diverging(scene, places, moves, rate)];
  if (!isKnown(here)) return ["gone", gone(scene, here)];
  if (here.slopes.every((slope, i) => Math.abs(slope) * scene.widths[i] <= FLAT * scene.spread)) return ["rest", resting(scene, here)];
  if (steps >= 2 && turns(places)) {
    if (moves.at(-1) * NO_LONGER < moves.at(-2)) return ["zigzag", "Zigzag: each step jumps across a lowest point, but lands nearer to it."];
    return ["oscillates", "Oscillates: it jumps to and fro and comes no nearer. The learning rate is too large."];
  }
  const change = (from) => `from ${numberText(from.value)} to ${numberText(here.value)}`;
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

function diverging({ names }, places, moves, rate) {
  const [first, last] = [places[0].point[0], places.at(-1).point[0]];
  const grew = names.length === 1 && Math.abs(last) > Math.abs(first)
    ? `|${names[0]}| grew from ${numberText(Math.abs(first))} to ${numberText(Math.abs(last))}`
    : `a step grew from ${numberText(moves[0])} to ${numberText(moves.at(-1))}`;
  return `Diverges: after ${places.length - 1} steps ${grew}. The learning rate ${numberText(rate)} is too large.`;
}

/** Name and limits of the first parameter that is outside what was sampled; null if none is. */
export function outOfReach({ names, reach }, { point }) {
  const i = point.findIndex((x, k) => !(reach[k][0] <= x && x <= reach[k][1]));
  return i < 0 ? null : [names[i], ...reach[i]];
}

function gone(scene, place) {
  const outside = outOfReach(scene, place);
  if (!outside) return `There${beside(scene)} ${scene.output} has no value, so descent ends here.`;
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
