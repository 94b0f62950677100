/** The error of one derivative for every step: chart, slider, readings and their table twin. */

import { clamp, h, s, setAttribute, setAttributes, setText, tableOf, tableRow } from "../base.js";
import { EMPTY, chartOf } from "../drawing/chart.js";
import { precisely, shared } from "./gradient_rows.js";
import { roughly, unpacked } from "../words/numbers.js";

const PACKED = ["plus", "minus", "central", "errors", "forward", "noise"];
const LETTER = 7.8; // pixels that a character of a label takes
const NARROW = 640, LOW = 190; // pixels: a narrow chart is low, too
const LINE_OF_TEXT = 14, WORD = 84; // pixels: how high and how wide "round-off" is
const TWIN = ["h", "f at + h", "f at − h", "Quotient", "Error", "Error, one-sided"];

/** A card with the curve of the selected element, and the mark of a step on it. */
export class StepCurve {
  curve = null;
  step = 0;
  heading = h("h3");
  explained = h("p", { class: "ag-explained" });
  legend = h("p", { class: "ag-legend" });
  readings = h("dl", { class: "ag-readings" });
  now = s("path", { class: "ag-now-line" });
  nowDot = s("circle", { class: "ag-now-dot", r: 6 });
  marker = s("g", {}, this.now, this.nowDot); // not in the plot, which would cut it off at its edges

  /**
   * @param {{steps: number[], stepTexts: string[], curves: object}} content  the widget's data
   * @param {(step: number) => void} stepTo
   */
  constructor({ steps, stepTexts, curves }, stepTo) {
    this.steps = steps;
    this.texts = stepTexts;
    this.curves = new Map(Object.entries(curves).map(([row, curve]) => [Number(row), opened(curve)]));
    this.slider = h("input", { type: "range", class: "ag-scrub", min: 0, max: steps.length - 1, step: 1, "aria-label": "Step h", "aria-keyshortcuts": "PageUp PageDown Home End", title: "Page Up and Page Down: ten times the step, a tenth of it. Home and End: the smallest, the largest", oninput: () => stepTo(Number(this.slider.value)) });
    this.chart = chartOf([...this.curves.values()][0]?.chart ?? EMPTY, { label: "", draw: () => this.draw() });
    this.element = h("div", { class: "ag-card ag-curve" }, this.heading, this.explained, this.chart.element, this.slider, this.legend, this.readings);
    const { svg } = this.chart;
    svg.append(this.marker);
    const drag = (event) => {
      const at = Math.log(this.chart.valueOf(event).x);
      const distances = steps.map((step) => Math.abs(Math.log(step) - at));
      stepTo(distances.indexOf(Math.min(...distances)));
    };
    svg.addEventListener("pointerdown", (event) => { svg.setPointerCapture(event.pointerId); drag(event); });
    svg.addEventListener("pointermove", (event) => { if (svg.hasPointerCapture(event.pointerId)) drag(event); });
  }

  /** Show the curve of a row at a step, if it has one. */
  show(row, title, step) {
    const curve = (this.curve = this.curves.get(row));
    this.step = step;
    this.title = title;
    this.element.hidden = !curve;
    if (!curve) return;
    setText(this.heading, `Error of ${title} for every step`);
    setText(this.explained, curve.words);
    this.legend.replaceChildren(...legendOf(curve));
    setAttribute(this.chart.svg, "aria-label", `${this.heading.textContent}. ${curve.words}`);
    this.chart.show(curve.chart);
  }

  /** Mark a step; returns what there is to say of it. */
  showStep(step) {
    this.step = step;
    if (!this.curve) return [];
    this.slider.value = String(step);
    setAttribute(this.slider, "aria-valuetext", `h = ${this.texts[step]}`);
    this.readings.replaceChildren(...readingsOf(this.curve, step, this.texts[step], this.title));
    this.moveMarks();
    return [this.curve.tells[step]];
  }

  draw() {
    const { curve, chart, steps } = this;
    if (!curve || !chart.width) return;
    if (chart.width < NARROW && chart.data.height !== LOW) return void chart.show({ ...curve.chart, height: LOW });
    const { low } = curve.chart.y;
    const points = (errors) => steps.map((step, i) => [step, Number.isFinite(errors[i]) ? Math.max(errors[i], low) : NaN]);
    const path = (name, series) => s("path", { class: `ag-series ag-${name}`, d: chart.line(series) });
    chart.plot.replaceChildren(
      ...(curve.truncation ? [path("law", steps.map((step) => [step, curve.truncation * step * step]))] : []),
      ...(curve.plain ? [] : [path("law", steps.map((step, i) => [step, curve.noise[i]])), path("forward", points(curve.forward))]),
      ...(curve.complex ? [path("complex", points(curve.complex))] : []),
      path("central", points(curve.errors)),
      ...points(curve.errors).filter(([, error]) => !Number.isNaN(error)).map(([step, error]) =>
        s("circle", { class: "ag-point", cx: chart.x(step), cy: chart.y(error), r: 2.5 })),
      ...(curve.analyticError > low ? [path("backward", steps.map((step) => [step, curve.analyticError]))] : []),
      ...this.labels());
    setAttribute(this.marker, "transform", `translate(${curve.chart.left} ${curve.chart.top})`);
    this.moveMarks();
  }

  /** What is written in the plot: nothing upon anything else. */
  labels() {
    this.written = [];
    return [...this.bestLabel(), ...(this.curve.plain ? [] : this.roundOffLabel()), ...this.truncationLabel()];
  }

  /** Where words stand, moved so that they are within the plot. */
  placed(x, y, text, anchor) {
    const room = text.length * LETTER, { width, height } = this.chart;
    const at = anchor === "end" ? clamp(x, room, width - 4) : clamp(x, 4, Math.max(4, width - room));
    const left = anchor === "end" ? at - room : at;
    return { at, left, right: left + room, y: clamp(y, LINE_OF_TEXT, height - 6) };
  }

  isCovered({ left, right, y }) {
    return this.written.some((other) => left < other.right && other.left < right && Math.abs(y - other.y) < LINE_OF_TEXT + 3);
  }

  /** Words at a place in the plot; none where others stand. */
  words(x, y, text, anchor) {
    const place = this.placed(x, y, text, anchor);
    if (this.isCovered(place)) return [];
    this.written.push(place);
    return [s("text", { x: place.at, y: place.y, class: "ag-label", "text-anchor": anchor }, text)];
  }

  /** "round-off" stands above its line, where no measured error is in the way. */
  roundOffLabel() {
    const { curve, chart, steps } = this, height = (i) => chart.y(curve.noise[i]);
    const at = (i) => /** @type {const} */ ([chart.x(steps[i]) + 6, height(i) - 10, "round-off", "start"]);
    const places = [0.25, 0.4, 0.55, 0.7].map((share) => steps.findIndex((_, i) => height(i) >= share * chart.height)).filter((i) => i > 0 && !this.isCovered(this.placed(...at(i))));
    const isFree = (i) => steps.every((h, j) => {
      const across = chart.x(h) - chart.x(steps[i]);
      const isNear = (error) => Math.abs(chart.y(error) - height(i) + LINE_OF_TEXT) < LINE_OF_TEXT;
      return across < -6 || across > WORD || !(isNear(curve.errors[j]) || isNear(curve.forward[j]));
    });
    const free = places.find(isFree) ?? places[0];
    return free ? this.words(...at(free)) : [];
  }

  truncationLabel() {
    const { curve: { truncation }, chart, steps } = this;
    const cut = truncation ? steps.findLastIndex((h) => chart.y(truncation * h * h) >= 0.75 * chart.height) : -1;
    if (cut < 0) return [];
    const x = chart.x(steps[cut]), y = chart.y(truncation * steps[cut] ** 2) + 4;
    return x < 0.75 * chart.width ? this.words(x + 14, y, "truncation", "start") : this.words(x - 14, y, "truncation", "end");
  }

  bestLabel() {
    const { curve: { best, bestText }, chart } = this;
    if (!best) return [];
    const right = this.steps[this.step] < best && best < 5e-3; // away from the step's line
    return [s("path", { class: "ag-best", d: `M${chart.x(best)} 18V${chart.height}` }),
      ...this.words(chart.x(best) + (right ? 8 : -8), LINE_OF_TEXT, `best h ≈ ${bestText}`, right ? "start" : "end")];
  }

  moveMarks() {
    const { chart, curve, step } = this, { width, height } = chart;
    if (!width) return;
    const x = chart.x(this.steps[step]), error = curve.errors[step];
    setAttribute(this.now, "d", `M${x} 0V${height}`);
    this.nowDot.toggleAttribute("hidden", !Number.isFinite(error));
    setAttributes(this.nowDot, { cx: x, cy: Number.isFinite(error) ? clamp(chart.y(Math.max(error, curve.chart.y.low)), 0, height) : 0 });
  }

  /** The table twin. */
  twin() {
    const { curve, texts, step } = this;
    const rows = texts.map((text, i) => {
      const written = !curve ? TWIN.slice(1).fill("")
        : [...precisely([curve.plus[i], curve.minus[i]], curve.digits), ...precisely([curve.central[i]], curve.digits), roughly(curve.errors[i]), roughly(curve.forward[i])];
      return tableRow(text, written.map((number) => h("td", { class: "ag-number" }, number)), { "data-active": curve && i === step });
    });
    return tableOf("The selected element at every step", TWIN, rows);
  }
}

/** A curve with its numbers unpacked. */
function opened(curve) {
  const numbers = Object.fromEntries(PACKED.map((name) => [name, unpacked(curve[name])]));
  return { ...curve, ...numbers, complex: curve.complex && unpacked(curve.complex), analyticError: unpacked(curve.analyticError)[0] };
}

/** What each line of the chart is: by its look and in words. */
function legendOf(curve) {
  const entries = [["central", "central difference"], ...(curve.plain ? [] : [["forward", "one-sided difference"]]),
    ...(curve.complex ? [["complex", "complex step"]] : []),
    ...(curve.analyticError > 0 ? [["backward", "backward()"]] : []), ...(curve.plain ? [] : [["law", "what theory expects"]])];
  return entries.map(([name, words]) => h("span", {},
    s("svg", { viewBox: "0 0 28 10", class: "ag-legend-line", "aria-hidden": "true" }, s("path", { class: `ag-series ag-${name}`, d: "M0 5H28" })), words));
}

/** The numbers at one step; of the two values the digits that differ stand out. */
function readingsOf(curve, step, text, title) {
  const { plus, minus, central, errors, against, digits } = curve;
  const [same, high, low] = shared(...precisely([plus[step], minus[step]], digits));
  const entries = [
    ["h", text],
    [`f at ${title} + h`, same, h("b", {}, high)],
    [`f at ${title} − h`, same, h("b", {}, low)],
    ["quotient", ...precisely([central[step]], digits)],
    [`off ${against}`, roughly(errors[step])],
  ];
  return entries.flatMap(([name, ...texts]) => [h("dt", {}, name), h("dd", {}, ...texts)]);
}
