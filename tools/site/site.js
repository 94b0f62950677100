/** The search: sections that hold every word, in whatever form, fetched when it is first needed. */
const field = /** @type {HTMLInputElement} */ (document.querySelector("header input"));
const results = /** @type {HTMLElement} */ (document.querySelector("header search ul"));
const menu = /** @type {HTMLDetailsElement} */ (document.querySelector("details.menu"));
/** @type {Promise<{page: string, lesson: string, heading: string, text: string}[]> | undefined} */
let sections;

async function search() {
  sections ??= fetch("search.json").then((answer) => answer.json());
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean).map((word) => word.replace(/(?<=.{4})(ions?|ing|ed|es|s|e)$/, ""));
  const has = (section, word) => Object.values(section).join(" ").toLowerCase().includes(word); // also the page's name
  const weight = (section) => words.filter((word) => section.heading.toLowerCase().includes(word)).length;
  const found = words.length ? (await sections).filter((section) => words.every((word) => has(section, word))) : [];
  found.sort((a, b) => weight(b) - weight(a));
  results.replaceChildren(...(found.length || !words.length ? found.slice(0, 10).map(entry) : ["Nothing was found."]));
  results.hidden = !words.length;
}

function entry(section) {
  const link = Object.assign(document.createElement("a"), { href: section.page, textContent: section.heading });
  const item = document.createElement("li");
  item.append(link, Object.assign(document.createElement("small"), { textContent: section.lesson }));
  return item;
}

field.disabled = false;
field.addEventListener("input", search);
field.parentElement.addEventListener("keydown", (event) => {
  if (event.key === "Escape") results.hidden = true;
});
document.addEventListener("click", ({ target }) => {
  const within = (part) => target instanceof Node && part.contains(target);
  results.hidden ||= !within(field.parentElement);
  menu.open &&= within(menu);
});

/** How much was answered on each lesson's page: the browser keeps it for the page's path (see stand_in.js). */
const kept = Object.keys(localStorage).filter((key) => key.startsWith("answers "));
/** What is kept under a key: the notes on questions, by lesson. */
function lessonsIn(key) {
  try {
    return Object.entries(JSON.parse(localStorage.getItem(key)).lessons);
  } catch {
    return [];
  }
}
const isAnswered = ([, own]) => own?.shown || own?.attempts?.length > 0;
for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".standing"))) {
  const path = new URL(place.dataset.page, location.href).pathname;
  const answered = kept.filter((key) => key.split(" ")[1] === path).flatMap(lessonsIn).flatMap(([, notes]) => Object.entries(notes)).filter(isAnswered);
  const asked = /** @type {string[]} */ (JSON.parse(place.dataset.asked));
  const count = asked.filter((id) => answered.some(([own]) => own === id || own.startsWith(`${id}.`))).length;
  if (count) place.textContent = `, ${count} of ${asked.length} answered`;
}
const forgetting = document.querySelector("#answers");
if (forgetting instanceof HTMLElement) {
  forgetting.hidden = !kept.length;
  const [saves, forgets] = forgetting.querySelectorAll("button");
  saves.addEventListener("click", () => {
    const lessons = {};
    for (const [lesson, notes] of kept.flatMap(lessonsIn)) lessons[lesson] = { ...lessons[lesson], ...notes };
    const file = new Blob([JSON.stringify({ version: 2, lessons }, null, 1)], { type: "application/json" });
    Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: "answers.json" }).click();
  });
  forgets.addEventListener("click", () => {
    for (const key of kept) localStorage.removeItem(key);
    location.reload();
  });
}
