/** How every node stands at every step: looked up, never recomputed. */

/**
 * @typedef {import("../drawing/graph.js").Standing} Standing
 * @typedef {[node: number, state: string, text?: string, count?: string, rows?: string[][], figures?: string[]]} Change
 * @typedef {{phase: string, node: number | null, changes: Change[]}} Moment
 */

/** @type {Standing} */
export const NOT_RECEIVED = { state: "nothing", text: "", count: "", rows: null };

/**
 * For each node the step at which its value appears and, in order, the changes of its gradient.
 * @param {Moment[]} moments  moment `i` is what step `i` did; moment 0 did nothing
 * @param {number} count  of nodes
 */
export function historyOf(moments, count) {
  const nodes = Array.from({ length: count }, () => ({ appears: Infinity, changes: [] }));
  moments.forEach((moment, step) => {
    if (moment.phase === "forward") nodes[moment.node].appears = Math.min(nodes[moment.node].appears, step);
    for (const [node, state, text = "", count = "", rows = null, figures] of moment.changes) {
      nodes[node].changes.push([step, { state, text, count, rows, figures }]);
    }
  });
  return nodes;
}

/**
 * How a node's gradient stands after `step` steps.
 * @returns {Standing}
 */
export function standingAt({ changes }, step) {
  let found = NOT_RECEIVED;
  for (const [since, standing] of changes) {
    if (since > step) break;
    found = standing;
  }
  return found;
}

/**
 * How a closed scope stands, whose results stand so.
 * @param {Standing[]} results
 * @returns {Standing}
 */
export function together(results) {
  if (results.length === 1) return results[0];
  const settled = results.filter(({ state }) => state === "complete" || state === "zero").length;
  if (results.every(({ state }) => state === "nothing")) return NOT_RECEIVED;
  if (settled < results.length) return { state: "partial", text: "", count: `${settled} of ${results.length}`, rows: null };
  return { state: results.every(({ state }) => state === "zero") ? "zero" : "complete", text: "", count: "", rows: null };
}
