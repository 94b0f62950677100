import { frame, guarded, h, tableOf, tableRow } from "../base.js";

/** Where the browser is, as far as it says so: JupyterLab, Notebook and Voilà write it into their pages. */
export function hostOf(page) {
  try {
    const { appName, appUrl, appVersion } = JSON.parse(page.getElementById("jupyter-config-data").textContent);
    return { name: String(appName || (appUrl === "voila/" ? "Voilà" : "Jupyter")), version: String(appVersion || "") };
  } catch {
    return { name: "this page", version: "" };
  }
}

/** What check_setup() found, and a line that is only there where widgets work. */
function render({ model, el }) {
  const { ok, sentence, problems, rows } = model.get("data");
  const view = frame(el, { name: "setup", label: rows.length ? "Setup in detail" : "Setup" });
  const host = hostOf(view.root.ownerDocument);
  view.toolbar.remove();
  view.say(sentence);
  view.root.setAttribute("data-ok", ok);
  view.body.append(h("p", { class: "ag-works" }, `Widgets work here: the browser drew this line (${[host.name, host.version].join(" ").trim()}).`));
  for (const [name, trouble, remedy] of problems) {
    view.body.append(h("p", {}, h("b", {}, name), `: ${trouble}`));
    if (remedy) view.body.append(h("p", {}, "To mend it, run in a terminal:"), h("pre", { tabindex: "0" }, remedy));
  }
  if (problems.length) view.body.append(h("p", {}, "Then close JupyterLab, start it again, and reload this page."));
  if (rows.length) {
    const [head, ...body] = rows;
    view.table.hidden = false;
    view.table.append(tableOf("What was found", head, body.map(([name, ...cells]) => tableRow(name, cells))));
  }
  view.change(model, "seen", host);
  view.keys({});
  view.ready();
  return view.dispose;
}

export default { render: guarded(render) };
