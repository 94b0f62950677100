import { button, clamp, disable, frame, h, renderOf, setAttribute, setText, tableOf, tableRow } from "../base.js";
import { Graph, isDirection, statesOf, titleOf } from "../drawing/graph.js";
import { historyOf, standingAt } from "../stepper/history.js";
import { isOneOf, isWhole, reader } from "../state.js";

const PACE = 1100; // milliseconds a step
const NOT_YET = "–";

/** A nudge that runs through a graph and, turned round, the backward pass along the same arrows. */
class NudgeView {
  at = 0;
  timer = 0;
  shown = null; // the moments that are shown
  tried = new Map(); // by leaf, the nudges that have reached the output

  constructor({ model, el }) {
    this.model = model;
    const { nodes, leaves, nudges, back } = (this.content = model.get("data"));
    this.histories = new Map();
    this.read = reader(model, {
      leaf: [isOneOf(leaves.map(({ name }) => name)), leaves[0].name], eps: [isOneOf(nudges.map(([eps]) => eps)), nudges[0][0]],
      way: [isOneOf(["forward", "backward"]), "forward"], direction: [isDirection, "vertical"],
      step: [isWhole(0, Math.max(nodes.length, back.length)), 0],
    });
    this.view = frame(el, { name: "nudge", label: "Nudge" });
    this.graph = new Graph(this.content, (i) => this.open(i));
    this.legend = h("p", { class: "ag-legend" });
    this.result = [0, 1, 2].map(() => [h("dt"), h("dd")]);
    this.list = nudges.map(([, text]) => [h("th", { scope: "col" }, text), h("td"), h("td")]);
    this.ratio = h("th", { scope: "row" });
    this.cells = nodes.map(() => ({ moved: h("td"), state: h("td"), row: null }));
    const card = h("div", { class: "ag-card ag-result" }, h("dl", {}, ...this.result.map((parts) => h("div", {}, ...parts))), this.listOfNudges());
    this.graph.below.push(card);
    this.view.body.append(h("div", {}, this.graph.pane, this.legend), card);
    if (this.content.remark) this.view.body.append(h("p", { class: "ag-muted ag-remark" }, this.content.remark));
    this.fillToolbar();
    this.listen();
    this.show();
    this.graph.measure(true); // now that the card below it is filled
    this.view.ready();
  }

  get leaf() {
    return this.content.leaves.findIndex(({ name }) => name === this.read("leaf"));
  }

  get nudge() {
    return this.content.nudges.findIndex(([eps]) => eps === this.read("eps"));
  }

  get forward() {
    return this.read("way") === "forward";
  }

  get moments() {
    return this.forward ? this.content.told[this.leaf][this.nudge] : this.content.back;
  }

  get last() {
    return this.moments.length - 1;
  }

  fillToolbar() {
    const { view, graph, content } = this;
    const way = (text, step, key) => button(text, () => this.go(step()), { "aria-keyshortcuts": key });
    this.ways = [way("Start", () => 0, "Home"), way("Back", () => this.at - 1, "ArrowLeft"),
      way("Next", () => this.at + 1, "ArrowRight"), way("End", () => this.last, "End")];
    this.play = button("Play", () => (this.timer ? this.pause() : this.start()), { class: "ag-button ag-main" });
    this.pickLeaf = chooser("Nudge", content.leaves.map(({ name }) => [name, name]), (name) => this.pick(name));
    this.pickNudge = chooser("by ε =", content.nudges, (eps) => this.set("eps", Number(eps)));
    this.turn = button("backward()", () => { this.set("way", this.forward ? "backward" : "forward"); this.go(0); },
      { "aria-pressed": "false", title: "Turn it round: the same arrows, read from output to input" });
    view.toolbar.append(
      h("div", { class: "ag-group" }, ...this.ways.slice(0, 2), this.play, ...this.ways.slice(2)),
      h("div", { class: "ag-group" }, this.pickLeaf.whole, this.pickNudge.whole));
    const table = view.tableToggle((table) => {
      if (!table.childElementCount) table.append(this.tableTwin());
      this.fillTable();
    });
    view.toolbar.append(graph.controls(view, this.read("direction"), this.turn, table));
  }

  listen() {
    const { view, model } = this;
    view.keys({
      ArrowRight: () => this.go(this.at + 1),
      ArrowLeft: () => this.go(this.at - 1),
      Home: () => this.go(0),
      End: () => this.go(this.last),
      Space: () => this.play.click(),
      ...this.graph.keys((i) => this.open(i)),
      Escape: () => this.play.focus(),
    });
    for (const name of ["leaf", "eps", "way", "step"]) view.listen(model, `change:${name}`, () => this.show());
    view.atEnd(() => this.pause());
  }

  set(name, value) {
    this.view.change(this.model, name, value);
  }

  /** Go to a step because the learner says so: what plays stops. */
  go(step) {
    this.pause();
    this.set("step", clamp(step, 0, this.last));
  }

  pick(name) {
    this.set("leaf", name);
    this.go(0);
  }

  /** What a node that is clicked does: a leaf is nudged next, at any other one looks at what happens there. */
  open(i) {
    const leaf = this.content.leaves.find(({ node }) => node === i);
    const step = this.moments.findIndex(({ node }) => node === i);
    if (leaf && this.forward) this.pick(leaf.node === this.content.leaves[this.leaf].node ? this.read("leaf") : leaf.name);
    else if (step > 0) this.go(step);
    else this.view.say(`${titleOf(this.content.nodes[i])} does not depend on ${this.read("leaf")}.`);
  }

  show() {
    const { graph, view, content, moments, forward } = this, { nodes, leaves, words } = content;
    const before = this.shown === moments ? this.at : -1;
    this.at = Math.min(this.read("step"), this.last);
    this.shown = moments;
    const moment = moments[this.at];
    if (!this.histories.has(moments)) this.histories.set(moments, historyOf(moments, nodes.length));
    this.standings = this.histories.get(moments).map((history) => standingAt(history, this.at))
      .map((standing) => ({ ...standing, words: this.inWords(standing) }));
    this.standings.forEach((standing, i) => graph.stand(i, true, standing));
    leaves[this.leaf].labels.forEach((label, i) => graph.label(i, label));
    const atWork = (moment.rules ?? []).map(({ edge }) => edge);
    graph.work(moment.node ?? null, atWork, forward);
    if (this.at === before + 1) for (const edge of atWork) graph.travel(edge, forward);
    graph.resting = forward ? leaves[this.leaf].node : nodes.length - 1;
    if (moment.node != null) graph.stopAt(moment.node);
    graph.follow();
    this.legend.replaceChildren(...statesOf(content.marks, words[forward ? "forward" : "backward"]));
    view.say(moment.sentence);
    this.showResult(moment);
    this.showState();
    if (!view.table.hidden) this.fillTable();
  }

  /** How a node stands, for who cannot see it. */
  inWords({ state, text, count }) {
    const word = this.content.words[this.forward ? "forward" : "backward"][state];
    if (this.forward) return state === "complete" ? `moved ${text}` : word;
    return `gradient ${[text, word, count].filter(Boolean).join(", ")}`;
  }

  showState() {
    const { view, at, last, forward } = this;
    this.pickLeaf.list.value = this.read("leaf");
    this.pickNudge.list.value = String(this.read("eps"));
    setAttribute(this.turn, "aria-pressed", !forward);
    setAttribute(view.root, "data-step", at);
    setAttribute(view.root, "data-way", this.read("way"));
    disable(...this.ways.map((way, i) => [way, i < 2 ? at === 0 : at === last]));
  }

  /** What stands at the output, as soon as the nudge has come there, and what the nudges tried have brought. */
  showResult({ result, tried }) {
    const { leaf, nudge, forward } = this, { ratio, node } = this.content.leaves[leaf];
    if (!this.tried.has(leaf)) this.tried.set(leaf, new Map());
    const reached = this.tried.get(leaf);
    if (tried) reached.set(nudge, tried);
    const { state, text } = this.standings[node];
    const gradient = state === "complete" || state === "zero" ? text : NOT_YET;
    const shown = forward ? [ratio, "by the slopes", "the two"].map((name, i) => [name, result?.[i] ?? NOT_YET])
      : [[`${this.content.nodes[node].name}.grad`, gradient], ["", ""], ["", ""]];
    shown.forEach((texts, i) => texts.forEach((each, k) => setText(this.result[i][k], each)));
    setText(this.ratio, ratio);
    this.list.forEach(([head, ...cells], i) => {
      cells.forEach((cell, k) => setText(cell, reached.get(i)?.[k] ?? ""));
      for (const each of [head, ...cells]) each.toggleAttribute("data-active", i === nudge);
    });
  }

  /** For each nudge that has come to the output, what it brought. */
  listOfNudges() {
    const [heads, ...rows] = [0, 1, 2].map((k) => this.list.map((column) => column[k]));
    const named = [this.ratio, h("th", { scope: "row" }, "differs by")];
    return h("div", { class: "ag-tried ag-scrolls", role: "group", tabindex: "0", "aria-label": "Nudges tried" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "ε"), ...heads)),
      h("tbody", {}, ...rows.map((cells, k) => h("tr", {}, named[k], ...cells)))));
  }

  tableTwin() {
    const rows = this.content.nodes.map((node, i) => {
      const { moved, state } = this.cells[i];
      return (this.cells[i].row = tableRow(titleOf(node), [node.op || node.kind, node.value || node.name, moved, state]));
    });
    return tableOf("Every node at this step", ["Node", "Operation", "Value", "Change or gradient", "State"], rows);
  }

  fillTable() {
    const words = this.content.words[this.read("way")];
    this.cells.forEach(({ moved, state, row }, i) => {
      setText(moved, this.standings[i].text);
      setText(state, !this.forward && this.content.nodes[i].kind === "constant" ? "no gradient" : words[this.standings[i].state]);
      row.toggleAttribute("data-active", this.moments[this.at].node === i);
    });
  }

  start() {
    if (this.at === this.last) this.set("step", 0);
    setText(this.play, "Pause");
    this.timer = setInterval(() => {
      this.set("step", Math.min(this.at + 1, this.last));
      if (this.at === this.last) this.pause();
    }, PACE);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    setText(this.play, "Play");
  }
}

/** A list to choose from, with what it is for before it. */
function chooser(label, choices, choose) {
  const list = h("select", { class: "ag-button", onchange: () => choose(list.value) },
    ...choices.map(([value, text]) => h("option", { value }, text)));
  return { list, whole: h("label", { class: "ag-choice" }, label, list) };
}

const render = renderOf(NudgeView);

export default { render };
