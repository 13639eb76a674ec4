// Columns: a form with a field for each.

import { element, plain } from "../dom.js";
import { shortNumber } from "../format.js";
import { cellOf, shownCell } from "./cells.js";
import { NothingYet, quoted, WrongCell } from "./feeds.js";
import { button, field } from "./parts.js";

const ROOMY = 60;

export function tabular(app, { changed }) {
  const controls = app.inputs.map(controlOf);
  const fields = element(
    "div",
    { className: "aims-p-fields" },
    ...app.inputs.map((input, at) => fieldOf(input, controls[at])),
  );
  if (app.inputs.length > ROOMY) {
    fields.classList.add("aims-p-many");
    fields.tabIndex = 0;
    fields.setAttribute("role", "group");
    fields.setAttribute("aria-label", `${app.inputs.length} fields`);
  }
  let shown = -1;
  const example = () => {
    if (!app.examples.length) return fill(controls, app.inputs.map((input) => input.example));
    shown = (shown + 1) % app.examples.length;
    fill(controls, app.examples[shown]);
  };
  const buttons = element("div", { className: "aims-p-buttons" });
  if (app.examples.length > 1) buttons.append(button("Another example", () => (example(), changed())));
  buttons.append(
    button("Clear", () => {
      fill(controls, app.inputs.map(() => null));
      changed();
      controls[0]?.focus();
    }),
  );
  fields.addEventListener("input", changed);
  example();
  return {
    element: element("div", {}, buttons, fields),
    row: () => read(app.inputs, controls),
    rows: () => ({ name: "rows.csv", content: csvOf(app.inputs, controls.map(textOf)) }),
  };
}

function controlOf(input) {
  if (input.dtype === "bool") return element("input", { type: "checkbox" });
  if (input.categories.length) {
    const options = input.categories.map((text) =>
      element("option", { value: text, textContent: text === "" ? "(empty)" : plain(text) }),
    );
    return element("select", {}, element("option", { value: "", hidden: true, textContent: "choose" }), ...options);
  }
  const made = element("input", { type: "text", autocomplete: "off", spellcheck: false });
  // The keyboards of phones for numbers have no minus sign.
  const positive = input.minimum !== null && input.minimum >= 0;
  if (input.dtype !== "string" && positive) {
    made.inputMode = input.dtype === "int" ? "numeric" : "decimal";
  }
  return made;
}

function fieldOf(input, control) {
  const made = field(plain(input.name), control, hintOf(input));
  if (input.dtype === "bool") made.classList.add("aims-p-check");
  return made;
}

function hintOf({ dtype, minimum, maximum }) {
  if (dtype === "bool" || dtype === "string" || minimum === null || maximum === null) return "";
  return `${shortNumber(minimum, 4)} to ${shortNumber(maximum, 4)}`;
}

function fill(controls, row) {
  controls.forEach((control, at) => {
    if (control.type === "checkbox") control.checked = row[at] === true || row[at] === 1;
    else if (control.tagName === "SELECT") control.selectedIndex = placeOf(control, row[at]);
    else control.value = shownCell(row[at]);
    control.removeAttribute("aria-invalid");
  });
}

/** Which option a value is; the first asks to choose. */
function placeOf(control, value) {
  const texts = Array.from(control.options, (option) => option.value);
  return value === null ? 0 : Math.max(0, texts.indexOf(shownCell(value), 1));
}

const textOf = (control) =>
  control.type === "checkbox" ? (control.checked ? "True" : "False") : control.value;

function read(inputs, controls) {
  const untouched = (control) =>
    control.tagName === "SELECT" ? control.selectedIndex <= 0 : control.value === "";
  const written = controls.filter((control) => control.type !== "checkbox");
  if (written.length && written.every(untouched)) throw new NothingYet("Fill in the fields.");
  let problem = null;
  const row = controls.map((control, at) => {
    try {
      control.removeAttribute("aria-invalid");
      if (control.tagName === "SELECT" && control.selectedIndex <= 0) {
        throw new WrongCell(`${quoted(inputs[at].name)} is not chosen yet`);
      }
      return cellOf(textOf(control), inputs[at]);
    } catch (wrong) {
      control.setAttribute("aria-invalid", "true");
      problem ??= wrong;
      return null;
    }
  });
  if (problem) throw problem;
  return row;
}

/** A file that `aims predict` reads. Nothing is added to texts here: a model has to see them. */
export function csvOf(inputs, texts) {
  const line = (cells) => cells.map((cell) => quote(String(cell))).join(",");
  return `${line(inputs.map((input) => input.name))}\n${line(texts)}\n`;
}

const quote = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

