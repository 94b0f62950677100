import { clamp, frame, guarded, h, setAttribute, setText } from "./base.js";
import { drawGraph, titleOf } from "./graph.js";
import { historyOf, standingAt, standingInWords, touched } from "./history.js";
import { listings } from "./listing.js";
import { isOneOf, isWhole, reader } from "./state.js";

const SPEEDS = [["0.5", "half speed"], ["1", "1 step a second"], ["2", "2 steps a second"], ["4", "4 steps a second"]];
const WIDE = 3; // columns of elements that always fit
const OTHER = { vertical: "horizontal", horizontal: "vertical" };
const KINDS = { leaf: "leaf: keeps its gradient", constant: "constant: no gradient flows to it" };
const STATES = [["nothing", "not received"], ["partial", "partial"], ["complete", "complete"], ["zero", "exactly zero"]];

/** Walk through a forward and a backward pass: graph, code, rule and sums, all in the browser. */
function render({ model, el }) {
  const content = model.get("data");
  const { nodes, moments } = content;
  const last = moments.length - 1;
  const forward = moments.filter((moment) => moment.phase === "forward").length;
  const history = historyOf(moments, nodes.length);
  const number = new Map(nodes.map((node, i) => [node.id, i]));
  const read = reader(model, {
    step: [isWhole(0, last), 0], selected: [isOneOf(["", ...number.keys()]), ""], direction: [isOneOf(Object.keys(OTHER)), "vertical"],
  });
  const view = frame(el, { name: "stepper", label: "Backward stepper" });

  let at = 0, direction = read("direction"), timer = null, following = true;
  const go = (step) => view.change(model, "step", clamp(step, 0, last));
  const select = (i) => view.change(model, "selected", i == null ? "" : nodes[i].id);

  // The parts of the view
  const graph = drawGraph(content, (i) => { graph.stopAt(i, true); select(i); });
  const code = listings(content.listings);
  const rule = h("div", { class: "ag-card ag-rule" });
  const details = h("div", { class: "ag-card ag-details", role: "group", "aria-label": "Details", tabindex: "-1", hidden: true });
  const legend = h("p", { class: "ag-legend" }, ...STATES.map(([state, word]) => h("span", {}, markOf(state), word)));
  const left = h("div", { class: "ag-left" }, graph.pane, legend);
  view.body.append(left, h("div", { class: "ag-right" }, ...(code ? [code.pane] : []), rule, details));

  // The toolbar
  const button = (text, act, more = {}) => {
    const made = h("button", { type: "button", class: "ag-button", ...more }, text);
    made.addEventListener("click", act);
    return made;
  };
  const play = button("Play", () => (timer ? pause() : start()), { class: "ag-button ag-main" });
  const speed = h("select", { class: "ag-button", "aria-label": "Speed" },
    ...SPEEDS.map(([value, label]) => h("option", { value, selected: value === "1", "aria-label": label }, `${value}×`)));
  const scrub = h("input", { type: "range", class: "ag-scrub", min: 0, max: last, step: 1, "aria-label": "Step" });
  scrub.addEventListener("input", () => { pause(); go(Number(scrub.value)); });
  const phases = h("div", { class: "ag-phases", "aria-hidden": "true" },
    h("span", { style: `flex: ${Math.max(forward, 1)}` }, "forward"),
    h("span", { style: `flex: ${Math.max(last - forward, 1)}` }, "backward"));
  const turn = button("", () => { direction = OTHER[direction]; lay(); }, { title: "Let the graph run the other way" });
  const follow = button("Follow", () => {
    following = !following;
    setAttribute(follow, "aria-pressed", following);
    if (following) graph.fit();
  }, { "aria-pressed": "true", title: "Keep the node at work in view" });
  const toStart = button("Start", () => { pause(); go(0); }, { "aria-keyshortcuts": "Home" });
  const back = button("Back", () => { pause(); go(at - 1); }, { "aria-keyshortcuts": "ArrowLeft" });
  const next = button("Next", () => { pause(); go(at + 1); }, { "aria-keyshortcuts": "ArrowRight" });
  const toEnd = button("End", () => { pause(); go(last); }, { "aria-keyshortcuts": "End" });
  view.toolbar.append(
    h("div", { class: "ag-group" }, toStart, back, play, next, toEnd, speed),
    h("div", { class: "ag-time" }, scrub, phases),
    h("div", { class: "ag-group" }, turn,
      button("−", () => graph.zoom(1 / 1.25), { "aria-label": "Zoom out" }),
      button("+", () => graph.zoom(1.25), { "aria-label": "Zoom in" }),
      button("Fit", () => graph.overview(), { title: "Show the whole graph" }),
      follow),
  );
  const cells = [];
  view.tableToggle((table) => {
    if (!cells.length) table.append(tableOf(nodes, cells));
    nodes.forEach((_, i) => fillRow(i));
  });

  // Showing a step: only what differs from the step before is changed
  function show(step, { all = false } = {}) {
    const changed = all ? nodes.keys() : touched(moments, at, step);
    at = step;
    const moment = moments[step];
    for (const i of changed) {
      graph.stand(i, there(i), standingAt(history[i], step));
      if (!view.table.hidden) fillRow(i);
    }
    graph.work(moment.node ?? null, (moment.rules ?? []).map((each) => each.edge));
    if (moment.node != null) graph.stopAt(moment.node);
    if (following) graph.follow();
    code?.mark(moment.node == null ? null : nodes[moment.node].source);
    rule.replaceChildren(...ruleOf(moment));
    if (read("selected")) inspect();
    view.say(moment.sentence);
    scrub.value = step;
    setAttribute(scrub, "aria-valuetext", moment.sentence);
    for (const [i, phase] of ["forward", "backward"].entries()) {
      phases.children[i].classList.toggle("ag-now", moment.phase === phase);
    }
    setAttribute(view.root, "data-step", step);
    setAttribute(view.root, "data-phase", moment.phase);
    for (const [control, off] of [[toStart, step === 0], [back, step === 0], [next, step === last], [toEnd, step === last]]) {
      setAttribute(control, "aria-disabled", off);
    }
  }

  const there = (i) => history[i].appears <= at || forward === 0;

  function fillRow(i) {
    const standing = standingAt(history[i], at);
    const constant = nodes[i].kind === "constant";
    const state = constant ? "no gradient" : STATES.find(([name]) => name === standing.state)[1];
    setText(cells[i].value, there(i) ? nodes[i].value || nodes[i].name : "");
    setText(cells[i].gradient, standing.text);
    setText(cells[i].state, standing.state === "partial" ? `${state}, ${standing.count}` : state);
    cells[i].row.toggleAttribute("data-active", moments[at].node === i);
  }

  function markOf(state) {
    const mark = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    setAttribute(mark, "viewBox", "-7 -7 14 14");
    setAttribute(mark, "class", "ag-legend-mark");
    setAttribute(mark, "aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    setAttribute(path, "d", content.marks[state]);
    setAttribute(path, "class", "ag-mark");
    setAttribute(mark, "data-state", state);
    mark.append(path);
    return mark;
  }

  // Details of one node
  function inspect() {
    const i = number.get(read("selected"));
    details.hidden = i == null;
    if (i == null) return;
    const node = nodes[i];
    const standing = standingAt(history[i], at);
    const facts = [["kind", KINDS[node.kind] ?? `result of ${node.op}`], ...node.facts];
    if (!node.rows && !facts.some(([name]) => name === "value")) facts.push(["value", node.value || node.name]);
    if (node.kind !== "constant") facts.push(["gradient", standingInWords(standing).replace(/^gradient /, "")]);
    details.replaceChildren(
      h("h3", {}, titleOf(node)),
      h("dl", {}, ...facts.flatMap(([name, text]) => [h("dt", {}, name), h("dd", {}, text)])),
      ...(node.rows || standing.rows ? [gridsOf(`Elements of ${titleOf(node)}`,
        [["value", node.rows], ["gradient", standing.rows]].filter(([, rows]) => rows))] : []),
      button("Close", close),
    );
  }

  function close() {
    const i = number.get(read("selected"));
    select(null);
    graph.stopAt(i ?? graph.stop(), true);
  }

  function open(i) {
    select(i);
    details.focus({ preventScroll: true });
  }

  // Playing
  function start() {
    if (at === last) go(0);
    setText(play, "Pause");
    timer = setTimeout(tick, 1000 / Number(speed.value));
  }
  function tick() {
    go(at + 1);
    if (at === last) pause();
    else timer = setTimeout(tick, 1000 / Number(speed.value));
  }
  function pause() {
    clearTimeout(timer);
    timer = null;
    setText(play, "Play");
  }

  function lay() {
    setAttribute(view.root, "data-direction", direction);
    setText(turn, OTHER[direction] === "vertical" ? "Vertical" : "Horizontal");
    graph.arrange(direction);
  }

  const stepBy = (by) => (event) => {
    if (event.composedPath()[0].closest(".ag-grids")) return false; // there the arrows scroll
    pause();
    go(at + by);
  };
  const upDown = (by) => (event) => {
    if (!graph.pane.contains(event.composedPath()[0])) return false;
    graph.walk(by);
  };
  view.keys({
    ArrowRight: stepBy(1),
    ArrowLeft: stepBy(-1),
    Home: () => { pause(); go(0); },
    End: () => { pause(); go(last); },
    Space: () => play.click(),
    ArrowUp: upDown(-1),
    ArrowDown: upDown(1),
    Enter: (event) => {
      const node = event.composedPath()[0].closest("[data-node]"); // assistive technology focuses any node
      return node && graph.pane.contains(node) ? open(Number(node.dataset.node)) : false;
    },
    Escape: () => (read("selected") ? close() : play.focus()),
  });
  view.listen(model, "change:step", () => show(read("step")));
  view.listen(model, "change:selected", inspect);
  view.atEnd(pause);

  const room = new ResizeObserver(() => graph.measure());
  room.observe(graph.pane);
  view.atEnd(() => room.disconnect());

  lay();
  show(read("step"), { all: true });
  inspect();
  view.ready();
  return view.dispose;
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

/** The elements of a small tensor. */
function gridOf(name, rows) {
  return h("table", { class: "ag-grid" }, h("caption", {}, name),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((element) => h("td", {}, element))))));
}

/** The table twin, and through `cells` the way to each row's changing cells. */
function tableOf(nodes, cells) {
  const head = ["Node", "Operation", "Value", "Gradient", "State"];
  const body = h("tbody");
  nodes.forEach((node, i) => {
    const [value, gradient, state] = [h("td"), h("td"), h("td")];
    const row = h("tr", {}, h("th", { scope: "row" }, titleOf(node)), h("td", {}, node.op || node.kind), value, gradient, state);
    cells[i] = { row, value, gradient, state };
    body.append(row);
  });
  return h("table", {}, h("caption", {}, "Every node at this step"),
    h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))), body);
}

export default { render: guarded(render) };
