// Text: a box for each input, mostly one.

import { element, plain } from "../dom.js";
import { cellOf, shownCell } from "./cells.js";
import { NothingYet } from "./feeds.js";
import { button, field } from "./parts.js";
import { csvOf } from "./tabular.js";

export function words(app, { changed }) {
  const boxes = app.inputs.map((input) => {
    const long = input.dtype === "string";
    return element(long ? "textarea" : "input", long ? { rows: 5 } : { type: "text" });
  });
  const alone = app.inputs.length === 1;
  const fields = app.inputs.map((input, at) => field(alone ? "Text" : plain(input.name), boxes[at]));
  let shown = -1;
  const fill = (row) => boxes.forEach((box, at) => (box.value = shownCell(row[at])));
  const example = () => {
    if (!app.examples.length) return fill(app.inputs.map((input) => input.example));
    shown = (shown + 1) % app.examples.length;
    fill(app.examples[shown]);
  };
  const buttons = element("div", { className: "aims-p-buttons" });
  if (app.examples.length > 1) buttons.append(button("Another example", () => (example(), changed())));
  buttons.append(
    button("Clear", () => {
      fill(app.inputs.map(() => null));
      changed();
      boxes[0]?.focus();
    }),
  );
  const made = element("div", {}, buttons, ...fields);
  made.addEventListener("input", changed);
  example();
  return {
    element: made,
    row: () => {
      if (boxes.every((box) => box.value === "")) throw new NothingYet("Write a text.");
      return app.inputs.map((input, at) => cellOf(boxes[at].value, input));
    },
    rows: () => ({ name: "rows.csv", content: csvOf(app.inputs, boxes.map((box) => box.value)) }),
  };
}
