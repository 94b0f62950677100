/** The answer book of a page without a kernel, which its browser keeps, in the form that notes.py tells. */

import { isObject } from "../state.js";

/** What a browser keeps, or undefined where it keeps nothing: some do so for files. */
function tried(ask) {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** The notes of a lesson in the book that is kept under a name; none where it is no book. */
export function notesIn(name, lesson) {
  const book = tried(() => JSON.parse(localStorage.getItem(name)));
  return isObject(book?.lessons?.[lesson]) ? book.lessons[lesson] : {};
}

/** Keep notes beside those that are there; an attempt that was noted before keeps its time. */
export function keep(name, lesson, notes) {
  const before = notesIn(name, lesson), now = new Date().toISOString();
  const timed = ([id, note]) => {
    const at = (attempt, i) => {
      const old = before[id]?.attempts?.[i];
      return String(old?.answer) === String(attempt.answer) && typeof old?.at === "string" ? old.at : now;
    };
    return [id, { ...note, attempts: note.attempts.map((attempt, i) => ({ ...attempt, at: at(attempt, i) })) }];
  };
  const all = { ...before, ...Object.fromEntries(Object.entries(notes).map(timed)) };
  tried(() => localStorage.setItem(name, JSON.stringify({ version: 2, lessons: { [lesson]: all } })));
}

/** What was answered to one question, as a widget holds it; undefined for what is no note. */
export function answersOf(note) {
  if (!Array.isArray(note?.attempts)) return undefined;
  const { attempts, hints, shown } = note;
  return { attempts: attempts.filter((attempt) => attempt?.right !== null).map((attempt) => [attempt?.answer].flat()), hints, shown };
}
