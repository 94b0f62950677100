import { button, clamp, disable, frame, gridOf, h, renderOf, s, setAttribute, setText, tableOf, tableRow } from "../base.js";
import { Graph, isDirection, standingInWords, titleOf } from "../drawing/graph.js";
import { historyOf, standingAt, touched } from "./history.js";
import { Listings } from "./listing.js";
import { isOneOf, isWhole, reader } from "../state.js";

const SPEEDS = [["0.5", "half speed"], ["1", "1 step a second"], ["2", "2 steps a second"], ["4", "4 steps a second"]];
const WIDE = 3; // columns of elements that always fit
const KINDS = { leaf: "leaf: keeps its gradient", constant: "constant: no gradient flows to it" };

/** A walk through a forward and a backward pass: graph, code, rule and sums, all in the browser. */
class Stepper {
  at = 0;
  following = true;
  timer = 0;
  rule = h("div", { class: "ag-card ag-rule" });
  details = h("div", { class: "ag-card ag-details", role: "group", "aria-label": "Details", tabindex: "-1", hidden: true });

  constructor({ model, el }) {
    this.model = model;
    const { nodes, moments, listings, words } = (this.content = model.get("data"));
    this.last = moments.length - 1;
    this.forward = moments.filter((moment) => moment.phase === "forward").length;
    this.history = historyOf(moments, nodes.length);
    this.number = new Map(nodes.map((node, i) => [node.id, i]));
    this.read = reader(model, {
      step: [isWhole(0, this.last), 0], selected: [isOneOf(["", ...this.number.keys()]), ""], direction: [isDirection, "vertical"],
    });
    this.view = frame(el, { name: "stepper", label: "Backward stepper" });
    this.graph = new Graph(this.content, (i) => this.select(i));
    this.code = new Listings(listings);
    this.cells = nodes.map(() => ({ value: h("td"), gradient: h("td"), state: h("td"), row: null }));
    const legend = h("p", { class: "ag-legend" }, ...Object.entries(words).map(([state, word]) => h("span", {}, this.markOf(state), word)));
    this.view.body.append(h("div", { class: "ag-left" }, this.graph.pane, legend),
      h("div", { class: "ag-right" }, ...(listings.length ? [this.code.pane] : []), this.rule, this.details));
    this.fillToolbar();
    this.listen();
    this.show(this.read("step"), { all: true });
    this.inspect();
    this.view.ready();
  }

  fillToolbar() {
    const { view, graph, last, forward } = this;
    const way = (text, step, key) => button(text, () => this.go(step()), { "aria-keyshortcuts": key });
    this.ways = [way("Start", () => 0, "Home"), way("Back", () => this.at - 1, "ArrowLeft"),
      way("Next", () => this.at + 1, "ArrowRight"), way("End", () => last, "End")];
    this.play = button("Play", () => (this.timer ? this.pause() : this.start()), { class: "ag-button ag-main" });
    this.speed = h("select", { class: "ag-button", "aria-label": "Speed" },
      ...SPEEDS.map(([value, label]) => h("option", { value, selected: value === "1", "aria-label": label }, `${value}×`)));
    this.scrub = h("input", { type: "range", class: "ag-scrub", min: 0, max: last, step: 1, "aria-label": "Step", oninput: () => this.go(Number(this.scrub.value)) });
    this.phases = h("div", { class: "ag-phases", "aria-hidden": "true" },
      h("span", { style: `flex: ${Math.max(forward, 1)}` }, "forward"),
      h("span", { style: `flex: ${Math.max(last - forward, 1)}` }, "backward"));
    const follow = button("Follow", () => {
      this.following = !this.following;
      setAttribute(follow, "aria-pressed", this.following);
      if (this.following) graph.fit();
    }, { "aria-pressed": "true", title: "Keep the node at work in view" });
    view.toolbar.append(
      h("div", { class: "ag-group" }, ...this.ways.slice(0, 2), this.play, ...this.ways.slice(2), this.speed),
      h("div", { class: "ag-time" }, this.scrub, this.phases),
      graph.controls(view, this.read("direction"), follow));
    view.tableToggle((table) => {
      if (!table.childElementCount) table.append(this.tableTwin());
      this.content.nodes.forEach((_, i) => this.fillRow(i));
    });
  }

  listen() {
    const { view, model } = this;
    const stepBy = (by) => (event) => {
      if (event.composedPath()[0].closest(".ag-grids")) return false; // there the arrows scroll
      this.go(this.at + by);
    };
    view.keys({
      ArrowRight: stepBy(1),
      ArrowLeft: stepBy(-1),
      Home: () => this.go(0),
      End: () => this.go(this.last),
      Space: () => this.play.click(),
      ...this.graph.keys((i) => this.open(i)),
      Escape: () => (this.read("selected") ? this.close() : this.play.focus()),
    });
    view.listen(model, "change:step", () => this.show(this.read("step")));
    view.listen(model, "change:selected", () => this.inspect());
    view.atEnd(() => this.pause());
  }

  stepTo(step) {
    this.view.change(this.model, "step", clamp(step, 0, this.last));
  }

  /** Go to a step because the learner says so: what plays stops. */
  go(step) {
    this.pause();
    this.stepTo(step);
  }

  select(i) {
    this.view.change(this.model, "selected", i == null ? "" : this.content.nodes[i].id);
  }

  /** Show a step: only what differs from the step before is changed. */
  show(step, { all = false } = {}) {
    const { nodes, moments } = this.content, { graph, view } = this, moment = moments[step];
    const changed = all ? nodes.keys() : touched(moments, this.at, step);
    this.at = step;
    for (const i of changed) {
      graph.stand(i, this.there(i), standingAt(this.history[i], step));
      if (!view.table.hidden) this.fillRow(i);
    }
    graph.work(moment.node ?? null, (moment.rules ?? []).map((each) => each.edge));
    if (moment.node != null) graph.stopAt(moment.node);
    if (this.following) graph.follow();
    this.code.mark(moment.node == null ? null : nodes[moment.node].source);
    this.rule.replaceChildren(...ruleOf(moment));
    if (this.read("selected")) this.inspect();
    view.say(moment.sentence);
    this.showTime(moment);
  }

  /** Show where in time the step is. */
  showTime({ sentence, phase }) {
    const { view, scrub, at, last } = this;
    scrub.value = String(at);
    setAttribute(scrub, "aria-valuetext", sentence);
    for (const [i, name] of ["forward", "backward"].entries()) this.phases.children[i].classList.toggle("ag-now", phase === name);
    setAttribute(view.root, "data-step", at);
    setAttribute(view.root, "data-phase", phase);
    disable(...this.ways.map((way, i) => [way, i < 2 ? at === 0 : at === last]));
  }

  there(i) {
    return this.history[i].appears <= this.at || this.forward === 0;
  }

  /** The table twin, and in `cells` those of each row that change. */
  tableTwin() {
    const rows = this.content.nodes.map((node, i) => {
      const { value, gradient, state } = this.cells[i];
      return (this.cells[i].row = tableRow(titleOf(node), [node.op || node.kind, value, gradient, state]));
    });
    return tableOf("Every node at this step", ["Node", "Operation", "Value", "Gradient", "State"], rows);
  }

  fillRow(i) {
    const { nodes, moments, words } = this.content, { value, gradient, state, row } = this.cells[i];
    const standing = standingAt(this.history[i], this.at);
    const said = nodes[i].kind === "constant" ? "no gradient" : words[standing.state];
    setText(value, this.there(i) ? nodes[i].value || nodes[i].name : "");
    setText(gradient, standing.text);
    setText(state, standing.state === "partial" ? `${said}, ${standing.count}` : said);
    row.toggleAttribute("data-active", moments[this.at].node === i);
  }

  markOf(state) {
    return s("svg", { viewBox: "-7 -7 14 14", class: "ag-legend-mark", "aria-hidden": "true", "data-state": state },
      s("path", { d: this.content.marks[state], class: "ag-mark" }));
  }

  /** Show the details of the node that is selected. */
  inspect() {
    const i = this.number.get(this.read("selected"));
    this.details.hidden = i == null;
    if (i == null) return;
    const node = this.content.nodes[i], standing = standingAt(this.history[i], this.at);
    const facts = [["kind", KINDS[node.kind] ?? `result of ${node.op}`], ...node.facts];
    if (!node.rows && !facts.some(([name]) => name === "value")) facts.push(["value", node.value || node.name]);
    if (node.kind !== "constant") facts.push(["gradient", standingInWords(standing).replace(/^gradient /, "")]);
    const grids = [["value", node.rows], ["gradient", standing.rows]].filter(([, rows]) => rows);
    this.details.replaceChildren(
      h("h3", {}, titleOf(node)),
      h("dl", {}, ...facts.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)])),
      ...(grids.length ? [gridsOf(`Elements of ${titleOf(node)}`, grids)] : []),
      button("Close", () => this.close()),
    );
  }

  close() {
    const i = this.number.get(this.read("selected"));
    this.select(null);
    this.graph.stopAt(i ?? this.graph.stop, true);
  }

  open(i) {
    this.select(i);
    this.details.focus({ preventScroll: true });
  }

  start() {
    if (this.at === this.last) this.stepTo(0);
    setText(this.play, "Pause");
    this.wait();
  }

  wait() {
    this.timer = setTimeout(() => {
      this.stepTo(this.at + 1);
      if (this.at === this.last) this.pause();
      else this.wait();
    }, 1000 / Number(this.speed.value));
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    setText(this.play, "Play");
  }
}

/** The rule at work, in symbols, then with numbers, then added to what was there. */
function ruleOf({ heading, rules = [] }) {
  return [h("h3", {}, heading), ...rules.map((rule) => h("div", { class: "ag-rule-part" },
    h("p", { class: "ag-formula" }, rule.symbols || `to ${rule.to}`),
    h("p", {}, h("span", { class: "ag-muted" }, `sends to ${rule.to}: `), rule.sends),
    ...(rule.note ? [h("p", { class: "ag-note" }, rule.note)] : []),
    h("p", {}, h("span", { class: "ag-muted" }, "total: "), rule.total),
    ...(rule.grids ? [gridsOf(`Elements sent to ${rule.to}`, rule.grids)] : []),
  ))];
}

/** The elements of small tensors, side by side; wide ones scroll, also with the arrow keys. */
function gridsOf(label, grids) {
  const wide = grids.some(([, rows]) => rows.some((row) => row.length > WIDE));
  return h("div", { class: "ag-grids", ...(wide ? { role: "group", "aria-label": label, tabindex: "0" } : {}) },
    ...grids.map(([name, rows]) => gridOf(name, rows)));
}

const render = renderOf(Stepper);

export default { render };
