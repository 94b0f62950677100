/** What all widgets share: elements, the frame around a view, keys, the status line. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an HTML element. Attributes that start with "on" are listeners; text is never markup.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/**
 * Make an SVG element, as {@link h} makes an HTML one.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/** A button that does something when it is pressed. */
export function button(text, act, attributes = {}) {
  return h("button", { type: "button", class: "ag-button", onclick: act, ...attributes }, text);
}

/** A button that has to be pressed twice, and says so in between. */
export function twice(text, question, act) {
  let waiting;
  const ask = (asking) => {
    clearTimeout(waiting);
    setText(asked, asking ? question : text);
    if (asking) waiting = setTimeout(() => ask(false), 5000);
  };
  const asked = button(text, () => {
    const sure = asked.textContent === question;
    ask(!sure);
    if (sure) act();
  });
  return asked;
}

/** Hand a text or a Blob over as a file, which is made here: no server is asked. */
export function saveAs(name, content) {
  const blob = content instanceof Blob ? content : new Blob([content], { type: "application/json" });
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** A table of rows that {@link tableRow} makes. */
export function tableOf(caption, heads, rows) {
  return h("table", {}, h("caption", {}, caption), headOf(heads), h("tbody", {}, ...rows));
}

export const headOf = (heads) => h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text))));

/** A row: what it is about, and its cells, each a text or an element. */
export function tableRow(first, cells, attributes = {}) {
  return h("tr", attributes, h("th", { scope: "row" }, first), ...cells.map((cell) => (typeof cell === "string" ? h("td", {}, cell) : cell)));
}

/** The elements of a small tensor. */
export function gridOf(name, rows) {
  return h("table", { class: "ag-grid" }, h("caption", {}, name),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((element) => h("td", {}, element))))));
}

/** Say of controls whether they can do anything now: `[control, off]` each. */
export function disable(...controls) {
  for (const [control, off] of controls) setAttribute(control, "aria-disabled", off);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Set an element's text only if it changed: an untouched DOM costs nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Set an attribute only if it changed. */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/** Set several attributes, each only if it changed. */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
}

/** The number nearest to `value` between two limits. */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

const DAMAGED = "This view cannot be shown: what was stored for it is damaged. Run its cell again.";

/** A view's `render`, that says so where it cannot show what it is given. */
export const guarded = (render) => (context) => {
  const damaged = (error) => {
    console.error(error);
    context.el.replaceChildren(h("p", { class: "ag", role: "alert" }, DAMAGED));
    return () => context.el.replaceChildren();
  };
  try {
    const shown = render(context);
    return shown instanceof Promise ? shown.catch(damaged) : shown;
  } catch (error) {
    return damaged(error);
  }
};

/** The `render` of a class that puts its {@link View} into the place that the host has for it. */
export const renderOf = (Shown) => guarded((context) => new Shown(context).view.dispose);

/** How a key press is named in a widget's table of keys, or null where it is not for us. */
export function keyName(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return null;
  return event.key === " " ? "Space" : event.key;
}

const WAY_IN = "F2"; // into the view that was used, or has appeared, last; and back
const TYPED = "select, input:not([type=range]):not([type=checkbox]):not([type=radio])";
export const STILL = { preventScroll: true };
const WALK = { ArrowUp: -1, ArrowDown: 1 };

/** Whether a key press belongs to the control it was made in rather than to the widget. */
export function belongsToControl(name, target) {
  if (target.matches("textarea")) return name !== "Escape";
  if (target.matches(TYPED)) return name !== "Escape" && !(name in WALK);
  return ["Enter", "Space"].includes(name) && target.matches("button, summary, a[href], input:not([type=range])");
}

/** Whether a key that the widget has no use for is left to what it was pressed in; else a notebook would be scrolled to its end. */
const isLeft = (name, target) => !["Home", "End", "Space"].includes(name) ||
  Boolean(target.closest(`input, select, textarea, .ag-scrolls${name === "Space" ? ", button, summary, a[href]" : ""}`));

/** Whether a notebook would do something with its cells at a key pressed with Ctrl, Cmd or Alt: select, run, add, join or move them. */
const isCellKey = ({ key, ctrlKey, metaKey, altKey }) =>
  ctrlKey || metaKey ? /^(Ent|Back|[am]$|Arr)/i.test(key) : altKey && key === "Enter";

/** A view: a toolbar (one Tab stop), a body, a status line, a table twin. */
export class View {
  #undo = [];
  #from = null; // what had the focus before a key led into the view
  #saving = 0;
  /** @type {() => HTMLElement} what a key from outside leads to: a view that asks something gives its field */
  entry = () => this.root;
  /** what becomes of a character that is typed while a button has the keys: a view that asks something has fields for it */
  type = () => {};

  /**
   * @param {HTMLElement} el  where the host wants the view
   * @param {{name: string, label: string}} options  CSS class `ag-<name>`, accessible label
   */
  constructor(el, { name, label }) {
    this.toolbar = h("div", { class: "ag-toolbar", role: "toolbar", "aria-label": `${label} controls` });
    this.body = h("div", { class: "ag-body" });
    this.status = h("p", { class: "ag-status", role: "status" });
    this.table = h("div", { class: "ag-table ag-scrolls", role: "group", tabindex: "0", "aria-label": `${label} as a table`, hidden: true });
    this.root = h("div", { class: `ag ag-${name}`, role: "group", "aria-label": label, "data-lm-suppress-shortcuts": "true", tabindex: "-1" },
      this.toolbar, this.status, this.body, this.table);
    el.append(this.root);
    oneTabStop(this.toolbar);
    followGround(this);
    this.root.addEventListener("focusin", () => this.#use());
    // A click anywhere gives the view the keys: a notebook takes them when the button goes down.
    this.root.addEventListener("click", () => { if (!this.root.contains(this.focused)) this.root.focus(STILL); });
    // So does a control that had them and is gone, as "Commit" is once it was pressed.
    this.root.addEventListener("focusout", (event) => setTimeout(() => {
      if (!/** @type {Element} */ (event.target).checkVisibility() && !this.focused?.matches(":not(body, .ag)")) this.entry().focus(STILL);
    }));
  }

  /** The element that has the focus, be it in this view or not. */
  get focused() {
    return /** @type {Document | ShadowRoot} */ (this.root.getRootNode()).activeElement;
  }

  #use() {
    this.root.dataset.used = String(performance.now());
  }

  /** Come into the view by key, if it is the one that was used or has appeared last, or leave it; whether it is so. */
  #enter(target) {
    if (this.root.contains(target)) {
      const back = this.#from?.isConnected && this.#from !== document.body ? this.#from : /** @type {HTMLElement | null} */ (this.root.closest(".jp-Cell"));
      back?.focus(STILL);
      return Boolean(back);
    }
    const panel = this.root.closest(".jp-NotebookPanel"); // beside it the key is the host's: in the file browser it renames
    if (panel && !panel.contains(target) && target !== document.body) return false;
    const all = [.../** @type {Document} */ (this.root.getRootNode()).querySelectorAll(".ag[data-used]")];
    const latest = Math.max(...all.map((each) => Number(/** @type {HTMLElement} */ (each).dataset.used)));
    if (target.closest(".ag") || Number(this.root.dataset.used) < latest) return false;
    this.#from = this.focused;
    this.entry().focus();
    return true;
  }

  /** Say one sentence, to the eye and to a screen reader. */
  say(sentence) {
    setText(this.status, sentence);
  }

  /** Add a toolbar button that shows the table twin; `fill` makes the table when first shown. */
  tableToggle(fill) {
    const toggle = button("Table", () => {
      this.table.hidden = !this.table.hidden;
      toggle.setAttribute("aria-pressed", String(!this.table.hidden));
      if (!this.table.hidden) fill(this.table);
    }, { "aria-pressed": "false" });
    this.toolbar.append(toggle);
    return toggle;
  }

  /**
   * Act on keys pressed inside the view, before the notebook can. In the toolbar Up and Down go
   * from control to control, whatever it is; a list and a slider are changed with Left and Right.
   * @param {Record<string, (event: KeyboardEvent) => boolean | void>} actions
   *   key name to action; an action that returns false leaves the key to others
   */
  keys(actions) {
    const act = (event) => {
      const target = event.composedPath()[0];
      const name = keyName(event);
      if (!(target instanceof Element) || !name && !isCellKey(event)) return;
      if (name === WAY_IN && this.#enter(target)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      if (!this.root.contains(target)) return;
      // No key pressed here is for the notebook: its shortcuts also match a focused element
      // inside the root, which data-lm-suppress-shortcuts does not prevent.
      event.stopImmediatePropagation();
      const typed = target.matches(`${TYPED}, textarea`);
      if (!name) return typed || event.preventDefault();
      const by = this.toolbar.contains(target) ? WALK[name] : 0;
      const action = by ? () => walk(this.toolbar, target, by) : Object.hasOwn(actions, name) && actions[name];
      if (!action && !typed && !name[1]) this.type();
      const done = action && !belongsToControl(name, target) && action(event) !== false;
      if (done || !isLeft(name, target)) event.preventDefault();
    };
    window.addEventListener("keydown", act, { capture: true });
    this.atEnd(() => window.removeEventListener("keydown", act, { capture: true }));
  }

  /** Change the model now, and tell the kernel, if there still is one, when there is time. */
  change(model, name, value) {
    model.set(name, value);
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => {
      try {
        model.save_changes();
      } catch (error) {
        console.warn("the kernel was not told:", error);
      }
    });
  }

  /** Listen to the model for as long as the view is there. */
  listen(model, event, told) {
    model.on(event, told);
    this.atEnd(() => model.off(event, told));
  }

  /** Do something when the view goes. */
  atEnd(action) {
    this.#undo.push(action);
  }

  /** Tell tests, and the style sheet, that the view is complete. */
  ready() {
    this.#use();
    this.root.setAttribute("data-ready", "true");
  }

  /** Take everything back; return this from `render`. */
  dispose = () => {
    for (const action of this.#undo.splice(0).reverse()) action();
    this.root.remove();
  };
}

/** Put a {@link View} into the place that the host has for it. */
export const frame = (el, options) => new View(el, options);

/** The controls of a toolbar that can be used now. */
const controlsOf = (toolbar) =>
  [...toolbar.querySelectorAll("button, input, select")].filter((c) => !c.disabled && !c.closest("[hidden]"));

/** Let Tab stop once in a toolbar; Up and Down walk through its controls. */
export function oneTabStop(toolbar) {
  const choose = (all, chosen) => { for (const c of all) c.tabIndex = c === chosen ? 0 : -1; };
  toolbar.setAttribute("aria-orientation", "vertical");
  toolbar.addEventListener("focusin", (event) => choose(controlsOf(toolbar), event.target));
  new MutationObserver(() => {
    const all = controlsOf(toolbar);
    choose(all, all.find((c) => c === toolbar.ownerDocument.activeElement) ?? all.find((c) => c.tabIndex === 0) ?? all[0]);
  }).observe(toolbar, { attributeFilter: ["hidden", "disabled"], childList: true, subtree: true });
}

/** Take the colours of the ground on which a view is, light or dark, now and whenever that changes. */
function followGround(view) {
  const { root } = view, page = root.ownerDocument, dark = matchMedia("(prefers-color-scheme: dark)");
  const look = () => root.toggleAttribute("data-dark", isDark(root.parentElement));
  const soon = () => { look(); setTimeout(look, 300); }; // a theme's style sheet takes a moment
  const theme = new MutationObserver(soon), place = new ResizeObserver(look);
  for (const each of [page.documentElement, page.body]) theme.observe(each, { attributes: true });
  place.observe(root); // when it is there at last
  dark.addEventListener("change", soon);
  look();
  view.atEnd(() => { theme.disconnect(); place.disconnect(); dark.removeEventListener("change", soon); });
}

/** Whether the first ground that is not transparent, outwards and out of shadow trees, is a dark one; else whether the text is light. */
function isDark(el) {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const drawn = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return { bright: 0.3 * red + 0.6 * green + 0.1 * blue > 127, alpha };
  };
  for (let each = el; each; each = each.parentNode ?? each.host) {
    const ground = each instanceof Element && drawn(getComputedStyle(each).backgroundColor);
    if (ground.alpha > 127) return !ground.bright;
  }
  return el && drawn(getComputedStyle(el).color).bright; // a view that was taken away stands nowhere
}

/** How tall what scrolls around an element is: a notebook's pane, else the window. */
export function roomAround(element) {
  for (let each = element.parentElement; each; each = each.parentElement ?? each.getRootNode().host) {
    const scrolls = each.scrollHeight > each.clientHeight + 1 && ["auto", "scroll"].includes(getComputedStyle(each).overflowY);
    if (scrolls) return Math.min(each.clientHeight, innerHeight);
  }
  return innerHeight;
}

/** Move the focus to the next (+1) or previous (-1) control of a toolbar, around its end. */
function walk(toolbar, from, direction) {
  const all = controlsOf(toolbar);
  all[(all.indexOf(from) + direction + all.length) % all.length]?.focus();
}
