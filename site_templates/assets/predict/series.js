// An array of numbers, such as a time series: pasted, or read from a CSV file.

import { element, svg } from "../dom.js";
import { numbersIn } from "./cells.js";
import { NothingYet, product, WrongCell } from "./feeds.js";
import { button, field, filePicker, npy } from "./parts.js";

const MAX_BYTES = 20_000_000;
const PALETTE = ["--aims-link", "--aims-bad", "--aims-good", "--aims-ink", "--aims-soft"];

export function series(app, { changed, failed }, { note = "" } = {}) {
  const [input] = app.inputs;
  const { shape } = input;
  const box = element("textarea", { rows: 8, spellcheck: false, className: "aims-p-numbers" });
  const drawing = element("div", { className: "aims-p-series" });
  const lines = shape.length > 1 ? shape.at(-1) : 1;
  let values = [];

  const show = () => {
    try {
      values = numbersIn(box.value);
    } catch {
      values = [];
    }
    drawing.replaceChildren(...(values.length > 1 ? [chart(values, lines)] : []));
  };
  const fill = (numbers) => {
    const wide = lines > 1 ? lines : 12;
    const rows = [];
    for (let at = 0; at < numbers.length; at += wide) {
      rows.push(numbers.slice(at, at + wide).map((value) => value ?? "nan").join(", "));
    }
    box.value = rows.join("\n");
    show();
  };
  let shown = -1;
  const example = () => {
    if (!app.examples.length) return;
    shown = (shown + 1) % app.examples.length;
    const [cell] = app.examples[shown];
    fill(Array.isArray(cell) ? cell : [cell]);
  };
  const buttons = element("div", { className: "aims-p-buttons" });
  if (app.examples.length > 1) buttons.append(button("Another example", () => (example(), changed())));
  buttons.append(button("Clear", () => (fill([]), changed(), box.focus())));
  const upload = filePicker("Drop a CSV file of numbers here, or choose one", ".csv,.txt,text/*", async (file) => {
    if (file.size > MAX_BYTES) return failed(new Error("this file has more than 20 MB"));
    const text = await file.text();
    const [first, ...rest] = text.split(/\r?\n/);
    const named = /[^\d\s,;.+\-eENna]/.test(first); // a first line with the names of columns
    box.value = (named ? rest : [first, ...rest]).join("\n").trim();
    show();
    changed();
  });
  box.addEventListener("input", () => (show(), changed()));
  const what = shape.length ? `${shape.join(" × ")} numbers, row by row` : "numbers";
  example();
  const hint = shape.length > 1 ? `${what}: a line for each step` : what;
  const made = element("div", {}, buttons, field("Numbers", box, hint), drawing, upload);
  if (note) made.prepend(element("p", { className: "aims-p-note", textContent: note }));
  const row = () => {
    const numbers = numbersIn(box.value);
    if (!numbers.length) throw new NothingYet("Enter the numbers.");
    const free = shape.some((side) => side < 1) || !shape.length;
    if (!free && numbers.length !== product(shape)) {
      throw new WrongCell(
        `there are ${numbers.length} numbers, and the model takes ${product(shape)} (${shape.join(" × ")})`,
      );
    }
    return [{ values: numbers }];
  };
  return {
    element: made,
    row,
    rows: () => ({ name: "rows.npy", content: npy(row()[0].values, shape) }),
  };
}

/** A line for each column, at most five. */
export function chart(values, columns = 1) {
  const [width, height] = [600, 120];
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const steps = Math.floor(values.length / columns);
  const every = Math.max(1, Math.floor(steps / 600));
  const made = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img" });
  made.setAttribute("aria-label", `${steps} steps from ${low} to ${high}`);
  for (let column = 0; column < Math.min(columns, PALETTE.length); column += 1) {
    const points = [];
    for (let step = 0; step < steps; step += every) {
      const value = values[step * columns + column];
      if (!Number.isFinite(value)) continue;
      const x = (step / Math.max(1, steps - 1)) * width;
      const y = height - 4 - ((value - low) / (high - low || 1)) * (height - 8);
      points.push(`${x.toFixed(1)},${y.toFixed(1)}`);
    }
    const line = svg("polyline", {
      points: points.join(" "),
      fill: "none",
      "stroke-width": "1.5",
      "vector-effect": "non-scaling-stroke",
    });
    line.style.stroke = `var(${PALETTE[column]})`;
    made.append(line);
  }
  return made;
}
