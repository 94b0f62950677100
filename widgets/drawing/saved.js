import { h, s, saveAs } from "../base.js";

const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-family", "font-size", "font-weight", "text-anchor", "white-space", "paint-order", "fill-rule"];
const MARGIN_SAVED = 12; // pixels around the drawing
const [SHARP, LARGEST_CANVAS] = [2, 16000]; // pixels for each of the drawing's; and of a side that browsers draw

/** @typedef {{svg: SVGElement, width: number, height: number}} Drawing  and the size of all of it, also of what is out of sight */

/**
 * A drawing as an SVG document by itself: all of it, in the colours of a light page, with its looks written out.
 * @param {Drawing} drawing
 * @param {import("../base.js").View} view  that it is part of
 */
export function documentOf({ svg, width, height }, view) {
  const copy = /** @type {SVGElement} */ (svg.cloneNode(true)), wide = width + 2 * MARGIN_SAVED, tall = height + 2 * MARGIN_SAVED;
  for (const each of copy.querySelectorAll("g")) each.style.display = "";
  for (const each of copy.querySelectorAll("path")) each.style.display = "";
  copy.querySelector(":scope > g")?.setAttribute("transform", `translate(${MARGIN_SAVED} ${MARGIN_SAVED})`);
  const paper = h("div", { class: "ag-print" });
  paper.append(copy);
  view.root.append(paper);
  const all = [copy, ...copy.querySelectorAll("*")];
  all.forEach(write); // of each before what it looks like so goes
  all.forEach(bare);
  paper.remove();
  for (const [name, value] of Object.entries({ width: wide, height: tall, viewBox: `0 0 ${wide} ${tall}`, xmlns: "http://www.w3.org/2000/svg", role: "img" })) copy.setAttribute(name, String(value));
  copy.prepend(s("title", {}, view.status.textContent), s("rect", { width: wide, height: tall, fill: "#ffffff" }));
  return new XMLSerializer().serializeToString(copy);
}

/** Write an element's looks as attributes. */
function write(element) {
  const looks = getComputedStyle(element);
  for (const name of LOOKS) element.setAttribute(name, looks.getPropertyValue(name).replace(/color\(srgb ([^)]*)\)/, rgb));
}

/** A colour that was mixed, as every program knows it. */
const rgb = (_, parts) => `rgb(${parts.split(" ").slice(0, 3).map((part) => Math.round(255 * part)).join(", ")})`;

/** Take away what only a page can use. */
function bare(element) {
  for (const { name } of [...element.attributes]) {
    if (/^(class|style|tabindex|role|data-.*|aria-.*)$/.test(name)) element.removeAttribute(name);
  }
}

/** Hand the drawing over as an SVG file. */
export function saveSvg(drawing, name, view) {
  saveAs(name, new Blob([documentOf(drawing, view)], { type: "image/svg+xml" }));
}

/** Hand the drawing over as a PNG file, twice as sharp as on the page, unless it is too large for that. */
export async function savePng(drawing, name, view) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(documentOf(drawing, view))}`;
  await image.decode();
  const scale = Math.min(SHARP, LARGEST_CANVAS / Math.max(image.width, image.height)), canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height].map((side) => Math.round(side * scale));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => blob && saveAs(name, blob));
}
