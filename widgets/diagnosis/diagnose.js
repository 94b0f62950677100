import { button, frame, h, renderOf, setAttribute } from "../base.js";
import { depthOf } from "../drawing/depth.js";
import { inCode } from "../words/in_code.js";

const PATIENCE = 5000; // milliseconds until a kernel that does not answer is told of

/** What is wrong, worst first: each with its line, the numbers that show it, what to do, and the debugger there. */
class Report {
  constructor({ model, el }) {
    this.model = model;
    const { sentence, looked, findings, notes } = model.get("data");
    const view = (this.view = frame(el, { name: "diagnose", label: "Diagnosis" }));
    view.toolbar.remove();
    view.say(`${sentence}. ${looked}`);
    view.root.setAttribute("data-ok", String(!findings.length));
    this.debuggers = findings.map(({ opens }, i) => (opens ? this.debugger(i + 1) : []));
    if (findings.length) view.body.append(h("ol", {}, ...findings.map((finding, i) => row(finding, view, this.debuggers[i]))));
    if (notes.length) view.body.append(h("ul", { class: "ag-notes" }, ...notes.map((note) => h("li", {}, note))));
    view.keys({});
    view.listen(model, "change:opened", () => this.show());
    view.atEnd(() => clearTimeout(this.waiting));
    this.show();
    view.ready();
  }

  /** The button that opens the debugger at a finding, and the place where it appears. */
  debugger(number) {
    const place = h("div", { class: "ag-debugger", role: "group", "aria-label": `Debugger at finding ${number}`, hidden: true });
    return [button("Step through it here", () => this.ask(number, place.hidden), { "aria-expanded": "false" }), place];
  }

  /** Ask the kernel for the debugger at a finding, or close it. */
  ask(number, open) {
    const alone = `Here is no kernel to open it. In a notebook: diagnose(…).stepper(${number})`;
    if (this.model.alone) return this.fill(open ? number : 0, alone);
    clearTimeout(this.waiting);
    this.view.change(this.model, "asked", open ? number : 0);
    this.fill(open ? number : 0, "The pass is recorded once more …");
    const late = () => this.fill(number, "The kernel does not answer: run this cell again.");
    if (open) this.waiting = setTimeout(late, PATIENCE);
  }

  /** Show the stepper that the kernel has made, or what it says instead. */
  async show() {
    const { finding = 0, model, said } = this.model.get("opened") ?? {};
    clearTimeout(this.waiting);
    if (!model || !this.model.widget_manager) return this.fill(finding, said ?? "");
    const manager = this.model.widget_manager;
    const made = await manager.create_view(await manager.get_model(model));
    this.fill(finding, made.el);
    this.view.atEnd(() => made.remove());
  }

  /** Put something into the place of one finding, and close those of the others. */
  fill(number, content) {
    this.debuggers.forEach(([opener, place], i) => {
      if (!place) return;
      place.hidden = i + 1 !== number || !content;
      place.replaceChildren(...(place.hidden ? [] : [content]));
      setAttribute(opener, "aria-expanded", !place.hidden);
    });
  }
}

/** One finding. */
function row({ what, part, place, line, why, cure, depth }, view, debuggers) {
  const [before, marked, after] = line;
  const where = [place, part].filter(Boolean).join(" · ");
  return h("li", {}, h("p", { class: "ag-what" }, ...inCode(what)), where ? h("p", { class: "ag-where" }, where) : "",
    before || marked ? h("pre", { tabindex: "0" }, before, h("mark", {}, marked), after) : "",
    why ? h("p", {}, ...inCode(why)) : "", depth ? depthIn(view, depth) : "", cure ? h("p", { class: "ag-cure" }, ...inCode(cure)) : "", ...debuggers);
}

/** The sizes of the gradient over the layers. */
function depthIn(view, depth) {
  const chart = depthOf(depth);
  view.atEnd(chart.dispose);
  return chart.element;
}

const render = renderOf(Report);

export default { render };
