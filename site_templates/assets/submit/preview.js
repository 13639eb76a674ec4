// What a file says, at a glance: its first rows, and how often each label, or from where to where.

import { element, plain } from "../dom.js";
import { grouped, shortNumber } from "../format.js";

const ROWS = 6;
const COLUMNS = 12;
const LABELS = 20;

export function preview(found, labels) {
  return element(
    "div",
    { className: "aims-submit-preview" },
    firstRows(found.table),
    found.values ? spread(found.values) : counts(found, labels),
  );
}

function firstRows({ names, columns, rows }) {
  const shown = names.slice(0, COLUMNS);
  const head = element("tr", {}, element("th", { textContent: "row", scope: "col" }));
  head.append(...shown.map((name) => element("th", { textContent: plain(name) || "–", scope: "col" })));
  const lines = Array.from({ length: Math.min(rows, ROWS) }, (_, row) =>
    element(
      "tr",
      {},
      element("td", { textContent: row + 1 }),
      ...shown.map((_, place) =>
        element("td", { textContent: plain(columns[place].cells[row]).slice(0, 80) }),
      ),
    ),
  );
  const table = element(
    "table",
    { className: "aims-submit-table" },
    element("thead", {}, head),
    element("tbody", {}, ...lines),
  );
  const box = element("div", { className: "aims-submit-rows", tabIndex: 0 }, table);
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", "First rows");
  const rest = [];
  if (rows > ROWS) rest.push(`${grouped(rows - ROWS)} more rows`);
  if (names.length > COLUMNS) rest.push(`${grouped(names.length - COLUMNS)} more columns`);
  return element(
    "div",
    {},
    element("h4", { textContent: "First rows" }),
    box,
    element("p", {
      className: "aims-note",
      textContent: rest.length ? `and ${rest.join(", ")}` : "",
    }),
  );
}

function counts({ codes, probabilities }, labels) {
  const counted = new Array(labels.length).fill(0);
  for (const code of codes) counted[code] += 1;
  const most = Math.max(...counted);
  const title = probabilities ? "Most probable label" : "Predicted labels";
  const lines = labels.slice(0, LABELS).map((label, code) => {
    const bar = element("span", { className: "aims-bar" });
    bar.style.width = `${(100 * counted[code]) / most}%`;
    return element(
      "div",
      {},
      element("dt", { textContent: plain(label), title: plain(label) }),
      element("dd", {}, bar, element("span", { textContent: grouped(counted[code]) })),
    );
  });
  const rest = labels.length - LABELS;
  return element(
    "div",
    {},
    element("h4", { textContent: title }),
    element("dl", { className: "aims-submit-bars" }, ...lines),
    element("p", {
      className: "aims-note",
      textContent: rest > 0 ? `and ${rest} more labels` : "",
    }),
  );
}

function spread(values) {
  let [least, most, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
  }
  const lines = [
    ["lowest", least],
    ["mean", sum / values.length],
    ["highest", most],
  ].map(([name, value]) =>
    element(
      "div",
      {},
      element("dt", { textContent: name }),
      element("dd", { textContent: shortNumber(value) }),
    ),
  );
  return element(
    "div",
    {},
    element("h4", { textContent: "Predicted values" }),
    element("dl", { className: "aims-submit-spread" }, ...lines),
  );
}
