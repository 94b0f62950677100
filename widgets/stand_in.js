/**
 * A small stand-in for anywidget's model, for a page that has no kernel.
 * @param {Record<string, unknown>} state
 */
export function standIn(state) {
  const listeners = new Map();
  const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
  const model = {
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const event of [`change:${name}`, "change"]) for (const told of [...of(event)]) told(model, value);
    },
    save_changes() {},
    send() {},
    on: (event, told) => of(event).add(told),
    off(event, told) {
      if (told) of(event).delete(told);
      else listeners.delete(event);
    },
  };
  return model;
}
