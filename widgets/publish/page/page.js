/** A page's own conveniences: a button that copies a cell's code, and wide tables that keys can scroll. */
for (const table of document.querySelectorAll("table")) if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
for (const code of document.querySelectorAll(".highlight")) {
  const copy = document.createElement("button");
  Object.assign(copy, { type: "button", className: "copy", textContent: "Copy" });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.querySelector("pre").textContent);
    copy.textContent = "Copied";
  });
  code.append(copy);
}
