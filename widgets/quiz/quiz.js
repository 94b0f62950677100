import { button, clamp, disable, frame, gridOf, h, renderOf, saveAs, setAttribute, setText, tableOf, tableRow, twice } from "../base.js";
import { Graph, isDirection, titleOf } from "../drawing/graph.js";
import { indexOf, indexed, isWhole, reader } from "../state.js";
import { typeInto } from "../answers/typing.js";
import { answersTo, areAnswers, readAll, sentenceOf, standing } from "../answers/verdict.js";
import { bookOf, notesOf, takenIn } from "../answers/book.js";

let quizzes = 0;

/** One gradient after another is asked for beside the graph; judged, hinted and shown in the browser. */
class Quiz {
  cells = [];
  fields = h("div", { class: "ag-fields" });
  check = h("button", { type: "submit", class: "ag-button ag-main" }, "Check");
  hints = h("ol", { class: "ag-hints", "aria-label": "Hints", tabindex: "0" });
  working = h("p", { class: "ag-working" });
  grids = h("div", { class: "ag-grids", role: "group", "aria-label": "Values" });
  hint = button("Hint", () => {
    const { hints } = this.own;
    this.keep(hints < this.question.hints.length ? { hints: hints + 1 } : { shown: true });
  });
  onward = button("Next question", () => { this.go(this.number + 1); this.cells[0].focus(); }, { class: "ag-button ag-main" });

  constructor({ model, el }) {
    this.model = model;
    this.content = model.get("data");
    const { graph, questions } = this.content;
    this.asked = new Map(questions.map((question, i) => [question.node, i]));
    this.read = reader(model, {
      answers: [areAnswers(questions), {}], question: [isWhole(0, questions.length - 1), 0], direction: [isDirection, "vertical"],
    });
    this.view = frame(el, { name: "quiz", label: "Gradient quiz" });
    this.graph = new Graph(graph, (i) => this.ask(i));
    this.card = this.cardOf(`ag-quiz-${++quizzes}`);
    this.view.body.append(this.graph.pane, this.card);
    this.fillToolbar();
    this.listen();
    this.show();
    this.graph.measure(true); // now that the card beside or below it is filled
    this.view.ready();
  }

  cardOf(id) {
    const leftOut = this.content.left_out ? [h("p", { class: "ag-muted ag-left-out" }, this.content.left_out)] : [];
    this.heading = h("h3", { id: `${id}-asks` });
    this.problem = h("p", { class: "ag-problem", role: "alert", id: `${id}-problem` });
    const form = h("form", { class: "ag-answer", autocomplete: "off", novalidate: true, onsubmit: (event) => { event.preventDefault(); this.submit(); } }, this.fields, this.check);
    return h("div", { class: "ag-card ag-judged" }, this.heading, form, this.problem, this.view.status, this.hints, this.working,
      h("div", { class: "ag-group" }, this.hint, this.onward), this.grids, ...leftOut);
  }

  fillToolbar() {
    const { view } = this;
    this.back = button("Previous", () => this.go(this.number - 1), { "aria-keyshortcuts": "ArrowLeft" });
    this.next = button("Next", () => this.go(this.number + 1), { "aria-keyshortcuts": "ArrowRight" });
    view.toolbar.append(
      ...(this.asked.size > 1 ? [h("div", { class: "ag-group" }, this.back, this.next)] : []),
      this.graph.controls(view, this.read("direction")),
      button("Save answers", () => saveAs("answers.json", JSON.stringify(bookOf(this.content, this.read("answers")), null, 1)), { title: "Save what was answered as a file" }));
    if (this.model.alone) view.toolbar.append(...this.ownBook());
    view.tableToggle((table) => table.replaceChildren(this.tableTwin()));
  }

  listen() {
    const { view, model } = this;
    view.entry = () => this.cells[0];
    view.type = () => typeInto(this.cells);
    view.keys({
      ArrowRight: () => this.go(this.number + 1),
      ArrowLeft: () => this.go(this.number - 1),
      Home: () => this.go(0),
      End: () => this.go(this.asked.size - 1),
      ...this.graph.keys((i) => this.ask(i)),
      Escape: () => this.escape(),
    });
    view.listen(model, "change:answers", () => this.show());
    view.listen(model, "change:answers", () => model.note?.(notesOf(this.content, this.read("answers"))));
    view.listen(model, "change:question", () => this.show());
  }

  get number() {
    return this.read("question");
  }

  get question() {
    return this.content.questions[this.number];
  }

  /** What was answered to the open question. */
  get own() {
    return answersTo(this.read("answers"), this.question);
  }

  keep(changes) {
    this.view.change(this.model, "answers", { ...this.read("answers"), [this.question.id]: { ...this.own, ...changes } });
  }

  go(number) {
    const typing = this.card.contains(this.view.focused);
    this.view.change(this.model, "question", clamp(number, 0, this.asked.size - 1));
    if (typing) this.cells[0].focus();
  }

  /** Open the question for a node, if there is one. */
  ask(node) {
    if (!this.asked.has(node)) return;
    this.go(this.asked.get(node));
    this.cells[0].focus();
  }

  /** From a field to the toolbar, and from elsewhere to the field. */
  escape() {
    const control = this.next.isConnected ? this.next : this.view.toolbar.querySelector("button");
    (this.cells.includes(this.view.focused) ? control : this.cells[0]).focus();
  }

  submit() {
    if (standing(this.read("answers"), this.question).settled) return this.go(this.number + 1);
    const texts = this.cells.map((cell) => cell.value);
    const { problem, at } = readAll(texts, this.question.shape);
    this.complain(problem, at);
    if (!problem) this.keep({ attempts: [...this.own.attempts, texts] });
  }

  /** Say what is wrong with what was typed, at the field; nothing takes it back. */
  complain(said, at) {
    setText(this.problem, said ? `cannot be read: ${said}` : "");
    this.view.status.hidden = Boolean(said) && this.own.attempts.length > 0; // what stands there is about an earlier answer
    this.cells.forEach((cell, i) => {
      const wrong = Boolean(said) && i === at;
      setAttribute(cell, "aria-invalid", wrong);
      if (wrong) {
        cell.setAttribute("aria-describedby", this.problem.id);
        cell.focus();
      } else cell.removeAttribute("aria-describedby");
    });
  }

  /** Fields for a new question: one for each element, in rows. */
  openFields({ shape, wanted, asks }) {
    const [columns] = shape.slice(-1);
    this.fields.style.setProperty("--ag-columns", columns ?? 1);
    this.cells = wanted.map((_, i) => h("input", {
      type: "text", class: "ag-field", inputmode: "text", autocapitalize: "off", spellcheck: "false", maxlength: 200,
      "aria-label": shape.length ? indexed(`${asks} at `, indexOf(i, shape)) : asks,
      placeholder: shape.length ? "" : "17*23, 5/8, cos(7)",
      oninput: () => this.complain(""),
    }));
    this.fields.replaceChildren(...this.cells);
    this.complain("");
  }

  /** Show the open question and how all of them stand. */
  show() {
    const { number, question, view, graph } = this;
    const fresh = this.opened !== question;
    if (fresh) this.openFields(question);
    this.opened = question;
    this.showAnswer(fresh);
    this.showHelp(fresh);
    const last = number === this.asked.size - 1, { settled } = standing(this.read("answers"), question);
    this.check.hidden = this.hint.hidden = settled;
    this.onward.hidden = !settled || last;
    disable([this.back, number === 0], [this.next, last]);
    this.drawStandings();
    graph.work(question.node, this.content.arrivals[number]);
    graph.stopAt(question.node);
    graph.follow();
    if (!view.table.hidden) view.table.replaceChildren(this.tableTwin());
    view.say(sentenceOf(this.content, this.read("answers"), number));
    setAttribute(view.root, "data-question", number);
    setAttribute(view.root, "data-settled", this.content.questions.every((each) => standing(this.read("answers"), each).settled));
  }

  showAnswer(fresh) {
    const { question, cells } = this, { attempts, shown } = this.own;
    const { settled, right } = standing(this.read("answers"), question);
    setText(this.heading, `${question.asks} = ${shown || right ? question.answer : "?"}`);
    if (settled || fresh) {
      const texts = shown ? [] : attempts.at(-1) ?? [];
      cells.forEach((cell, i) => { cell.value = texts[i] ?? ""; });
    }
    for (const cell of cells) cell.readOnly = settled;
    setAttribute(this.card, "data-verdict", right ? "right" : shown ? "shown" : attempts.length ? "wrong" : "open");
    this.working.hidden = !settled;
    setText(this.working, settled ? question.working : "");
  }

  showHelp(fresh) {
    const { question, hints, view, graph } = this, opened = this.own.hints;
    const rungs = question.hints.slice(0, opened);
    if (hints.childElementCount !== rungs.length || fresh) {
      const items = rungs.map((text) => h("li", {}, text));
      hints.replaceChildren(...items);
      hints.hidden = !rungs.length;
      if (view.root.dataset.ready) graph.measure(true); // which makes room for them
      if (items.length) hints.scrollTop = items.at(-1).offsetTop - items[0].offsetTop;
    }
    setText(this.hint, opened < question.hints.length ? `Hint ${opened + 1} of ${question.hints.length}` : "Show the answer");
  }

  /** How each node's gradient stands: hidden, asked for, or found. */
  standings() {
    const { questions, gradients, outputs } = this.content, answers = this.read("answers");
    const settled = new Map(questions.map((question) => [question.node, standing(answers, question).settled]));
    const over = [...settled.values()].every(Boolean);
    return gradients.map((gradient, i) => {
      if (gradient && (settled.get(i) ?? (over || outputs.includes(i)))) return { state: gradient[0], text: gradient[1], count: "", rows: gradient[2] };
      const text = settled.has(i) ? "?" : "";
      return { state: "nothing", text, count: "", rows: null, words: text ? "gradient asked for" : gradient ? "gradient hidden" : "no gradient" };
    });
  }

  /** The graph, and of tensors at work the elements, which do not fit into its boxes. */
  drawStandings() {
    const all = this.standings(), { graph, at_work: atWork } = this.content;
    all.forEach((each, i) => this.graph.stand(i, true, each));
    const known = atWork[this.number].flatMap((i) => {
      const node = graph.nodes[i], name = titleOf(node) || node.op;
      return [[name, node.rows], [`gradient of ${name}`, all[i].rows]].filter(([, rows]) => rows);
    });
    this.grids.hidden = !known.length;
    this.grids.tabIndex = known.some(([, rows]) => rows.length > 2) ? 0 : -1; // so that they can be scrolled with keys
    this.grids.replaceChildren(...known.map(([name, rows]) => gridOf(name, rows)));
  }

  tableTwin() {
    const all = this.standings(), answers = this.read("answers"), { graph, questions } = this.content;
    const rows = graph.nodes.map((node, i) => {
      const question = questions[this.asked.get(i)];
      const tries = question ? String(answersTo(answers, question).attempts.length) : "";
      return tableRow(titleOf(node), [node.op || node.kind, inLine(node.rows) || node.value || node.name, inLine(all[i].rows) || all[i].text, tries],
        { "data-active": i === this.question.node });
    });
    return tableOf("Every node, its value and, once found, its gradient", ["Node", "Operation", "Value", "Gradient", "Attempts"], rows);
  }

  /** A page without a kernel keeps its own answers: what takes a saved file in, and what forgets them. */
  ownBook() {
    const file = h("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: () => this.take(file) });
    this.view.root.append(file);
    return [button("Take a file in", () => file.click(), { title: "Add the answers that a saved file holds" }),
      twice("Forget answers", "Really forget?", () => this.view.change(this.model, "answers", {}))];
  }

  async take(file) {
    const taken = takenIn(this.content, this.read("answers"), await file.files[0].text());
    file.value = "";
    if (!taken) return this.complain("this file holds no answers to this quiz");
    this.view.change(this.model, "answers", taken);
    this.opened = null; // the fields show what was taken in
    this.show();
  }
}

/** The elements of a small tensor in one line, its rows apart. */
const inLine = (rows) => rows?.map((row) => row.join(", ")).join("; ");

const render = renderOf(Quiz);

export default { render };
