import { standIn } from "./stand_in.js";

/** Brings the widgets of a page without a kernel to life, in place of their pictures. */
const loaded = {};
for (const [number, place] of document.querySelectorAll(".ag-alive").entries()) {
  const name = place.getAttribute("data-module"), text = () => document.getElementById(name).textContent;
  loaded[name] ??= import(URL.createObjectURL(new Blob([text()], { type: "text/javascript" })));
  loaded[name].then(({ default: widget }) => {
    const state = JSON.parse(place.querySelector("script").textContent);
    place.replaceChildren();
    widget.render({ model: standIn(state, number), el: place });
  });
}
