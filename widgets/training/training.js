import { button, disable, frame, h, renderOf, s, setAttribute, setText, tableOf, tableRow } from "../base.js";
import { EMPTY, chartOf } from "../drawing/chart.js";
import { NO_DEPTH, depthOf } from "../drawing/depth.js";
import { unpacked } from "../words/numbers.js";
import { isLike, reader } from "../state.js";
import { BatchReport } from "./batch_report.js";

const PATIENCE = 3000; // milliseconds until we say that the kernel does not hear
const PLAYED = 4000; // milliseconds in which a recorded run is played
const DEAF = "The kernel has not heard it: here it hears nothing while a cell runs. Interrupt it (■) instead.";
const BUSY = { pause: "Waiting for the present batch to end, then pausing.", stop: "Waiting for the present batch to end, then stopping." };
const GONE = "The kernel is gone: this run is over.", RESTARTED = "The kernel was restarted: this run is over.";
const ENDS = { restarting: RESTARTED, autorestarting: RESTARTED, dead: GONE }; // by the kernel's status
const NOTHING = JSON.stringify({ state: "waiting", alarm: false, sentence: "", progress: { words: "" }, facts: [], parameters: [], epochs: [], axes: { linear: EMPTY, log: EMPTY }, curve: "", losses: [], validation: [], depth: NO_DEPTH });

/** What watches a training run: loss, progress, parameters; it pauses, resumes and stops it. */
class Monitor {
  log = false;
  asked = null;
  end = "";
  waiting = 0;
  bar = h("div", { class: "ag-bar" });
  progress = h("div", { class: "ag-progress", role: "progressbar", "aria-label": "Progress", "aria-valuemin": 0, "aria-valuemax": 100 }, this.bar);
  words = h("p", { class: "ag-words" });
  facts = h("dl", { class: "ag-facts" });
  rows = h("tbody");
  legend = legendOf();
  open = new Set(); // modules whose parameters are shown
  whole = null; // the recorded run, while it is played
  frame = 0;

  constructor({ model, el }) {
    this.model = model;
    this.view = frame(el, { name: "training", label: "Training monitor" });
    const { view } = this, read = reader(model, { live: [isLive, NOTHING] });
    this.live = liveOf(read("live"));
    this.chart = this.chartOfLoss();
    this.depth = depthOf(this.live.depth);
    this.parameters = parametersOf(this.rows);
    this.fillToolbar();
    view.body.append(
      h("div", { class: "ag-left" }, h("div", {}, this.progress, this.words), this.chart.element, this.legend, this.depth.element),
      h("div", { class: "ag-right" }, this.facts, this.parameters));
    this.report = new BatchReport(model, view);
    this.report.listen();
    view.keys({ Space: () => this.pause.click(), Escape: () => this.pause.focus() });
    view.listen(model, "change:live", () => {
      this.live = liveOf(read("live"));
      this.show();
    });
    view.listen(model, "msg:custom", (message) => this.hear(message));
    view.atEnd(atKernelEnd(model, (sentence) => this.close(sentence)));
    view.atEnd(() => { clearTimeout(this.waiting); cancelAnimationFrame(this.frame); this.chart.dispose(); this.depth.dispose(); });
    this.show();
    model.send({ do: "here" });
    view.ready();
  }

  chartOfLoss() {
    const [band, curve, epochs] = ["ag-band", "ag-smooth", "ag-epochs"].map((look) => s("path", { class: look }));
    const valid = s("path", { class: "ag-valid" }), dots = s("path", { class: "ag-valid-dots" });
    return chartOf(axesOf(this.live, this.log), {
      label: "Loss of each batch, and smoothed",
      draw: (chart) => {
        const { live } = this;
        if (!band.parentNode) chart.plot.append(epochs, band, curve, valid, dots);
        setAttribute(band, "d", bandOf(live.curve, chart));
        setAttribute(curve, "d", chart.line(live.curve.map(([x, , , smooth]) => [x, smooth])));
        setAttribute(valid, "d", chart.line(live.validation));
        setAttribute(dots, "d", live.validation.map((point) => `${chart.line([point])}h0`).filter((d) => d !== "h0").join(""));
        setAttribute(epochs, "d", live.epochs.map((x) => `M${Math.round(chart.x(x))} 0V${Math.round(chart.height)}`).join(""));
      },
    });
  }

  fillToolbar() {
    const { view } = this;
    const act = () => (this.model.alone ? this.play() : this.ask(this.live.state === "paused" ? "go" : "pause"));
    this.pause = button("Pause", act, { class: "ag-button ag-main" });
    this.stop = button("Stop", () => this.ask("stop"));
    const scale = button("Log scale", () => {
      this.log = !this.log;
      setAttribute(scale, "aria-pressed", this.log);
      this.chart.show(axesOf(this.live, this.log));
    }, { "aria-pressed": "false" });
    view.toolbar.append(h("div", { class: "ag-group" }, this.pause, this.model.alone ? "" : this.stop), scale);
    view.tableToggle((table) => table.replaceChildren(twinOf(this.live)));
  }

  show() {
    const { view, live, chart } = this, standing = standingOf(live, this.end, this.model.alone);
    setAttribute(view.root, "data-state", standing.state);
    view.root.toggleAttribute("data-alarm", live.alarm);
    view.root.toggleAttribute("data-playing", Boolean(this.whole));
    this.nameButtons(standing);
    this.report.offer(live.again && !this.model.alone && !this.end);
    if (this.asked && settled(this.asked, standing.state)) this.answered();
    this.showProgress(standing);
    fill(this.facts, live.facts.length * 2, (i) => h(i % 2 ? "dd" : "dt"), (cell, i) => setText(cell, live.facts[i >> 1][i % 2]));
    fill(this.rows, live.parameters.length, () => rowOf(this.toggle), (row, i) => fillRow(row, live.parameters[i], this.open));
    this.legend.lastElementChild.toggleAttribute("hidden", !live.validation.length);
    this.depth.element.hidden = !live.depth.sizes.length;
    this.depth.show(live.depth);
    this.parameters.hidden = !live.parameters.length;
    chart.show(axesOf(live, this.log));
    if (!view.table.hidden) view.table.replaceChildren(twinOf(live));
    view.say(standing.sentence);
  }

  /** What can be done: a loop is paused and stopped; where no kernel runs one, its record is played. */
  nameButtons({ state, busy }) {
    if (!this.model.alone) {
      setText(this.pause, state === "paused" ? "Resume" : "Pause");
      return disable([this.pause, !busy], [this.stop, !busy]);
    }
    this.pause.hidden = this.live.curve.length < 2;
    setText(this.pause, this.whole ? "Show the end" : "Play");
  }

  /** Draw the recorded curve as it came about; or, while that goes on, all of it. */
  play() {
    if (this.whole) return this.endPlay();
    if (this.live.curve.length < 2) return;
    const whole = this.whole = this.live, began = performance.now();
    const frame = () => {
      const share = (performance.now() - began) / PLAYED;
      if (share >= 1) return this.endPlay();
      this.live = upTo(whole, share);
      this.show();
      this.frame = requestAnimationFrame(frame);
    };
    frame();
  }

  endPlay() {
    cancelAnimationFrame(this.frame);
    if (this.whole) this.live = this.whole;
    this.whole = null;
    this.show();
  }

  /** Show or hide the parameters of a module. */
  toggle = ({ currentTarget }) => {
    const { group } = currentTarget.dataset;
    if (!this.open.delete(group)) this.open.add(group);
    this.show();
  };

  showProgress({ part, reached }) {
    const { progress, live } = this;
    setAttribute(this.bar, "style", `width: ${part}%`);
    setAttribute(progress, "aria-valuenow", part);
    setAttribute(progress, "aria-valuetext", live.progress.words || "not begun");
    progress.hidden = live.progress.part == null;
    if (!this.asked) setText(this.words, reached);
  }

  /** Ask the kernel: it hears while a cell runs, or says nothing. */
  ask(what) {
    if (!standingOf(this.live, this.end).busy) return;
    this.asked = what;
    this.model.send({ do: what });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => setText(this.words, DEAF), PATIENCE);
  }

  hear(message) {
    if (!message?.heard || !this.asked) return;
    clearTimeout(this.waiting);
    if (BUSY[this.asked]) setText(this.words, BUSY[this.asked]);
  }

  answered() {
    this.asked = null;
    clearTimeout(this.waiting);
  }

  /** The kernel is gone, in the middle of the run or after it. */
  close(sentence) {
    this.end ||= sentence;
    this.answered();
    this.show();
  }
}

function legendOf() {
  const looks = [["ag-band", "loss", "M1 6H23"], ["ag-smooth", "smoothed", "M1 6H23"], ["ag-epochs", "end of an epoch", "M12 0V12"], ["ag-valid", "validation", "M1 6H23"]];
  return h("p", { class: "ag-legend", "aria-hidden": "true" }, ...looks.map(([look, word, d]) =>
    h("span", {}, s("svg", { viewBox: "0 0 24 12", class: "ag-sample" }, s("path", { class: look, d })), word)));
}

/** The table of parameters around its rows, in a pane that scrolls. */
function parametersOf(rows) {
  /** @type {[string, object][]} */
  const heads = [["parameter", {}], ["gradient norm", { colspan: 2, title: "over time, on a logarithmic scale, and now" }],
    ["update ÷ weight", { class: "ag-number", title: "how far the last step went, divided by the size of the parameter" }], ["state", {}]];
  return h("div", { class: "ag-scroll ag-scrolls", tabindex: "0", role: "group", "aria-label": "Parameters" },
    h("table", { class: "ag-parameters" },
      h("thead", {}, h("tr", {}, ...heads.map(([text, more]) => h("th", { scope: "col", ...more }, text)))), rows));
}

/** A recorded run as far as a share of its curve; what is known of its end only is not shown meanwhile (training.css). */
export function upTo(live, share) {
  const curve = live.curve.slice(0, Math.max(1, Math.floor(share * live.curve.length))), [batch] = curve.at(-1);
  const progress = { part: batch / live.curve.at(-1)[0] * (live.progress.part ?? 1), words: `batch ${batch}` };
  const validation = live.validation.filter(([x]) => x <= batch), epochs = live.epochs.filter((x) => x <= batch);
  return { ...live, curve, validation, epochs, progress, alarm: false, sentence: "The run as it was recorded." };
}

/** What Python shows now; the points of its curve, packed on their way, with null for what is no number. */
function liveOf(text) {
  const live = JSON.parse(text), numbers = Array.from(unpacked(live.curve), (x) => (Number.isNaN(x) ? null : x));
  return { ...live, curve: numbers.flatMap((_, i) => (i % 4 ? [] : [numbers.slice(i, i + 4)])) };
}

/** Whether Python can have written this. */
export function isLive(text) {
  try {
    return isLike(JSON.parse(NOTHING))(JSON.parse(text));
  } catch {
    return false;
  }
}

/** The axes of the loss, linear or logarithmic. */
const axesOf = (live, log) => ({ ...live.axes[log ? "log" : "linear"], low: 190 });

/**
 * What the view tells of a run: its state, percentage, sentence, how far it came, and whether
 * there is a loop to stop. `end` says how its kernel came to an end, in the middle of the run.
 */
export function standingOf({ state, progress, sentence }, end = "", alone = false) {
  const part = Math.round(100 * (progress.part ?? 0)), reached = progress.words;
  const busy = !alone && (state === "running" || state === "paused");
  if (!busy || !end) return { state, part, busy, sentence, reached };
  return { state: "gone", part, busy: false, sentence: end, reached: reached.replace(/ · [^·]* left$/, "") };
}

/**
 * Be told, in a sentence, when the kernel restarts, dies or is shut down, where the host shows us
 * its kernel as JupyterLab and Notebook do; elsewhere nothing is told.
 * @returns {() => void}  ends it
 */
export function atKernelEnd({ widget_manager: manager }, told) {
  const kernel = manager?.kernel;
  if (!kernel?.statusChanged) return () => {};
  const changed = (_, status) => ENDS[status] && told(ENDS[status]);
  const disposed = () => told(GONE);
  kernel.statusChanged.connect(changed);
  kernel.disposed.connect(disposed);
  return () => { kernel.statusChanged.disconnect(changed); kernel.disposed.disconnect(disposed); };
}

/** Whether a state is what was asked for, or makes it pointless. */
export function settled(asked, state) {
  if (asked === "pause") return state !== "running";
  return asked === "go" ? state !== "paused" : state !== "running" && state !== "paused";
}

/** The path around the least and the greatest loss of each point. */
export function bandOf(curve, chart) {
  const there = curve.filter(([, low]) => low != null);
  const places = [...there.map(([x, , high]) => [x, high]), ...there.toReversed().map(([x, low]) => [x, low])];
  return there.length ? `${chart.line(places)}Z` : "";
}

/** Give a parent as many children as wanted, and fill each. */
function fill(parent, count, make, put) {
  while (parent.children.length > count) parent.lastChild.remove();
  while (parent.children.length < count) parent.append(make(parent.children.length));
  [...parent.children].forEach(put);
}

function rowOf(toggle) {
  const path = s("path", { class: "ag-spark" });
  const spark = s("svg", { viewBox: "0 -1 96 20", width: 96, height: 18, "aria-hidden": "true" }, path);
  return h("tr", {}, h("th", { scope: "row" }, h("button", { type: "button", class: "ag-open", onclick: toggle }), h("span")), h("td", {}, spark), h("td", { class: "ag-number" }), h("td", { class: "ag-number" }), h("td", {}));
}

function fillRow(row, { name, norm, ratio, state, look, spark, group, members }, open) {
  const [head, curve, norms, ratios, states] = row.children;
  const [toggle, label] = head.children;
  row.hidden = !!group && !open.has(group);
  row.toggleAttribute("data-member", !!group);
  toggle.hidden = !members;
  setAttribute(toggle, "data-group", name);
  setAttribute(toggle, "aria-expanded", String(open.has(name)));
  setText(toggle, members ? `${name} (${members})` : "");
  setText(label, members ? "" : name);
  setAttribute(curve.firstChild.firstChild, "d", spark);
  setText(norms, norm);
  setText(ratios, ratio);
  setText(states, state);
  row.toggleAttribute("data-wrong", look === "wrong");
  row.toggleAttribute("data-leaps", look === "leaps");
}

/** The table twin: the loss, thinned out, and the parameters. */
function twinOf({ losses, parameters, validation, depth }) {
  return h("div", {},
    tableOf("Loss since the row above", ["Up to batch", "Least", "Greatest", "Smoothed"],
      losses.map(([batch, ...values]) => tableRow(batch, values))),
    ...(validation.length ? [tableOf("Validation", ["After batch", "Mean loss"],
      validation.map(([at, , told]) => tableRow(String(at), [told])))] : []),
    ...(depth.sizes.length ? [tableOf("Size of the gradient, layer by layer", ["Layer", "Size"],
      depth.sizes.map(([name, , told]) => tableRow(name, [told])))] : []),
    tableOf("Parameters", ["Parameter", "Gradient norm", "Update ÷ weight", "State"],
      parameters.map(({ name, norm, ratio, state, members }) => tableRow(members ? `${name} (${members})` : name, [norm, ratio, state]))));
}

const render = renderOf(Monitor);

export default { render };
