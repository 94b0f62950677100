import { clamp, frame, guarded, h, setAttribute, setText } from "./base.js";
import { chartOf } from "./chart.js";
import { heldText, isKnown, nudged, outOfReach, told, updates, verdict, walked } from "./descent_narration.js";
import { framed, marksOf } from "./descent_picture.js";
import { landscapeOf, withTruths } from "./landscape.js";
import { numberText } from "./numbers.js";
import { isLike, isListOf, isOneOf, isPositive, reader } from "./state.js";

const PACE = 450; // milliseconds from step to step of a run
const RUN = 50; // steps after which a run ends by itself
const THUMB = 8; // half of a slider's thumb, whose middle stops that far from the slider's ends
const FAR_STEP = 10; // times the arrow key's, for Page Up and Page Down

/** Nudge a parameter, see its slope, and go against it: all in the browser, on samples. */
function render({ model, el }) {
  const content = model.get("data");
  const { names, low, high, grain, rates, first, output } = content;
  const read = reader(model, {
    course: [isCourse(names.length, content.most), first.course], lr: [isPositive, first.lr], nudge: [isOneOf(content.nudges), first.nudge],
    exact: [isListOf(isListOf((x) => x === null || Number.isFinite(x), 2 * names.length + 1, 2 * names.length + 1)), []],
  });
  const landscape = withTruths(landscapeOf(content.landscape), read("exact"));
  const view = frame(el, { name: "descent", label: "Gradient descent" });
  const calm = view.root.ownerDocument.defaultView.matchMedia("(prefers-reduced-motion: reduce)");
  let places = [], timer = null, left = 0;

  const rate = () => read("lr");
  const here = () => places.at(-1);
  const ended = () => !isKnown(here()) || places.length > content.most;
  const follow = (start, rates) => view.change(model, "course", { start, rates });
  const moveTo = (point) => { pause(); follow(point, []); };
  const taken = () => places.slice(1).map((place) => place.rate);

  // The picture, the point to drag and a slider for each parameter
  const chart = chartOf(content.chart, { label: pictureLabel(content), draw });
  const handle = h("div", { class: "ag-handle", tabindex: "0", role: "slider", "aria-label": `The point: ${names.join(" and ")}`,
    "aria-valuemin": low[0], "aria-valuemax": high[0] });
  const place = h("div", { class: "ag-place" }, chart.element, handle);
  const { left: before, right: after, top, bottom, height } = content.chart;
  // Equal lengths for both parameters: the gradient is square to the contours.
  const widest = names.length === 2 ? `${height - top - bottom + before + after}px` : "none";
  place.style.maxWidth = widest;
  // Each slider under the plot, from the one end of its axis to the other.
  const columns = `${before - THUMB}px minmax(0, 1fr) ${Math.max(after - THUMB, 0)}px`;
  const sliders = names.map((name, i) => {
    const slider = h("input", { type: "range", min: low[i], max: high[i], step: grain[i], "aria-label": name });
    slider.addEventListener("input", () => moveTo(here().point.map((x, k) => (k === i ? Number(slider.value) : x))));
    return slider;
  });
  const nudgeCard = h("div", { class: "ag-card" });
  const stepCard = h("div", { class: "ag-card" });
  const notes = h("details", { class: "ag-notes" }, h("summary", {}, "How exact is this?"), ...content.notes.map((note) => h("p", {}, note)));
  view.body.append(
    h("div", { class: "ag-left" }, place, ...names.map((name, i) => h("label", { class: "ag-parameter", style: `grid-template-columns: ${columns}; max-width: ${widest}` }, h("span", {}, name), sliders[i]))),
    h("div", { class: "ag-right" }, nudgeCard, stepCard, legendOf(names.length), notes));

  // The toolbar
  const button = (text, act, more = {}) => h("button", { type: "button", class: "ag-button", onclick: act, ...more }, text);
  const back = button("Back", () => { pause(); stepBack(); }, { "aria-keyshortcuts": "ArrowLeft" });
  const step = button("Step", () => { pause(); stepOn(); }, { class: "ag-button ag-main", "aria-keyshortcuts": "ArrowRight" });
  const run = button("Run", () => (timer ? pause() : start()), { "aria-keyshortcuts": "Space" });
  const reset = button("Reset", () => {
    pause();
    for (const [name, value] of Object.entries(first)) view.change(model, name, value);
  });
  const rateSlider = h("input", { type: "range", class: "ag-rate", min: 0, max: rates.length - 1, step: 1, "aria-label": "Learning rate" });
  const rateText = h("span", { class: "ag-number", "aria-hidden": "true" });
  rateSlider.addEventListener("input", () => view.change(model, "lr", rates[Number(rateSlider.value)]));
  const nudgeSelect = h("select", { class: "ag-button", "aria-label": "Nudge ε" },
    ...content.nudges.map((size) => h("option", { value: size }, numberText(size))));
  nudgeSelect.addEventListener("change", () => view.change(model, "nudge", Number(nudgeSelect.value)));
  view.toolbar.append(
    h("div", { class: "ag-group" }, back, step, run, reset),
    h("label", { class: "ag-labelled" }, h("span", {}, "learning rate"), rateSlider, rateText),
    h("label", { class: "ag-labelled" }, h("span", {}, "nudge ε"), nudgeSelect));
  view.tableToggle(fillTable);

  // Showing
  function draw() {
    if (!places.length || !chart.width) return;
    chart.plot.replaceChildren(...marksOf(chart, { content, landscape, places, rate: rate(), nudge: read("nudge") }));
    const [x, y] = framed(chart, here());
    handle.style.left = `${content.chart.left + x}px`;
    handle.style.top = `${content.chart.top + y}px`;
  }

  function show() {
    places = walked(landscape, read("course"), content.widths);
    view.say(told(content, landscape, places, rate()));
    draw();
    sliders.forEach((slider, i) => {
      slider.value = here().point[i];
      setAttribute(slider, "aria-valuetext", `${names[i]} = ${numbersOf(here())[i]}`);
    });
    setAttribute(handle, "aria-valuenow", clamp(here().point[0], low[0], high[0]));
    setAttribute(handle, "aria-valuetext", spoken(here()));
    showCards();
    rateSlider.value = nearest(rates, rate());
    setAttribute(rateSlider, "aria-valuetext", numberText(rate()));
    setText(rateText, numberText(rate()));
    nudgeSelect.value = String(read("nudge"));
    for (const [control, off] of [[back, places.length === 1], [step, ended()], [run, ended() && !timer]]) setAttribute(control, "aria-disabled", off);
    setAttribute(view.root, "data-step", places.length - 1);
    setAttribute(view.root, "data-verdict", verdict(content, places, rate())[0]);
    if (!view.table.hidden) fillTable(view.table);
  }

  function showCards() {
    const nudges = nudged(content, landscape, here(), read("nudge"));
    const slopes = numbersOf(here()).slice(names.length + 1);
    nudgeCard.replaceChildren(h("h3", {}, `Nudge by ε = ${numberText(read("nudge"))}`), ...nudges.flatMap(([move, change, slope], i) => [
      h("p", { class: "ag-formula ag-apart" }, h("span", {}, move), h("span", {}, change), h("span", {}, slope)),
      h("p", { class: "ag-muted" }, `the slope ${names.length === 1 ? "" : `for ${names[i]} `}at the point itself: ${slopes[i]}`),
    ]));
    stepCard.replaceChildren(h("h3", {}, "Next step: parameter − learning rate · slope"),
      ...(isKnown(here()) ? updates(content, landscape, here(), rate()) : [outOfReach(content, here()) ? "too far away to show" : "no slope is known there"]).map(formulaOf));
  }

  /** Point, value and slopes as text, without digits that may be wrong. */
  const numbersOf = ({ point, value, slopes, drift, off }) =>
    [...point.map((x, i) => [x, drift[i]]), [value, off.value], ...slopes.map((x, i) => [x, off.slopes[i]])]
      .map(([x, error]) => heldText(x, error));

  const spoken = (place) => {
    const numbers = numbersOf(place);
    return [...names.map((name, i) => (numbers[i] === "?" ? `${name} unknown` : `${name} = ${numbers[i]}`)), `${output} ${isKnown(place) ? `= ${numbers[names.length]}` : "unknown"}`].join(", ");
  };

  function fillTable(table) {
    const head = ["step", ...names, output, ...(names.length === 1 ? ["slope"] : names.map((name) => `slope of ${name}`))];
    table.replaceChildren(h("table", {}, h("caption", {}, "The path so far"),
      h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, ...places.map((p, i) => h("tr", { "data-active": i === places.length - 1 },
        h("th", { scope: "row" }, String(i)), ...numbersOf(p).map((text) => h("td", {}, text)))))));
  }

  // Descending
  const stepOn = () => { if (!ended()) follow(places[0].point, [...taken(), rate()]); };
  const stepBack = () => { if (places.length > 1) follow(places[0].point, taken().slice(0, -1)); };
  const atRest = () => ended() || verdict(content, places, rate())[0] === "rest";

  function start() {
    left = RUN;
    if (calm.matches) return runAtOnce();
    if (atRest()) return;
    setText(run, "Pause");
    timer = setTimeout(tick);
  }
  function runAtOnce() {
    while (left-- && !atRest()) stepOn();
  }
  function tick() {
    stepOn();
    left--;
    if (atRest() || !left) pause();
    else timer = setTimeout(tick, PACE);
  }
  function pause() {
    clearTimeout(timer);
    timer = null;
    setText(run, "Run");
  }

  // Moving the point
  const snapped = (x, i) => clamp(Number((Math.round(x / grain[i]) * grain[i]).toPrecision(12)), low[i], high[i]);
  const pointUnder = (event) => {
    const { x, y } = chart.valueOf(event);
    return [x, y].slice(0, names.length).map(snapped);
  };
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const drag = (moved) => moveTo(pointUnder(moved));
    handle.addEventListener("pointermove", drag);
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => handle.removeEventListener("pointermove", drag), { once: true });
  });
  chart.element.addEventListener("click", (event) => moveTo(pointUnder(event)));
  const nudgePoint = (i, by) => moveTo(here().point.map((x, k) => (k === i ? snapped(x + by * grain[k], k) : x)));

  const isRange = (event) => event.composedPath()[0].matches("input[type=range], select");
  const onPoint = (event) => event.composedPath()[0] === handle;
  const sideways = (by) => (event) => {
    if (isRange(event)) return false;
    if (onPoint(event)) nudgePoint(0, by);
    else (by > 0 ? step : back).click();
  };
  const upDown = (by) => (event) => {
    if (!onPoint(event)) return false;
    nudgePoint(names.length - 1, -by);
  };
  const toEnd = (ends) => moveTo(here().point.map((x, i) => (i === 0 ? ends[0] : x)));
  const far = (by) => (event) => (onPoint(event) ? nudgePoint(0, by * FAR_STEP) : false);
  view.keys({
    ArrowRight: sideways(1),
    ArrowLeft: sideways(-1),
    ArrowUp: upDown(-1),
    ArrowDown: upDown(1),
    PageUp: far(1),
    PageDown: far(-1),
    Home: (event) => (isRange(event) ? false : onPoint(event) ? toEnd(low) : moveTo(places[0].point)),
    End: (event) => (onPoint(event) ? toEnd(high) : false),
    Enter: (event) => (onPoint(event) ? step.click() : false),
    Space: () => run.click(),
    Escape: () => step.focus(),
  });
  for (const name of ["course", "lr", "nudge"]) view.listen(model, `change:${name}`, show);
  view.listen(model, "change:exact", () => { landscape.learn(read("exact")); show(); });
  view.atEnd(pause);
  view.atEnd(() => chart.dispose());

  show();
  view.ready();
  return view.dispose;
}

/** Whether this is where descent on so many parameters starts, and the rate of each step. */
const isCourse = (count, most) => (x) =>
  isLike({ start: [], rates: [] })(x) && isListOf(Number.isFinite, count, count)(x.start) && isListOf(isPositive, 0, most)(x.rates);

/** Where in an ascending list the value nearest to `x` stands, by ratio. */
export function nearest(values, x) {
  const off = values.map((value) => Math.abs(Math.log(value / x)));
  return off.indexOf(Math.min(...off));
}

function pictureLabel({ names: [first, second], output }) {
  return second ? `Contours of ${output} over ${first} and ${second}, with the path of descent` : `${output} against ${first}, with the path of descent`;
}

/** A formula that may only be broken before its result. */
function formulaOf(text) {
  const end = Math.max(text.lastIndexOf(" = "), text.lastIndexOf(" ≈ "));
  const parts = end < 0 ? [text] : [text.slice(0, end), text.slice(end + 1)];
  return h("p", { class: "ag-formula" }, ...parts.flatMap((part) => [h("span", {}, part), " "]));
}

/** What the lines and dots are. */
function legendOf(count) {
  const items = count === 1
    ? [["ag-here", "the point: drag it"], ["ag-tangent", "tangent: the slope"], ["ag-been", "where it has been"], ["ag-nudged", "after the nudge"], ["ag-next", "where the next step goes"]]
    : [["ag-here", "the point: drag it"], ["ag-been", "where it has been"], ["ag-next", "the next step, against the gradient"], ["ag-direction", "its direction"]];
  return h("ul", { class: "ag-legend" }, ...items.map(([look, text]) => h("li", {}, h("span", { class: `ag-key ${look}-key`, "aria-hidden": "true" }), text)));
}

export default { render: guarded(render) };
