// The table of a board: draws the rows in sight, and no more.

import { element, plain } from "../dom.js";
import { score } from "../format.js";
import { cell, described, NAMES, unseen, whole } from "./values.js";

const ALL = 120; // so many rows are simply drawn: the browser's own search finds them
export const PRINTED = 1000; // rows on paper
const AHEAD = 18; // rows drawn above and below the ones in sight
const STEP = 9; // redraw after so many rows, not after each

/** The columns of a table, from its heads. */
export function columnsOf(section) {
  return [...section.querySelectorAll("thead th")].map((head) => ({
    head,
    key: head.dataset.key,
    kind: head.dataset.kind,
    label: head.dataset.label ?? head.firstChild.textContent.trim(),
    descendingFirst: head.dataset.first === "descending",
    interval: "interval" in head.dataset,
    css: head.className,
  }));
}

export class Table {
  /** `board` is asked who the reader is, who owns the course, and what is picked. */
  constructor(section, columns, board) {
    this.columns = columns;
    this.shown = columns;
    this.board = board;
    this.table = section.querySelector("table");
    this.body = section.querySelector("tbody");
    this.box = section.querySelector(".aims-scroll");
    this.foot = element("tfoot");
    this.drawnColumns = columns; // of the rows that are in the page
    this.takeOver();
    this.lines = new Map();
    this.top = 0; // as the box has it: to ask the box would cost a layout
    this.rowHeight = 28;
  }

  /** Take over from the rows that are in the page. */
  start(data) {
    this.data = data;
    this.huge = data.total > ALL;
    this.widest = this.huge ? data.widest(this.columns) : [];
    this.table.append(this.foot);
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.scrolled();
    this.fit();
    new ResizeObserver(() => this.resize()).observe(this.box);
  }

  /** The rows that are in the page can be ticked, and long names read, before the others are there. */
  takeOver() {
    const at = (kind) => this.columns.findIndex((column) => column.kind === kind);
    const [rank, version] = [at("rank"), at("version")];
    for (const { cells } of this.body.rows) {
      cells[rank].append(this.boxFor(Number(cells[version].textContent)));
      this.columns.forEach(({ kind }, i) => {
        if (NAMES.has(kind)) cells[i].title = whole(cells[i].firstChild?.textContent ?? "");
      });
    }
  }

  hide(keys) {
    this.shown = this.columns.filter((column) => !keys.includes(column.key));
    for (const { head, key } of this.columns) head.hidden = keys.includes(key);
    if (this.data) return this.fit();
    for (const { cells } of this.body.rows) {
      this.columns.forEach(({ key }, i) => (cells[i].hidden = keys.includes(key)));
    }
  }

  /** Show these rows in this order. */
  show(rows, { keepPlace = false } = {}) {
    const moves = this.top > 0; // to move the box costs a layout
    if (!keepPlace) this.top = 0;
    this.rows = rows;
    this.table.ariaRowCount = rows.length + 1;
    this.redraw();
    if (moves) this.box.scrollTop = this.top;
  }

  scrolled() {
    this.top = this.box.scrollTop;
    this.draw();
  }

  redraw() {
    this.drawnColumns = this.shown;
    this.lines.clear();
    this.drawn = null;
    this.draw();
    this.pin();
  }

  /** Draw again what says whose rows are the reader's. */
  showMine() {
    this.keepFocus(() => {
      this.fit();
      this.redraw();
    });
    if (this.huge) this.box.scrollTop = this.top;
  }

  /** Tick the boxes of the versions that are picked; the pinned row has one too. */
  showPicked() {
    const { picked } = this.board.state;
    for (const box of this.table.querySelectorAll(".aims-pick")) box.checked = picked.includes(Number(box.value));
  }

  // -------------------------------------------------------------- the focus

  /** Do what replaces rows; the focus goes back to where it was, by row and column. */
  keepFocus(replace) {
    const before = document.activeElement;
    const cell = before?.closest("td");
    if (!cell || !this.table.contains(cell)) return replace();
    const version = versionOf(cell.parentElement);
    const key = this.drawnColumns[cell.cellIndex]?.key;
    const part = this.foot.contains(cell) ? this.foot : this.body;
    replace();
    if (before.isConnected && before === document.activeElement) return;
    const row = [...part.rows].find((one) => versionOf(one) === version);
    const again = row?.cells[this.shown.findIndex((column) => column.key === key)];
    (again?.querySelector(before.localName) ?? this.box).focus({ preventScroll: true });
  }

  // -------------------------------------------------------------- one row

  line(row) {
    const made = element("tr", {}, ...this.shown.map((column) => this.cell(column, row)));
    if (this.board.isMine(row)) made.classList.add("aims-own");
    return made;
  }

  cell(column, row) {
    const value = this.data.value(column.key, row);
    const shown = { ...described(column.kind, value) };
    if (column.kind === "rank" && this.data.isTied(row)) {
      Object.assign(shown, { text: `=${shown.text}`, title: "shared" });
    }
    if (column.kind === "user") Object.assign(shown, { aside: this.board.role(row), team: this.teamOf(row) });
    if (column.interval) shown.aside = this.interval(column.key, row);
    const made = cell(column, shown);
    if (column.kind === "rank") made.append(this.boxFor(this.data.value("version", row)));
    return made;
  }

  /** Undefined on a board without teams, whose rows are lower. */
  teamOf(row) {
    const has = this.columns.some(({ key }) => key === "team_name");
    return has ? plain(this.data.value("team_name", row) ?? "") : undefined;
  }

  interval(key, row) {
    const ends = ["low", "high"].map((end) => this.data.value(`${key}_${end}`, row));
    return ends.every((end) => typeof end === "number") ? ends.map(score).join("–") : "";
  }

  boxFor(version) {
    return element("input", {
      type: "checkbox",
      className: "aims-pick",
      value: version,
      checked: this.board.state.picked.includes(version),
      ariaLabel: `Compare version ${version}`,
    });
  }

  none() {
    const text = "No submission matches.";
    const only = element("td", { colSpan: this.shown.length, className: "aims-no-match", textContent: text });
    return element("tr", {}, only);
  }

  // -------------------------------------------------------------- the rows in sight

  /** A row that is as high as the rows that are not drawn. */
  space(rows) {
    const made = element("tr", { className: "aims-space", ariaHidden: "true" });
    made.style.height = `${rows * this.rowHeight}px`;
    return rows ? [made] : [];
  }

  /** The places that are in sight, and some around them. */
  window() {
    const total = this.rows.length;
    if (this.printing) return [0, Math.min(total, PRINTED)];
    if (total <= ALL) return [0, total];
    const inSight = Math.ceil(this.boxHeight / this.rowHeight);
    const seen = Math.floor(this.top / this.rowHeight) - AHEAD;
    const last = Math.max(0, total - inSight - AHEAD);
    const from = Math.min(Math.max(0, seen - (seen % STEP)), last);
    return [from, Math.min(total, from + inSight + 2 * AHEAD + STEP)];
  }

  draw() {
    if (!this.rows) return;
    const [from, to] = this.window();
    if (this.drawn === `${from} ${to}`) return;
    this.drawn = `${from} ${to}`;
    const spaces = [this.space(from), this.space(this.printing ? 0 : this.rows.length - to)];
    const rows = this.rows.length ? this.between(from, to) : [this.none()];
    this.body.replaceChildren(...spaces[0], ...rows, ...spaces[1]);
  }

  /** The lines of these places; the ones that were drawn already are kept, and their focus. */
  between(from, to) {
    const lines = new Map();
    for (let place = from; place < to; place += 1) {
      lines.set(place, this.lines.get(place) ?? this.line(this.rows[place]));
      lines.get(place).ariaRowIndex = place + 2;
    }
    this.lines = lines;
    return lines.values();
  }

  /**
   * Measure once how wide the columns must be, and how high a row is. With widths that are fixed
   * the browser need not look into every cell again after each sort.
   */
  fit() {
    this.width = this.box.clientWidth;
    this.boxHeight = this.box.clientHeight || 640; // a board in another tab has no height
    if (!this.huge || !this.width) return;
    this.loosen();
    const mine = this.board.myRow();
    const rows = mine === null ? this.widest : [...this.widest, mine];
    this.body.replaceChildren(...rows.map((row) => this.line(row)));
    const heads = this.shown.map(({ head }) => head);
    const widths = heads.map((head) => head.getBoundingClientRect().width);
    this.rowHeight = this.body.getBoundingClientRect().height / rows.length;
    heads.forEach((head, i) => (head.style.width = `${widths[i]}px`));
    this.table.style.tableLayout = "fixed";
    this.drawn = null;
  }

  loosen() {
    this.table.style.tableLayout = "";
    for (const { head } of this.columns) head.style.width = "";
  }

  resize() {
    if (this.box.clientWidth === this.width) return;
    this.keepFocus(() => {
      this.fit();
      this.box.scrollTop = this.top; // the browser has cut it while the table was short
      this.draw();
    });
  }

  print(printing) {
    this.printing = printing;
    this.keepFocus(() => {
      if (printing) this.loosen();
      else this.fit();
      this.drawn = null;
      this.draw();
    });
  }

  // -------------------------------------------------------------- the reader's own row

  /** Keep the reader's best row in sight, below the others. */
  pin() {
    const row = this.board.myRow();
    this.foot.replaceChildren(...(row === null ? [] : [this.line(row)]));
  }

  /** Scroll to the row; says whether it is among those shown. */
  jump(row) {
    const place = this.rows.indexOf(row);
    if (place < 0) return false;
    this.box.scrollTop = Math.max(0, (place + 1.5) * this.rowHeight - this.boxHeight / 2);
    this.scrolled();
    this.lines.get(place)?.querySelector("a, input")?.focus({ preventScroll: true });
    return true;
  }
}

const versionOf = (row) => row.querySelector(".aims-pick")?.value;

/** Put a button into each head that sorts by its column. */
export function addSortButtons(columns, sort) {
  for (const column of columns) {
    const { head } = column;
    if (head.dataset.label) head.textContent = head.dataset.label;
    const button = element("button", { type: "button", className: "aims-sort" }, ...head.childNodes);
    column.place = element("span", { className: "aims-sort-place" });
    button.append(column.place);
    head.append(button);
    button.addEventListener("click", (event) => sort(column, event.shiftKey));
  }
}

/** Show in the heads by which columns, and in which order of them, the rows are sorted. */
export function showSort(columns, sort) {
  for (const { head, key, place } of columns) {
    const at = sort.findIndex((one) => one.key === key);
    const direction = at < 0 ? null : sort[at].descending ? "descending" : "ascending";
    head.ariaSort = at === 0 ? direction : null; // of several heads, one alone may have it
    if (direction) head.dataset.sorted = direction;
    else delete head.dataset.sorted;
    place.replaceChildren();
    if (direction && sort.length > 1) place.append(plain(at + 1), unseen(`of the order, ${direction}`));
  }
}
