// What a cell of a board shows. The rules of `aims_gh/site/board.py`, for the rows drawn by script.

import { element, plain } from "../dom.js";
import { grouped, NOTHING, scalar, score, size, time } from "../format.js";

const FORMAT = {
  rank: (value) => ({ text: grouped(value) }),
  user: (value) => ({ text: value, title: whole(value), href: `../../../users/?u=${quoted(value)}` }),
  version: (value) => ({ text: value, href: Number.isInteger(value) ? `../models/?v=${value}` : "" }),
  text: (value) => ({ text: value, title: whole(value) }),
  team: (value) => ({ text: value, title: whole(value) }),
  int: (value) => ({ text: grouped(value), title: String(value) }),
  bool: (value) => ({ text: value ? "yes" : "no" }),
  size: (value) => ({ text: size(value), title: `${grouped(value)} bytes` }),
  decimal: (value) => ({ text: value.toFixed(1), title: exact(value) }),
  score: (value) => ({ text: score(value), title: exact(value) }),
  time,
  mark: (value) =>
    value === true
      ? { text: "✔", word: "reproduced", css: "aims-good" }
      : { text: "✘", word: "not reproduced", css: "aims-bad" },
  list: (values) => ({ text: values.join(", ") }),
  pairs: (values) => ({
    text: Object.entries(values)
      .map(([key, value]) => `${key}: ${scalar(value)}`)
      .join(", "),
  }),
};

// What may be cut at the edge of its cell can be read beside it. The page itself has no such title:
// it holds participants' text in no attribute.
const MAYBE_CUT = 12;
export const NAMES = new Set(["user", "team", "text"]); // kinds of columns
export const whole = (value) => ([...plain(value)].length > MAYBE_CUT ? plain(value) : "");

// A whole number with ".0", as Python writes it.
const exact = (value) => (Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value));

const BLANK = new Set(["text", "team", "list", "pairs"]);

const quoted = (name) => encodeURIComponent(name.replace(/\p{Cs}/gu, "?"));

/** The text of a value, with what goes beside it. */
export function described(kind, value) {
  if (value === null || value === undefined) return { text: BLANK.has(kind) ? "" : NOTHING };
  try {
    return FORMAT[kind](value);
  } catch {
    return { text: value }; // not what the column holds: show it as it is
  }
}

/** A table cell that shows what `described` has found. */
export function cell(column, shown) {
  const made = element("td", { className: column.css, title: shown.title ?? "" });
  if (shown.css) made.classList.add(shown.css);
  made.append(content(shown));
  if (shown.word) made.append(unseen(shown.word));
  if (shown.aside) made.append(element("span", { className: "aims-aside", textContent: shown.aside }));
  if (shown.team !== undefined) made.append(element("span", { className: "aims-team", textContent: shown.team }));
  return made;
}

function content(shown) {
  const text = plain(shown.text);
  if (shown.href) return element("a", { href: shown.href, textContent: text });
  if (shown.iso) return element("time", { dateTime: shown.iso, textContent: text });
  return text;
}

export const unseen = (word) => element("span", { className: "aims-unseen", textContent: ` ${word}` });
