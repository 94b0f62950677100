import { h } from "../base.js";

/** A text whose pieces between backticks are code. */
export const inCode = (text) => text.split("\x60").map((part, i) => (i % 2 ? h("code", {}, part) : part));
