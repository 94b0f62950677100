/** A page's own conveniences: a button that copies a cell's code, and wide tables and pictures that keys can scroll. */
for (const table of document.querySelectorAll("table")) if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
for (const picture of /** @type {NodeListOf<HTMLImageElement>} */ (document.querySelectorAll(".jp-RenderedHTML > img"))) {
  const look = () => {
    if (picture.naturalWidth < 2.5 * picture.clientWidth) return; // else it would be too small to be read
    picture.classList.add("wide");
    picture.parentElement.tabIndex = 0;
  };
  if (picture.complete) look();
  else picture.addEventListener("load", look);
}
for (const code of document.querySelectorAll(".highlight")) {
  const copy = document.createElement("button");
  Object.assign(copy, { type: "button", className: "copy", textContent: "Copy" });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.querySelector("pre").textContent);
    copy.textContent = "Copied";
  });
  code.append(copy);
}
