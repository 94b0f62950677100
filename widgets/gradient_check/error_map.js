/** A map of a matrix of derivatives: one mark for each element, or for each block of elements. */

import { clamp, h, s, setAttribute, setText } from "../base.js";

const MOST = 40; // marks in a row or column
const ROOM = 360; // pixels, about, across

/**
 * How a matrix is divided so that it fits: blocks of `size` by `size` elements.
 * @param {number[]} shape
 * @returns {{size: number, rows: number, columns: number, cell: number}}
 */
export function blocksOf([height, width]) {
  const size = Math.ceil(Math.max(height, width) / MOST);
  const rows = Math.ceil(height / size), columns = Math.ceil(width / size);
  return { size, rows, columns, cell: clamp(Math.floor(ROOM / columns), 8, 28) };
}

/**
 * The row that stands for each block: the one with the greatest difference among the worst verdict.
 * @param {number[]} shape  of the matrix
 * @param {Iterable<[flat: number, row: number]>} elements  that were checked
 * @param {(row: number) => [severity: number, difference: number]} judge
 * @returns {(number | null)[]}  one for each block, row by row
 */
export function worstOf(shape, elements, judge) {
  const { size, rows, columns } = blocksOf(shape);
  const chosen = new Array(rows * columns).fill(null);
  for (const [flat, row] of elements) {
    const block = Math.floor(Math.floor(flat / shape[1]) / size) * columns + Math.floor((flat % shape[1]) / size);
    if (chosen[block] === null || worse(judge(row), judge(chosen[block]))) chosen[block] = row;
  }
  return chosen;
}

const worse = ([severity, difference], [otherSeverity, other]) =>
  severity > otherSeverity || (severity === otherSeverity && difference > other);

/** The `d` of a mark around a point: a dot, a cross as large as the error, a diamond. */
export function markAt(x, y, verdict, cell, relative) {
  if (verdict === 0) return `M${x - 1.5} ${y - 1.5}h3v3h-3z`;
  const r = (cell / 2 - 1) * (verdict === 2 || relative > 0.1 ? 1 : relative > 0.01 ? 0.75 : 0.5);
  if (verdict === 2) return `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}z`;
  return `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}`;
}

/**
 * Draw the map; a click chooses an element.
 * @param {{verdictOf: (row: number) => number, errorOf: (row: number) => [difference: number, relative: number], choose: (row: number) => void}} options
 */
export function errorMap({ verdictOf, errorOf, choose }) {
  const paths = [0, 1, 2].map((verdict) => s("path", { class: `ag-map-${verdict}` }));
  const ground = s("rect", { class: "ag-map-ground" }), here = s("rect", { class: "ag-map-here" });
  const svg = s("svg", { class: "ag-map-picture", role: "img" }, ground, ...paths, here);
  const caption = h("p", { class: "ag-muted" });
  const element = h("div", { class: "ag-map" }, caption, svg);
  let shown = null, chosen = [], blocks = null;

  svg.addEventListener("click", (event) => {
    const box = svg.getBoundingClientRect();
    const at = (start, length, count) => clamp(Math.floor(((start) / length) * count), 0, count - 1);
    const block = at(event.clientY - box.top, box.height, blocks.rows) * blocks.columns + at(event.clientX - box.left, box.width, blocks.columns);
    if (chosen[block] !== null) choose(chosen[block]);
  });

  function draw({ name, shape, elements }) {
    blocks = blocksOf(shape);
    const severity = [0, 2, 1];
    chosen = worstOf(shape, elements, (row) => [severity[verdictOf(row)], errorOf(row)[0] || 0]);
    const { cell, columns, rows, size } = blocks;
    const d = ["", "", ""];
    chosen.forEach((row, block) => {
      if (row === null) return;
      const [x, y] = [(block % columns + 0.5) * cell, (Math.floor(block / columns) + 0.5) * cell];
      d[verdictOf(row)] += markAt(x, y, verdictOf(row), cell, errorOf(row)[1]);
    });
    paths.forEach((path, verdict) => setAttribute(path, "d", d[verdict]));
    const whole = { width: columns * cell, height: rows * cell };
    for (const [key, value] of Object.entries({ ...whole, viewBox: `0 0 ${whole.width} ${whole.height}` })) setAttribute(svg, key, value);
    for (const [key, value] of Object.entries(whole)) setAttribute(ground, key, value);
    const block = size > 1 ? `; each mark is the worst of ${size} × ${size} elements` : "";
    setText(caption, `${name}, ${shape[0]} rows and ${shape[1]} columns${block}`);
  }

  return {
    element,
    /** Show the matrix that a row belongs to; `null` hides the map. */
    show(matrix, row) {
      element.hidden = !matrix;
      if (!matrix) return;
      if (shown !== matrix.key) draw(matrix);
      shown = matrix.key;
      const wrong = matrix.elements.filter(([, each]) => verdictOf(each) === 1).length;
      setAttribute(svg, "aria-label", `Map of ${matrix.name}: ${wrong} of ${matrix.elements.length} elements differ`);
      const flat = matrix.elements.find(([, each]) => each === row)[0];
      const { cell, size } = blocks;
      const place = { x: Math.floor((flat % matrix.shape[1]) / size) * cell, y: Math.floor(Math.floor(flat / matrix.shape[1]) / size) * cell };
      for (const [key, value] of Object.entries({ ...place, width: cell, height: cell })) setAttribute(here, key, value);
    },
  };
}
