/**
 * What JupyterLab and Notebook do for our lessons. They load this file as it is; it needs nothing
 * but what they hand to every extension.
 *
 * A widget whose kernel is gone shows the picture that is stored beside it: a notebook that is
 * opened again, or loaded again after its kernel was restarted, has views of models that no longer
 * exist, "Error displaying widget: model not found".
 *
 * A lesson's prose has lines of some 80 characters; widgets and code may be wider.
 *
 * What stands below a prediction would often tell what is asked: what a lesson stores of a cell waits
 * until the cell is run here for the first time, and what is written waits for the answer.
 *
 * A link to a cell, `…/lesson.ipynb#cell-id=…`, leads there, as those of the website do.
 *
 * F2, which leads into the widget that has just appeared, waits for one that is about to.
 *
 * A lesson that is opened and saved stays as it is: the version of Python is not written into a
 * notebook that was stored without it.
 */
(() => {
  const NOT_FOUND = "Error displaying widget: model not found";
  const NOTE = "This is how it last looked. Run the cell again to use it.";

  /** The stored output that an element of a notebook shows, and what renders its like. */
  function outputOf(notebook, element) {
    const area = notebook.widgets.find((cell) => cell.node.contains(element))?.outputArea;
    const place = area ? area.widgets.findIndex((shown) => shown.node.contains(element)) : -1;
    return place < 0 ? undefined : area.model.get(place);
  }

  /** Show an output's picture, cleaned as the notebook cleans HTML that it does not trust. */
  async function showPicture(notebook, element) {
    const output = outputOf(notebook, element);
    if (!output?.data["text/html"]) return;
    const renderer = notebook.rendermime.createRenderer("text/html");
    await renderer.renderModel(output);
    if (element.textContent !== NOT_FOUND) return; // the cell was run in the meantime
    const note = document.createElement("p");
    note.textContent = NOTE;
    Object.assign(note.style, { color: "var(--jp-content-font-color2)", margin: "0 0 8px" });
    element.classList.remove("jupyter-widgets");
    element.replaceChildren(note, renderer.node);
  }

  /** Put pictures in the place of errors for as long as a notebook is open. */
  function watch(notebook) {
    const look = () => {
      for (const element of notebook.node.querySelectorAll(".jp-OutputArea-output.jupyter-widgets")) {
        if (element.textContent === NOT_FOUND) showPicture(notebook, element);
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(notebook.node, { attributeFilter: ["class"], childList: true, subtree: true });
    notebook.disposed.connect(() => observer.disconnect());
  }

  /** A notebook as text, the same in whatever order its keys are. */
  const textOf = (model) => JSON.stringify(model.toJSON(), (_, value) =>
    value?.constructor === Object ? Object.fromEntries(Object.entries(value).sort()) : value);

  /** Let a notebook that does not say which version of Python ran it go on not saying it. */
  async function keepVersionOut({ ready, model }) {
    await ready;
    const own = model.getMetadata("language_info");
    if (own?.name !== "python" || "version" in own) return;
    const opened = textOf(model);
    model.sharedModel.metadataChanged.connect((_, { key, newValue }) => {
      if (key !== "language_info" || newValue?.name !== "python" || !("version" in newValue)) return;
      queueMicrotask(() => {
        model.setMetadata("language_info", own);
        if (textOf(model) === opened) model.dirty = false;
      });
    });
  }

  // Prose of some 80 characters a line: of a lesson, which is called as ours are, 01-name.ipynb.
  const PROSE = ".ag-lesson .jp-RenderedMarkdown > :is(p, ul, ol, blockquote) { max-width: 41em; }";
  const LESSON = /(^|\/)\d\d-[^/]*\.ipynb$/;

  function keepLinesShort(panel, path) {
    if (!LESSON.test(path)) return;
    const style = document.createElement("style");
    style.textContent = PROSE + WAITS;
    panel.node.classList.add("ag-lesson");
    panel.node.append(style);
  }

  const ASKS = /^(\w+ = )?(Predict|GradientQuiz)\(/m; // a cell that asks for a prediction
  const HEADING = ":is(h1, h2, h3, h4)";
  const WAITS = ".ag-waits .jp-Cell-outputWrapper { display: none; } .ag-waits::after { content: " +
    "'Run this cell to see what it shows.'; padding-left: calc(var(--jp-cell-prompt-width) + 14px); color: var(--jp-content-font-color2); } " +
    `.ag-unread .jp-RenderedMarkdown > :not(${HEADING}, ${HEADING} ~ *) { display: none; } ` +
    ".ag-unread .jp-RenderedMarkdown::before { content: 'Answer the prediction above to read on.'; color: var(--jp-content-font-color2); }";

  /** The ids of cells that are kept for a lesson under a word. */
  const keptOf = (word, path) => new Set(JSON.parse(localStorage.getItem(`see-the-gradient ${word} ${path}`) ?? "[]"));
  const keep = (word, path, ids) => localStorage.setItem(`see-the-gradient ${word} ${path}`, JSON.stringify([...ids]));

  /** Let what is stored below a prediction wait until its cell is run. */
  async function letOutputsWait(panel, path) {
    if (!LESSON.test(path)) return;
    await panel.revealed;
    const ran = keptOf("ran", path);
    let asked = false;
    for (const { node, model } of panel.content.widgets) {
      const { outputs } = model;
      if (!outputs?.length) continue;
      const asks = ASKS.test(model.sharedModel.getSource());
      if (asked && !asks) node.classList.toggle("ag-waits", !ran.has(model.id));
      asked ||= asks;
      outputs.changed.connect(() => {
        node.classList.remove("ag-waits");
        if (!ran.has(model.id)) keep("ran", path, ran.add(model.id));
      });
    }
  }

  /** Let what is written below a question wait for its answer: to the next heading, or the next question. */
  async function letWordsWait(panel, path) {
    if (!LESSON.test(path)) return;
    await panel.revealed;
    const { widgets, node } = panel.content, answered = keptOf("answered", path);
    const isOpen = (cell) => {
      const asked = cell.node.querySelector("[data-settled]");
      if (asked) answered[asked.dataset.settled === "true" ? "add" : "delete"](cell.model.id);
      return !answered.has(cell.model.id);
    };
    const look = () => {
      let open = false;
      for (const cell of widgets) {
        const source = cell.model.sharedModel.getSource();
        if (cell.model.type !== "markdown") open = ASKS.test(source) ? isOpen(cell) : open;
        else {
          const heading = /^#+ /m.exec(source);
          cell.node.classList.toggle("ag-unread", open && heading?.index !== 0);
          open &&= !heading;
        }
      }
      keep("answered", path, answered);
    };
    let seen;
    const observer = new MutationObserver(() => {
      const settled = [...node.querySelectorAll("[data-settled]")].map((asked) => asked.dataset.settled).join();
      if (settled !== seen) look();
      seen = settled;
    });
    observer.observe(node, { attributeFilter: ["data-settled"], childList: true, subtree: true });
    panel.content.disposed.connect(() => observer.disconnect());
    look();
  }

  const PATIENCE = 15000, CALM = 300; // milliseconds for which a key waits, and in which nothing else came

  /** Let F2 wait while a cell runs, or a widget is not drawn yet; any other key or a click takes it back. */
  function keepWayIn({ node, content }) {
    let waiting;
    const isDrawn = (view) => view.querySelector("[data-ready]") || !/^(Loading widget\.\.\.)?$/.test(view.textContent.trim());
    const isComing = () => [...content.node.querySelectorAll(".jp-InputPrompt")].some((prompt) => prompt.textContent.includes("*")) ||
      ![...content.node.querySelectorAll(".jp-OutputArea-output.jupyter-widgets")].every(isDrawn);
    const press = (event) => {
      if (!event.isTrusted) return;
      clearInterval(waiting);
      const { target, key, ctrlKey, altKey, metaKey } = event;
      const here = content.isVisible && (node.contains(target) || target === document.body) && !target.closest(".ag");
      if (key !== "F2" || ctrlKey || altKey || metaKey || !here || !isComing()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const end = performance.now() + PATIENCE;
      let last = performance.now();
      waiting = setInterval(() => {
        const now = performance.now();
        if (isComing()) last = now;
        if (now < Math.min(end, last + CALM)) return;
        clearInterval(waiting);
        content.node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      }, 50);
    };
    const takeBack = () => clearInterval(waiting);
    window.addEventListener("keydown", press, { capture: true });
    window.addEventListener("pointerdown", takeBack, { capture: true });
    content.disposed.connect(() => {
      takeBack();
      window.removeEventListener("keydown", press, { capture: true });
      window.removeEventListener("pointerdown", takeBack, { capture: true });
    });
  }

  const CALLED = 3000; // milliseconds for which a host that restores what was open may still move away
  let linked = /^#cell-id=([\w-]+)$/.exec(location.hash)?.[1]; // read at once: JupyterLab loses it where it is new

  /** Go to the cell that the page's address names, once, in the first notebook that has it. */
  async function goToLinked(panel) {
    if (!linked) return;
    await panel.revealed;
    const { content } = panel;
    const place = content.widgets.findIndex(({ model }) => model.id === linked);
    if (place < 0) return;
    linked = undefined;
    const go = () => {
      if (content.isDisposed || content.activeCellIndex === place) return;
      content.activeCellIndex = place;
      void content.scrollToItem(place, "center");
    };
    const again = setInterval(go, 300);
    const stop = () => clearInterval(again);
    for (const does of ["pointerdown", "keydown", "wheel"]) content.node.addEventListener(does, stop, { capture: true, once: true });
    setTimeout(stop, CALLED);
    go();
  }

  /** What is done for each notebook that is opened. */
  function createNew(panel, context) {
    void goToLinked(panel);
    keepLinesShort(panel, context.path);
    letOutputsWait(panel, context.path);
    letWordsWait(panel, context.path);
    keepWayIn(panel);
    watch(panel.content);
    keepVersionOut(context);
  }

  const plugin = {
    id: "see-the-gradient:lessons",
    description: "Pictures of widgets whose kernel is gone; lessons that stay as they are, in lines that are easy to read.",
    autoStart: true,
    activate: (app) => void app.docRegistry.addWidgetExtension("Notebook", { createNew }),
  };
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["see-the-gradient"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
