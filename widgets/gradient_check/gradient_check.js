import { button, clamp, frame, h, renderOf, setAttribute } from "../base.js";
import { ErrorMap } from "./error_map.js";
import { InputList } from "./gradient_inputs.js";
import { DerivativeList } from "./gradient_list.js";
import { matrixOf, sentenceOf, titleOf } from "./gradient_rows.js";
import { unpacked } from "../words/numbers.js";
import { isOneOf, isWhole, reader } from "../state.js";
import { StepCurve } from "./step_curve.js";

const DECADE = 3; // positions of the slider from a step to ten times that step

/** Derivatives beside finite differences: a table, a map, and the error for every step. */
class Check {
  constructor({ model, el }) {
    this.model = model;
    const content = (this.content = model.get("data"));
    const { verdicts, steps, worst } = content;
    this.numbers = { analytic: unpacked(content.analytic), numeric: unpacked(content.numeric), complex: content.complex && unpacked(content.complex) };
    this.read = reader(model, { selected: [isWhole(0, Math.max(verdicts.length - 1, 0)), Math.max(worst, 0)], step: [isWhole(0, steps.length - 1), 0], compact: [isOneOf([true, false]), false] });
    this.view = frame(el, { name: "gradient-check", label: "Gradient check" });
    this.every = button("Every step", () => this.view.change(model, "compact", !this.compact), { title: "The error for every step h" });
    this.inputs = new InputList(content, (name) => this.list.showOnly(name));
    this.list = new DerivativeList(content, this.numbers, {
      view: this.view, selected: () => this.selected, select: (row) => this.view.change(model, "selected", row), shown: (kind) => this.inputs.mark(kind) });
    this.curve = new StepCurve(content, (step) => this.stepTo(step));
    this.map = new ErrorMap({ verdictOf: (row) => Number(verdicts[row]), errorOf: (row) => this.list.errorOf(row), choose: (row) => this.list.reveal(row) });
    this.none = h("p", { class: "ag-card ag-none" }, "No curve was computed for this element; choose “with a curve” to see which have one, or give GradientCheck more curves=.");
    this.right = h("div", { class: "ag-right" }, this.curve.element, ...(this.curve.curves.size ? [this.none] : []));
    this.fillToolbar();
    this.fillBody();
    this.listen();
    this.list.refilter();
    this.show();
    this.view.ready();
  }

  fillToolbar() {
    const { view, list, content, content: { verdicts, page, furthest } } = this;
    const toWorst = button("Worst", () => list.reveal(furthest), { class: "ag-button ag-main", "aria-keyshortcuts": "Space", title: "Show the element that is furthest off" });
    view.toolbar.append(
      ...(verdicts.length > 1 ? [toWorst, h("div", { class: "ag-group" }, list.choose, list.find)] : []),
      ...(verdicts.length > page ? [h("div", { class: "ag-group" }, list.back, list.next)] : []));
    if (content.random || !verdicts.length) this.every.hidden = true;
    view.toolbar.append(this.every);
    this.table = view.tableToggle((table) => table.replaceChildren(this.curve.twin()));
  }

  fillBody() {
    const { list, content: { hints, notes } } = this;
    const remarks = h("ul", { class: "ag-remarks" },
      ...hints.map((text) => h("li", {}, h("strong", {}, "Hint: "), text)),
      ...notes.map((text) => h("li", { class: "ag-muted" }, text)));
    this.view.body.append(
      h("div", { class: "ag-left" }, this.inputs.element, list.caption, list.element,
        h("div", { class: "ag-below" }, ...(remarks.childElementCount ? [remarks] : []), this.map.element)), this.right);
  }

  get selected() {
    return this.read("selected");
  }

  get compact() {
    return this.read("compact");
  }

  get title() {
    return titleOf(this.content.groups, this.selected);
  }

  /** Whether there is a derivative that can be told. */
  get isTold() {
    return this.content.verdicts.length > 0 && !this.content.random;
  }

  stepTo(step) {
    this.view.change(this.model, "step", clamp(step, 0, this.content.steps.length - 1));
  }

  /** Show the selected element. */
  show() {
    const { list, map, curve, content: { groups, verdicts }, selected } = this;
    list.mark();
    map.show(this.isTold ? matrixOf(groups, selected) : null, selected);
    curve.show(selected, verdicts.length ? this.title : "", this.read("step"));
    this.right.hidden = this.table.hidden = this.compact;
    if (this.compact && this.view.table.hidden === false) this.table.click();
    setAttribute(this.every, "aria-pressed", !this.compact);
    setAttribute(this.view.root, "data-compact", this.compact);
    this.none.hidden = Boolean(curve.curve);
    this.showStep();
  }

  /** Show the step that is marked. */
  showStep() {
    const { view, curve, selected, numbers: { analytic, numeric } } = this;
    const pair = [analytic[selected], numeric[selected]], { verdicts, told_in_full } = this.content;
    const inFull = verdicts[selected] === "1" && Math.max(...pair.map(Math.abs)) < told_in_full;
    const told = this.isTold ? [sentenceOf(this.title, ...pair, inFull)] : [];
    const ofStep = curve.showStep(this.read("step"));
    view.say([this.content.summary, ...told, ...(this.compact ? [] : ofStep)].join(" "));
    if (!view.table.hidden) view.table.replaceChildren(curve.twin());
    setAttribute(view.root, "data-selected", selected);
    setAttribute(view.root, "data-step", this.read("step"));
  }

  listen() {
    const { view, model, list, inputs, curve, content: { furthest, steps } } = this;
    const step = () => this.read("step");
    const inList = (event) => list.element.contains(event.composedPath()[0]);
    const onSlider = (event) => event.composedPath()[0] === curve.slider;
    const inInputs = (event) => inputs.element.contains(event.composedPath()[0]);
    const upDown = (by) => (event) => (inInputs(event) ? inputs.moveBy(by, event.composedPath()[0]) : inList(event) ? list.selectBy(by) : onSlider(event) ? this.stepTo(step() - by) : false);
    const pageBy = (by) => (event) => (onSlider(event) ? this.stepTo(step() - by * DECADE) : list.turn(by));
    const toEnd = (last) => (event) => (inList(event) ? list.toEnd(last) : this.stepTo(last ? steps.length - 1 : 0));
    view.keys({
      ArrowRight: () => this.stepTo(step() + 1),
      ArrowLeft: () => this.stepTo(step() - 1),
      ArrowUp: upDown(-1),
      ArrowDown: upDown(1),
      Home: toEnd(false),
      End: toEnd(true),
      PageUp: pageBy(-1),
      PageDown: pageBy(1),
      Space: () => (furthest >= 0 ? list.reveal(furthest) : false),
      Enter: () => false,
      Escape: () => /** @type {HTMLElement} */ (view.toolbar.querySelector('[tabindex="0"]'))?.focus(),
    });
    view.listen(model, "change:selected", () => { list.turnToSelected(); this.show(); });
    view.listen(model, "change:step", () => this.showStep());
    view.listen(model, "change:compact", () => this.show());
    view.atEnd(() => curve.chart.dispose());
  }
}

const render = renderOf(Check);

export default { render };
