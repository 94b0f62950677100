/** What a view reads of its model: only what is valid, for anybody may set it. */

/**
 * A link, a stored notebook and another program set traits without asking Python, which refuses
 * what is not valid; the view meanwhile goes on with what was.
 * @param {Record<string, [valid: (value: unknown) => boolean, first: unknown]>} traits
 *   what each may be, and what it is where it never was valid
 * @returns {(name: string) => any}  the value of a trait, or the last one that was valid
 */
export function reader(model, traits) {
  const last = Object.fromEntries(Object.entries(traits).map(([name, [, first]]) => [name, first]));
  return (name) => {
    const value = model.get(name);
    if (traits[name][0](value)) last[name] = value;
    return last[name];
  };
}

export const isWhole = (low, high) => (x) => Number.isInteger(x) && low <= x && x <= high;
export const isOneOf = (values) => (x) => values.includes(x);
export const isPositive = (x) => Number.isFinite(x) && x > 0;
export const isObject = (x) => typeof x === "object" && x !== null && !Array.isArray(x);

/** Whether this is a list, of so many or of at least as many as it likes, of what is valid. */
export const isListOf = (valid, low = 0, high = Infinity) => (x) =>
  Array.isArray(x) && x.length >= low && x.length <= high && x.every((each) => valid(each));

/** Whether an object has the same parts as another: lists, objects, text, numbers, or nothing. */
export const isLike = (model) => (x) =>
  isObject(x) && Object.entries(model).every(([name, part]) =>
    isObject(part) ? isLike(part)(x[name]) : Array.isArray(part) ? Array.isArray(x[name]) : part === null || typeof x[name] === typeof part);

/** The index that a position in row-major order has in an array of this shape. */
export function indexOf(position, shape) {
  const index = [];
  for (const size of shape.toReversed()) {
    index.unshift(position % size);
    position = Math.floor(position / size);
  }
  return index;
}

/** A name with an index, as it is written: `w[1, 0]`. */
export const indexed = (name, index) => name + (index.length ? `[${index.join(", ")}]` : "");

/** A sentence with its `{names}` filled in. */
export const filledIn = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
