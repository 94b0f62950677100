/** Sizes of the gradient over the depth of a model, as depth.py tells them. */

import { s } from "../base.js";
import { EMPTY, chartOf } from "./chart.js";

/** What there is to show of nothing. */
export const NO_DEPTH = { chart: EMPTY, sizes: [] };

/**
 * A small chart; `show` draws other sizes.
 * @param {{chart: import("./chart.js").ChartData, sizes: [string, number | null, string][]}} depth
 */
export function depthOf(depth) {
  const line = s("path", { class: "ag-depth" }), dots = s("g", { class: "ag-depth-dots" });
  const chart = chartOf(depth.chart, {
    label: "Size of the gradient, layer by layer",
    draw: (chart) => {
      if (!line.parentNode) chart.plot.append(line, dots);
      line.setAttribute("d", chart.line(depth.sizes.map(([, size], i) => [i + 1, size])));
      dots.replaceChildren(...depth.sizes.flatMap(([name, size, told], i) => (size == null ? [] :
        [s("circle", { cx: chart.x(i + 1), cy: chart.y(size), r: 3.5 }, s("title", {}, `${name}: ${told}`))])));
    },
  });
  const show = (other) => { depth = other; chart.show(depth.chart); };
  return { element: chart.element, show, dispose: chart.dispose };
}
