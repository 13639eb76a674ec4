// The leaderboards of a playground's page: every row, sorting, a filter.
//
// Without this script the page shows the first rows; with it, all of them, read from
// leaderboard.json as data. Participants' text reaches the page through textContent alone.
// The rules of `aims_gh/site/text.py` and `board.py` are repeated in `FORMAT`; a test in a
// browser compares the two.

import { element, plain } from "./dom.js";
import { NOTHING, grouped, scalar, score, size, time } from "./format.js";

const ALL = 300; // so many rows are simply drawn: the browser's own search finds them
const AHEAD = 24; // rows drawn above and below the ones in sight
const STEP = 12; // redraw after so many rows, not after each
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

// ---------------------------------------------------------------- values as text

const FORMAT = {
  rank: (value) => ({ text: grouped(value) }),
  user: (value) => ({ text: value }),
  version: (value) => ({ text: value }),
  text: (value) => ({ text: value }),
  int: (value) => ({ text: grouped(value), title: String(value) }),
  bool: (value) => ({ text: value ? "yes" : "no" }),
  size: (value) => ({ text: size(value), title: `${grouped(value)} bytes` }),
  decimal: (value) => ({ text: value.toFixed(1), title: String(value) }),
  score: (value) => ({ text: score(value), title: String(value) }),
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
const BLANK = new Set(["text", "list", "pairs"]);

function described(kind, value) {
  if (value === null || value === undefined) return { text: BLANK.has(kind) ? "" : NOTHING };
  try {
    return FORMAT[kind](value);
  } catch {
    return { text: value }; // not what the column holds: show it as it is
  }
}

function cell(column, value) {
  const shown = described(column.kind, value);
  const made = element("td", { className: column.css, title: shown.title ?? "" });
  if (shown.css) made.classList.add(shown.css);
  if (shown.iso) made.append(element("time", { dateTime: shown.iso, textContent: shown.text }));
  else made.textContent = plain(shown.text);
  if (shown.word) made.append(element("span", { className: "aims-unseen", textContent: ` ${shown.word}` }));
  return made;
}

// ---------------------------------------------------------------- order and filter

function sortable(kind, value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return Number(value);
  if (kind === "list" || kind === "pairs") return described(kind, value).text || null;
  return value;
}

function compare(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
}

/** Rows of a column in order; rows without a value stay last, equal rows stay in rank order. */
function ordered(rows, values, kind, descending) {
  const keys = new Map(rows.map((row) => [row, sortable(kind, values[row])]));
  return [...rows].sort((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    if (x === null || y === null) return (x === null) - (y === null) || a - b;
    return (descending ? compare(y, x) : compare(x, y)) || a - b;
  });
}

const SEARCHED = ["username", "model_type", "ml_framework", "tags"];

/** What the filter looks at, row by row. */
function haystacks(columns, total) {
  const searched = SEARCHED.map((name) => columns[name]).filter(Boolean);
  return Array.from({ length: total }, (_, row) =>
    searched.map((values) => plain(values[row] ?? "")).join("\n").toLowerCase(),
  );
}

/** The first row of each participant; the board is in rank order, so it is the best. */
function bestOfEach(users) {
  const seen = new Set();
  return users.map((user) => !seen.has(user) && Boolean(seen.add(user)));
}

// ---------------------------------------------------------------- a board

class BoardTable {
  constructor(section, board) {
    this.section = section;
    this.data = board.columns;
    this.total = board.columns.version.length;
    this.heads = [...section.querySelectorAll("thead th")];
    this.columns = this.heads.map((head) => ({
      key: head.dataset.key,
      kind: head.dataset.kind,
      css: head.className,
    }));
    this.body = section.querySelector("tbody");
    this.box = section.querySelector(".aims-scroll");
    this.count = section.querySelector(".aims-count");
    this.haystacks = haystacks(this.data, this.total);
    this.best = bestOfEach(this.data.username);
    this.sort = { key: "rank", kind: "rank", descending: false };
    this.addControls();
    this.heads.forEach((head) => this.addButton(head));
    this.update();
    this.box.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.resize()).observe(this.box);
    section.dataset.rows = this.total; // says that the script has taken over
  }

  addControls() {
    this.filter = element("input", {
      type: "search",
      className: "aims-filter",
      placeholder: "Filter by user or model",
      ariaLabel: "Filter by user or model",
      autocomplete: "off",
      spellcheck: false,
    });
    this.onlyBest = element("input", { type: "checkbox" });
    this.filter.addEventListener("input", () => this.update());
    this.onlyBest.addEventListener("change", () => this.update());
    const label = element("label", { className: "aims-only" }, this.onlyBest, " Best of each participant");
    this.section.querySelector(".aims-toolbar").prepend(this.filter, label);
  }

  addButton(head) {
    const button = element("button", { type: "button", className: "aims-sort" });
    if (head.dataset.label) head.textContent = head.dataset.label;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const { key, kind, first } = head.dataset;
      const again = this.sort.key === key;
      this.sort = { key, kind, descending: again ? !this.sort.descending : first === "descending" };
      this.update();
    });
  }

  update() {
    const wanted = plain(this.filter.value).trim().toLowerCase();
    const all = [...this.haystacks.keys()];
    const rows = all.filter(
      (row) => this.haystacks[row].includes(wanted) && (!this.onlyBest.checked || this.best[row]),
    );
    const { key, kind, descending } = this.sort;
    this.rows = ordered(rows, this.data[key], kind, descending);
    for (const head of this.heads) {
      const sorted = head.dataset.key === key;
      head.ariaSort = sorted ? (descending ? "descending" : "ascending") : null;
    }
    this.box.scrollTop = 0;
    this.count.textContent = this.summary();
    this.section.querySelector("table").ariaRowCount = rows.length + 1;
    this.drawn = null;
    this.draw();
  }

  summary() {
    const all = `${grouped(this.total)} ${this.total === 1 ? "submission" : "submissions"}`;
    return this.rows.length === this.total ? all : `${grouped(this.rows.length)} of ${all}`;
  }

  none() {
    const text = "No submission matches.";
    const only = element("td", { colSpan: this.heads.length, className: "aims-no-match", textContent: text });
    return element("tr", {}, only);
  }

  row(place) {
    const row = this.rows[place];
    const cells = this.columns.map((column) => cell(column, this.data[column.key]?.[row]));
    return element("tr", { ariaRowIndex: place + 2 }, ...cells);
  }

  /** A row that is as high as the rows that are not drawn. */
  space(rows) {
    const made = element("tr", { className: "aims-space", ariaHidden: "true" });
    made.style.height = `${rows * this.height()}px`;
    return rows ? [made] : [];
  }

  height() {
    const rows = this.body.querySelectorAll("tr:not(.aims-space)");
    if (rows.length < 2) return this.measured ?? 28;
    const [top, end] = [rows[0], rows[rows.length - 1]].map((row) => row.getBoundingClientRect().top);
    if (end > top) this.measured = (end - top) / (rows.length - 1);
    return this.measured ?? 28; // nothing to measure on a board that another tab hides
  }

  /** The places that are in sight, and some around them. */
  window() {
    const total = this.rows.length;
    if (total <= ALL) return [0, total];
    const height = this.height();
    const seen = Math.floor(this.box.scrollTop / height) - AHEAD;
    const from = Math.max(0, seen - (seen % STEP));
    return [from, Math.min(total, from + Math.ceil(this.box.clientHeight / height) + 2 * AHEAD + STEP)];
  }

  draw() {
    const [from, to] = this.window();
    if (this.drawn === `${from} ${to}`) return;
    this.drawn = `${from} ${to}`;
    const rows = Array.from({ length: to - from }, (_, place) => this.row(from + place));
    const spaces = [this.space(from), this.space(this.rows.length - to)];
    this.body.replaceChildren(...spaces[0], ...(this.rows.length ? rows : [this.none()]), ...spaces[1]);
    if (this.rows.length > ALL) this.keepWidths();
  }

  /** Let no column shrink while others of its rows come into sight. */
  keepWidths() {
    const widths = this.heads.map((head) => head.offsetWidth);
    this.heads.forEach((head, i) => (head.style.minWidth = `${widths[i]}px`));
  }

  resize() {
    if (this.box.clientWidth === this.width) return;
    this.width = this.box.clientWidth;
    for (const head of this.heads) head.style.minWidth = "";
    this.drawn = null;
    this.draw();
  }
}

// ---------------------------------------------------------------- the page

/** Open the tab that an address such as …#competition asks for. */
function openTab() {
  const tab = document.getElementById(`tab-${location.hash.slice(1)}`);
  if (tab instanceof HTMLInputElement) tab.checked = true;
}

export default async function (root) {
  addEventListener("hashchange", openTab);
  openTab();
  const sections = [...root.querySelectorAll(".aims-board[data-source]")];
  const withRows = sections.filter((section) => section.querySelector("tbody"));
  if (!withRows.length) return;
  const answer = await fetch(withRows[0].dataset.source);
  if (!answer.ok) return; // the rows in the page stay
  const { boards } = await answer.json();
  for (const section of withRows) new BoardTable(section, boards[section.dataset.board]);
}
