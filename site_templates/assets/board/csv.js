// What a table shows, as CSV in which nothing runs as a formula: the rule of
// `aims_gh.core.inert.csv_cell`.

import { plain } from "../dom.js";

const FORMULA = /^[=+\-@\u2212]/;

/** Text that no spreadsheet takes for a formula; numbers stay numbers. */
export function inert(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  const text = plain(flat(value));
  // Some spreadsheets skip spaces first, and read the wide forms of East Asian text.
  return FORMULA.test(text.normalize("NFKC").trimStart()) ? `'${text}` : text;
}

function flat(value) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(", ");
  return Object.keys(value).length ? JSON.stringify(value) : "";
}

const quoted = (text) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Lines of values as the text of a file. */
export const csv = (lines) => lines.map((line) => `${line.map(inert).map(quoted).join(",")}\n`).join("");
