// What is asked beside the files: who hands in, and how it shall be called.

import { element } from "../dom.js";
import { problems } from "./manifest.js";
import { heading, live } from "./parts.js";

// The boards mark the rows of the same login.
const REMEMBERED = "aims-login";

/** The fields; `read()` gives what is in them, or null while something is wrong. */
export function makeForm({ boards, times }, repository, changed) {
  const login = field(
    "input",
    "login",
    repository ? "Your login on GitHub" : "Who you are in the course",
    { autocomplete: "username", spellcheck: false, maxLength: 39 },
    repository ? "as GitHub writes it, small and large letters too" : "",
  );
  const id = field(
    "input",
    "id",
    "A name for this submission",
    { spellcheck: false, maxLength: 64 },
    "small letters, digits and hyphens; another one each time",
  );
  const board = field("select", "board", "Which board it goes on");
  // What is for the competition alone is refused after the reveal.
  const names = boards.length > 1 && !times.revealed ? ["all", ...boards] : ["all"];
  board.control.append(
    ...names.map((name) =>
      element("option", {
        value: name,
        textContent: name === "all" ? "every board there is" : name,
      }),
    ),
  );
  board.root.hidden = names.length === 1;
  const description = field(
    "textarea",
    "description",
    "A sentence or two",
    { rows: 2, maxLength: 2000 },
    "may be left out",
  );
  const tags = field(
    "input",
    "tags",
    "Words to find it by",
    {},
    "with commas between; may be left out",
  );
  const fields = { login, id, board, description, tags };
  let suggestion = "";
  login.control.value = remembered();
  const root = element(
    "form",
    { className: "aims-submit-form", noValidate: true },
    heading("Say what it is"),
    ...Object.values(fields).map((one) => one.root),
  );
  root.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("input", changed);
  return {
    root,
    suggest(name) {
      // What somebody typed stays.
      if (id.control.value === suggestion) id.control.value = name;
      suggestion = name;
    },
    read() {
      const filled = {
        login: login.control.value.trim(),
        id: id.control.value.trim(),
        board: board.control.value,
        description: description.control.value.trim(),
        tags: tags.control.value
          .split(",")
          .map((tag) => tag.trim())
          .filter(Boolean),
      };
      const wrong = problems(filled);
      for (const [name, { control, complaint }] of Object.entries(fields)) {
        // Nobody is told off for a field that they have not come to.
        complaint.textContent = control.value ? (wrong[name] ?? "") : "";
        control.setAttribute("aria-invalid", String(Boolean(complaint.textContent)));
      }
      if (!wrong.login) remember(filled.login);
      return Object.keys(wrong).length ? null : filled;
    },
  };
}

function field(kind, name, title, properties = {}, hint = "") {
  const id = `aims-submit-${name}`;
  const control = element(kind, { id, name, ...properties });
  const about = element("span", { className: "aims-note", id: `${id}-hint`, textContent: hint });
  const complaint = live("span", { className: "aims-bad", id: `${id}-wrong` });
  control.setAttribute("aria-describedby", `${about.id} ${complaint.id}`);
  const root = element(
    "p",
    { className: "aims-field" },
    element("label", { htmlFor: id, textContent: title }),
    control,
    about,
    complaint,
  );
  return { root, control, complaint };
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    return ""; // a browser may forbid it
  }
}

function remember(login) {
  try {
    localStorage.setItem(REMEMBERED, login);
  } catch {
    // then it is typed again next time
  }
}
