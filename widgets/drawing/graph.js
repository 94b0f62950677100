import { STILL, button, clamp, h, roomAround, s, setAttribute, setAttributes, setText } from "../base.js";
import { isOneOf } from "../state.js";
import { FOLLOWED, READABLE, centred, extentOf, fitted, inside, outside, panned, zoomed } from "./viewport.js";

const PADDING = 10;
const [SHORTEST, TALLEST] = [120, 720];
const MARGIN = 72; // for the frame, and what is above it in the pane
const MANY = 200; // nodes: of a larger graph only those in view are kept for the browser to paint
const TURNED = { vertical: "horizontal", horizontal: "vertical" };
let graphs = 0;

/** Whether this is a way for a graph to run. */
export const isDirection = isOneOf(Object.keys(TURNED));

/** A graph whose nodes can be focused, marked and inspected, in a window that zooms and pans. */
export class Graph {
  #scene; #groups; #boxes; #edges; #nodes; #name; #labels;
  #layout; #direction = "vertical"; #extents = []; #view = { x: 0, y: 0, scale: 1 }; #size = { width: 600, height: 400 };
  #settled = 0; #settling = 0; #atWork = []; #active = null; #whole = true;
  /** The node that has the Tab stop. */
  stop = 0;
  /** Whether the pointer has moved the drawing since it went down. */
  dragged = false;
  /** What else is to be seen together with the drawing, below it. */
  below = [];

  constructor(content, inspect) {
    this.#name = `ag-arrow-${++graphs}`;
    this.#groups = [s("g", { class: "ag-edges" }), s("g"), (this.#boxes = s("g", { class: "ag-nodes" }))];
    this.#scene = s("g", {}, ...this.#groups);
    this.svg = s("svg", { class: "ag-graph", role: "group" },
      s("defs", {}, marker(`${this.#name}-rest`, "ag-tip"), marker(`${this.#name}-work`, "ag-tip ag-at-work")), this.#scene);
    this.pane = h("div", { class: "ag-graph-pane" }, this.svg);
    this.#boxes.addEventListener("click", (event) => {
      const group = /** @type {Element} */ (event.target).closest("[data-node]");
      if (!group || this.dragged) return;
      this.stopAt(numberOf(group), true);
      inspect(numberOf(group));
    });
    this.svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.svg.addEventListener("pointerdown", (event) => { if (event.button === 0) this.#drag(event); });
    this.draw(content);
  }

  /** Draw these nodes and edges instead of those that are there. */
  draw(content) {
    const focused = this.#boxes.contains(/** @type {Document} */ (this.svg.getRootNode()).activeElement);
    this.content = content;
    this.#edges = content.edges.map(([, , flows]) => s("path", { class: flows ? "ag-edge" : "ag-edge ag-no-flow", "marker-end": this.#tip("rest") }));
    this.#labels = content.edges.map(() => s("text", { class: "ag-label ag-middle" }));
    this.#nodes = content.nodes.map((node, i) => box(node, i, content.marks));
    const drawn = [this.#edges, this.#labels, this.#nodes.map((node) => node.group)];
    this.#groups.forEach((group, i) => group.replaceChildren(...drawn[i]));
    setAttribute(this.svg, "aria-label", `Graph of ${content.nodes.length} nodes`);
    this.stop = 0;
    this.resting = content.nodes.length - 1; // what is looked at while no node is at work
    [this.#settled, this.#atWork, this.#active, this.#whole] = [0, [], null, true];
    if (!this.#layout) return;
    this.arrange(this.#direction);
    if (focused) this.stopAt(0, true);
  }

  #tip(kind) {
    return `url(#${this.#name}-${kind})`;
  }

  #look(next) {
    const { x, y, scale } = (this.#view = next);
    this.#scene.setAttribute("transform", `scale(${scale}) translate(${-x} ${-y})`);
    this.pane.toggleAttribute("data-more-left", x > 1);
    this.pane.toggleAttribute("data-more-right", this.#layout.width - x - this.#size.width / scale > 1);
    if (this.#nodes.length <= MANY) return;
    this.#nodes.forEach((_, i) => this.#keep(i));
    this.#edges.forEach((edge, i) => hide(edge, outside(next, this.#extents[i], this.#extents[i], this.#size)));
  }

  /** The browser would lay out and paint a large graph anew at each step, also what is outside. */
  #keep(i) {
    const stays = i === this.stop || i === this.#settled;
    hide(this.#nodes[i].group, !stays && outside(this.#view, this.#place(i), this.content.nodes[i], this.#size));
  }

  #place(i) {
    const [x, y] = this.#layout.nodes[i];
    return { x, y };
  }

  #settle(focus) {
    cancelAnimationFrame(this.#settling);
    this.#settling = 0;
    const before = this.#settled, nodes = this.#nodes;
    nodes[(this.#settled = this.stop)].group.setAttribute("tabindex", "0");
    if (focus) nodes[this.stop].group.focus(STILL);
    // Only now: taking the Tab stop from a node with the focus costs a layout of its own.
    if (before !== this.stop) nodes[before].group.setAttribute("tabindex", "-1");
    if (nodes.length > MANY) this.#keep(before);
  }

  /** Draw by another layout, `"vertical"` or `"horizontal"`. */
  arrange(direction) {
    const layout = (this.#layout = this.content.layouts[(this.#direction = direction)]);
    layout.nodes.forEach(([x, y], i) => this.#nodes[i].group.setAttribute("transform", `translate(${x} ${y})`));
    layout.edges.forEach((d, i) => this.#edges[i].setAttribute("d", d));
    layout.middles?.forEach(([x, y], i) => setAttributes(this.#labels[i], { x, y: y + 4 }));
    this.#extents = this.#nodes.length > MANY ? layout.edges.map(extentOf) : [];
    this.measure(true);
  }

  /** Take the room there is: as tall as the drawing needs, within the window's limits. */
  measure(again = false) {
    const width = this.pane.clientWidth, layout = this.#layout;
    if (!width || (!again && width === this.#size.width)) return;
    const limit = clamp(this.#room(), SHORTEST, TALLEST);
    const all = Math.min(width / layout.width, limit / layout.height, 1);
    const scale = all >= READABLE ? all : FOLLOWED;
    this.#size = { width, height: Math.round(Math.min(Math.max(layout.height * scale, 120), limit)) };
    this.svg.setAttribute("width", String(width));
    this.svg.setAttribute("height", String(this.#size.height));
    this.#whole ? this.fit() : this.follow();
  }

  /** How tall the drawing may be for the view to fit into a notebook's pane, with what is above it and essential below. */
  #room() {
    const { pane, below } = this, root = pane.closest(".ag"), column = pane.parentElement;
    const above = pane.getBoundingClientRect().top - root.getBoundingClientRect().top;
    const heights = [column, ...below.filter((each) => each.offsetLeft < column.offsetLeft + column.offsetWidth)].map((each) => each.offsetHeight);
    return roomAround(root) - above - heights.reduce((sum, height) => sum + height, -pane.offsetHeight) - MARGIN;
  }

  /** Show all of a graph, or of one too large to be read so, as much as can be read. */
  fit() {
    this.#whole = true;
    const all = fitted(this.#layout, this.#size);
    this.#look(all.scale >= READABLE ? all : { ...all, scale: FOLLOWED });
    if (all.scale < READABLE) this.follow(true);
  }

  /** Show all of the graph, however small. */
  overview() {
    this.#whole = false;
    this.#look(fitted(this.#layout, this.#size));
  }

  zoom(factor, at = { x: this.#size.width / 2, y: this.#size.height / 2 }) {
    this.#whole = false;
    this.#look(zoomed(this.#view, factor, at));
  }

  /** Bring the node at work into view if it is not. */
  follow(always = false) {
    const node = this.#active ?? this.resting;
    if (node >= 0) this.#bringIntoView(node, always);
  }

  #bringIntoView(i, always = false) {
    if (!always && inside(this.#view, this.#place(i), this.content.nodes[i], this.#size)) return;
    this.#look(centred(this.#view, this.#place(i), this.#size, this.#layout));
  }

  /** Show how a node stands. */
  stand(i, there, standing) {
    const { group, value, mark, gradient, count, node } = this.#nodes[i];
    setAttribute(group, "data-state", standing.state);
    group.classList.toggle("ag-ahead", !there);
    if (value) setText(value, there ? node.value : "");
    if (mark) {
      setAttribute(mark, "d", this.content.marks[standing.state]);
      setText(gradient, standing.text);
      setText(count, standing.count);
    }
    setAttribute(group, "aria-label", labelOf(node, there, standing));
  }

  /** Show how large something of a node is, from 0 to 1, by a bar and a tint; null shows nothing. */
  weigh(i, share) {
    const node = this.#nodes[i], { w, h: height } = node.node;
    if (share == null && !node.weight) return;
    node.weight ??= node.group.insertBefore(s("rect", { class: "ag-weight", x: PADDING - w / 2, y: height / 2 - 5, height: 3 }), node.group.querySelector("text"));
    setAttribute(node.weight, "width", share == null ? 0 : Math.round(share * (w - 2 * PADDING)));
    node.group.classList.toggle("ag-weighed", share != null);
    node.group.style.setProperty("--ag-weight", `${Math.round(25 * (share ?? 0))}%`);
  }

  /** The drawing, and the size of all of it. */
  whole() {
    const { width, height } = this.#layout;
    return { svg: this.svg, width, height };
  }

  /** Write at an arrow. */
  label(i, text) {
    setText(this.#labels[i], text);
  }

  /** Mark the node and the arrows at work, which point to where a gradient goes or, forward, a value. */
  work(node, working, forward = false) {
    if (this.#active != null) this.#nodes[this.#active].group.classList.remove("ag-active");
    for (const i of this.#atWork) this.#pointArrow(i, "marker-end", "rest", "marker-start");
    this.#active = node;
    this.#atWork = working;
    if (node != null) this.#nodes[node].group.classList.add("ag-active");
    for (const i of working) this.#pointArrow(i, ...(forward ? ["marker-end", "work"] : ["marker-start", "work", "marker-end"]));
  }

  /** Let something run along an arrow, forward or back, where motion is welcome. */
  travel(i, forward) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const traveller = s("circle", { r: 6, class: "ag-traveller", style: `offset-path: path("${this.#layout.edges[i]}")` });
    this.#scene.append(traveller);
    const way = ["0%", "100%"];
    const end = () => traveller.remove();
    traveller.animate({ offsetDistance: forward ? way : way.reverse() }, { duration: 500, easing: "ease-in-out" }).finished.then(end, end);
  }

  #pointArrow(i, end, tip, other) {
    this.#edges[i].classList.toggle("ag-at-work", tip === "work");
    if (other) this.#edges[i].removeAttribute(other);
    this.#edges[i].setAttribute(end, this.#tip(tip));
  }

  /** Make a node the graph's one Tab stop, and focus it if asked to, or if another has the focus. */
  stopAt(i, focus = false) {
    this.stop = i;
    if (this.#nodes.length > MANY) this.#keep(i); // what is hidden cannot be focused
    if (focus) this.#settle(true);
    // Focusing asks for a layout at once. Before the next frame there is one in any case.
    else this.#settling ||= requestAnimationFrame(() => this.#settle(this.#boxes.contains(/** @type {Document} */ (this.svg.getRootNode()).activeElement)));
  }

  /** Bring a node into view, and make it the Tab stop. */
  show(i) {
    this.stopAt(i);
    this.#bringIntoView(i);
  }

  /** Mark the node whose details are open; -1 for none. */
  choose(chosen) {
    this.#nodes.forEach(({ group }, i) => group.classList.toggle("ag-chosen", i === chosen));
  }

  /** Go from the node with the focus to the next one, in the order of the program. */
  walk(direction) {
    this.stopAt(clamp(this.stop + direction, 0, this.#nodes.length - 1), true);
    this.#bringIntoView(this.stop);
  }

  #wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    const corner = this.svg.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY / 400), { x: event.clientX - corner.x, y: event.clientY - corner.y });
  }

  #drag(down) {
    this.dragged = false;
    const from = this.#view, over = new AbortController();
    const move = (event) => {
      const [dx, dy] = [event.clientX - down.clientX, event.clientY - down.clientY];
      if (!this.dragged && Math.hypot(dx, dy) < 4) return;
      if (!this.dragged) this.svg.setPointerCapture(down.pointerId);
      this.dragged = true;
      this.#whole = false;
      this.#look(panned(from, dx, dy));
    };
    this.svg.addEventListener("pointermove", move, { signal: over.signal });
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, () => over.abort(), { signal: over.signal });
  }

  /**
   * Draw the graph in a view that it is part of; return buttons to turn and to zoom it, and more.
   * @param {import("../base.js").View} view
   */
  controls(view, direction, ...more) {
    const turn = button("", () => lay(TURNED[direction]), { title: "Let the graph run the other way" });
    const lay = (way) => {
      direction = way;
      setAttribute(view.root, "data-direction", direction);
      setText(turn, TURNED[direction] === "vertical" ? "Vertical" : "Horizontal");
      this.arrange(direction);
    };
    const room = new ResizeObserver(() => this.measure());
    room.observe(this.pane);
    view.atEnd(() => room.disconnect());
    lay(direction);
    return h("div", { class: "ag-group" }, turn,
      button("−", () => this.zoom(1 / 1.25), { "aria-label": "Zoom out" }),
      button("+", () => this.zoom(1.25), { "aria-label": "Zoom in" }),
      button("Fit", () => this.overview(), { title: "Show the whole graph" }), ...more);
  }

  /** What keys do that are pressed in the graph; assistive technology focuses any node. */
  keys(open) {
    const upDown = (by) => (event) => (this.pane.contains(event.composedPath()[0]) ? this.walk(by) : false);
    return {
      ArrowUp: upDown(-1),
      ArrowDown: upDown(1),
      Enter: (event) => {
        const node = event.composedPath()[0].closest("[data-node]");
        return node && this.pane.contains(node) ? open(numberOf(node)) : false;
      },
    };
  }
}

/** The number of the node that an element draws. */
const numberOf = (element) => Number(element.dataset.node);

/** Whether a node has no gradient to show. */
export const isQuiet = ({ kind }) => kind === "constant" || kind === "omitted";

/** A node's elements, around the origin: name, operation and value; below them its gradient. */
function box(node, i, marks) {
  const { w, h: height, kind } = node;
  const [left, right, first] = [-w / 2 + PADDING, w / 2 - PADDING, -height / 2 + 17];
  const quiet = isQuiet(node), radius = kind === "leaf" ? 0 : kind === "scope" ? 4 : quiet ? height / 2 : 12;
  const outline = (more, className) => s("rect", {
    class: className, x: -w / 2 - more, y: -height / 2 - more, width: w + 2 * more, height: height + 2 * more, rx: radius + more,
  });
  const alone = quiet && !node.value;
  const name = s("text", alone ? { x: 0, y: first, class: "ag-middle" } : { x: left, y: first });
  if (node.name) name.append(s("tspan", { class: "ag-name" }, node.name));
  if (node.op) name.append(s("tspan", { class: "ag-muted" }, `${node.name ? " " : ""}${node.op}`));
  const group = s("g", { class: `ag-node ag-${kind}${node.output ? " ag-output" : ""}${node.around ? " ag-around" : ""}`, "data-node": i, "data-id": node.id, "data-state": "nothing", role: "button", tabindex: i ? -1 : 0 },
    outline(5, "ag-halo"), ...(kind === "scope" ? [outline(3, "ag-box ag-lid")] : []), outline(0, "ag-box"), name);
  const parts = { node, group };
  if (node.value) group.append((parts.value = s("text", { x: right, y: first, class: "ag-end" })));
  if (!quiet) {
    parts.mark = s("path", { class: "ag-mark", transform: `translate(${left + 6} 9)`, d: marks.nothing });
    parts.gradient = s("text", { x: left + 16, y: 14 });
    parts.count = s("text", { x: right, y: 14, class: "ag-end ag-muted" });
    group.append(parts.mark, parts.gradient, parts.count);
  }
  return parts;
}

const unseen = new WeakSet(); // asking an element's style costs more than asking this

function hide(element, hidden) {
  if (unseen.has(element) === hidden) return;
  element.style.display = hidden ? "none" : "";
  hidden ? unseen.add(element) : unseen.delete(element);
}

/** A node's name or, without one, its expression. */
export const titleOf = (node) => node.title ?? node.name;

/** A norm as it is said. */
const said = (text) => text.replace(/‖(.*)‖/, "of norm $1");

/** Everything about a node, for who cannot see it. */
function labelOf(node, there, standing) {
  const made = `${node.around ? "outside, " : ""}${node.kind === "op" ? `result of ${node.op}` : node.kind === "scope" ? `${node.op} closed`.trim() : node.kind}`;
  const value = there ? `value ${said(node.value) || node.name}` : "value not computed yet";
  const gradient = isQuiet(node) ? "" : `, ${standingInWords(standing)}`;
  return `${titleOf(node)}, ${made}, ${value}${gradient}`;
}

/** What the marks of the states mean, for a legend. */
export const statesOf = (marks, words) => Object.entries(words).map(([state, word]) => h("span", {},
  s("svg", { viewBox: "-7 -7 14 14", class: "ag-legend-mark", "aria-hidden": "true", "data-state": state }, s("path", { d: marks[state], class: "ag-mark" })), word));

function marker(id, className) {
  return s("marker", { id, viewBox: "0 0 8 8", refX: 7.5, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
    s("path", { d: "M0 0L8 4L0 8Z", class: className }));
}

/**
 * @typedef {{state: string, text: string, count: string, rows: string[][] | null, figures?: string[], words?: string}} Standing
 *
 * A standing as a screen reader says it; one that has words of its own says those.
 * @param {Standing} standing
 */
export function standingInWords({ state, text, count, words }) {
  if (words) return words;
  if (state === "nothing") return "gradient not received";
  if (state === "partial") return `gradient ${said(text)} so far, ${count}`;
  return state === "zero" ? "gradient complete, exactly zero" : `gradient complete, ${said(text)}`;
}
