import { gridOf, h, s } from "../base.js";

const [BAR, TALL] = [10, 36]; // pixels: how wide a bar is, and how tall the tallest
const COLUMNS = 5;

/**
 * How many elements lie in each of several even parts, as bars that say their numbers, too.
 * @param {string} name  what the elements are of
 * @param {number[] | undefined} bins
 * @param {string[] | undefined} figures  of which the first two are the smallest and the largest element
 */
export function histogramOf(name, bins, figures) {
  if (!bins?.length || !figures) return [];
  const most = Math.max(...bins), [low, high] = figures, width = bins.length * BAR;
  const told = `Histogram of the ${name}: in ${bins.length} even parts from ${low} to ${high} lie ${bins.join(", ")} elements`;
  return [h("p", { class: "ag-muted" }, `${name}, at most ${most} in a part`),
    s("svg", { class: "ag-histogram", role: "img", "aria-label": told, width, height: TALL + 16, viewBox: `0 0 ${width} ${TALL + 16}` },
      s("title", {}, told),
      ...bins.map((count, i) => s("rect", { x: i * BAR, width: BAR - 1, y: TALL - heightOf(count, most), height: heightOf(count, most) })),
      s("text", { x: 0, y: TALL + 13 }, low), s("text", { x: width, y: TALL + 13, "text-anchor": "end" }, high))];
}

/** Few are not none: at least a pixel. */
const heightOf = (count, most) => (count ? Math.max(1, (TALL * count) / most) : 0);

/**
 * The first elements, in a window of their own that scrolls.
 * @param {string} name
 * @param {[elements: string[], all: number, bins: number[]] | undefined} told
 */
export function elementsOf(name, told) {
  if (!told?.[0].length) return [];
  const [elements, all] = told, rows = [];
  for (let i = 0; i < elements.length; i += COLUMNS) rows.push(elements.slice(i, i + COLUMNS));
  const title = elements.length < all ? `${name}, the first ${elements.length} of ${all} elements` : `${name}, ${all} elements`;
  return [h("div", { class: "ag-elements ag-scrolls", role: "group", "aria-label": title, tabindex: "0" }, gridOf(title, rows))];
}
