/**
 * What JupyterLab and Notebook do for our lessons. They load this file as it is; it needs nothing
 * but what they hand to every extension.
 *
 * A widget whose kernel is gone shows the picture that is stored beside it: a notebook that is
 * opened again, or loaded again after its kernel was restarted, has views of models that no longer
 * exist, "Error displaying widget: model not found".
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

  /** What is done for each notebook that is opened. */
  function createNew(panel, context) {
    watch(panel.content);
    keepVersionOut(context);
  }

  const plugin = {
    id: "see-the-gradient:lessons",
    description: "Pictures of widgets whose kernel is gone; lessons that stay as they are.",
    autoStart: true,
    activate: (app) => void app.docRegistry.addWidgetExtension("Notebook", { createNew }),
  };
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["see-the-gradient"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
