// Pieces of the page that several of its parts show.

import { element, plain } from "../dom.js";
import { grouped } from "../format.js";

export const heading = (text) => element("h4", { textContent: text });

/** An element whose changes are read out. */
export function live(name, properties) {
  const made = element(name, properties);
  made.setAttribute("aria-live", "polite");
  return made;
}

export function problem({ message, hint }) {
  return element(
    "div",
    { className: "aims-submit-problem" },
    element("p", { textContent: plain(message) }),
    element("p", { className: "aims-note", textContent: `${plain(hint)}` }),
  );
}

export const beyond = (bytes, limit) => ({
  message: `${grouped(bytes)} bytes in all, the limit is ${grouped(limit)}`,
  hint: "the limit is for all files of a submission together, submission.yml too",
});
