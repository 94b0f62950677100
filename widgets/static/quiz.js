import { clamp, frame, guarded, h, setAttribute, setText } from "./base.js";
import { drawGraph, titleOf } from "./graph.js";
import { isOneOf, isWhole, reader } from "./state.js";
import { answersTo, areAnswers, indexOf, readAll, resultOf, sentenceOf, standing } from "./verdict.js";

const TURNED = { vertical: "horizontal", horizontal: "vertical" };
let quizzes = 0;

/** Ask for one gradient after another beside the graph; judge, hint and show in the browser. */
function render({ model, el }) {
  const content = model.get("data");
  const { graph: drawing, questions, gradients, outputs, arrivals, at_work: atWork } = content;
  const read = reader(model, {
    answers: [areAnswers(questions), {}], question: [isWhole(0, questions.length - 1), 0], direction: [isOneOf(Object.keys(TURNED)), "vertical"],
  });
  const view = frame(el, { name: "quiz", label: "Gradient quiz" });
  const unique = `ag-quiz-${++quizzes}`;
  const asked = new Map(questions.map((question, i) => [question.node, i]));
  let direction = read("direction"), open = null, cells = [];

  const answers = () => read("answers");
  const now = () => questions[read("question")];
  const own = () => answersTo(answers(), now());
  const keep = (changes) => view.change(model, "answers", { ...answers(), [now().id]: { ...own(), ...changes } });
  const go = (number) => {
    const typing = card.contains(el.getRootNode().activeElement);
    view.change(model, "question", clamp(number, 0, questions.length - 1));
    if (typing) cells[0].focus();
  };
  const button = (text, act, more = {}) => {
    const made = h("button", { type: "button", class: "ag-button", ...more }, text);
    made.addEventListener("click", act);
    return made;
  };

  // The parts of the view
  const graph = drawGraph(drawing, (i) => { graph.stopAt(i, true); ask(i); });
  const ask = (i) => {
    if (!asked.has(i)) return;
    go(asked.get(i));
    cells[0].focus();
  };
  const heading = h("h3", { id: `${unique}-asks` });
  const fields = h("div", { class: "ag-fields" });
  const check = h("button", { type: "submit", class: "ag-button ag-main" }, "Check");
  const form = h("form", { class: "ag-answer", autocomplete: "off", novalidate: true }, fields, check);
  const problem = h("p", { class: "ag-problem", role: "alert", id: `${unique}-problem` });
  const hints = h("ol", { class: "ag-hints", "aria-label": "Hints", tabindex: "-1" });
  const working = h("p", { class: "ag-working" });
  const hint = button("Hint", () => {
    const { hints: opened } = own();
    if (opened < now().hints.length) keep({ hints: opened + 1 });
    else keep({ shown: true });
  });
  const onward = button("Next question", () => { go(read("question") + 1); cells[0].focus(); }, { class: "ag-button ag-main" });
  const grids = h("div", { class: "ag-grids" });
  const help = h("div", { class: "ag-group" }, hint, onward);
  const leftOut = content.left_out ? [h("p", { class: "ag-muted ag-left-out" }, content.left_out)] : [];
  const card = h("div", { class: "ag-card" }, heading, form, problem, view.status, hints, working, help, grids, ...leftOut);
  view.body.append(graph.pane, card);

  // The toolbar
  const back = button("Previous", () => go(read("question") - 1), { "aria-keyshortcuts": "ArrowLeft" });
  const next = button("Next", () => go(read("question") + 1), { "aria-keyshortcuts": "ArrowRight" });
  const turn = button("", () => { direction = TURNED[direction]; lay(); }, { title: "Let the graph run the other way" });
  view.toolbar.append(
    ...(questions.length > 1 ? [h("div", { class: "ag-group" }, back, next)] : []),
    h("div", { class: "ag-group" }, turn,
      button("−", () => graph.zoom(1 / 1.25), { "aria-label": "Zoom out" }),
      button("+", () => graph.zoom(1.25), { "aria-label": "Zoom in" }),
      button("Fit", () => graph.overview(), { title: "Show the whole graph" })),
    button("Download result", download, { title: "Save what was answered as JSON" }),
  );
  view.tableToggle(fillTable);

  // Answering
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (standing(answers(), now()).settled) return go(read("question") + 1);
    const texts = cells.map((cell) => cell.value);
    const { problem: said, at } = readAll(texts, now().shape);
    complain(said, at);
    if (!said) keep({ attempts: [...own().attempts, texts] });
  });

  /** Say what is wrong with what was typed, at the field; nothing takes it back. */
  function complain(said, at) {
    setText(problem, said ? `cannot be read: ${said}` : "");
    view.status.hidden = Boolean(said) && own().attempts.length > 0; // what stands there is about an earlier answer
    cells.forEach((cell, i) => {
      const wrong = Boolean(said) && i === at;
      setAttribute(cell, "aria-invalid", wrong);
      if (wrong) {
        cell.setAttribute("aria-describedby", problem.id);
        cell.focus();
      } else cell.removeAttribute("aria-describedby");
    });
  }

  /** Fields for a new question: one for each element, in rows. */
  function openFields(question) {
    const [columns] = question.shape.slice(-1);
    fields.style.setProperty("--ag-columns", columns ?? 1);
    cells = question.wanted.map((_, i) => h("input", {
      type: "text", class: "ag-field", inputmode: "text", autocapitalize: "off", spellcheck: "false", maxlength: 200,
      "aria-label": question.shape.length ? `${question.asks} at ${indexOf(i, question.shape)}` : question.asks,
      placeholder: question.shape.length ? "" : "2*3, 3/4, cos(3)",
      oninput: () => complain(""),
    }));
    fields.replaceChildren(...cells);
    complain("");
  }

  /** Show the open question and how all of them stand. */
  function show() {
    const number = read("question"), question = questions[number];
    const { attempts, hints: opened, shown } = own();
    const { settled, right } = standing(answers(), question);
    const fresh = open !== question;
    if (fresh) openFields(question);
    open = question;
    setText(heading, `${question.asks} = ${shown || right ? question.answer : "?"}`);
    if (settled || fresh) {
      const texts = shown ? [] : attempts.at(-1) ?? [];
      cells.forEach((cell, i) => { cell.value = texts[i] ?? ""; });
    }
    for (const cell of cells) cell.readOnly = settled;
    setAttribute(card, "data-verdict", right ? "right" : shown ? "shown" : attempts.length ? "wrong" : "open");
    const rungs = question.hints.slice(0, opened);
    if (hints.childElementCount !== rungs.length || fresh) hints.replaceChildren(...rungs.map((text) => h("li", {}, text)));
    hints.hidden = !rungs.length;
    working.hidden = !settled;
    setText(working, settled ? question.working : "");
    setText(hint, opened < question.hints.length ? `Hint ${opened + 1} of ${question.hints.length}` : "Show the answer");
    const last = number === questions.length - 1;
    check.hidden = hint.hidden = settled;
    onward.hidden = !settled || last;
    setAttribute(back, "aria-disabled", number === 0);
    setAttribute(next, "aria-disabled", last);
    drawStandings();
    graph.work(question.node, arrivals[number]);
    graph.stopAt(question.node);
    graph.follow();
    if (!view.table.hidden) fillTable(view.table);
    view.say(sentenceOf(content, answers(), number));
    setAttribute(view.root, "data-question", number);
  }

  /** How each node's gradient stands: hidden, asked for, or found. */
  function standings() {
    const settled = new Map(questions.map((question) => [question.node, standing(answers(), question).settled]));
    const over = [...settled.values()].every(Boolean);
    return gradients.map((gradient, i) => {
      if (gradient && (settled.get(i) ?? (over || outputs.includes(i)))) return { state: gradient[0], text: gradient[1], count: "" };
      const text = settled.has(i) ? "?" : "";
      return { state: "nothing", text, count: "", words: text ? "gradient asked for" : gradient ? "gradient hidden" : "no gradient" };
    });
  }

  /** The graph, and of tensors at work the elements, which do not fit into its boxes. */
  function drawStandings() {
    const all = standings();
    all.forEach((each, i) => graph.stand(i, true, each));
    const known = atWork[read("question")].flatMap((i) => {
      const { rows } = drawing.nodes[i], found = all[i].state === "nothing" ? null : gradients[i][2];
      const name = titleOf(drawing.nodes[i]) || drawing.nodes[i].op;
      return [...(rows ? [gridOf(name, rows)] : []), ...(found ? [gridOf(`gradient of ${name}`, found)] : [])];
    });
    grids.hidden = !known.length;
    grids.replaceChildren(...known);
  }

  function fillTable(table) {
    const head = ["Node", "Operation", "Value", "Gradient", "Attempts"];
    const all = standings();
    const rows = drawing.nodes.map((node, i) => {
      const question = questions[asked.get(i)];
      const tries = question ? String(answersTo(answers(), question).attempts.length) : "";
      const found = all[i].state === "nothing" ? null : gradients[i][2];
      const cellsOf = [node.op || node.kind, inLine(node.rows) || node.value || node.name, inLine(found) || all[i].text, tries];
      return h("tr", { "data-active": i === now().node }, h("th", { scope: "row" }, titleOf(node)), ...cellsOf.map((text) => h("td", {}, text)));
    });
    table.replaceChildren(h("table", {}, h("caption", {}, "Every node, its value and, once found, its gradient"),
      h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, ...rows)));
  }

  /** Hand the result over as a file, which is made here: no server is asked. */
  function download() {
    const result = { ...resultOf(content, answers()), written: new Date().toISOString() };
    const file = new Blob([JSON.stringify(result, null, 2)], { type: "application/json" });
    const link = h("a", { href: URL.createObjectURL(file), download: "gradient-quiz.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function lay() {
    setAttribute(view.root, "data-direction", direction);
    setText(turn, TURNED[direction] === "vertical" ? "Vertical" : "Horizontal");
    graph.arrange(direction);
  }

  const stepBy = (by) => () => go(read("question") + by);
  const upDown = (by) => (event) => {
    if (!graph.pane.contains(event.composedPath()[0])) return false;
    graph.walk(by);
  };
  view.keys({
    ArrowRight: stepBy(1),
    ArrowLeft: stepBy(-1),
    Home: () => go(0),
    End: () => go(questions.length - 1),
    ArrowUp: upDown(-1),
    ArrowDown: upDown(1),
    Enter: (event) => {
      const node = event.composedPath()[0].closest("[data-node]");
      return node && graph.pane.contains(node) ? ask(Number(node.dataset.node)) : false;
    },
    Escape: () => (cells.includes(el.getRootNode().activeElement) ? (questions.length > 1 ? next : turn).focus() : cells[0].focus()),
  });
  view.listen(model, "change:answers", show);
  view.listen(model, "change:question", show);

  const room = new ResizeObserver(() => graph.measure());
  room.observe(graph.pane);
  view.atEnd(() => room.disconnect());

  lay();
  show();
  view.ready();
  return view.dispose;
}

/** The elements of a small tensor in one line, its rows apart. */
const inLine = (rows) => rows?.map((row) => row.join(", ")).join("; ");

/** The elements of a small tensor. */
function gridOf(name, rows) {
  return h("table", { class: "ag-grid" }, h("caption", {}, name),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((element) => h("td", {}, element))))));
}

export default { render: guarded(render) };
