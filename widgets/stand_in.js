const ANSWERS = "answers"; // the state that is kept

/** What a browser keeps, or undefined where it keeps nothing: some do so for files. */
function kept(ask) {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/**
 * A small stand-in for anywidget's model, for a page that has no kernel. The browser keeps what is answered in it.
 * @param {Record<string, any>} state
 * @param {number} [number]  which of the page's widgets this is
 */
export function standIn(state, number = 0) {
  const { id, lesson } = state.data ?? {}; // what has an id keeps its answers wherever it stands in its page
  const key = () => `answers ${id && id !== lesson ? id : number} ${location.pathname}`;
  if (ANSWERS in state) state = { ...state, [ANSWERS]: kept(() => JSON.parse(localStorage.getItem(key()))) ?? state[ANSWERS] };
  const listeners = new Map();
  const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
  const model = {
    alone: true,
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      if (name === ANSWERS) kept(() => localStorage.setItem(key(), JSON.stringify(value)));
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
