/** The answers to a quiz as an answer book, in the form that notes.py tells, and taken in again. */

import { isObject } from "../state.js";
import { answersTo, areAnswers, judge, readAll, standing, verdictsOn } from "./verdict.js";

/** A book with the answers to one quiz; when they were given, the quiz does not know. */
export const bookOf = (content, answers) => ({ version: 2, lessons: { [content.lesson]: notesOf(content, answers) } });

/** What was answered to one quiz, as notes on its questions. */
export function notesOf({ questions, id }, answers) {
  const notes = questions.map((question) => {
    const { attempts, hints, shown } = answersTo(answers, question), verdicts = verdictsOn(answers, question);
    return [`${id}.${question.name}`, {
      attempts: attempts.map((texts, i) => ({
        answer: question.shape.length ? texts : texts[0], right: verdicts[i].passed, told: verdicts[i].message, mistakes: verdicts[i].mistakes, at: "",
      })),
      hints, shown, right_at: verdicts.findIndex(({ passed }) => passed) + 1 || null,
    }];
  });
  return Object.fromEntries(notes);
}

/** Answers with those added that the text of a book, or of an older export, holds; null if it holds none. */
export function takenIn({ questions, id }, answers, text) {
  let book;
  try {
    book = JSON.parse(text);
  } catch {
    return null;
  }
  const lessons = isObject(book?.lessons) ? Object.values(book.lessons).filter(isObject) : [];
  const older = Array.isArray(book?.questions) ? book.questions : [];
  const found = questions.flatMap((question) => {
    const note = lessons.map((notes) => notes[`${id}.${question.name}`]).find(isObject) ?? older.find((each) => each?.name === question.name);
    const taken = note && together(question, answersTo(answers, question), note);
    return taken && areAnswers(questions)({ [question.id]: taken }) ? [[question.id, taken]] : [];
  });
  return found.length ? { ...answers, ...Object.fromEntries(found) } : null;
}

/** What was answered here, and then there, up to the first right answer. */
function together(question, own, note) {
  if (!Array.isArray(note.attempts)) return null;
  const given = note.attempts.map((attempt) => [attempt?.answer].flat());
  const attempts = standing({ [question.id]: own }, question).right ? [] : given.filter((texts) => !own.attempts.some((other) => String(other) === String(texts)));
  const right = attempts.findIndex((texts) => texts.length === question.wanted.length && texts.every((text) => typeof text === "string") && isRight(question, texts));
  return { attempts: [...own.attempts, ...attempts.slice(0, right + 1 || undefined)], hints: Math.max(own.hints, note.hints), shown: own.shown || note.shown };
}

function isRight(question, texts) {
  const { values, problem } = readAll(texts, question.shape);
  return !problem && judge(question, values).passed;
}
