/** One level of a trace: what is drawn there, and where stepping over what is closed comes to rest. */
export class Level {
  constructor(content, number) {
    const { outer, boxes, around, edges, layout } = content.levels[number];
    this.content = content;
    this.number = number;
    this.outer = outer;
    this.boxes = boxes;
    this.stops = new Map((content.stops[number] ?? content.moments.slice(1).map(({ node }, i) => [i + 1, node])).map((stop) => [stop[0], stop]));
    this.steps = [0, ...this.stops.keys()];
    this.last = this.steps.at(-1);
    this.edgeOf = new Map(edges.flatMap(([, , , along], i) => along.map((edge) => [edge, i])));
    const outside = new Set(around);
    this.drawn = {
      nodes: boxes.map((node, i) => (outside.has(i) ? { ...content.nodes[node], around: true } : content.nodes[node])),
      edges, layouts: content.layouts[layout], marks: content.marks,
    };
  }

  /** What is told of a step, the place of the box at work, if it is on this level, and the edges. */
  moment(step) {
    const { node = null } = this.content.moments[step];
    const [, place, told] = this.stops.get(step) ?? [step, this.boxOf(node)];
    const whole = this.content.moments[step];
    if (!told && !whole.sentence) return this.moment(this.steps[this.place(step)]); // it has not come
    const moment = { ...whole, ...told };
    const edges = (moment.rules ?? []).map(({ edge }) => this.edgeOf.get(edge)).filter((edge) => edge != null);
    const [box, own] = [this.drawn.nodes[place ?? -1], this.content.nodes[node ?? -1]]; // what is not told as a whole is of its operation
    return { ...moment, place, edges, source: place == null ? null : (!told && own?.source) || box.source };
  }

  /** The place of the box that a node is in, null if there is none. */
  boxOf(node) {
    const { levels, nodes } = this.content, homes = homesOf(this.content); // the scopes are the last of the nodes but one
    while (node != null && !this.boxes.includes(node)) node = homes.get(node) ? nodes.length - 1 - levels.length + homes.get(node) : null;
    return node == null ? null : this.boxes.indexOf(node);
  }

  /** Where a step is among those of this level. */
  place(step) {
    return this.steps.findLastIndex((each) => each <= step);
  }

  after(step) {
    return this.steps.find((each) => each > step) ?? this.last;
  }

  before(step) {
    return this.steps.findLast((each) => each < step) ?? 0;
  }

  /** The step of this level by which all is done that is done up to a step. */
  through(step) {
    return this.steps.find((each) => each >= step) ?? this.last;
  }

  /** The closed scope that is at work, else the next one: the level it opens, and after which step it began. */
  within(step) {
    for (const each of this.steps.slice(Math.max(this.place(step), 1))) {
      const { opens, around } = this.drawn.nodes[this.stops.get(each)[1]];
      if (opens && !around) return [opens, this.before(each)];
    }
    return null;
  }
}

const homes = new WeakMap();

/** For each node and each closed scope, the level on which it is. */
export function homesOf(content) {
  if (!homes.has(content)) {
    homes.set(content, content.homes ? new Map(content.homes.entries()) : new Map(content.levels.flatMap(({ boxes, around }, level) =>
      boxes.filter((_, i) => !around.includes(i)).map((node) => [node, level]))));
  }
  return homes.get(content);
}
