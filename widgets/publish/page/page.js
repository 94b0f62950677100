/** A page's own conveniences: a button that copies a cell's code, and wide tables and pictures that keys can scroll. */
for (const wide of document.querySelectorAll("table, .jp-RenderedHTML")) if (wide instanceof HTMLElement && wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
for (const code of document.querySelectorAll(".highlight")) {
  const copy = document.createElement("button");
  Object.assign(copy, { type: "button", className: "copy", textContent: "Copy" });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.querySelector("pre").textContent);
    copy.textContent = "Copied";
  });
  code.append(copy);
}
