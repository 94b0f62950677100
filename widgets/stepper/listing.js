import { h } from "../base.js";

/**
 * Cut a line of code into what is before, at and after the piece at work.
 * @param {string} text  the line
 * @param {number} line  its number
 * @param {[listing: number, line: number, endLine: number, column: number | null, endColumn: number | null]} place
 *   where the piece stands; without columns it is the whole of its lines
 * @returns {[before: string, at: string, after: string]}
 */
export function cut(text, line, [, first, lastLine, column, endColumn]) {
  if (line < first || line > lastLine) return [text, "", ""];
  const indent = text.length - text.trimStart().length;
  const start = line === first && column != null ? column : indent;
  const end = line === lastLine && endColumn != null ? endColumn : text.length;
  return [text.slice(0, start), text.slice(start, end), text.slice(end)];
}

const LINE = 20; // pixels, as in the style sheet
const NUMBERED = 40; // pixels: the room of a line's number

/** The source pane: the listing at work, with the sub-expression at work marked. */
export class Listings {
  #label = h("h3");
  #line = h("code", { class: "ag-line-folded" });
  #scroll = h("div", { class: "ag-code", role: "group", "aria-label": "Source code", tabindex: "0" });
  #built = new Map();
  #marked = [];
  #top = 0;
  #scrolling = 0;

  constructor(all) {
    this.all = all;
    this.pane = h("details", { class: "ag-card ag-source" }, h("summary", {}, this.#label, this.#line), this.#scroll);
    new ResizeObserver(() => this.#scrollThere()).observe(this.#scroll); // also when it is opened
    if (all.length) this.#show(0);
  }

  #show(index) {
    if (!this.#built.has(index)) this.#built.set(index, linesOf(this.all[index]));
    const built = this.#built.get(index);
    if (built.parentNode) return;
    this.#label.textContent = this.all[index].label;
    this.#scroll.replaceChildren(built);
  }

  /** Mark the piece of code at work; nothing marks nothing. */
  mark(place) {
    for (const { element, text } of this.#marked) {
      element.classList.remove("ag-line-active");
      element.lastChild.replaceChildren(text);
    }
    this.#marked = [];
    this.#line.replaceChildren();
    if (!place) return;
    const [index, start, end] = place, { lines, first_line: first } = this.all[index];
    this.#show(index);
    for (let line = start; line <= end; line++) {
      const element = this.#built.get(index).children[line - first], text = lines[line - first];
      if (!element) continue;
      const [before, at, after] = cut(text, line, place);
      element.lastChild.replaceChildren(before, h("mark", {}, at), after);
      if (line === start) this.#line.replaceChildren(`${line} ${before.trimStart()}`, h("mark", {}, at), after);
      element.classList.add("ag-line-active");
      this.#marked.push({ element, text });
    }
    this.#top = (start - first + 0.5) * LINE;
    // Scrolling asks for a layout at once. Before the next frame there is one in any case.
    this.#scrolling ||= requestAnimationFrame(() => { this.#scrolling = 0; this.#scrollThere(); });
  }

  /** Bring the piece at work into view, from its beginning if all of it is too long. */
  #scrollThere() {
    const scroll = this.#scroll, mark = scroll.querySelector("mark");
    if (!mark) return;
    scroll.scrollTop = this.#top - scroll.clientHeight / 2;
    const { left, right } = mark.getBoundingClientRect(), from = scroll.getBoundingClientRect().left - scroll.scrollLeft;
    scroll.scrollLeft = Math.min(left - from - NUMBERED, Math.max(0, right - from + LINE - scroll.clientWidth));
  }
}

/** A listing, each line after its number. */
function linesOf({ lines, first_line: first }) {
  return h("div", {}, ...lines.map((text, i) => h("div", { class: "ag-line" },
    h("span", { class: "ag-line-number", "aria-hidden": "true" }, String(first + i)), h("code", {}, text))));
}
