// Predictions in a table, by the rules and in the words of `aims_gh/core/predictions.py`.

import { plain } from "../dom.js";
import { Problem, readTable } from "./table.js";

const SLACK = 1e-6;
const ROUNDED = 1e-3;
const LARGEST = 1e100;
const LFS = "version https://git-lfs";

/**
 * What a file says about each row.
 *
 * `rules` are those of data/<slug>/rules.json. Gives the `table`, and either `codes` (places in
 * the playground's labels, with `probabilities` where these were given) or `values`.
 */
export function readPredictions(bytes, rules, name = "predictions.csv") {
  checkContent(bytes, name);
  const table = readTable(bytes, name);
  const found = fromTable(table, rules, name);
  if (rules.needs_probabilities.length && !found.probabilities)
    throw new Problem(
      `${name} gives labels, but ${rules.needs_probabilities.join(", ")} needs probabilities`,
      "give one probability column per label, named as the labels",
    );
  return { ...found, table };
}

/** Refuse a pointer to a file in place of the file. */
export function checkContent(bytes, name) {
  if (String.fromCharCode(...bytes.subarray(0, LFS.length)) === LFS)
    throw new Problem(
      `${name} is a Git LFS pointer, not the file`,
      "submit with aims submit, or untrack it: git lfs untrack",
    );
}

function fromTable(table, { task_type: task, labels, rows }, name) {
  if (table.rows !== rows)
    throw new Problem(
      `${name} has ${counted(table.rows)}, the holdout has ${rows}`,
      table.rows === rows - 1 && headerIsData(table, labels)
        ? "the first line is read as a header: write one above the predictions"
        : "give one prediction for every row of the features file, in its order",
    );
  const columns = withoutIndex(table);
  if (task === "regression") {
    const [, column] = onlyColumn(columns, name);
    return { values: finite([column], name)[0] };
  }
  const matrix = probabilityColumns(columns, labels);
  if (matrix) return fromProbabilities(finite(matrix, name), name);
  const [, column] = onlyColumn(columns, name, ` or one per label: ${listed(labels)}`);
  return { codes: codesFrom(column, labels, name) };
}

const counted = (count) => (count === 1 ? "1 row" : `${count} rows`);

/** Whether the only column's name looks like a prediction. */
function headerIsData({ names }, labels) {
  const [name] = names;
  const number = /^\p{Nd}+$/u.test(name.replace(".", "").replace(/^-/, ""));
  return names.length === 1 && (labels.includes(name) || (number && !labels.length));
}

/** The columns, without the row numbers that pandas writes as a nameless first column. */
function withoutIndex({ names, columns }) {
  const all = names.map((name, place) => [name, columns[place]]);
  if (all.length < 2 || !["", "Unnamed: 0", "index"].includes(names[0])) return all;
  const { kind, cells } = columns[0];
  if (kind !== "int") return all;
  const first = BigInt(cells[0]);
  return cells.every((cell, row) => BigInt(cell) === first + BigInt(row)) ? all.slice(1) : all;
}

function onlyColumn(columns, name, expected = "") {
  if (columns.length === 1) return columns[0];
  const names = columns.slice(0, 6).map(([key]) => quoted(plain(key)).slice(0, 40));
  throw new Problem(
    `${name} has ${columns.length} columns (${names.join(", ")}), one was expected${expected}`,
    "write the predictions alone: pandas.Series(p).to_csv(…, index=False)",
  );
}

/** As Python shows a text. */
function quoted(text) {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  return mark + text.replaceAll("\\", "\\\\").replaceAll(mark, `\\${mark}`) + mark;
}

function listed(labels) {
  const shown = labels.slice(0, 12).map(plain).join(", ");
  return labels.length > 12 ? `${shown}, … (${labels.length} in all)` : shown;
}

/** The columns in the owner's order, if they are one of numbers for each label. */
function probabilityColumns(columns, labels) {
  const byName = new Map(columns);
  const numbers = columns.every(([, { kind }]) => kind === "int" || kind === "float");
  if (!numbers || byName.size !== labels.length || !labels.every((label) => byName.has(label)))
    return null;
  return labels.map((label) => byName.get(label));
}

const WORDS = {
  "": NaN,
  NA: NaN,
  nan: NaN,
  NaN,
  inf: Infinity,
  "+inf": Infinity,
  "-inf": -Infinity,
};
const number = (cell) => (Object.hasOwn(WORDS, cell) ? WORDS[cell] : Number(cell));

/** Columns as numbers; the first row in which any of them is none is named. */
function finite(columns, name) {
  if (columns.some(({ kind }) => kind !== "int" && kind !== "float"))
    throw new Problem(
      `${name} has text where numbers were expected`,
      "look for empty cells, units or a second header line",
    );
  const found = columns.map(({ cells }) => Float64Array.from(cells, number));
  const row = (wrong) =>
    Math.min(...found.map((c) => c.findIndex(wrong)).filter((at) => at >= 0)) + 1;
  const odd = row((value) => !Number.isFinite(value));
  if (odd < Infinity)
    throw new Problem(
      `${name} is not a finite number in row ${odd}`,
      "look for empty cells or a division by zero in the preprocessing",
    );
  const huge = row((value) => Math.abs(value) > LARGEST);
  if (huge < Infinity)
    throw new Problem(
      `${name} has a number beyond ±1e+100 in row ${huge}`,
      "look for a division by almost zero, or a wrong unit",
    );
  return found;
}

function fromProbabilities(columns, name) {
  // Each of k probabilities of three decimals may be off by half a thousandth.
  const allowed = ROUNDED * Math.max(1, columns.length / 2) + SLACK;
  const codes = columns[0].map((_, row) => {
    let [sum, best] = [0, 0];
    let stray = false;
    columns.forEach((column, code) => {
      const value = column[row];
      sum += value;
      stray ||= value < -SLACK || value > 1 + SLACK;
      if (value > columns[best][row]) best = code;
    });
    if (stray || Math.abs(sum - 1) > allowed)
      throw new Problem(
        `the probabilities in row ${row + 1} of ${name} are not between 0 and 1 with sum 1`,
        "one column per label; the columns of a row add up to 1",
      );
    return best;
  });
  return { codes: Int32Array.from(codes), probabilities: columns };
}

const SWAPS = { 0: "False", 1: "True", False: "0", True: "1" };

function codesFrom({ kind, cells }, labels, name) {
  const places = new Map(labels.map((label, code) => [label, code]));
  const known = new Map();
  return Int32Array.from(cells, (cell, row) => {
    if (!known.has(cell))
      known.set(
        cell,
        spellings(cell, kind)
          .map((text) => places.get(text))
          .find((c) => c !== undefined),
      );
    const code = known.get(cell);
    if (code !== undefined) return code;
    throw new Problem(
      `${name} has a label in row ${row + 1} that the playground does not know`,
      `the labels are ${listed(labels)}`,
    );
  });
}

/** What a cell can mean, the likeliest first: as in Python, 1.0 is 1, and True is 1. */
function spellings(cell, kind) {
  let [text, whole] = [cell, cell];
  if (kind === "int") text = whole = String(BigInt(cell));
  if (kind === "float") {
    const value = number(cell);
    text = whole = pythonFloat(value);
    if (Number.isInteger(value)) whole = String(BigInt(value));
  }
  return [text, whole, Object.hasOwn(SWAPS, whole) ? SWAPS[whole] : whole];
}

/** A number as Python writes it. */
function pythonFloat(value) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) {
    const digits = String(Math.abs(power)).padStart(2, "0");
    return `${mantissa}e${power < 0 ? "-" : "+"}${digits}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
