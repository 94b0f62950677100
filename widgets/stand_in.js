import { answersOf, keep, notesIn } from "./answers/kept.js";

/** What was answered to a widget, among the notes that are kept; undefined if nothing was. */
function answersIn(notes, { id, questions }) {
  if (!questions) return answersOf(notes[id]);
  const found = questions.map((question) => [question.id, answersOf(notes[`${id}.${question.name}`])]).filter(([, own]) => own);
  return found.length ? Object.fromEntries(found) : undefined;
}

/**
 * A small stand-in for anywidget's model, for a page that has no kernel. The browser keeps what is answered in it.
 * @param {Record<string, any>} state
 * @param {number} [number]  which of the page's widgets this is
 */
export function standIn(state, number = 0) {
  const { id, lesson } = state.data ?? {}; // what has no id of its own has a book of its own, by its place in the page
  const book = () => `answers ${location.pathname}${id && id !== lesson ? "" : ` ${number}`}`;
  if ("answers" in state) state = { ...state, answers: answersIn(notesIn(book(), lesson), state.data ?? {}) ?? state.answers };
  const listeners = new Map();
  const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
  const model = {
    alone: true,
    note: (notes) => keep(book(), lesson, notes), // for answers that were judged
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
