/** A very large trace: what is known of it at first, and levels that come when they are opened. */

/** @type {any} */
const UNKNOWN = { value: "", facts: [], w: 0, h: 0 };

/**
 * What was sent at first, as the content that a stepper reads; what is not there yet is empty.
 * @param {{brief: any[][], forward: number, steps: number[], levels: [string, number][], homes: number[]}} outline
 */
export function contentOf({ brief, forward, steps, levels, homes, ...rest }) {
  const nodes = brief.map(([kind, name, op, norm, odd], i) => ({ ...UNKNOWN, id: `n${i}`, kind, name, op, ...(norm == null ? {} : { norm }), ...(odd ? { odd } : {}) }));
  levels.forEach(([name], i) => nodes.push({ ...UNKNOWN, id: `s${i}`, kind: "scope", name, op: "", outputs: [], opens: i }));
  nodes.push({ ...UNKNOWN, id: "more", kind: "omitted", name: "more outside", op: "" });
  const moments = [{ phase: "start", node: null, changes: [] }, ...steps.map((node, i) => ({ phase: i < forward ? "forward" : "backward", node, changes: [] }))];
  return { ...rest, nodes, moments, homes, levels: levels.map(([name, outer]) => ({ name, outer })), stops: [], layouts: [] };
}

/** Add levels that have come: by their numbers what they consist of. */
export function addParts(content, parts) {
  for (const [number, { nodes, level, stops, moments }] of Object.entries(parts)) {
    const { levels, layouts } = content;
    layouts[number] = level.layout;
    levels[number] = { ...levels[number], ...level, layout: Number(number) };
    content.stops[number] = stops;
    for (const [i, node] of Object.entries(nodes)) content.nodes[i] = node;
    for (const [step, moment] of Object.entries(moments)) content.moments[step] = moment;
  }
}

/** Whether a level is there. */
export const isThere = (content, level) => content.levels[level].boxes != null;
