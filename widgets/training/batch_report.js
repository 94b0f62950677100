import { button, h, setAttribute } from "../base.js";

const WAIT = 5000; // milliseconds until a kernel that does not answer is told of

/** The batch of an alarm, run once more: a button in the alarm, and the report beneath it. */
export class BatchReport {
  waiting = 0;
  opener = button("Look at this batch once more", () => this.ask(), { "aria-expanded": "false", title: "Runs it on copies, watched: which layer, which operation" });
  place = h("div", { class: "ag-report", role: "group", "aria-label": "The batch once more", hidden: true });

  constructor(model, view) {
    this.model = model;
    this.view = view;
    view.body.before(h("div", { class: "ag-again" }, this.opener, this.place));
  }

  listen() {
    this.view.listen(this.model, "change:report", () => this.show());
    this.view.atEnd(() => clearTimeout(this.waiting));
    this.show();
  }

  /** Whether the button is there: it can work with a kernel only, and where the batch is kept. */
  offer(can) {
    this.opener.parentElement.hidden = !can && this.place.hidden;
    this.opener.hidden = !can;
  }

  ask() {
    const open = this.place.hidden;
    clearTimeout(this.waiting);
    this.fill(open ? "The batch is run once more …" : "");
    this.model.send({ do: open ? "look again" : "close" });
    if (open) this.waiting = setTimeout(() => this.fill("The kernel does not answer: it is busy, or gone."), WAIT);
  }

  /** Show the report that the kernel has made, or what it says instead. */
  async show() {
    const { model, said } = this.model.get("report") ?? {};
    clearTimeout(this.waiting);
    if (!model || !this.model.widget_manager) return this.fill(said ?? "");
    const manager = this.model.widget_manager;
    const made = await manager.create_view(await manager.get_model(model));
    this.fill(made.el);
    this.view.atEnd(() => made.remove());
  }

  fill(content) {
    this.place.hidden = !content;
    this.place.replaceChildren(...(content ? [content] : []));
    setAttribute(this.opener, "aria-expanded", !this.place.hidden);
  }
}
