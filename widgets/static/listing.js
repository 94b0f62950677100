import { h } from "./base.js";

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
const ABOVE = 3; // lines kept in sight above the one at work

/** The source pane: the listing at work, with the sub-expression at work marked; null without code. */
export function listings(all) {
  if (!all.length) return null;
  const label = h("h3", {});
  const scroll = h("div", { class: "ag-code", role: "region", "aria-label": "Source code", tabindex: "0" });
  const pane = h("div", { class: "ag-card ag-source" }, label, scroll);
  const built = new Map();
  let shown = null, marked = [], top = 0, scrolling = 0;

  const build = (index) => {
    const { lines, first_line: first } = all[index];
    const elements = lines.map((text, i) => h("div", { class: "ag-line" },
      h("span", { class: "ag-line-number", "aria-hidden": "true" }, String(first + i)), h("code", {}, text)));
    return h("div", {}, ...elements);
  };

  const listing = (index) => {
    if (!built.has(index)) built.set(index, build(index));
    if (shown === index) return;
    shown = index;
    label.textContent = all[index].label;
    scroll.replaceChildren(built.get(index));
  };

  listing(0);
  return {
    pane,

    /** Mark the piece of code at work; null marks nothing. */
    mark(place) {
      for (const { element, text } of marked) {
        element.classList.remove("ag-line-active");
        element.lastChild.replaceChildren(text);
      }
      marked = [];
      if (!place) return;
      listing(place[0]);
      const { lines, first_line: first } = all[place[0]];
      for (let line = place[1]; line <= place[2]; line++) {
        const element = built.get(place[0]).children[line - first];
        if (!element) continue;
        const text = lines[line - first];
        const [before, at, after] = cut(text, line, place);
        element.lastChild.replaceChildren(before, h("mark", {}, at), after);
        element.classList.add("ag-line-active");
        marked.push({ element, text });
      }
      top = Math.max(0, (place[1] - first - ABOVE) * LINE);
      // Scrolling asks for a layout at once. Before the next frame there is one in any case.
      scrolling ||= requestAnimationFrame(() => { scrolling = 0; scroll.scrollTop = top; });
    },
  };
}
