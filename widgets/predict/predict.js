import { button, frame, h, renderOf, setAttribute, setText } from "../base.js";
import { indexOf, indexed, isLike, isListOf } from "../state.js";
import { typeInto } from "../answers/typing.js";
import { inCode } from "../words/in_code.js";
import { UNTOUCHED } from "../answers/verdict.js";
import { nested, noteOf, standingOf, unreadable } from "./judge.js";
import WORDS from "./words.json" with { type: "json" };

const UNANSWERED = { texts: [], state: "open", settled: false, said: WORDS.open, value: "", hints: [] };
const areTexts = isListOf((text) => typeof text === "string");
const PATIENCE = 3000; // milliseconds until it is said that Python does not answer

/** A question, the fields for an answer and, once one has committed to it, the value beside it. */
class Prediction {
  standing = UNANSWERED;
  placed = [];
  fields = h("div", { class: "ag-fields", role: "group" });
  commit = h("button", { type: "submit", class: "ag-button ag-main" }, "Commit");
  hints = h("ol", { class: "ag-hints", "aria-label": "Hints" });
  outcome = h("dl", { class: "ag-outcome", "aria-live": "polite" });
  hint = button("Hint", () => this.tell({ do: "hint" }));
  unknown = button("I don't know", () => this.tell({ do: "show" }));

  constructor({ model, el }) {
    this.model = model;
    const { question, form, hints } = model.get("data");
    this.form = form;
    this.hintCount = hints;
    this.view = frame(el, { name: "predict", label: `Prediction: ${question}` });
    this.view.toolbar.remove();
    this.card = this.cardOf(question);
    this.view.body.append(this.card);
    this.view.keys({});
    this.view.entry = () => (this.standing.settled ? this.view.root : this.cells.find(({ checked }) => checked) ?? this.cells[0]);
    this.view.type = () => typeInto(this.cells);
    this.openFields();
    this.hear(model.get("held"));
    this.show();
    this.view.ready();
  }

  cardOf(question) {
    const parts = inCode(question);
    const heading = h("h3", {}, h("span", { class: "ag-muted" }, "Predict "), ...parts);
    this.problem = h("p", { class: "ag-problem", role: "alert" });
    const buttons = h("div", { class: "ag-group" }, this.commit, this.hint, this.unknown);
    const form = h("form", { class: "ag-answer", autocomplete: "off", novalidate: true,
      onsubmit: (event) => { event.preventDefault(); this.submit(); } }, this.fields, h("div", { class: "ag-foot" }, buttons, this.outcome));
    return h("div", { class: "ag-card ag-judged" }, heading, form, this.problem, this.view.status, this.hints);
  }

  /** Judge here, where there is no kernel, with what is held in the page; else ask Python. */
  hear(held) {
    const { model, view } = this;
    if (held) {
      const key = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(held), (sign) => sign.charCodeAt(0))));
      this.tell = (message) => {
        const { attempts, hints, shown } = this.kept();
        if (message.do === "hint") model.set("answers", { attempts, hints: hints + 1, shown });
        else if (message.do === "show") model.set("answers", { attempts, hints, shown: true });
        else model.set("answers", { attempts: [...attempts, message.texts], hints, shown });
        model.note({ [id]: noteOf(this.form, key, this.kept()) });
      };
      const judge = () => this.take(standingOf(this.form, key, this.kept())), { id } = model.get("data");
      view.listen(model, "change:answers", judge);
      return judge();
    }
    this.tell = (message) => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.view.say(WORDS.waiting), PATIENCE);
      model.send(message);
    };
    view.listen(model, "msg:custom", (standing) => this.take(standing));
    view.atEnd(() => clearTimeout(this.waiting));
    model.send({ do: "how" }); // it may have been answered before
  }

  /** What the browser keeps of this question, which may have been changed since. */
  kept() {
    const kept = this.model.get("answers"), count = this.form.kind === "choice" ? 1 : this.cells.length;
    const fits = (texts) => areTexts(texts) && texts.length === count && !unreadable(this.form, texts).problem;
    return isLike(UNTOUCHED)(kept) && isListOf(fits)(kept.attempts) ? kept : UNTOUCHED;
  }

  /** Show how it stands, as Python or the page itself says. */
  take(standing) {
    clearTimeout(this.waiting);
    if (!isLike(UNANSWERED)(standing)) return;
    this.standing = standing;
    this.show();
  }

  submit() {
    if (this.standing.settled) return;
    const texts = this.texts();
    const { problem, at } = unreadable(this.form, texts);
    this.complain(problem, at);
    if (!problem) this.tell({ do: "commit", texts });
  }

  /** The answer that stands in the fields. */
  texts() {
    const { kind } = this.form;
    if (kind === "order") return this.placed.map((item) => item.textContent);
    return kind === "choice" ? this.cells.filter(({ checked }) => checked).map(({ value }) => value) : this.cells.map(({ value }) => value);
  }

  /** Say what is wrong with what was entered, at the field. */
  complain(said, at) {
    setText(this.problem, said ? `cannot be read: ${said}` : "");
    this.view.status.hidden = Boolean(said);
    this.cells.forEach((cell, i) => {
      const wrong = Boolean(said) && i === at;
      setAttribute(cell, "aria-invalid", wrong);
      if (wrong) cell.focus();
    });
  }

  openFields() {
    this.fields.setAttribute("aria-label", this.model.get("data").question);
    const { kind, options = [], shape = [], labels = [] } = this.form;
    if (kind === "choice") return this.openChoices(options);
    if (kind === "order") return this.openOrder(options);
    const count = shape.reduce((product, size) => product * size, 1);
    this.cells = Array.from({ length: count }, (_, i) => h("input", {
      type: "text", class: "ag-field", autocapitalize: "off", spellcheck: "false", maxlength: 200, oninput: () => this.complain(""),
      "aria-label": labels[i] ?? (shape.length ? indexed("answer at ", indexOf(i, shape)) : "answer"),
    }));
    const columns = labels.length ? 1 : shape.at(-1) ?? 1;
    this.fields.style.setProperty("--ag-columns", columns);
    this.fields.replaceChildren(...this.cells.map((cell, i) => (labels.length ? h("label", { class: "ag-labelled" }, labels[i], cell) : cell)));
  }

  openChoices(options) {
    this.cells = options.map((value) => h("input", { type: "radio", name: "choice", value, onchange: () => this.complain("") }));
    this.fields.classList.add("ag-choices");
    this.fields.replaceChildren(...this.cells.map((cell, i) => h("label", {}, cell, options[i])));
  }

  /** Items that go to the end of the order when they are pressed, and back when they are pressed again. */
  openOrder(options) {
    const order = h("ol", { class: "ag-order", "aria-label": "your order" }), rest = h("div", { class: "ag-group" });
    this.cells = options.map((text) => button(text, ({ currentTarget: item }) => {
      if (this.standing.settled) return;
      const back = this.placed.includes(item);
      this.place(back ? this.placed.filter((other) => other !== item) : [...this.placed, item]);
      (back ? item : rest.firstElementChild ?? this.commit).focus();
    }));
    this.place = (placed) => {
      this.complain("");
      this.placed = placed;
      order.replaceChildren(...placed.map((item) => h("li", {}, item)));
      rest.replaceChildren(...this.cells.filter((item) => !placed.includes(item)));
    };
    this.fields.replaceChildren(order, rest);
    this.place([]);
  }

  /** Enter the answer that was given, which may have been in another view. */
  enter(texts) {
    const { kind } = this.form;
    if (kind === "order") this.place(texts.map((text) => this.cells.find((item) => item.textContent === text)).filter(Boolean));
    else if (kind === "choice") for (const cell of this.cells) cell.checked = cell.value === texts[0];
    else this.cells.forEach((cell, i) => { cell.value = texts[i] ?? ""; });
  }

  show() {
    const { texts, state, settled, said, value, hints } = this.standing;
    if (texts.length) this.enter(texts);
    this.complain("");
    for (const cell of this.cells) {
      cell.readOnly = settled;
      if (cell.type === "radio") cell.disabled = settled && !cell.checked;
    }
    this.commit.hidden = this.unknown.hidden = settled;
    this.hint.hidden = settled || hints.length >= this.hintCount;
    setText(this.hint, this.hintCount > 1 ? `Hint ${hints.length + 1} of ${this.hintCount}` : "Hint");
    setText(this.unknown, state === "wrong" ? "Show the value" : "I don't know");
    this.hints.hidden = !hints.length;
    this.hints.replaceChildren(...hints.map((text) => h("li", {}, text)));
    this.outcome.hidden = !settled;
    this.outcome.replaceChildren(...[["You predicted", texts.length ? nested(texts, this.form.shape ?? []) : "—"], ["It is", value]]
      .flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]));
    setAttribute(this.card, "data-verdict", state);
    setAttribute(this.view.root, "data-settled", settled);
    this.view.say(said);
  }
}

const render = renderOf(Prediction);

export default { render };
