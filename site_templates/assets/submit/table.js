// Reading CSV as `aims_gh/core/table.py` reads it, and refusing it in the same words: what the page
// takes, the evaluator takes. A test gives both the same files. Python's strict `csv` module is
// followed to the letter, which no library for the browser does.

const MAX_COLUMNS = 20_000;
const MAX_TEXT_BYTES = 1_000_000_000;
const FIELD_LIMIT = 131_072;
const REWRITE = "write it again with pandas: to_csv(…, index=False)";

const INTEGER = /^-?(?:0|[1-9][0-9]{0,17})$/;
const FLOAT =
  /^(?![+-]?0[0-9])(?:[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf|nan|NaN|NA|)$/;
const BOOL = /^(?:True|False)$/;

/** What is wrong with a file, and what its owner can do. */
export class Problem extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/**
 * The columns of a file: their names, and for each its `kind` ("int", "float", "bool" or "text")
 * with the `cells` as they were written.
 */
export function readTable(bytes, name) {
  const refuse = (what, hint = REWRITE) => new Problem(`${name} ${what}`, hint);
  const text = decoded(bytes, refuse);
  if (text.includes("\0"))
    throw refuse("has a NUL character", "save it as text, without binary data");
  const rows = parsed(text, refuse);
  while (rows.length && !rows.at(-1).length) rows.pop();
  if (!rows.length) throw refuse("is empty");
  checkSeparator(rows, refuse);
  const names = rows.shift();
  checkHeader(names, refuse);
  rows.forEach((row, place) => {
    if (row.length === names.length) return;
    const found = row.length || "no";
    throw refuse(`has ${found} cells in row ${place + 1}, the header has ${names.length}`);
  });
  const columns = names.map((_, place) =>
    typed(
      rows.map((row) => row[place]),
      refuse,
    ),
  );
  return { names, columns, rows: names.length ? rows.length : 0 };
}

function decoded(bytes, refuse) {
  const decoder = () => new TextDecoder("utf-8", { fatal: true });
  try {
    return decoder().decode(bytes);
  } catch {
    // The longest beginning that could still go on well: the bad character starts at its end.
    let [good, bad] = [0, bytes.length + 1];
    while (bad - good > 1) {
      const middle = (good + bad) >> 1;
      try {
        decoder().decode(bytes.subarray(0, middle), { stream: true });
        good = middle;
      } catch {
        bad = middle;
      }
    }
    const before = decoder().decode(bytes.subarray(0, good), { stream: true });
    const place = new TextEncoder().encode(before).length;
    throw refuse(`is not UTF-8 text (byte ${place})`, "save it as UTF-8");
  }
}

/** The cells of each line; a line with nothing on it has none. */
function parsed(text, refuse) {
  const stop = /[,\r\n]/g;
  const rows = [];
  let at = 0;

  const limited = (cell) => {
    if (cell.length > FIELD_LIMIT && length(cell) > FIELD_LIMIT)
      throw refuse(`is not CSV: field larger than field limit (${FIELD_LIMIT})`);
    return cell;
  };
  const quoted = () => {
    let cell = "";
    for (let from = at + 1; ;) {
      const end = text.indexOf('"', from);
      if (end < 0) {
        limited(cell + text.slice(from));
        throw refuse("is not CSV: unexpected end of data");
      }
      cell += text.slice(from, end);
      at = end + 1;
      if (text[at] !== '"') return cell;
      cell += '"';
      from = at + 1;
    }
  };
  const unquoted = () => {
    stop.lastIndex = at;
    const from = at;
    at = stop.exec(text)?.index ?? text.length;
    return text.slice(from, at);
  };

  while (at < text.length) {
    const row = [];
    if (text[at] !== "\n" && text[at] !== "\r") {
      for (;;) {
        row.push(limited(text[at] === '"' ? quoted() : unquoted()));
        if (text[at] !== ",") break;
        at += 1;
      }
    }
    if (at < text.length && text[at] !== "\n" && text[at] !== "\r")
      throw refuse("is not CSV: ',' expected after '\"'");
    at += text.startsWith("\r\n", at) ? 2 : 1;
    rows.push(row);
  }
  return rows;
}

function checkSeparator(rows, refuse) {
  for (const [separator, name, written] of [
    [";", "semicolons", ";"],
    ["\t", "tabs", "\\t"],
  ]) {
    if (rows[0].length === 1 && rows.every((row) => row.join("").includes(separator)))
      throw refuse(
        `is separated by ${name}, not by commas`,
        `pandas.read_csv(…, sep='${written}').to_csv(…, index=False)`,
      );
  }
}

function checkHeader(names, refuse) {
  if (names.length > MAX_COLUMNS)
    throw refuse(`has ${names.length} columns, more than ${MAX_COLUMNS}`);
  if (new Set(names).size < names.length)
    throw refuse("names a column twice", "give every column its own name");
}

/** The narrowest type that keeps what was written: "01" stays text. */
function typed(cells, refuse) {
  const all = (pattern) => cells.every((cell) => pattern.test(cell));
  if (cells.some((cell) => cell !== "")) {
    if (all(INTEGER)) return { kind: "int", cells };
    if (all(FLOAT)) return { kind: "float", cells };
    if (all(BOOL)) return { kind: "bool", cells };
  }
  const longest = cells.reduce((most, cell) => Math.max(most, length(cell)), 0);
  if (4 * longest * cells.length > MAX_TEXT_BYTES) {
    const [characters, rows] = [longest, cells.length].map((n) => n.toLocaleString("en-US"));
    throw refuse(
      `has a cell of ${characters} characters, too many for ${rows} rows`,
      "shorten the longest texts",
    );
  }
  return { kind: "text", cells };
}

/** How many characters there are, as Python counts them. */
export function length(text) {
  let pairs = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.codePointAt(at) > 0xffff) {
      pairs += 1;
      at += 1;
    }
  }
  return text.length - pairs;
}
