// Text as values: what a field or a cell of a CSV file means. The rules of `aims_gh/core/table.py`.

import { inert } from "../board/csv.js";
import { plain } from "../dom.js";
import { quoted, WrongCell } from "./feeds.js";

const INTEGER = /^-?(?:0|[1-9][0-9]{0,17})$/;
const NUMBER = /^(?![+-]?0[0-9])[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const MISSING = new Set(["", "NA", "nan", "NaN"]);
const TRUTH = new Map([["true", true], ["false", false], ["1", true], ["0", false]]); // prettier-ignore

/** Give the value that a text stands for; WrongCell where it is none of its kind. */
export function cellOf(text, { name, dtype }) {
  if (dtype === "string") return text;
  const trimmed = text.trim();
  if (dtype === "bool") {
    const truth = TRUTH.get(trimmed.toLowerCase());
    if (truth === undefined) throw wrong(name, text, "neither True nor False");
    return truth;
  }
  if (MISSING.has(trimmed)) return null;
  if (trimmed === "True" || trimmed === "False") return trimmed === "True" ? 1 : 0;
  if (INTEGER.test(trimmed)) {
    const number = Number(trimmed);
    return Number.isSafeInteger(number) ? number : BigInt(trimmed);
  }
  if (!NUMBER.test(trimmed)) throw wrong(name, text, "no number");
  const number = Number(trimmed);
  if (!Number.isFinite(number)) throw wrong(name, text, "too large for a number");
  return number;
}

function wrong(name, text, what) {
  const short = plain(text).slice(0, 40);
  const hint = /^[+-]?\d+,\d+$/.test(short) ? ": write a point, not a comma" : "";
  return new WrongCell(`${quoted(name)} is ${short ? `“${short}”` : "empty"}, which is ${what}${hint}`);
}

/** Numbers in a text, whatever stands between them: for arrays. */
export function numbersIn(text) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  return words.map((word, place) => {
    if (MISSING.has(word)) return NaN;
    if (!NUMBER.test(word) && !INTEGER.test(word)) {
      throw new WrongCell(`the ${place + 1}. value is “${plain(word).slice(0, 40)}”, which is no number`);
    }
    return Number(word);
  });
}

/** A value as a field shows it. */
export const shownCell = (value) =>
  value === null || value === undefined
    ? ""
    : typeof value === "boolean"
      ? value
        ? "True"
        : "False"
      : String(value);

const isNumber = (text) => INTEGER.test(text) || NUMBER.test(text);

/** Quote a cell for a CSV file; a spreadsheet runs nothing of it as a formula. */
export function csvCell(value) {
  if (typeof value !== "string") return shownCell(value);
  const text = isNumber(value) ? value : inert(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
