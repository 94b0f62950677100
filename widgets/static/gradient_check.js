import { clamp, frame, guarded, h, s, setAttribute, setText } from "./base.js";
import { EMPTY, chartOf } from "./chart.js";
import { errorMap } from "./error_map.js";
import { filtered, matrixOf, precisely, quotients, sentenceOf, shared, tells, titleOf } from "./gradient_rows.js";
import { numberText, roughly, unpacked } from "./numbers.js";
import { isWhole, reader } from "./state.js";

const DECADE = 3; // positions of the slider from a step to ten times that step
const PACKED = ["here", "plus", "minus", "width", "right", "noise"];

/** Compare derivatives with finite differences: a table, and the error for every step. */
function render({ model, el }) {
  const content = model.get("data");
  const { groups, verdicts, steps, stepTexts, worst, furthest } = content;
  const analytic = unpacked(content.analytic), numeric = unpacked(content.numeric);
  const complex = content.complex && unpacked(content.complex);
  const curves = new Map(Object.entries(content.curves).map(([row, curve]) => [Number(row), opened(curve)]));
  const read = reader(model, { selected: [isWhole(0, Math.max(verdicts.length - 1, 0)), Math.max(worst, 0)], step: [isWhole(0, steps.length - 1), 0] });
  const view = frame(el, { name: "gradient-check", label: "Gradient check" });
  const title = (row) => titleOf(groups, row);
  const select = (row) => view.change(model, "selected", row);
  const stepTo = (step) => view.change(model, "step", clamp(step, 0, steps.length - 1));
  const selected = () => read("selected");

  let rows = [], page = 0, kind = "all";

  // The toolbar
  const button = (text, act, more = {}) => h("button", { type: "button", class: "ag-button", onclick: act, ...more }, text);
  const toWorst = button("Worst", () => reveal(furthest), { class: "ag-button ag-main", "aria-keyshortcuts": "Space", title: "Show the element that is furthest off" });
  const back = button("Back", () => turn(-1), { "aria-keyshortcuts": "PageUp", "aria-label": "Page back" });
  const next = button("Next", () => turn(1), { "aria-keyshortcuts": "PageDown", "aria-label": "Next page" });
  const inputs = [...new Set(groups.map((group) => group.input))];
  const choices = [["all", "all elements"], ["disagreeing", "that do not agree"], ["curve", "with a curve"],
    ...(inputs.length > 1 ? inputs.map((input) => [`input:${input}`, `of ${input}`]) : [])];
  const choose = h("select", { class: "ag-button", "aria-label": "Show elements", onchange: () => { kind = choose.value; refilter(); } },
    ...choices.map(([value, label]) => h("option", { value }, label)));
  const find = h("input", { type: "search", class: "ag-button ag-find", placeholder: "index, as [0, 1]", "aria-label": "Find elements by name or index", oninput: () => refilter() });
  view.toolbar.append(
    ...(verdicts.length > 1 ? [toWorst, h("div", { class: "ag-group" }, choose, find)] : []),
    ...(verdicts.length > content.page ? [h("div", { class: "ag-group" }, back, next)] : []),
  );

  // The table of derivatives, of which only one page is in the document
  const head = ["Element", "backward()", "Central difference", ...(complex ? ["Complex step"] : []), "Difference", "Relative", "Verdict"];
  const caption = h("p", { class: "ag-shown", "aria-live": "off" }); // not in the table, with which it would scroll away
  const body = h("tbody");
  const table = h("table", {}, h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))), body);
  const list = h("div", { class: "ag-list ag-scrolls", role: "group", "aria-label": "Derivatives" }, table);
  const remarks = h("ul", { class: "ag-remarks" },
    ...content.hints.map((text) => h("li", {}, h("strong", {}, "Hint: "), text)),
    ...content.notes.map((text) => h("li", { class: "ag-muted" }, text)));

  const difference = (row) => (analytic[row] === numeric[row] ? 0 : Math.abs(analytic[row] - numeric[row]));
  const relative = (row) => (difference(row) ? difference(row) / Math.max(Math.abs(analytic[row]), Math.abs(numeric[row])) : 0);
  const map = errorMap({ verdictOf: (row) => Number(verdicts[row]), errorOf: (row) => [difference(row), relative(row)], choose: (row) => reveal(row) });

  // The curve over the step
  const heading = h("h3", {});
  const explained = h("p", { class: "ag-explained" });
  const slider = h("input", { type: "range", class: "ag-scrub", min: 0, max: steps.length - 1, step: 1, "aria-label": "Step h", "aria-keyshortcuts": "PageUp PageDown Home End", title: "Page Up and Page Down: ten times the step, a tenth of it. Home and End: the smallest, the largest", oninput: () => stepTo(Number(slider.value)) });
  const chart = chartOf([...curves.values()][0]?.chart ?? EMPTY, { label: "", draw: () => draw() });
  const legend = h("p", { class: "ag-legend" });
  const readings = h("dl", { class: "ag-readings" });
  const panel = h("div", { class: "ag-card ag-curve" }, heading, explained, chart.element, slider, legend, readings);
  const none = h("p", { class: "ag-card ag-none" }, "No curve was computed for this element; choose “with a curve” to see which have one, or give GradientCheck more curves=.");
  view.body.append(h("div", { class: "ag-left" }, caption, list, ...(remarks.childElementCount ? [remarks] : []), map.element),
    h("div", { class: "ag-right" }, panel, ...(curves.size ? [none] : [])));
  const cells = [];
  view.tableToggle((table) => { if (!cells.length) table.append(twin(steps, stepTexts, cells)); fillTwin(); });

  // Rows and pages
  function refilter() {
    rows = filtered({ groups, verdicts, curves: content.curves }, kind, find.value);
    page = Math.max(0, Math.floor(rows.indexOf(selected()) / content.page));
    showPage();
  }

  function turn(by) {
    const last = Math.max(0, Math.ceil(rows.length / content.page) - 1);
    page = clamp(page + by, 0, last);
    showPage();
  }

  function showPage() {
    const first = page * content.page, shown = rows.slice(first, first + content.page);
    const focused = body.contains(view.root.getRootNode().activeElement);
    const total = verdicts.length === rows.length ? "" : ` (of ${verdicts.length})`;
    setText(caption, rows.length ? `Elements ${first + 1} to ${first + shown.length} of ${rows.length}${total}` : `No element is like that${total}`);
    setAttribute(table, "aria-label", caption.textContent);
    body.replaceChildren(...shown.map(rowOf));
    for (const [control, off] of [[back, page === 0], [next, first + content.page >= rows.length]]) setAttribute(control, "aria-disabled", off);
    mark();
    if (focused) body.querySelector('[tabindex="0"]')?.focus();
  }

  function rowOf(row) {
    const numbers = [analytic[row], numeric[row], ...(complex ? [complex[row]] : [])].map((x) => numberText(x, 4));
    const pick = h("button", { type: "button", class: "ag-pick", "data-row": row, onclick: () => select(row) }, title(row));
    const word = content.words[verdicts[row]];
    return h("tr", { "data-verdict": verdicts[row], onclick: () => select(row) }, h("th", { scope: "row" }, pick),
      ...[...numbers, roughly(difference(row)), roughly(relative(row))].map((text) => h("td", { class: "ag-number" }, text)),
      h("td", { class: "ag-verdict" }, markOf(verdicts[row]), word, ...(row === worst && verdicts[row] !== "0" ? [h("span", { class: "ag-worst" }, "worst")] : [])));
  }

  function markOf(verdict) {
    return s("svg", { viewBox: "-7 -7 14 14", class: "ag-mark", "aria-hidden": "true" }, s("path", { d: content.marks[verdict] }));
  }

  /** Mark the selected row, and let Tab stop at it, or else at the first. */
  function mark() {
    const picks = [...body.querySelectorAll(".ag-pick")];
    const stop = picks.find((pick) => Number(pick.dataset.row) === selected()) ?? picks[0];
    for (const pick of picks) {
      const here = Number(pick.dataset.row) === selected();
      pick.tabIndex = pick === stop ? 0 : -1;
      setAttribute(pick, "aria-pressed", here);
      pick.closest("tr").toggleAttribute("data-active", here);
    }
  }

  /** Select a row and turn to its page; where the filter hides it, the filter goes. */
  function reveal(row) {
    if (!rows.includes(row)) {
      choose.value = kind = "all";
      find.value = "";
      rows = filtered({ groups, verdicts, curves: content.curves }, kind, "");
    }
    page = Math.floor(rows.indexOf(row) / content.page);
    select(row);
    showPage();
  }

  const selectBy = (by) => () => {
    const at = rows.indexOf(selected());
    if (rows.length) reveal(rows[clamp(at < 0 ? page * content.page : at + by, 0, rows.length - 1)]);
  };

  // Showing an element and a step
  function show() {
    mark();
    map.show(verdicts.length && !content.random ? matrixOf(groups, selected()) : null, selected());
    const curve = curves.get(selected());
    panel.hidden = !curve;
    none.hidden = Boolean(curve);
    if (curve) {
      setText(heading, `Error of ${title(selected())} for every step`);
      setText(explained, curve.words);
      legend.replaceChildren(...legendOf(curve));
      setAttribute(chart.svg, "aria-label", `${heading.textContent}. ${curve.words}`);
      chart.show(curve.chart);
    }
    showStep();
  }

  function showStep() {
    const curve = curves.get(selected()), step = read("step");
    const sentences = [content.summary];
    if (verdicts.length && !content.random) sentences.push(sentenceOf(title(selected()), analytic[selected()], numeric[selected()]));
    if (curve) {
      sentences.push(tells(curve, step, stepTexts[step], steps[step]));
      slider.value = step;
      setAttribute(slider, "aria-valuetext", `h = ${stepTexts[step]}`);
      readings.replaceChildren(...readingsOf(curve, step, stepTexts[step], title(selected())));
      moveMarks(curve, step);
      if (!view.table.hidden) fillTwin();
    }
    view.say(sentences.join(" "));
    setAttribute(view.root, "data-selected", selected());
    setAttribute(view.root, "data-step", step);
  }

  // The chart
  const now = s("path", { class: "ag-now-line" }), nowDot = s("circle", { class: "ag-now-dot", r: 6 });
  const marker = s("g", {}, now, nowDot); // not in the plot, which would cut it off at its edges
  chart.svg.append(marker);

  function draw() {
    const curve = curves.get(selected());
    if (!curve || !chart.width) return;
    const { low } = curve.chart.y;
    const points = (errors) => steps.map((step, i) => [step, Number.isFinite(errors[i]) ? Math.max(errors[i], low) : NaN]);
    const path = (name, series) => s("path", { class: `ag-series ag-${name}`, d: chart.line(series) });
    const parts = [];
    if (curve.truncation) parts.push(path("law", steps.map((step) => [step, curve.truncation * step * step])));
    parts.push(path("law", steps.map((step, i) => [step, curve.noise[i]])));
    parts.push(path("forward", points(curve.forward)));
    if (curve.complex) parts.push(path("complex", points(curve.complex)));
    parts.push(path("central", points(curve.errors)));
    parts.push(...points(curve.errors).filter(([, error]) => !Number.isNaN(error)).map(([step, error]) =>
      s("circle", { class: "ag-point", cx: chart.x(step), cy: chart.y(error), r: 2.5 })));
    if (curve.analyticError > low) parts.push(path("backward", steps.map((step) => [step, curve.analyticError])));
    chart.plot.replaceChildren(...parts, ...labels(curve));
    setAttribute(marker, "transform", `translate(${curve.chart.left} ${curve.chart.top})`);
    moveMarks(curve, read("step"));
  }

  /** The names of the two branches, and the best step. */
  function labels(curve) {
    const made = [];
    const words = (x, y, text, anchor) => {
      const down = clamp(y, 14, chart.height - 6);
      const at = clamp(x, anchor === "end" ? text.length * 7.8 : 4, anchor === "end" ? chart.width - 4 : Math.max(4, chart.width - text.length * 7.8));
      made.push(s("text", { x: at, y: down, class: "ag-label", "text-anchor": anchor }, text));
    };
    // "round-off" stands above its line, where no measured error is in the way.
    const places = [0.25, 0.4, 0.55, 0.7].map((share) => steps.findIndex((_, i) => chart.y(curve.noise[i]) >= share * chart.height)).filter((i) => i > 0);
    const free = places.find((i) => steps.every((h, j) => {
      const across = chart.x(h) - chart.x(steps[i]);
      const near = (error) => Math.abs(chart.y(error) - chart.y(curve.noise[i]) + 14) < 14;
      return across < -6 || across > 84 || !(near(curve.errors[j]) || near(curve.forward[j]));
    })) ?? places[0];
    if (free) words(chart.x(steps[free]) + 6, chart.y(curve.noise[free]) - 10, "round-off", "start");
    const cut = curve.truncation ? steps.findLastIndex((h) => chart.y(curve.truncation * h * h) >= 0.75 * chart.height) : -1;
    if (cut >= 0) {
      const room = chart.x(steps[cut]) < 0.75 * chart.width;
      words(chart.x(steps[cut]) + (room ? 14 : -14), chart.y(curve.truncation * steps[cut] ** 2) + 4, "truncation", room ? "start" : "end");
    }
    if (curve.best) {
      made.push(s("path", { class: "ag-best", d: `M${chart.x(curve.best)} 18V${chart.height}` }));
      const right = steps[read("step")] < curve.best && curve.best < 5e-3; // away from the step's line
      words(chart.x(curve.best) + (right ? 8 : -8), 14, `best h ≈ ${curve.bestText}`, right ? "start" : "end");
    }
    return made;
  }

  function moveMarks(curve, step) {
    if (!chart.width) return;
    const x = chart.x(steps[step]), error = curve.errors[step];
    setAttribute(now, "d", `M${x} 0V${chart.height}`);
    nowDot.toggleAttribute("hidden", !Number.isFinite(error));
    setAttribute(nowDot, "cx", x);
    setAttribute(nowDot, "cy", Number.isFinite(error) ? clamp(chart.y(Math.max(error, curve.chart.y.low)), 0, chart.height) : 0);
  }

  function fillTwin() {
    const curve = curves.get(selected());
    if (!curve) return;
    steps.forEach((_, i) => {
      const texts = [...precisely([curve.plus[i], curve.minus[i]], curve.digits), ...precisely([curve.central[i]], curve.digits), roughly(curve.errors[i]), roughly(curve.forward[i])];
      texts.forEach((text, j) => setText(cells[i].numbers[j], text));
      cells[i].row.toggleAttribute("data-active", i === read("step"));
    });
  }

  // Dragging in the chart
  const drag = (event) => {
    const at = Math.log(chart.valueOf(event).x);
    const distances = steps.map((step) => Math.abs(Math.log(step) - at));
    stepTo(distances.indexOf(Math.min(...distances)));
  };
  chart.svg.addEventListener("pointerdown", (event) => { chart.svg.setPointerCapture(event.pointerId); drag(event); });
  chart.svg.addEventListener("pointermove", (event) => { if (chart.svg.hasPointerCapture(event.pointerId)) drag(event); });

  const inList = (event) => list.contains(event.composedPath()[0]);
  const onSlider = (event) => event.composedPath()[0] === slider;
  const upDown = (by) => (event) => {
    if (inList(event)) { selectBy(by)(); body.querySelector('[tabindex="0"]')?.focus(); }
    else if (onSlider(event)) stepTo(read("step") - by);
    else return false;
  };
  const pageBy = (by) => (event) => (onSlider(event) ? stepTo(read("step") - by * DECADE) : turn(by));
  const toEnd = (last) => (event) => {
    if (!inList(event)) return stepTo(last ? steps.length - 1 : 0);
    if (rows.length) reveal(rows[last ? rows.length - 1 : 0]);
    body.querySelector('[tabindex="0"]')?.focus();
  };
  view.keys({
    ArrowRight: () => stepTo(read("step") + 1),
    ArrowLeft: () => stepTo(read("step") - 1),
    ArrowUp: upDown(-1),
    ArrowDown: upDown(1),
    Home: toEnd(false),
    End: toEnd(true),
    PageUp: pageBy(-1),
    PageDown: pageBy(1),
    Space: () => (furthest >= 0 ? reveal(furthest) : false),
    Enter: () => false,
    Escape: () => view.toolbar.querySelector('[tabindex="0"]')?.focus(),
  });
  view.listen(model, "change:selected", () => {
    const at = rows.indexOf(selected());
    if (at >= 0 && Math.floor(at / content.page) !== page) { page = Math.floor(at / content.page); showPage(); }
    show();
  });
  view.listen(model, "change:step", showStep);
  view.atEnd(() => chart.dispose());

  refilter();
  show();
  view.ready();
  return view.dispose;
}

/** A curve with its numbers unpacked and its errors worked out. */
function opened(curve) {
  const numbers = Object.fromEntries(PACKED.map((name) => [name, unpacked(curve[name])]));
  const [, analytic, reference] = numbers.here;
  const found = quotients({ ...numbers, reference }, curve.complex && unpacked(curve.complex));
  return { ...curve, ...numbers, ...found, analyticError: Math.abs(analytic - reference) };
}

/** What each line of the chart is: by its look and in words. */
function legendOf(curve) {
  const entries = [["central", "central difference"], ["forward", "one-sided difference"],
    ...(curve.complex ? [["complex", "complex step"]] : []),
    ...(curve.analyticError > 0 ? [["backward", "backward()"]] : []), ["law", "what theory expects"]];
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

/** The table twin of the chart, and through `cells` the way to each row's numbers. */
function twin(steps, texts, cells) {
  const head = ["h", "f at + h", "f at − h", "Quotient", "Error", "Error, one-sided"];
  const body = h("tbody");
  steps.forEach((_, i) => {
    const numbers = head.slice(1).map(() => h("td", { class: "ag-number" }));
    const row = h("tr", {}, h("th", { scope: "row" }, texts[i]), ...numbers);
    cells[i] = { row, numbers };
    body.append(row);
  });
  return h("table", {}, h("caption", {}, "The selected element at every step"),
    h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))), body);
}

export default { render: guarded(render) };
