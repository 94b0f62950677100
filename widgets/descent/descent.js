import { STILL, button, clamp, disable, frame, guarded, h, setAttribute, setText, tableOf, tableRow } from "../base.js";
import { chartOf } from "../drawing/chart.js";
import { numberText } from "../words/numbers.js";
import { isLike, isListOf, isOneOf, isPositive, reader } from "../state.js";
import { isKnown, nudged, textsOf, told, unknown, updates, verdict, walked } from "./narration.js";
import { framed, marksOf } from "./picture.js";
import { landscapeOf, withTruths } from "./samples.js";

const PACE = 450; // milliseconds from step to step of a run
const RUN = 50; // steps after which a run ends by itself
const NOTCHES = 60; // of the learning rate's slider
const BESIDE = 0.02; // of the picture's width: so far to both sides a bend is looked for
const THUMB = 8; // half of a slider's thumb, whose middle stops that far from the slider's ends
const FAR_STEP = 10; // times the arrow key's, for Page Up and Page Down
const LETTER = 9; // pixels of a letter of a parameter's name

/** Nudge a parameter, see its slope, and go against it: all in the browser, with what Python tells. */
function render({ model, el }) {
  const content = model.get("data"), { names } = content;
  const view = frame(el, { name: "descent", label: "Gradient descent" });
  const moment = momentOf(content, readerOf(model, content));
  const acts = actsOf(view, model, moment), runner = runnerOf(view, moment, acts);
  const chart = pictureOf(moment, acts), sliders = names.map((_, i) => sliderOf(i, moment, acts));
  const cards = cardsOf(moment), toolbar = toolbarOf(moment, acts, runner);
  const notes = h("details", { class: "ag-notes" }, h("summary", {}, "Where do the numbers come from?"), ...content.notes.map((note) => h("p", {}, note)));
  view.toolbar.append(...toolbar.elements);
  view.tableToggle((table) => fillTable(table, moment));
  view.body.append(
    h("div", { class: "ag-left" }, chart.element, ...sliders.map(({ element }) => element)),
    h("div", { class: "ag-right" }, ...cards.elements),
    h("div", { class: "ag-below" }, legendOf(names.length), notes));

  function show() {
    moment.renew();
    view.say(told(content, moment.places, moment.rate));
    for (const part of [chart, ...sliders, cards, toolbar]) part.show();
    setAttribute(view.root, "data-step", moment.places.length - 1);
    setAttribute(view.root, "data-verdict", moment.verdict);
    if (!view.table.hidden) fillTable(view.table, moment);
  }
  view.keys(keysOf(moment, acts, chart.handle, toolbar));
  for (const name of ["course", "lr", "nudge", "reset_grad", "exact"]) view.listen(model, `change:${name}`, show);
  view.atEnd(acts.pause);
  view.atEnd(chart.dispose);
  show();
  view.ready();
  return view.dispose;
}

// What there is

/** What the model holds, or the last that was valid. */
function readerOf(model, { names: { length: count }, most, nudges, first }) {
  const isNumber = (x) => x === null || Number.isFinite(x), width = 2 * count + 1;
  const isCourse = (x) => isLike({ start: [], rates: [] })(x) && isListOf(Number.isFinite, count, count)(x.start) && isListOf(isPositive, 0, most)(x.rates);
  return reader(model, {
    course: [isCourse, first.course], lr: [isPositive, first.lr], nudge: [isOneOf(nudges), first.nudge], reset_grad: [isOneOf([true, false]), first.reset_grad],
    exact: [isListOf(isListOf(isNumber, width, width)), []],
  });
}

/** Where descent stands: brought up to date with `renew`. */
function momentOf(content, read) {
  const samples = landscapeOf(content.samples);
  const moment = {
    content, landscape: samples, places: [], rate: 0, nudge: 0, resets: true,
    renew() {
      moment.landscape = withTruths(samples, read("exact"));
      moment.places = walked(moment.landscape, read("course"), read("reset_grad"));
      [moment.rate, moment.nudge, moment.resets] = [read("lr"), read("nudge"), read("reset_grad")];
    },
    get here() { return moment.places.at(-1); },
    get verdict() { return verdict(content, moment.places, moment.rate)[0]; },
    get ended() { return !isKnown(moment.here) || moment.places.length > content.most; },
    get atRest() { return moment.ended || moment.verdict === "rest"; },
    /** Point, value and slopes as text. */
    get texts() { return textsOf(content, moment.here); },
  };
  return moment;
}

// What can be done

/** All that changes the model. */
function actsOf(view, model, moment) {
  const { content } = moment, { low, high, grain, first } = content;
  const set = (name, value) => view.change(model, name, value);
  const follow = (start, rates) => set("course", { start, rates });
  const taken = () => moment.places.slice(1).map((place) => place.rate), start = () => moment.places[0].point;
  const acts = {
    set,
    pause() {}, // a runner knows better
    moveTo(point) { acts.pause(); follow(point, []); },
    stepOn() { if (!moment.ended) follow(start(), [...taken(), moment.rate]); },
    stepBack() { if (moment.places.length > 1) follow(start(), taken().slice(0, -1)); },
    toStart: () => acts.moveTo(start()),
    reset() { acts.pause(); for (const [name, value] of Object.entries(first)) set(name, value); },
    /** The point, with one parameter moved to a round number within the picture. */
    moved: (i, x) => moment.here.point.map((old, k) => (k === i ? acts.snapped(x, i) : old)),
    snapped: (x, i) => clamp(Number((Math.round(x / grain[i]) * grain[i]).toPrecision(12)), low[i], high[i]),
    nudgePoint: (i, by) => acts.moveTo(acts.moved(i, moment.here.point[i] + by * grain[i])),
  };
  return acts;
}

/** Runs, step by step, until it is paused or at rest; at once where motion is not wanted. */
function runnerOf(view, moment, acts) {
  const calm = view.root.ownerDocument.defaultView.matchMedia("(prefers-reduced-motion: reduce)");
  const runner = { running: false, toggle: () => (runner.running ? acts.pause() : begin()), changed() {} };
  let timer = null, left = 0;
  acts.pause = () => {
    clearTimeout(timer);
    runner.running = false;
    runner.changed();
  };
  function begin() {
    left = RUN;
    if (calm.matches) while (left-- && !moment.atRest) acts.stepOn();
    if (moment.atRest || calm.matches) return;
    runner.running = true;
    runner.changed();
    timer = setTimeout(tick);
  }
  function tick() {
    acts.stepOn();
    left--;
    if (moment.atRest || !left) acts.pause();
    else timer = setTimeout(tick, PACE);
  }
  return runner;
}

/** What each key does: on the point it moves that, elsewhere it steps. */
function keysOf(moment, acts, handle, { step, back, run }) {
  const { low, high, names } = moment.content;
  const isRange = (event) => event.composedPath()[0].matches("input, select");
  const onPoint = (event) => event.composedPath()[0] === handle;
  const sideways = (by, button) => (event) => {
    if (isRange(event)) return false;
    if (onPoint(event)) acts.nudgePoint(0, by);
    else button.click();
  };
  const ofPoint = (act) => (event) => (onPoint(event) ? act() : false);
  return {
    ArrowRight: sideways(1, step),
    ArrowLeft: sideways(-1, back),
    ArrowUp: ofPoint(() => acts.nudgePoint(names.length - 1, 1)),
    ArrowDown: ofPoint(() => acts.nudgePoint(names.length - 1, -1)),
    PageUp: ofPoint(() => acts.nudgePoint(0, FAR_STEP)),
    PageDown: ofPoint(() => acts.nudgePoint(0, -FAR_STEP)),
    Home: (event) => (isRange(event) ? false : onPoint(event) ? acts.moveTo(acts.moved(0, low[0])) : acts.toStart()),
    End: ofPoint(() => acts.moveTo(acts.moved(0, high[0]))),
    Enter: ofPoint(() => step.click()),
    Space: () => run.click(),
    Escape: () => step.focus(),
  };
}

// What is shown

/** The chart, with the point to drag upon it. */
function pictureOf(moment, acts) {
  const { content } = moment, { names, low, high } = content;
  const chart = chartOf(content.chart, { label: pictureLabel(content), draw });
  const handle = h("div", { class: "ag-handle", tabindex: "0", role: "slider", "aria-label": `The point: ${names.join(" and ")}`,
    "aria-valuemin": low[0], "aria-valuemax": high[0] });
  const moveTo = (event) => {
    const { x, y } = chart.valueOf(event);
    acts.moveTo([x, y].slice(0, names.length).map(acts.snapped));
  };
  chart.element.addEventListener("click", moveTo);
  dragging(handle, moveTo);

  function draw() {
    if (!moment.places.length || !chart.width) return;
    chart.plot.replaceChildren(...marksOf(chart, moment));
    const [x, y] = framed(chart, moment.here).at;
    handle.style.left = `${content.chart.left + x}px`;
    handle.style.top = `${content.chart.top + y}px`;
  }
  function show() {
    draw();
    setAttribute(handle, "aria-valuenow", clamp(moment.here.point[0], low[0], high[0]));
    setAttribute(handle, "aria-valuetext", spoken(moment));
  }
  return { element: h("div", { class: "ag-place", style: widthOf(content) }, chart.element, handle), handle, show, dispose: chart.dispose };
}

/** As wide as the map may become, so that both parameters keep one scale. */
const widthOf = ({ chart: { width } }) => (width ? `max-width: ${width}px` : "");

function dragging(handle, moved) {
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.focus(STILL);
    handle.setPointerCapture(event.pointerId);
    handle.addEventListener("pointermove", moved);
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => handle.removeEventListener("pointermove", moved), { once: true });
  });
}

/** The point and its value, to be read aloud. */
function spoken({ content: { names, output }, texts, here }) {
  const value = isKnown(here) ? texts[names.length] : "unknown";
  return [...names, output].map((name, i) => `${name} = ${i < names.length ? texts[i] : value}`).join(", ");
}

/** A parameter's slider, under the plot from the one end of its axis to the other. */
function sliderOf(i, moment, acts) {
  const { content } = moment, { left, right } = content.chart, name = content.names[i];
  const before = left - THUMB, above = name.length * LETTER + 6 > before;
  const slider = h("input", { type: "range", min: content.low[i], max: content.high[i], step: content.grain[i], "aria-label": name });
  slider.addEventListener("input", () => acts.moveTo(moment.here.point.map((x, k) => (k === i ? Number(slider.value) : x))));
  const columns = `grid-template-columns: ${before}px minmax(0, 1fr) ${Math.max(right - THUMB, 0)}px; ${widthOf(content)}`;
  const element = h("label", { class: `ag-parameter ${above ? "ag-above" : ""}`, style: columns }, h("span", {}, name), slider);
  const show = () => {
    slider.value = moment.here.point[i];
    setAttribute(slider, "aria-valuetext", `${name} = ${moment.texts[i]}`);
  };
  return { element, show };
}

/** The buttons, the learning rate and the nudge. */
function toolbarOf(moment, acts, runner) {
  const back = button("Back", () => { acts.pause(); acts.stepBack(); }, { "aria-keyshortcuts": "ArrowLeft" });
  const step = button("Step", () => { acts.pause(); acts.stepOn(); }, { class: "ag-button ag-main", "aria-keyshortcuts": "ArrowRight" });
  const run = button("Run", runner.toggle, { "aria-keyshortcuts": "Space" });
  const rate = rateOf(moment, acts), nudge = nudgeOf(moment, acts);
  const resets = h("input", { type: "checkbox", onchange: () => acts.set("reset_grad", resets.checked) });
  const reset = h("label", { class: "ag-labelled" }, resets, "reset .grad");
  runner.changed = () => setText(run, runner.running ? "Pause" : "Run");
  const show = () => {
    rate.show();
    nudge.show();
    resets.checked = moment.resets;
    disable([back, moment.places.length === 1], [step, moment.ended], [run, moment.ended && !runner.running]);
  };
  const group = h("div", { class: "ag-group" }, back, step, run, button("Reset", acts.reset));
  return { elements: [group, rate.element, nudge.element, moment.content.switch ? reset : ""], back, step, run, show };
}

/** The learning rate: on a slider over those that matter at the point, and typed. */
function rateOf(moment, acts) {
  const slider = h("input", { type: "range", class: "ag-rate", min: 0, max: NOTCHES, step: 1, "aria-label": "Learning rate" });
  const typed = h("input", { type: "text", inputmode: "decimal", class: "ag-button ag-number", "aria-label": "Learning rate as a number" });
  let low = 0, high = 0;
  slider.addEventListener("input", () => acts.set("lr", Number((low * (high / low) ** (Number(slider.value) / NOTCHES)).toPrecision(2))));
  typed.addEventListener("change", () => {
    const rate = Number(typed.value.replace(",", ".").replace("−", "-"));
    typed.setCustomValidity(isPositive(rate) ? "" : "A learning rate is a positive number, such as 0.1.");
    if (typed.reportValidity()) acts.set("lr", rate);
  });
  function show() {
    [low, high] = ratesThatMatter(moment);
    slider.value = String(Math.round(NOTCHES * Math.log(moment.rate / low) / Math.log(high / low)));
    setAttribute(slider, "aria-valuetext", numberText(moment.rate));
    typed.setCustomValidity("");
    typed.value = numberText(moment.rate);
  }
  return { element: h("label", { class: "ag-labelled" }, h("span", {}, "learning rate"), slider, typed), show };
}

/**
 * The least and the largest learning rate that matter at a point. With 2 divided by the bend a step lands as
 * far on the other side; where nothing bends, the picture's width divided by the slope crosses the picture.
 */
export function ratesThatMatter({ content: { widths, first }, landscape, here }) {
  const around = (i, by) => landscape(here.point.map((x, k) => (k === i ? x + by : x))).slopes[i];
  const most = (each) => Math.max(0, ...widths.map(each).filter(Number.isFinite));
  const bend = most((width, i) => Math.abs(around(i, BESIDE * width) - around(i, -BESIDE * width)) / (2 * BESIDE * width));
  const slope = most((width, i) => Math.abs(here.slopes[i]) / width), isBent = bend > 0.01 * slope;
  const turning = isBent ? 2 / bend : slope ? 1 / slope : 10 * first.lr;
  return isPositive(turning / 100) && isPositive(2 * turning) ? [turning / 100, 2 * turning] : [first.lr / 100, 2 * first.lr];
}

function nudgeOf(moment, acts) {
  const options = moment.content.nudges.map((size) => h("option", { value: size }, numberText(size)));
  const select = h("select", { class: "ag-button", "aria-label": "Nudge ε" }, ...options);
  select.addEventListener("change", () => acts.set("nudge", Number(select.value)));
  const show = () => { select.value = String(moment.nudge); };
  return { element: h("label", { class: "ag-labelled" }, h("span", {}, "nudge ε"), select), show };
}

/** The nudge and the next step, with their numbers. */
function cardsOf(moment) {
  const { content } = moment, { names } = content, elements = [h("div", { class: "ag-card" }), h("div", { class: "ag-card" })];
  function show() {
    const { landscape, here, rate, nudge, texts } = moment;
    const nudges = nudged(content, landscape, here, nudge).flatMap((row, i) => [
      h("p", { class: "ag-formula ag-apart" }, ...row.map((text) => h("span", {}, text))),
      h("p", { class: "ag-muted" }, `the slope ${names.length === 1 ? "" : `for ${names[i]} `}at the point itself: ${isKnown(here) ? texts[names.length + 1 + i] : "?"}`),
    ]);
    const why = { "": "", "too far away": "too far away to show", "no value": "no slope is known there", unknown: "only Python can tell" }[unknown(content, here)];
    elements[0].replaceChildren(h("h3", {}, `Nudge by ε = ${numberText(nudge)}`), ...nudges);
    elements[1].replaceChildren(h("h3", {}, `Next step: parameter − learning rate · ${moment.resets ? "slope" : ".grad"}`), ...(why ? [why] : updates(content, here, rate)).map(formulaOf));
  }
  return { elements, show };
}

/** A formula that may only be broken before its result. */
function formulaOf(text) {
  const end = Math.max(text.lastIndexOf(" = "), text.lastIndexOf(" ≈ "));
  const parts = end < 0 ? [text] : [text.slice(0, end), text.slice(end + 1)];
  return h("p", { class: "ag-formula" }, ...parts.flatMap((part) => [h("span", {}, part), " "]));
}

/** The table twin: the path so far. */
function fillTable(table, { content, places }) {
  const row = (place, i) => tableRow(String(i), textsOf(content, place).map((text) => (text.includes("nan") ? "?" : text)),
    { "data-active": i === places.length - 1 });
  table.replaceChildren(tableOf("The path so far", content.heads, places.map(row)));
}

function pictureLabel({ names: [first, second], output }) {
  return second ? `Contours of ${output} over ${first} and ${second}, with the path of descent` : `${output} against ${first}, with the path of descent`;
}

/** What the lines and dots are. */
function legendOf(count) {
  const items = count === 1
    ? [["ag-here", "the point: drag it"], ["ag-tangent", "tangent: the slope"], ["ag-been", "where it has been"], ["ag-nudged", "after the nudge"], ["ag-next", "where the next step goes"]]
    : [["ag-here", "the point: drag it"], ["ag-been", "where it has been"], ["ag-next", "the next step, against the gradient"], ["ag-direction", "its direction"]];
  return h("ul", { class: "ag-legend" }, ...items.map(([look, text]) => h("li", {}, h("span", { class: `ag-key ${look}-key`, "aria-hidden": "true" }), text)));
}

export default { render: guarded(render) };
