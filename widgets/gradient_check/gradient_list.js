/** The derivatives of a gradient check as a table, of which only one page is in the document. */

import { button, clamp, disable, h, headOf, s, setAttribute, setText, tableRow } from "../base.js";
import { filtered, titleOf } from "./gradient_rows.js";
import { numberText, roughly } from "../words/numbers.js";

/** A table of derivatives that is turned from page to page, filtered, and chosen from. */
export class DerivativeList {
  rows = [];
  page = 0;
  kind = "all";
  caption = h("p", { class: "ag-shown", "aria-live": "off" }); // not in the table, with which it would scroll away
  body = h("tbody");
  back = button("Back", () => this.turn(-1), { "aria-keyshortcuts": "PageUp", "aria-label": "Page back" });
  next = button("Next", () => this.turn(1), { "aria-keyshortcuts": "PageDown", "aria-label": "Next page" });
  find = h("input", { type: "search", class: "ag-button ag-find", placeholder: "index, as [0, 1]", "aria-label": "Find elements by name or index", oninput: () => this.refilter() });

  /**
   * @param {object} content  the widget's data
   * @param {{analytic: Float64Array, numeric: Float64Array, complex: Float64Array | ""}} numbers
   * @param {{view: import("../base.js").View, selected: () => number, select: (row: number) => void, shown: (kind: string) => void}} options
   */
  constructor(content, numbers, { view, selected, select, shown }) {
    this.content = content;
    this.numbers = numbers;
    this.view = view;
    this.selected = selected;
    this.select = select;
    this.shown = shown;
    const heads = ["Element", "backward()", "Central difference", ...(numbers.complex ? ["Complex step"] : []), "Difference", "Relative", "Verdict"];
    this.table = h("table", {}, headOf(heads), this.body);
    this.element = h("div", { class: "ag-list ag-scrolls", role: "group", "aria-label": "Derivatives" }, this.table);
    this.choose = this.kindChooser();
  }

  kindChooser() {
    const inputs = [...new Set(this.content.groups.map((group) => group.input))];
    const choices = [["all", "all elements"], ["disagreeing", "that do not agree"], ["curve", "with a curve"],
      ...(inputs.length > 1 ? inputs.map((input) => [`input:${input}`, `of ${input}`]) : [])];
    const choose = h("select", { class: "ag-button", "aria-label": "Show elements", onchange: () => { this.kind = choose.value; this.refilter(); } },
      ...choices.map(([value, label]) => h("option", { value }, label)));
    return choose;
  }

  /** How far a row is off: the difference, and that difference relative to the greater of the two. */
  errorOf(row) {
    const a = this.numbers.analytic[row], b = this.numbers.numeric[row];
    const difference = a === b ? 0 : Math.abs(a - b);
    return /** @type {[number, number]} */ ([difference, difference ? difference / Math.max(Math.abs(a), Math.abs(b)) : 0]);
  }

  pageOf(row) {
    return Math.max(0, Math.floor(this.rows.indexOf(row) / this.content.page));
  }

  refilter() {
    this.rows = filtered(this.content, this.kind, this.find.value);
    this.page = this.pageOf(this.selected());
    this.showPage();
  }

  turn(by) {
    this.page = clamp(this.page + by, 0, Math.max(0, Math.ceil(this.rows.length / this.content.page) - 1));
    this.showPage();
  }

  showPage() {
    const { rows, body, page, caption, content } = this, count = content.verdicts.length;
    const first = page * content.page, shown = rows.slice(first, first + content.page);
    const focused = body.contains(this.view.focused);
    const total = count === rows.length ? "" : ` (of ${count})`;
    setText(caption, rows.length ? `Elements ${first + 1} to ${first + shown.length} of ${rows.length}${total}` : `No element is like that${total}`);
    setAttribute(this.table, "aria-label", caption.textContent);
    body.replaceChildren(...shown.map((row) => this.rowOf(row)));
    disable([this.back, page === 0], [this.next, first + content.page >= rows.length]);
    this.mark();
    this.shown(this.kind);
    if (focused) this.focus();
  }

  /** Show the derivatives by one input alone, or all again. */
  showOnly(input) {
    this.choose.value = this.kind = this.kind === `input:${input}` ? "all" : `input:${input}`;
    this.refilter();
  }

  rowOf(row) {
    const { analytic, numeric, complex } = this.numbers, { groups, verdicts, words, marks, worst } = this.content;
    const slopes = [analytic[row], numeric[row], ...(complex ? [complex[row]] : [])].map((x) => numberText(x, 4));
    const pick = h("button", { type: "button", class: "ag-pick", "data-row": row, onclick: () => this.select(row) }, titleOf(groups, row));
    const mark = s("svg", { viewBox: "-7 -7 14 14", class: "ag-mark", "aria-hidden": "true" }, s("path", { d: marks[verdicts[row]] }));
    return tableRow(pick, [
      ...[...slopes, ...this.errorOf(row).map(roughly)].map((text) => h("td", { class: "ag-number" }, text)),
      h("td", { class: "ag-verdict" }, mark, words[verdicts[row]], ...(row === worst && verdicts[row] !== "0" ? [h("span", { class: "ag-worst" }, "worst")] : [])),
    ], { "data-verdict": verdicts[row], onclick: () => this.select(row) });
  }

  /** Mark the selected row, and let Tab stop at it, or else at the first. */
  mark() {
    const picks = /** @type {HTMLElement[]} */ ([...this.body.querySelectorAll(".ag-pick")]);
    const isHere = (pick) => Number(pick.dataset.row) === this.selected();
    const stop = picks.find(isHere) ?? picks[0];
    for (const pick of picks) {
      pick.tabIndex = pick === stop ? 0 : -1;
      setAttribute(pick, "aria-pressed", isHere(pick));
      pick.closest("tr").toggleAttribute("data-active", isHere(pick));
    }
  }

  focus() {
    /** @type {HTMLElement} */ (this.body.querySelector('[tabindex="0"]'))?.focus();
  }

  /** Select a row and turn to its page; where the filter hides it, the filter goes. */
  reveal(row) {
    if (!this.rows.includes(row)) {
      this.choose.value = this.kind = "all";
      this.find.value = "";
      this.rows = filtered(this.content, "all", "");
    }
    this.page = this.pageOf(row);
    this.select(row);
    this.showPage();
  }

  /** Go from the selected row to the next (+1) or previous (-1) one, and focus it. */
  selectBy(by) {
    const at = this.rows.indexOf(this.selected());
    if (this.rows.length) this.reveal(this.rows[clamp(at < 0 ? this.page * this.content.page : at + by, 0, this.rows.length - 1)]);
    this.focus();
  }

  /** Go to the first or to the last row, and focus it. */
  toEnd(last) {
    if (this.rows.length) this.reveal(this.rows[last ? this.rows.length - 1 : 0]);
    this.focus();
  }

  /** Turn to the page of the selected row, if the filter shows it. */
  turnToSelected() {
    if (!this.rows.includes(this.selected()) || this.pageOf(this.selected()) === this.page) return;
    this.page = this.pageOf(this.selected());
    this.showPage();
  }
}
