// A whole CSV file: read, checked, answered and written piece by piece.

import Papa from "papaparse";
import { element, plain, save } from "../dom.js";
import { shortNumber } from "../format.js";
import { cellOf, csvCell } from "./cells.js";
import { listed, WrongCell } from "./feeds.js";
import { breath, button, filePicker } from "./parts.js";

const SHOWN = 20;
const NAMED = 10;
const PIECE = 1_000_000;
const rowsIn = (count) => (count === 1 ? "1 row" : `${grouped(count)} rows`);
const grouped = (count) => count.toLocaleString("en-US");

/** @param ask takes rows and a progress function, gives {predictions, milliseconds} */
export function batch(app, ask) {
  const status = element("p", { className: "aims-p-note" });
  status.setAttribute("role", "status");
  const bar = element("progress", { max: 1, value: 0, hidden: true });
  bar.setAttribute("aria-label", "Progress");
  const problems = element("div", { className: "aims-p-problems" });
  const result = element("div", {});
  let running = null;
  const cancel = button("Stop", () => running && (running.stopped = true));
  cancel.hidden = true;
  const columns = app.inputs.map((input) => input.name);
  const upload = filePicker("Drop a CSV file here, or choose one", ".csv,text/csv", async (file) => {
    if (running) return;
    running = { stopped: false };
    problems.replaceChildren();
    result.replaceChildren();
    bar.hidden = cancel.hidden = false;
    bar.value = 0;
    try {
      const tell = (share, text) => {
        bar.value = share;
        status.textContent = text;
      };
      const read = await rowsOf(file, app, running, tell);
      say(problems, read);
      const answered = await answers(read, ask, running, tell);
      status.textContent = `${rowsIn(answered.count)} answered in ${Math.round(answered.milliseconds)} ms.`;
      show(result, app, read, answered, file.name);
    } catch (problem) {
      status.textContent = "";
      const text = plain(problem.message);
      problems.append(element("p", { className: "aims-p-wrong", textContent: `${plain(file.name)}: ${text}` }));
    }
    bar.hidden = cancel.hidden = true;
    running = null;
  });
  const needs = element("details", { className: "aims-inputs aims-p-needs" },
    element("summary", { textContent: `The file needs ${columns.length === 1 ? "this column" : `these ${columns.length} columns`}` }),
    element("p", { textContent: columns.map(plain).join(", ") }),
  ); // prettier-ignore
  return element(
    "div",
    { className: "aims-p-batch" },
    upload, needs, bar, status, element("div", { className: "aims-p-buttons" }, cancel), problems, result,
  ); // prettier-ignore
}

/** Read a file in pieces, each row checked: {header, lines, rows, wrong, extra}. */
async function rowsOf(file, app, running, tell) {
  const start = await file.slice(0, 65_536).text();
  const delimiter = delimiterOf(start, app);
  const read = { header: null, lines: [], rows: [], wrong: [], extra: [] };
  let places = null;
  await new Promise((resolve, reject) => {
    Papa.parse(file, {
      delimiter,
      chunkSize: PIECE,
      skipEmptyLines: app.inputs.length > 1,
      chunk: ({ data, meta }, parser) => {
        try {
          for (const line of data) {
            if (!read.header) {
              read.header = line.map((name) => name.replace(/^\uFEFF/, ""));
              places = matched(read, app);
            } else if (line.length > 1 || line[0] !== "" || columnsAreTexts(app)) {
              add(read, line, places, app);
            }
          }
          tell(Math.min(meta.cursor / file.size, 1) / 2, `${grouped(read.lines.length)} rows read …`);
          if (running.stopped) throw new Error("stopped");
        } catch (problem) {
          reject(problem); // before it is told that all is read
          parser.abort();
        }
      },
      complete: resolve,
      error: reject,
    });
  });
  if (!read.header) throw new Error("the file is empty");
  if (read.lines.at(-1)?.length === 1 && read.lines.at(-1)[0] === "") {
    for (const list of [read.lines, read.rows]) list.pop(); // what follows the last line break
  }
  if (!read.lines.length) throw new Error("the file has a header and no rows");
  return read;
}

const columnsAreTexts = (app) => app.inputs.length === 1 && app.inputs[0].dtype === "string";

function delimiterOf(start, app) {
  const [header] = start.split(/\r?\n/, 1);
  if (start.includes("\uFFFD")) throw new Error("it is not UTF-8 text: save it as UTF-8");
  if (app.inputs.length === 1 || header.includes(",")) return ",";
  return [";", "\t"].find((sign) => header.includes(sign)) ?? ",";
}

/** Where each input stands in the file, by its name. */
function matched(read, app) {
  const { header } = read;
  const names = app.inputs.map((input) => input.name);
  const twice = header.filter((name, at) => header.indexOf(name) !== at);
  if (twice.length) throw new Error(`it names a column twice: ${listed([...new Set(twice)])}`);
  const [only] = app.inputs;
  const wide = only.shape.reduce((all, side) => all * side, 1);
  if (app.inputs.length === 1 && only.shape.length && header.length === wide) {
    return [header.map((_, at) => at)]; // all numbers of an array, side by side
  }
  const missing = names.filter((name) => !header.includes(name));
  if (missing.length) {
    const have = `it has ${listed(header)}`;
    throw new Error(`it lacks ${missing.length === 1 ? "the column" : "the columns"} ${listed(missing)}; ${have}`);
  }
  read.extra = header.filter((name) => !names.includes(name));
  return names.map((name) => header.indexOf(name));
}

function add(read, line, places, app) {
  read.lines.push(line);
  const number = read.lines.length;
  try {
    if (line.length !== read.header.length) {
      throw new WrongCell(`it has ${line.length} cells, the header has ${read.header.length}`);
    }
    read.rows.push(
      places.map((place, at) =>
        Array.isArray(place)
          ? { values: place.map((each) => cellOf(line[each], { ...app.inputs[at], name: read.header[each] }) ?? NaN) }
          : cellOf(line[place], app.inputs[at]),
      ),
    );
  } catch (problem) {
    if (!(problem instanceof WrongCell)) throw problem;
    read.rows.push(null);
    read.wrong.push({ number, text: problem.message });
  }
}

function say(problems, { wrong, extra }) {
  if (extra.length) {
    const text = `Not used: ${listed(extra)}. The model knows no such column.`;
    problems.append(element("p", { className: "aims-p-note", textContent: text }));
  }
  if (!wrong.length) return;
  const title = `${grouped(wrong.length)} ${wrong.length === 1 ? "row has" : "rows have"} no answer:`;
  const items = wrong.slice(0, NAMED).map(({ number, text }) => element("li", { textContent: `row ${grouped(number)}: ${text}` }));
  if (wrong.length > NAMED) items.push(element("li", { textContent: `and ${grouped(wrong.length - NAMED)} more` }));
  problems.append(element("p", { className: "aims-p-wrong", textContent: title }), element("ul", {}, ...items));
}

async function answers(read, ask, running, tell) {
  const good = [];
  read.rows.forEach((row, at) => row && good.push(at));
  if (!good.length) throw new Error("no row can be answered");
  const { predictions, milliseconds } = await ask(
    good.map((at) => read.rows[at]),
    async (done) => {
      tell(0.5 + done / good.length / 2, `${grouped(done)} of ${grouped(good.length)} rows answered …`);
      await breath();
      if (running.stopped) throw new Error("stopped");
    },
  );
  const place = new Map(good.map((at, answer) => [at, answer]));
  return { predictions, place, milliseconds, count: good.length };
}

/** The cells of an answer: the prediction, and a probability for each label where there are. */
function answerCells(app, { codes, probabilities, values }, at) {
  const empty = probabilities ? app.labels.length : 0;
  if (at === undefined) return Array(1 + empty).fill(null);
  if (values) return [values[at]];
  return [app.labels[codes[at]], ...(probabilities ? probabilities[at] : [])];
}

function show(result, app, read, { predictions, place }, fileName) {
  const added = ["prediction", ...(predictions.probabilities ? app.labels.map((label) => `probability_${label}`) : [])];
  const head = element("tr", {}, ...["row", ...added].map((name) => {
    const cell = element("th", { textContent: plain(name) });
    cell.scope = "col";
    return cell;
  })); // prettier-ignore
  const body = element("tbody", {});
  for (let at = 0; at < Math.min(SHOWN, read.lines.length); at += 1) {
    const cells = answerCells(app, predictions, place.get(at));
    const shown = cells.map((value) => {
      const text = value === null ? "–" : typeof value === "number" && !codesAreNumbers(app, value) ? shortNumber(value) : plain(value);
      const made = element("td", { textContent: text });
      if (typeof value === "number") made.dataset.value = value;
      if (typeof value === "number") made.className = "aims-k-decimal";
      return made;
    });
    body.append(element("tr", {}, element("td", { textContent: grouped(at + 1) }), ...shown));
  }
  const table = element("table", { className: "aims-table aims-plain" }, element("thead", {}, head), body);
  const scroll = element("div", { className: "aims-scroll", tabIndex: 0 }, table);
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Answers");
  const download = button("Save all as CSV", async () => {
    download.disabled = true;
    const cells = (at) => answerCells(app, predictions, place.get(at));
    const content = await written(read, added, cells);
    save(`${fileName.replace(/\.[^.]*$/, "")}-predictions.csv`, content, "text/csv");
    download.disabled = false;
  }, { main: true });
  const note = read.lines.length > SHOWN ? `The first ${SHOWN} of ${grouped(read.lines.length)} rows.` : "";
  result.append(scroll, element("p", { className: "aims-p-note", textContent: note }), download);
}

/** The file with the answers, made a few rows at a time. */
async function written(read, added, cells) {
  const line = (values) => `${values.map(csvCell).join(",")}\n`;
  const parts = [line([...read.header, ...added].map(String))];
  for (let at = 0; at < read.lines.length; at += 1) {
    const own = read.header.map((_, column) => read.lines[at][column] ?? "");
    parts.push(line([...own, ...cells(at)]));
    if (at % 5000 === 4999) await breath();
  }
  return new Blob(parts);
}

const codesAreNumbers = (app, value) => Number.isInteger(value) && app.labels.includes(value);
