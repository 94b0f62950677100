/** Which part of a drawing is looked at: zoom, pan and follow, as plain arithmetic. */

/** @typedef {{x: number, y: number, scale: number}} View  the drawing's left top corner, and pixels per unit */
/** @typedef {{width: number, height: number}} Size */

export const SMALLEST = 0.1;
export const LARGEST = 3;
export const READABLE = 0.7; // a graph that would have to be smaller is not shown whole
export const FOLLOWED = 0.85; // but as large as this, around the node at work

/** The whole drawing in the middle of the window, never larger than drawn. */
export function fitted(drawing, window) {
  const scale = Math.min(window.width / drawing.width, window.height / drawing.height, 1);
  return { scale, ...middle({ x: drawing.width / 2, y: drawing.height / 2 }, scale, window) };
}

/** The same view around another middle, as far as there is something of the drawing to see. */
export function centred(view, point, window, drawing) {
  const { x, y } = middle(point, view.scale, window);
  const within = (corner, extent, seen) =>
    extent <= seen ? (extent - seen) / 2 : Math.min(Math.max(corner, 0), extent - seen);
  return {
    scale: view.scale,
    x: within(x, drawing.width, window.width / view.scale),
    y: within(y, drawing.height, window.height / view.scale),
  };
}

/** A view `factor` times larger that keeps the point at window position `at` where it is. */
export function zoomed(view, factor, at) {
  const scale = Math.min(Math.max(view.scale * factor, SMALLEST), LARGEST);
  const keep = (corner, position) => corner + position / view.scale - position / scale;
  return { scale, x: keep(view.x, at.x), y: keep(view.y, at.y) };
}

/** A view moved by a distance in window pixels. */
export function panned(view, dx, dy) {
  return { scale: view.scale, x: view.x - dx / view.scale, y: view.y - dy / view.scale };
}

/** Whether a box around a point is wholly inside the view, with some room to spare. */
export function inside(view, point, box, window, room = 24) {
  const within = (corner, middle, size, extent) =>
    (middle - size / 2 - corner) * view.scale >= room && (middle + size / 2 - corner) * view.scale <= extent - room;
  return within(view.x, point.x, box.w, window.width) && within(view.y, point.y, box.h, window.height);
}

/** Whether nothing of a box around a point can be seen, not even what is drawn around it. */
export function outside(view, point, box, window, around = 8) {
  const beyond = (corner, middle, size, extent) =>
    (middle + size / 2 + around - corner) * view.scale < 0 || (middle - size / 2 - around - corner) * view.scale > extent;
  return beyond(view.x, point.x, box.w, window.width) || beyond(view.y, point.y, box.h, window.height);
}

/** The middle and size of the box around a path, from the numbers in its `d`. */
export function extentOf(d) {
  const [xs, ys] = [[], []];
  (d.match(/-?[\d.]+/g) ?? []).forEach((number, i) => (i % 2 ? ys : xs).push(Number(number)));
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { x: (left + right) / 2, y: (top + bottom) / 2, w: right - left, h: bottom - top };
}

function middle(point, scale, window) {
  return { x: point.x - window.width / 2 / scale, y: point.y - window.height / 2 / scale };
}
