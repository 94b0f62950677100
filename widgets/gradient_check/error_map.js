/** A map of a matrix of derivatives: one mark for each element, or for each block of elements. */

import { clamp, h, s, setAttribute, setAttributes, setText } from "../base.js";

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
    const [across, down] = blockAt(flat, shape[1], size), block = down * columns + across;
    if (chosen[block] === null || worse(judge(row), judge(chosen[block]))) chosen[block] = row;
  }
  return chosen;
}

/** The block, across and down, of an element of a matrix so wide. */
const blockAt = (flat, width, size) => [Math.floor((flat % width) / size), Math.floor(flat / width / size)];

const worse = ([severity, difference], [otherSeverity, other]) =>
  severity > otherSeverity || (severity === otherSeverity && difference > other);

/** The `d` of a mark around a point: a dot, a cross as large as the error, a diamond. */
export function markAt(x, y, verdict, cell, relative) {
  if (verdict === 0) return `M${x - 1.5} ${y - 1.5}h3v3h-3z`;
  const r = (cell / 2 - 1) * (verdict === 2 || relative > 0.1 ? 1 : relative > 0.01 ? 0.75 : 0.5);
  if (verdict === 2) return `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}z`;
  return `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}`;
}

/** The map; a click chooses an element. */
export class ErrorMap {
  #paths = [0, 1, 2].map((verdict) => s("path", { class: `ag-map-${verdict}` }));
  #ground = s("rect", { class: "ag-map-ground" });
  #here = s("rect", { class: "ag-map-here" });
  #svg = s("svg", { class: "ag-map-picture", role: "img" }, this.#ground, ...this.#paths, this.#here);
  #caption = h("p", { class: "ag-muted" });
  #shown; #chosen; #blocks;
  element = h("div", { class: "ag-map" }, this.#caption, this.#svg);

  /** @param {{verdictOf: (row: number) => number, errorOf: (row: number) => [difference: number, relative: number], choose: (row: number) => void}} options */
  constructor({ verdictOf, errorOf, choose }) {
    this.verdictOf = verdictOf;
    this.errorOf = errorOf;
    this.#svg.addEventListener("click", (event) => {
      const box = this.#svg.getBoundingClientRect(), { rows, columns } = this.#blocks;
      const at = (start, length, count) => clamp(Math.floor((start / length) * count), 0, count - 1);
      const row = this.#chosen[at(event.clientY - box.top, box.height, rows) * columns + at(event.clientX - box.left, box.width, columns)];
      if (row !== null) choose(row);
    });
  }

  /** Show the matrix that a row belongs to; `null` hides the map. */
  show(matrix, row) {
    this.element.hidden = !matrix;
    if (!matrix) return;
    const { key, name, shape, elements } = matrix;
    if (this.#shown !== key) this.#draw(matrix);
    this.#shown = key;
    const wrong = elements.filter(([, each]) => this.verdictOf(each) === 1).length, { cell, size } = this.#blocks;
    setAttribute(this.#svg, "aria-label", `Map of ${name}: ${wrong} of ${elements.length} elements differ`);
    const [across, down] = blockAt(elements.find(([, each]) => each === row)[0], shape[1], size);
    setAttributes(this.#here, { x: across * cell, y: down * cell, width: cell, height: cell });
  }

  #draw({ name, shape, elements }) {
    const { verdictOf, errorOf } = this, severity = [0, 2, 1], d = ["", "", ""];
    const { cell, columns, rows, size } = (this.#blocks = blocksOf(shape));
    this.#chosen = worstOf(shape, elements, (row) => [severity[verdictOf(row)], errorOf(row)[0] || 0]);
    this.#chosen.forEach((row, block) => {
      if (row === null) return;
      const [x, y] = [(block % columns + 0.5) * cell, (Math.floor(block / columns) + 0.5) * cell];
      d[verdictOf(row)] += markAt(x, y, verdictOf(row), cell, errorOf(row)[1]);
    });
    this.#paths.forEach((path, verdict) => setAttribute(path, "d", d[verdict]));
    const whole = { width: columns * cell, height: rows * cell };
    setAttributes(this.#svg, { ...whole, viewBox: `0 0 ${whole.width} ${whole.height}` });
    setAttributes(this.#ground, whole);
    const block = size > 1 ? `; each mark is the worst of ${size} × ${size} elements` : "";
    setText(this.#caption, `${name}, ${shape[0]} rows and ${shape[1]} columns${block}`);
  }
}
