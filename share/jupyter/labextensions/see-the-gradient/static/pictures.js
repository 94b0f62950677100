/**
 * A widget whose kernel is gone shows the picture that is stored beside it.
 *
 * A notebook that is opened again, or loaded again after its kernel was restarted, has views of
 * models that no longer exist: "Error displaying widget: model not found". Our widgets put their
 * picture into the same output, and here it takes the place of the error. JupyterLab and Notebook
 * load this file as it is; it needs nothing but what they hand to every extension.
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

  /** Watch a notebook for as long as it is open. */
  function createNew({ content: notebook }) {
    const look = () => {
      for (const element of notebook.node.querySelectorAll(".jp-OutputArea-output.jupyter-widgets")) {
        if (element.textContent === NOT_FOUND) showPicture(notebook, element);
      }
    };
    const watch = new MutationObserver(look);
    watch.observe(notebook.node, { attributeFilter: ["class"], childList: true, subtree: true });
    notebook.disposed.connect(() => watch.disconnect());
  }

  const plugin = {
    id: "see-the-gradient:pictures",
    description: "Shows the picture of a widget whose kernel is gone.",
    autoStart: true,
    activate: (app) => void app.docRegistry.addWidgetExtension("Notebook", { createNew }),
  };
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["see-the-gradient"] = {
    init: () => {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
