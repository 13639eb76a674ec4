// How a version's predictions are wrong: a confusion matrix, or a histogram of errors.

import { element, plain, svg } from "./dom.js";
import { grouped } from "./format.js";
import { scrolling } from "./versions.js";

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const share = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "–");

/** A confusion matrix that can be shown: square, and of counts. */
export function confusionOf(record) {
  const found = record?.summary?.confusion;
  const { labels, counts } = found ?? {};
  const square = Array.isArray(labels) && Array.isArray(counts) && counts.length === labels.length;
  return square && counts.every((row) => Array.isArray(row) && row.length === labels.length) ? found : null;
}

/** For each label the share of its rows that were found, and of the rows given it that are its own. */
export function perLabel({ labels, counts }) {
  const given = labels.map((_, column) => sum(counts.map((row) => row[column])));
  return labels.map((label, place) => {
    const [right, rows] = [counts[place][place], sum(counts[place])];
    return {
      label: plain(label),
      rows,
      recall: rows ? right / rows : null,
      precision: given[place] ? right / given[place] : null,
      right,
      given: given[place],
    };
  });
}

/** A table of counts, the darker the larger the share of its row. */
export function confusionTable(found) {
  const { labels, counts } = found;
  const each = perLabel(found);
  const head = element("tr", {},
    element("th", { scope: "col", className: "aims-corner", textContent: "truth \\ predicted" }),
    ...labels.map((label) => element("th", { scope: "col", textContent: plain(label), title: plain(label) })),
    element("th", { scope: "col", className: "aims-margin", textContent: "Recall" })); // prettier-ignore
  const rows = counts.map((row, place) => {
    const cells = row.map((count, column) => {
      const part = each[place].rows ? count / each[place].rows : 0;
      const made = element("td", { textContent: grouped(count), className: "aims-heat" });
      if (column === place) made.classList.add("aims-right");
      made.title = `${share(count, each[place].rows)} of ${each[place].label} were taken for ${plain(labels[column])}`;
      made.style.setProperty("--heat", `${Math.round(60 * part)}%`);
      return made;
    });
    return element("tr", {},
      element("th", { scope: "row", textContent: each[place].label, title: each[place].label }),
      ...cells,
      element("td", { className: "aims-margin", textContent: share(each[place].right, each[place].rows) })); // prettier-ignore
  });
  const foot = element("tr", {},
    element("th", { scope: "row", className: "aims-margin", textContent: "Precision" }),
    ...each.map(({ right, given }) => element("td", { className: "aims-margin", textContent: share(right, given) })),
    element("td", { className: "aims-margin" })); // prettier-ignore
  const caption = element("caption", { className: "aims-unseen", textContent: "How often each label was taken for which" });
  return element("table", { className: "aims-table aims-confusion" }, caption,
    element("thead", {}, head), element("tbody", {}, ...rows), element("tfoot", {}, foot)); // prettier-ignore
}

const WIDTH = 640;
const TALL = 200;

/** Bars for the errors of a regression; the first and the last hold what lies beyond, too. */
function histogram({ counts, step, mean }) {
  const most = Math.max(...counts, 1);
  const half = counts.length / 2;
  const number = (value) => String(Number(value.toPrecision(6)));
  const wide = (WIDTH - 20) / counts.length;
  const at = (value) => 10 + wide * (value / step + half);
  const label = `Histogram of errors, prediction minus truth, in steps of ${number(step)}`;
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${TALL + 54}`, class: "aims-histogram", role: "img", "aria-label": label });
  const range = (place) => {
    const [from, to] = [number((place - half) * step), number((place + 1 - half) * step)];
    return place === 0 ? `below ${to}` : place === counts.length - 1 ? `${from} and more` : `${from} to ${to}`;
  };
  counts.forEach((count, place) => {
    const high = (TALL * count) / most;
    const bar = svg("rect", { x: 10 + wide * place + 1, y: 8 + TALL - high, width: wide - 2, height: high, rx: 1.5 });
    bar.append(svg("title", {}, `${range(place)}: ${grouped(count)}`));
    drawing.append(bar);
  });
  drawing.append(svg("path", { d: `M10,${8 + TALL}H${WIDTH - 10}`, class: "aims-axis" }));
  drawing.append(svg("path", { d: `M${at(0)},4V${8 + TALL}`, class: "aims-zero" }));
  const middle = Math.min(Math.max(at(mean), 10), WIDTH - 10);
  drawing.append(svg("path", { d: `M${middle},4V${8 + TALL}`, class: "aims-mean" }));
  for (let tick = 2 - half; tick < half; tick += 2) {
    const css = tick % 4 ? "aims-fine" : "";
    drawing.append(svg("text", { x: at(tick * step), y: TALL + 26, "text-anchor": "middle", class: css }, number(tick * step)));
  }
  drawing.append(svg("text", { x: WIDTH / 2, y: TALL + 47, "text-anchor": "middle" }, "prediction − truth"));
  const rows = counts.map((count, place) =>
    element("tr", {}, element("th", { scope: "row", textContent: range(place) }), element("td", { textContent: grouped(count) })));
  const heads = ["Error", "Rows"].map((text) => element("th", { scope: "col", textContent: text }));
  const table = element("table", { className: "aims-table" },
    element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)); // prettier-ignore
  const details = element("details", { className: "aims-inputs" },
    element("summary", { textContent: "The same as a table" }), scrolling("Errors in steps", table)); // prettier-ignore
  return [drawing, details];
}

/** What a version's evaluator tells of its errors; a sentence where it tells nothing. */
export function errorsOf(record) {
  const confusion = confusionOf(record);
  if (confusion) {
    const note = `Counts over ${grouped(record.summary.rows)} rows; a row for each true label.`;
    return [scrolling("Confusion matrix", confusionTable(confusion)), element("p", { className: "aims-note", textContent: note })];
  }
  const found = record?.summary?.residuals;
  if (found && Array.isArray(found.counts) && found.step > 0) {
    const words = `Over ${grouped(record.summary.rows)} rows: mean ${found.mean}, standard deviation ${found.deviation}. ` +
      "The first and the last bar hold what lies beyond them, too."; // prettier-ignore
    return [...histogram(found), element("p", { className: "aims-note", textContent: words })];
  }
  const why = record?.about?.untold ?? "it was scored before this was counted";
  const text = `Nothing is published of how the predictions are wrong: ${plain(why)}.`;
  return [element("p", { className: "aims-note", textContent: text })];
}
