import { STILL, button, clamp, disable, frame, gridOf, guarded, h, roomAround, setAttribute, setText, tableOf, tableRow } from "../base.js";
import { Graph, isDirection, isQuiet, standingInWords, statesOf, titleOf } from "../drawing/graph.js";
import { historyOf, standingAt, together } from "./history.js";
import { Finder } from "./finder.js";
import { elementsOf, histogramOf } from "./elements.js";
import { Level, homesOf } from "./level.js";
import { Listings } from "./listing.js";
import { savePng, saveSvg } from "../drawing/saved.js";
import { addParts, contentOf, isThere } from "./parts.js";
import { isOneOf, isWhole, reader } from "../state.js";

const SPEEDS = [["0.5", "half speed"], ["1", "1 step a second"], ["2", "2 steps a second"], ["4", "4 steps a second"]];
const FIGURES = ["min", "max", "mean", "norm", "zeros", "nan", "inf"];
const ROOMY = 1000; // pixels: a window in which the code stands open below the graph
const WIDE = 3; // columns of elements that always fit
const KINDS = { leaf: "leaf: keeps its gradient", constant: "constant: no gradient flows to it", failed: "the call that raised", scope: "closed: it has an inside", omitted: "what is not shown here" };

/** A walk through a forward and a backward pass: graph, code, rule and sums, all in the browser. */
class Stepper {
  at = 0;
  following = true;
  timer = 0;
  looking = 0;
  rule = h("div", { class: "ag-card ag-rule" });
  details = h("div", { class: "ag-card ag-details", role: "group", "aria-label": "Details", tabindex: "-1", hidden: true });

  constructor({ model, el }, content) {
    this.model = model;
    const { nodes, moments, levels, listings, words, hint } = (this.content = content);
    this.forward = moments.filter((moment) => moment.phase === "forward").length;
    this.history = historyOf(moments, nodes.length);
    /** @type {{level: number, step: (level: Level) => number, then: () => void} | null} */
    this.wanted = null; // a level that was asked for, and what is done when it is there
    const sizes = nodes.map(({ norm }) => norm).filter((norm) => norm > 0).map(Math.log);
    this.range = sizes.length > 1 ? [sizes, sizes].map((all, i) => all.reduce((a, b) => (i ? Math.max(a, b) : Math.min(a, b)))) : null;
    this.sized = false;
    this.number = new Map(nodes.map((node, i) => [node.id, i]));
    this.read = reader(model, {
      step: [isWhole(0, moments.length - 1), 0], level: [isWhole(0, levels.length - 1), 0], selected: [isOneOf(["", ...this.number.keys()]), ""], direction: [isDirection, "vertical"],
    });
    this.view = frame(el, { name: "stepper", label: "Backward stepper" });
    this.level = new Level(this.content, isThere(content, this.read("level")) ? this.read("level") : levels.findIndex(({ boxes }) => boxes));
    this.graph = new Graph(this.level.drawn, (i) => this.select(i));
    this.code = new Listings(listings);
    const legend = h("p", { class: "ag-legend" }, ...statesOf(content.marks, words));
    const source = listings.length ? [this.code.pane] : hint ? [h("p", { class: "ag-source ag-muted" }, hint)] : [];
    this.graph.below = source;
    this.view.body.append(h("div", { class: "ag-panel", role: "group", "aria-label": "Rule", tabindex: "0" }, this.rule, this.details),
      h("div", { class: "ag-left" }, this.graph.pane, legend), ...source);
    this.fold();
    this.fillToolbar();
    this.listen();
    this.show(this.read("step"));
    this.inspect();
    this.graph.measure(true); // by now all is there that takes room
    this.view.ready();
  }

  fillToolbar() {
    const { view, graph } = this;
    const way = (text, step, key) => button(text, () => this.go(step()), { "aria-keyshortcuts": key });
    this.ways = [way("Start", () => 0, "Home"), way("Back", () => this.level.before(this.at), "ArrowLeft"),
      way("Next", () => this.level.after(this.at), "ArrowRight"), way("End", () => this.level.last, "End")];
    this.play = button("Play", () => (this.timer ? this.pause() : this.start()), { class: "ag-button ag-main" });
    this.speed = h("select", { class: "ag-button", "aria-label": "Speed" },
      ...SPEEDS.map(([value, label]) => h("option", { value, selected: value === "1", "aria-label": label }, `${value}×`)));
    this.scrub = h("input", { type: "range", class: "ag-scrub", min: 0, step: 1, "aria-label": "Step", oninput: () => this.go(this.level.steps[Number(this.scrub.value)]) });
    this.phases = h("div", { class: "ag-phases", "aria-hidden": "true" }, h("span", {}, "forward"), h("span", {}, "backward"));
    const follow = button("Follow", () => {
      this.following = !this.following;
      setAttribute(follow, "aria-pressed", this.following);
      if (this.following) graph.fit();
    }, { "aria-pressed": "true", title: "Keep the node at work in view" });
    const [start, back, next, end] = this.ways;
    const controls = graph.controls(view, this.read("direction"), follow), table = view.tableToggle(() => this.fillTable());
    this.more = h("div", { class: "ag-more", hidden: true }, h("div", { class: "ag-group" }, start, end, this.speed), controls, this.extras(table));
    this.opener = button("More", () => this.showMore(this.more.hidden), { "aria-expanded": "false" });
    view.toolbar.append(h("div", { class: "ag-group" }, back, this.play, next), h("div", { class: "ag-time" }, this.scrub, this.phases), this.opener);
    this.trail = h("nav", { class: "ag-trail", "aria-label": "Levels" });
    this.inward = button("Step into", () => this.into(), { "aria-keyshortcuts": "PageDown" });
    this.outward = button("Step out", () => this.out(), { "aria-keyshortcuts": "PageUp" });
    if (this.content.levels.length > 1) {
      const { homes, nodes } = this.content; // of a very large trace not all changes are known
      const zeros = new Set([...this.history.keys()].filter((i) => (homes ? nodes[i].norm === 0 : this.history[i].changes.at(-1)?.[1].state === "zero")));
      const finder = new Finder(this.content, zeros, (node, told, extreme) => this.reveal(node, told, extreme));
      view.toolbar.append(h("div", { class: "ag-levels" }, this.inward, this.outward, this.trail));
      this.more.prepend(finder.form, finder.jump);
    }
    view.toolbar.append(this.more);
    this.showTrail();
  }

  /** What one may want of the picture besides: sizes, a file, the table. */
  extras(table) {
    const named = (kind) => `backward-${this.level.number}-step-${this.at}.${kind}`;
    const sizes = button("Sizes", () => {
      this.sized = !this.sized;
      setAttribute(sizes, "aria-pressed", this.sized);
      this.show(this.at);
    }, { "aria-pressed": "false", title: "Colour by the size of the gradient, with a bar: the fuller, the larger" });
    return h("div", { class: "ag-group" }, ...(this.range ? [sizes] : []), table,
      button("SVG", () => saveSvg(this.graph.whole(), named("svg"), this.view), { "aria-label": "Save the picture as SVG" }),
      button("PNG", () => savePng(this.graph.whole(), named("png"), this.view), { "aria-label": "Save the picture as PNG" }));
  }

  /** How large the gradient of a node is among all, from 0 to 1 by its power of ten; null where it is not known. */
  share(i) {
    const { outputs = [i] } = this.content.nodes[i], { norm } = this.content.nodes[outputs[0]];
    if (!this.sized || outputs.length > 1 || !["complete", "zero"].includes(this.standing(i).state)) return null;
    if (!norm) return norm === 0 ? 0 : null;
    const [low, high] = this.range;
    return high > low ? 0.1 + 0.9 * (Math.log(norm) - low) / (high - low) : 1;
  }

  /** Show the controls that are needed less often, or put them away. */
  showMore(shown) {
    this.more.hidden = !shown;
    setAttribute(this.opener, "aria-expanded", shown);
    /** @type {HTMLElement} */ (shown ? this.more.querySelector("input, button") : this.opener).focus();
  }

  /** Keep the code open where it has room beside the graph, or below it, and else on one line. */
  fold() {
    let before;
    const look = new ResizeObserver(() => {
      const { body, root } = this.view, open = getComputedStyle(body).gridTemplateColumns.includes(" ") || roomAround(root) > ROOMY;
      if (open !== before) this.code.pane.open = before = open;
    });
    look.observe(this.view.body);
    this.view.atEnd(() => look.disconnect());
  }

  listen() {
    const { view, model } = this;
    const stepTo = (step) => (event) => {
      if (event.composedPath()[0].closest(".ag-grids")) return false; // there the arrows scroll
      this.go(step());
    };
    view.keys({
      ArrowRight: stepTo(() => this.level.after(this.at)),
      ArrowLeft: stepTo(() => this.level.before(this.at)),
      Home: () => this.go(0),
      End: () => this.go(this.level.last),
      PageDown: () => this.into(),
      PageUp: () => this.out(),
      Space: () => this.play.click(),
      ...this.graph.keys((i) => this.open(i)),
      Escape: () => (!this.more.hidden ? this.showMore(false) : this.read("selected") ? this.close() : this.play.focus()),
    });
    view.listen(model, "change:step", () => this.show(this.read("step")));
    view.listen(model, "change:selected", () => this.inspect());
    view.listen(model, "change:elements", () => this.inspect());
    view.listen(model, "change:level", () => this.openLevel());
    view.listen(model, "change:parts", () => this.receive());
    view.atEnd(() => this.pause());
  }

  stepTo(step) {
    this.view.change(this.model, "step", clamp(step, 0, this.content.moments.length - 1));
  }

  /** Go to a step because the learner says so: what plays stops. */
  go(step) {
    this.pause();
    this.stepTo(step);
  }

  select(i) {
    this.view.change(this.model, "selected", i == null ? "" : this.level.drawn.nodes[i].id);
  }

  /**
   * Show another level, at a step, which may be found out when the level is there; and do what is to be done then.
   * @param {number} level
   * @param {(level: Level) => number} step
   */
  enter(level, step = () => this.at, then = () => {}) {
    this.pause();
    this.wanted = { level, step, then };
    this.view.change(this.model, "level", level);
    this.arrive();
  }

  /** Go on where a level was entered, if it is there. */
  arrive() {
    if (!this.wanted || this.level.number !== this.wanted.level) return;
    const { step, then } = this.wanted;
    this.wanted = null;
    this.stepTo(step(this.level));
    then();
  }

  /** Take what was asked for. */
  receive() {
    const parts = this.model.get("parts"), { content } = this;
    if (parts.packed) return; // a page's, which was there at first
    addParts(content, parts);
    this.history = historyOf(content.moments, content.nodes.length);
    if (this.read("level") !== this.level.number) this.openLevel();
    this.arrive();
  }

  /** Step into the closed scope that is selected, or at work, or the next one. */
  into() {
    const { at, level, content } = this, chosen = content.nodes[this.number.get(this.read("selected"))]?.opens;
    if (chosen != null) return this.enter(chosen);
    const [opens, since] = level.within(at) ?? [];
    if (opens != null) this.enter(opens, (level) => level.after(since));
  }

  /** Step out, to where the scope around is through with this one. */
  out() {
    const { outer } = this.level;
    if (outer >= 0) this.enter(outer, (level) => level.through(this.at));
  }

  /** Show what was found on its level; where its gradient is what was looked for, when that is complete. */
  reveal(i, told, extreme) {
    if (i != null) {
      const when = () => (extreme ? this.history[i].changes.at(-1)?.[0] ?? this.history[i].appears : this.at);
      return this.enter(homesOf(this.content).get(i), when, () => {
        this.view.change(this.model, "selected", this.content.nodes[i].id);
        this.graph.show(this.level.boxes.indexOf(i));
        this.view.say(told);
      });
    }
    this.view.say(told);
  }

  openLevel() {
    if (!isThere(this.content, this.read("level"))) return this.view.say("This part is asked for: it comes from the kernel, as long as there is one.");
    this.level = new Level(this.content, this.read("level"));
    this.graph.draw(this.level.drawn);
    this.showTrail();
    this.view.table.replaceChildren();
    this.select(null);
    this.show(this.at);
  }

  /** The way from the whole to the present level. */
  showTrail() {
    const { levels } = this.content, trail = [];
    for (let i = this.level.number; i >= 0; i = levels[i].outer) trail.unshift(i);
    const crumbs = trail.map((i) => (i === this.level.number
      ? h("span", { "aria-current": "location" }, levels[i].name) : button(levels[i].name, () => this.enter(i, (level) => level.through(this.at)))));
    this.trail.replaceChildren(...crumbs.flatMap((crumb, i) => (i ? [" › ", crumb] : [crumb])));
    setAttribute(this.view.root, "data-level", this.level.number);
    const forward = this.level.steps.filter((step) => this.content.moments[step].phase === "forward").length;
    setAttribute(this.scrub, "max", this.level.steps.length - 1);
    [forward, this.level.steps.length - 1 - forward].forEach((steps, i) => setAttribute(this.phases.children[i], "style", `flex: ${Math.max(steps, 1)}`));
  }

  /** Show a step. */
  show(step) {
    const { graph, view, level } = this, moment = level.moment(step);
    this.at = step;
    level.boxes.forEach((node, i) => { graph.stand(i, this.there(node), this.standing(node)); graph.weigh(i, this.share(node)); });
    graph.work(moment.place, moment.edges);
    if (moment.place != null) graph.stopAt(moment.place);
    if (this.following) graph.follow();
    this.code.mark(moment.source);
    this.rule.replaceChildren(...ruleOf(moment));
    if (this.read("selected")) this.inspect();
    if (!view.table.hidden) this.fillTable();
    view.say(moment.sentence);
    this.looking ||= requestAnimationFrame(() => {
      this.looking = 0;
      if (view.status.scrollHeight > view.status.clientHeight) view.status.tabIndex = 0; // it scrolls, also with keys
      else view.status.removeAttribute("tabindex");
    });
    this.showTime(moment);
  }

  /** Show where in time the step is. */
  showTime({ sentence, phase }) {
    const { view, scrub, at, level } = this;
    scrub.value = String(level.place(at));
    setAttribute(scrub, "aria-valuetext", sentence);
    for (const [i, name] of ["forward", "backward"].entries()) this.phases.children[i].classList.toggle("ag-now", phase === name);
    setAttribute(view.root, "data-step", at);
    setAttribute(view.root, "data-phase", phase);
    disable(...this.ways.map((way, i) => [way, i < 2 ? at === 0 : at >= level.last]),
      [this.inward, !level.within(at)], [this.outward, level.outer < 0]);
  }

  there(i) {
    const { outputs = [i] } = this.content.nodes[i];
    return this.forward === 0 || outputs.every((output) => this.history[output].appears <= this.at);
  }

  /** How a node, or the results of a closed scope, stand now. */
  standing(i) {
    const { outputs = [i] } = this.content.nodes[i];
    return together(outputs.map((output) => standingAt(this.history[output], this.at)));
  }

  /** The table twin: what is on the level. */
  fillTable() {
    const { words } = this.content, { drawn, boxes } = this.level, { place } = this.level.moment(this.at);
    const rows = boxes.map((node, i) => {
      const { name, value, op, kind } = drawn.nodes[i], { state, text, count } = this.standing(node);
      const said = isQuiet(drawn.nodes[i]) ? "no gradient" : words[state];
      return tableRow(titleOf(drawn.nodes[i]), [op || kind, this.there(node) ? value || name : "", text, state === "partial" ? `${said}, ${count}` : said],
        { "data-active": i === place });
    });
    this.view.table.replaceChildren(tableOf("Every node at this step", ["Node", "Operation", "Value", "Gradient", "State"], rows));
  }

  /** Show the details of the node that is selected. */
  inspect() {
    const i = this.number.get(this.read("selected"));
    this.graph.choose(this.level.boxes.indexOf(i));
    this.details.hidden = i == null;
    this.rule.hidden = i != null;
    if (i == null) return;
    const node = this.content.nodes[i], standing = this.standing(i);
    const facts = [["kind", KINDS[node.kind] ?? `result of ${node.op}`], ...node.facts];
    if (node.figures) facts.push(["value", inFigures(node.figures)]);
    else if (node.kind !== "scope" && !facts.some(([name]) => name === "value")) facts.push(["value", node.value || node.name]);
    if (!isQuiet(node)) facts.push(["gradient", standingInWords(standing).replace(/^gradient /, "")]);
    if (standing.figures) facts.push(["", inFigures(standing.figures)]);
    const grids = [["value", node.rows], ["gradient", standing.rows]].filter(([, rows]) => rows);
    const settled = ["complete", "zero"].includes(standing.state), [value, gradient] = this.model.get("elements")?.[node.id] ?? [];
    this.details.replaceChildren(
      h("h3", {}, titleOf(node)),
      h("dl", {}, ...facts.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)])),
      ...(grids.length ? [gridsOf(`Elements of ${titleOf(node)}`, grids)] : []),
      ...histogramOf("value", node.bins ?? value?.[2], node.figures), ...histogramOf("gradient", settled ? node.gradientBins ?? gradient?.[2] : undefined, standing.figures),
      ...elementsOf("value", value), ...(settled ? elementsOf("gradient", gradient) : []),
      ...(node.opens ? [button("Step into", () => this.enter(node.opens))] : []), button("Close", () => this.close()),
    );
  }

  close() {
    const i = this.level.boxes.indexOf(this.number.get(this.read("selected")));
    this.select(null);
    this.graph.stopAt(i < 0 ? this.graph.stop : i, true);
  }

  /** Inspect a node; of a closed scope that is inspected, go in. */
  open(i) {
    const { id, opens } = this.level.drawn.nodes[i];
    if (opens && this.read("selected") === id) return this.enter(opens);
    this.select(i);
    this.details.focus(STILL);
  }

  start() {
    if (this.at >= this.level.last) this.stepTo(0);
    setText(this.play, "Pause");
    this.wait();
  }

  wait() {
    this.timer = setTimeout(() => {
      this.stepTo(this.level.after(this.at));
      if (this.at >= this.level.last) this.pause();
      else this.wait();
    }, 1000 / Number(this.speed.value));
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    setText(this.play, "Play");
  }
}

/** What a tensor is like, in a few numbers. */
const inFigures = (figures) => FIGURES.slice(0, figures.length).map((name, i) => `${name} ${figures[i]}`).join(", ");

/** The rule at work, in symbols, then with numbers, then added to what was there. */
function ruleOf({ heading, rules = [] }) {
  return [h("h3", {}, heading), ...rules.map((rule) => h("div", { class: "ag-rule-part" },
    h("p", { class: "ag-formula" }, rule.symbols || `to ${rule.to}`),
    h("p", {}, h("span", { class: "ag-muted" }, `sends to ${rule.to}: `), rule.sends),
    ...(rule.note ? [h("p", { class: "ag-note" }, rule.note)] : []),
    ...(rule.total ? [h("p", {}, h("span", { class: "ag-muted" }, "total: "), rule.total)] : []),
    ...(rule.grids ? [gridsOf(`Elements sent to ${rule.to}`, rule.grids)] : []),
  ))];
}

/** The elements of small tensors, side by side; wide ones scroll, also with the arrow keys. */
function gridsOf(label, grids) {
  const wide = grids.some(([, rows]) => rows.some((row) => row.length > WIDE));
  return h("div", { class: "ag-grids", ...(wide ? { role: "group", "aria-label": label, tabindex: "0" } : {}) },
    ...grids.map(([name, rows]) => gridOf(name, rows)));
}

/** What was packed by zlib and written in base 64. */
async function unpackedJson(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

const render = guarded((context) => {
  const [data, parts] = ["data", "parts"].map((name) => context.model.get(name));
  const show = (content, opened) => {
    const whole = content.brief ? contentOf(content) : content;
    if (content.brief) addParts(whole, opened);
    return new Stepper(context, whole).view.dispose;
  };
  const packed = [data, parts].map((each) => (each?.packed ? unpackedJson(each.packed) : each));
  return data.packed || parts?.packed ? Promise.all(packed).then((all) => show(...all)) : show(data, parts);
});

export default { render };
