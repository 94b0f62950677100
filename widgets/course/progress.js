import { button, frame, h, renderOf, saveAs, setAttribute, setText, tableOf, tableRow, twice } from "../base.js";
import { isObject } from "../state.js";

const PATIENCE = 3000; // milliseconds until it is said that Python does not answer

/** The lessons in their groups, and how far one has come in each. */
class Progress {
  rows = new Map();
  lessons = {};

  constructor({ model, el }) {
    this.model = model;
    this.view = frame(el, { name: "progress", label: "Progress" });
    this.view.body.append(...model.get("data").groups.map((group) => this.groupOf(group)));
    const page = model.get("standing"); // of a page without a kernel
    if (!page) this.listen();
    this.view.tableToggle(() => this.fillTable());
    this.view.keys({});
    if (page) this.show(page);
    this.view.ready();
  }

  groupOf({ name, lessons }) {
    const items = lessons.map(({ number, title }) => {
      const mark = h("span", { class: "ag-tick" }), said = h("span", { class: "ag-muted" });
      const item = h("li", {}, mark, h("span", {}, h("b", {}, number), ` ${title}`, h("br"), said));
      this.rows.set(number, { item, mark, said });
      return item;
    });
    return h("div", { class: "ag-card" }, h("h3", {}, name), h("ul", {}, ...items));
  }

  listen() {
    const { view, model } = this;
    const file = h("input", { type: "file", accept: ".json,application/json", hidden: true, onchange: () => this.take(file) });
    view.toolbar.append(
      button("Save as a file", () => { this.saving = true; this.ask({ do: "save" }); }, { title: "Save all answers as one file" }),
      button("Take a file in", () => file.click(), { title: "Add the answers that a saved file holds" }),
      twice("Forget all answers", "Really forget all?", () => this.ask({ do: "forget" })));
    view.root.append(file);
    view.listen(model, "msg:custom", (standing) => this.hear(standing));
    const seen = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.ask({ do: "look" }));
    seen.observe(view.root);
    view.atEnd(() => { seen.disconnect(); clearTimeout(this.waiting); });
  }

  ask(message) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.view.say("Python does not answer. Run this cell again."), PATIENCE);
    this.model.send(message);
  }

  async take(file) {
    const text = await file.files[0].text();
    file.value = "";
    this.ask({ do: "take", text });
  }

  hear(standing) {
    clearTimeout(this.waiting);
    if (!isObject(standing) || !isObject(standing.lessons)) return;
    this.show(standing);
    if (this.saving && standing.file) {
      this.saving = false;
      saveAs("answers.json", standing.file);
    }
  }

  /** The same as a table: a row for each lesson. */
  fillTable() {
    const rows = this.model.get("data").groups.flatMap((group) => group.lessons).map(({ number, title }) => {
      const { answered = 0, asked = 0, at_once: atOnce = 0 } = this.lessons[number] ?? {};
      return tableRow(`${number} ${title}`, [`${answered} of ${asked}`, String(atOnce)]);
    });
    this.view.table.replaceChildren(tableOf("What was answered in each lesson", ["lesson", "answered", "right at once"], rows));
  }

  show({ lessons, said }) {
    this.lessons = lessons;
    for (const [number, row] of this.rows) {
      const { said: own = "", done = false } = lessons[number] ?? {};
      setText(row.mark, done ? "✓" : "");
      setText(row.said, own);
      setAttribute(row.item, "data-done", done);
    }
    if (!this.view.table.hidden) this.fillTable();
    this.view.say(said);
  }
}

export default { render: renderOf(Progress) };
