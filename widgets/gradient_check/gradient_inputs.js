/** The verdict on all derivatives by each input, one line each. */

import { clamp, h, s, setAttribute } from "../base.js";

/** Lines of which each shows the derivatives by its input alone, and all of them when it is chosen again. */
export class InputList {
  /**
   * @param {{inputs: [string, number, string][], marks: string[]}} content
   * @param {(name: string) => void} choose
   */
  constructor({ inputs, marks }, choose) {
    this.lines = inputs.map(([name, verdict, said]) => {
      const mark = s("svg", { viewBox: "-7 -7 14 14", class: "ag-mark", "aria-hidden": "true" }, s("path", { d: marks[verdict] }));
      return h("button", { type: "button", class: "ag-input", "data-verdict": verdict, "data-input": name, onclick: () => choose(name) }, mark, h("strong", {}, name), ` ${said}`);
    });
    this.element = h("div", { class: "ag-inputs ag-scrolls", role: "group", "aria-label": "Verdict on each input", hidden: !inputs.length }, ...this.lines);
  }

  /** Mark the input whose derivatives are shown alone, and let Tab stop at it, or else at the first. */
  mark(kind) {
    const isShown = ({ dataset }) => kind === `input:${dataset.input}`;
    const stop = this.lines.find(isShown) ?? this.lines[0];
    for (const line of this.lines) {
      line.tabIndex = line === stop ? 0 : -1;
      setAttribute(line, "aria-pressed", isShown(line));
    }
  }

  /** Go from one line to another: focus the next (+1) or the previous (-1) one. */
  moveBy(by, line) {
    const next = this.lines[clamp(this.lines.indexOf(line) + by, 0, this.lines.length - 1)];
    for (const each of this.lines) each.tabIndex = each === next ? 0 : -1;
    next.focus();
  }
}
