import { h } from "../base.js";
import { titleOf } from "../drawing/graph.js";

const JUMPS = { odd: "nan or infinite", zero: "zero gradient", largest: "largest gradients" };

/** What is looked for by name, operation or class, or by what its gradient is like; one after the other. */
export class Finder {
  #found = [];
  #asked = "";
  #at = -1;

  /**
   * @param {{nodes: any[], levels: any[]}} content
   * @param {Set<number>} zeros  whose gradient is exactly zero
   * @param {(node: number | null, told: string, extreme: boolean) => void} reveal
   */
  constructor({ nodes, levels }, zeros, reveal) {
    this.nodes = nodes;
    this.things = nodes.map((_, i) => i).filter((i) => nodes[i].kind !== "omitted" && i !== nodes.length - 1 - levels.length); // the whole is no box
    this.zeros = zeros;
    this.reveal = reveal;
    this.field = h("input", { type: "search", class: "ag-find", placeholder: "Name, operation, class", "aria-label": "Find a name, an operation or a class" });
    const jumps = Object.entries(JUMPS).filter(([kind]) => this.like(kind).length);
    this.jump = h("select", { class: "ag-button", "aria-label": "Jump to" }, h("option", { value: "" }, "Jump to…"),
      ...jumps.map(([value, text]) => h("option", { value }, text)));
    this.form = h("form", { class: "ag-group", role: "search", onsubmit: (event) => { event.preventDefault(); this.next(`named ${this.field.value.trim()}`, () => this.named(this.field.value.trim())); } },
      this.field, h("button", { type: "submit", class: "ag-button" }, "Find"));
    this.jump.addEventListener("change", () => {
      const kind = this.jump.value;
      this.jump.value = "";
      if (kind) this.next(JUMPS[kind], () => this.like(kind), true);
    });
  }

  /** The nodes and scopes with this text in their name, operation or class. */
  named(text) {
    const wanted = text.toLowerCase();
    return wanted ? this.things.filter((i) => `${titleOf(this.nodes[i])} ${this.nodes[i].op}`.toLowerCase().includes(wanted)) : [];
  }

  /** The nodes whose value or gradient is of a kind. */
  like(kind) {
    const { nodes, things } = this;
    if (kind === "zero") return things.filter((i) => this.zeros.has(i));
    if (kind === "odd") return things.filter((i) => nodes[i].odd);
    return things.filter((i) => nodes[i].norm > 0).sort((a, b) => nodes[b].norm - nodes[a].norm);
  }

  /** Show the next of what is asked for. */
  next(asked, find, extreme = false) {
    if (asked !== this.#asked) [this.#asked, this.#found, this.#at] = [asked, find(), -1];
    const all = this.#found, i = all[(this.#at = (this.#at + 1) % Math.max(all.length, 1))];
    if (i == null) return this.reveal(null, "Nothing found.", extreme);
    const { norm, odd, op } = this.nodes[i];
    const more = !extreme ? op : odd ? `nan or infinite ${odd}` : `gradient of norm ${norm ?? 0}`;
    this.reveal(i, `${this.#at + 1} of ${all.length}, ${asked}: ${titleOf(this.nodes[i])}${more ? `, ${more}` : ""}.`, extreme);
  }
}
