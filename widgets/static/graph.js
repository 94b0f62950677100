import { h, s, setAttribute, setText } from "./base.js";
import { standingInWords } from "./history.js";
import { FOLLOWED, READABLE, centred, extentOf, fitted, inside, outside, panned, zoomed } from "./viewport.js";

const PADDING = 10;
const TALLEST = 720;
const MANY = 200; // nodes: of a larger graph only those in view are kept for the browser to paint
let graphs = 0;

/**
 * Draw a graph whose nodes can be focused, marked and inspected, in a window that zooms and pans.
 * @param {object} content  the widget's data: `nodes`, `edges`, `layouts`, `marks`
 * @param {(node: number) => void} inspect
 */
export function drawGraph(content, inspect) {
  const name = `ag-arrow-${++graphs}`;
  const arrows = s("g", { class: "ag-edges" });
  const boxes = s("g", { class: "ag-nodes" });
  const scene = s("g", {}, arrows, boxes);
  const svg = s("svg", { class: "ag-graph", role: "group", "aria-label": `Graph of ${content.nodes.length} nodes` },
    s("defs", {}, marker(`${name}-rest`, "ag-tip"), marker(`${name}-work`, "ag-tip ag-at-work")), scene);
  const pane = h("div", { class: "ag-graph-pane" }, svg);

  const edges = content.edges.map(([, , flows]) => {
    const line = s("path", { class: flows ? "ag-edge" : "ag-edge ag-no-flow", "marker-end": `url(#${name}-rest)` });
    arrows.append(line);
    return line;
  });
  const nodes = content.nodes.map((node, i) => box(node, i, content.marks));
  boxes.append(...nodes.map((node) => node.group));
  boxes.addEventListener("click", (event) => {
    const group = event.target.closest("[data-node]");
    if (group && !dragged) inspect(Number(group.dataset.node));
  });

  let layout, extents, view = { x: 0, y: 0, scale: 1 }, size = { width: 600, height: 400 };
  let stop = 0, settled = 0, settling = 0, atWork = [], active = null, dragged = false, whole = true;

  const look = (next) => {
    view = next;
    scene.setAttribute("transform", `scale(${view.scale}) translate(${-view.x} ${-view.y})`);
    pane.toggleAttribute("data-more-left", view.x > 1);
    pane.toggleAttribute("data-more-right", layout.width - view.x - size.width / view.scale > 1);
    if (nodes.length <= MANY) return;
    nodes.forEach((_, i) => keep(i));
    edges.forEach((edge, i) => hide(edge, outside(view, extents[i], extents[i], size)));
  };
  // The browser would lay out and paint a large graph anew at each step, also what is outside.
  const keep = (i) => hide(nodes[i].group, i !== stop && i !== settled && outside(view, place(i), content.nodes[i], size));
  const place = (i) => ({ x: layout.nodes[i][0], y: layout.nodes[i][1] });

  const settle = (focus) => {
    cancelAnimationFrame(settling);
    settling = 0;
    const before = settled;
    nodes[(settled = stop)].group.setAttribute("tabindex", "0");
    if (focus) nodes[stop].group.focus({ preventScroll: true });
    // Only now: taking the Tab stop from a node with the focus costs a layout of its own.
    if (before !== stop) nodes[before].group.setAttribute("tabindex", "-1");
    if (nodes.length > MANY) keep(before);
  };

  const graph = {
    pane, svg,

    /** Draw by another layout, `"vertical"` or `"horizontal"`. */
    arrange(direction) {
      layout = content.layouts[direction];
      layout.nodes.forEach(([x, y], i) => nodes[i].group.setAttribute("transform", `translate(${x} ${y})`));
      layout.edges.forEach((d, i) => edges[i].setAttribute("d", d));
      extents = nodes.length > MANY ? layout.edges.map(extentOf) : [];
      graph.measure(true);
    },

    /** Take the room there is: as tall as the drawing needs, within the window's limits. */
    measure(again = false) {
      const width = pane.clientWidth;
      if (!width || (!again && width === size.width)) return;
      const limit = Math.min(TALLEST, Math.max(innerHeight * 0.75, 240));
      const all = Math.min(width / layout.width, limit / layout.height, 1);
      const scale = all >= READABLE ? all : FOLLOWED;
      size = { width, height: Math.round(Math.min(Math.max(layout.height * scale, 120), limit)) };
      svg.setAttribute("width", size.width);
      svg.setAttribute("height", size.height);
      whole ? graph.fit() : graph.follow();
    },

    /** Show all of a graph, or of one too large to be read so, as much as can be read. */
    fit() {
      whole = true;
      const all = fitted(layout, size);
      look(all.scale >= READABLE ? all : { ...all, scale: FOLLOWED });
      if (all.scale < READABLE) graph.follow(true);
    },

    /** Show all of the graph, however small. */
    overview() {
      whole = false;
      look(fitted(layout, size));
    },

    zoom(factor, at = { x: size.width / 2, y: size.height / 2 }) {
      whole = false;
      look(zoomed(view, factor, at));
    },

    /** Bring the node at work into view if it is not. */
    follow(always = false) {
      const node = active ?? content.nodes.length - 1;
      if (node < 0) return;
      if (always || !inside(view, place(node), content.nodes[node], size)) look(centred(view, place(node), size, layout));
    },

    /** Show how a node stands. */
    stand(i, there, standing) {
      const { group, value, mark, gradient, count, node } = nodes[i];
      setAttribute(group, "data-state", standing.state);
      group.classList.toggle("ag-ahead", !there);
      if (value) setText(value, there ? node.value : "");
      if (mark) {
        setAttribute(mark, "d", content.marks[standing.state]);
        setText(gradient, standing.text);
        setText(count, standing.count);
      }
      setAttribute(group, "aria-label", labelOf(node, there, standing));
    },

    /** Mark the node and the arrows at work. */
    work(node, working) {
      if (active != null) nodes[active].group.classList.remove("ag-active");
      for (const i of atWork) {
        edges[i].classList.remove("ag-at-work");
        edges[i].setAttribute("marker-end", `url(#${name}-rest)`);
        edges[i].removeAttribute("marker-start");
      }
      active = node;
      atWork = working;
      if (node != null) nodes[node].group.classList.add("ag-active");
      for (const i of working) {
        edges[i].classList.add("ag-at-work");
        edges[i].setAttribute("marker-start", `url(#${name}-work)`);
        edges[i].removeAttribute("marker-end");
      }
    },

    /** Make a node the graph's one Tab stop, and focus it if asked to, or if another has the focus. */
    stopAt(i, focus = false) {
      stop = i;
      if (nodes.length > MANY) keep(i); // what is hidden cannot be focused
      if (focus) settle(true);
      // Focusing asks for a layout at once. Before the next frame there is one in any case.
      else settling ||= requestAnimationFrame(() => settle(boxes.contains(svg.getRootNode().activeElement)));
    },

    /** The node that has the Tab stop. */
    stop: () => stop,

    /** Go from the node with the focus to the next one, in the order of the program. */
    walk(direction) {
      const next = Math.min(Math.max(stop + direction, 0), nodes.length - 1);
      graph.stopAt(next, true);
      if (!inside(view, place(next), content.nodes[next], size)) look(centred(view, place(next), size, layout));
    },
  };

  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    const corner = svg.getBoundingClientRect();
    graph.zoom(Math.exp(-event.deltaY / 400), { x: event.clientX - corner.x, y: event.clientY - corner.y });
  }, { passive: false });

  svg.addEventListener("pointerdown", (down) => {
    if (down.button !== 0) return;
    dragged = false;
    const from = view;
    const move = (event) => {
      const [dx, dy] = [event.clientX - down.clientX, event.clientY - down.clientY];
      if (!dragged && Math.hypot(dx, dy) < 4) return;
      if (!dragged) svg.setPointerCapture(down.pointerId);
      dragged = true;
      whole = false;
      look(panned(from, dx, dy));
    };
    const up = () => {
      svg.removeEventListener("pointermove", move);
      svg.removeEventListener("pointerup", up);
      svg.removeEventListener("pointercancel", up);
    };
    svg.addEventListener("pointermove", move);
    svg.addEventListener("pointerup", up);
    svg.addEventListener("pointercancel", up);
  });

  return graph;
}

/** A node's elements, around the origin: name, operation and value; below them its gradient. */
function box(node, i, marks) {
  const { w, h: height, kind } = node;
  const [left, right, first] = [-w / 2 + PADDING, w / 2 - PADDING, -height / 2 + 17];
  const radius = kind === "leaf" ? 4 : kind === "constant" ? height / 2 : 12;
  const outline = (more, className) => s("rect", {
    class: className, x: -w / 2 - more, y: -height / 2 - more, width: w + 2 * more, height: height + 2 * more, rx: radius + more,
  });
  const alone = kind === "constant" && !node.value;
  const name = s("text", alone ? { x: 0, y: first, class: "ag-middle" } : { x: left, y: first });
  if (node.name) name.append(s("tspan", { class: "ag-name" }, node.name));
  if (node.op) name.append(s("tspan", { class: "ag-muted" }, `${node.name ? " " : ""}${node.op}`));
  const group = s("g", { class: `ag-node ag-${kind}`, "data-node": i, "data-id": node.id, "data-state": "nothing", role: "button", tabindex: i ? -1 : 0 },
    outline(5, "ag-halo"), outline(0, "ag-box"), name);
  const parts = { node, group };
  if (node.value) group.append((parts.value = s("text", { x: right, y: first, class: "ag-end" })));
  if (kind !== "constant") {
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

/** Everything about a node, for who cannot see it. */
function labelOf(node, there, standing) {
  const made = node.kind === "op" ? `result of ${node.op}` : node.kind;
  const value = there ? `value ${node.value || node.name}` : "value not computed yet";
  const gradient = node.kind === "constant" ? "" : `, ${standingInWords(standing)}`;
  return `${titleOf(node)}, ${made}, ${value}${gradient}`;
}

function marker(id, className) {
  return s("marker", { id, viewBox: "0 0 8 8", refX: 7.5, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" },
    s("path", { d: "M0 0L8 4L0 8Z", class: className }));
}
