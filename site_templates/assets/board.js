// The leaderboards of a playground: every row, sorting, filters, addresses to share.
//
// Without this script the page shows the first rows. With it, all of them, read in parts when
// somebody turns to the table; a board that is whole in the page, as soon as the page is at rest. Participants' text reaches the page through textContent alone.

import { element, plain, save } from "./dom.js";
import { count, grouped } from "./format.js";
import { Controls } from "./board/controls.js";
import { csv } from "./board/csv.js";
import { load } from "./board/data.js";
import { Hold } from "./board/hold.js";
import { ordered } from "./board/order.js";
import { asks, EMPTY, MOST_PICKED, read, sorted, write } from "./board/state.js";
import { addSortButtons, columnsOf, PRINTED, showSort, Table } from "./board/table.js";

const BY_RANK = [{ key: "rank", descending: false }];
const MARKS = ["baseline", "late", "disqualified", "sealed"];
const SIGNS = ["pointerenter", "pointerdown", "focusin"]; // somebody turns to the table

// ---------------------------------------------------------------- the reader

const me = {
  login: "",
  /** Remember who the reader is, where the browser lets us. */
  set(login) {
    me.login = plain(login).trim().replace(/^@/, "");
    try {
      localStorage.setItem("aims-login", me.login);
    } catch {
      // private windows: known until the page is left
    }
    dispatchEvent(new Event("aims-me"));
  },
  recall() {
    try {
      me.login = localStorage.getItem("aims-login") ?? "";
    } catch {
      me.login = "";
    }
  },
};

// ---------------------------------------------------------------- a board

class Board {
  constructor(section, page) {
    this.section = section;
    this.page = page;
    this.state = EMPTY;
    this.total = Number(section.dataset.total);
    this.owners = new Set((section.dataset.owners ?? "").toLowerCase().split(" ").filter(Boolean));
    this.columns = columnsOf(section);
    this.table = new Table(section, this.columns, this);
    this.controls = new Controls(section, this.columns, this);
    this.hold = new Hold(this.table.box);
    this.isWhole = this.table.body.rows.length === this.total; // and so is small
    addSortButtons(this.columns, (column, more) => this.sortBy(column, more));
    this.listen();
    this.controls.show(this.state);
    this.showMe();
    showSort(this.columns, BY_RANK);
    section.dataset.ready = ""; // says that the script is there
  }

  listen() {
    for (const sign of SIGNS) this.section.addEventListener(sign, () => this.need(), { once: true });
    this.table.box.addEventListener("scroll", () => this.need(), { once: true, passive: true });
    this.table.body.addEventListener("change", (event) => this.pick(event.target));
    this.table.foot.addEventListener("change", (event) => this.pick(event.target));
    addEventListener("aims-me", () => this.showMe());
  }

  // -------------------------------------------------------------- reading the rows

  /** Read all rows, once; after a failure the next sign of need tries again. */
  need() {
    this.isNeeded = true;
    return this.read();
  }

  read() {
    this.loading ??= this.load();
    return this.loading;
  }

  async load() {
    const { source, parts } = this.section.dataset;
    try {
      const data = await load(source, Number(parts), (come, all) => this.showProgress(come, all));
      await this.hold.free();
      this.data = data;
    } catch {
      this.loading = null; // the rows in the page stay
      if (!this.isNeeded) return;
      this.controls.count.textContent = "The other rows could not be loaded. ";
      this.controls.count.append(this.retry());
      return;
    }
    this.controls.fill(this.data);
    this.table.keepFocus(() => {
      this.table.start(this.data);
      this.update({ keepPlace: true });
      this.showMe();
    });
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
    this.data.prepare(this.columns);
    this.section.dataset.rows = this.total; // says that all rows are there
  }

  retry() {
    const made = element("button", { type: "button", className: "aims-tool", textContent: "Try again" });
    made.addEventListener("click", () => this.need());
    return made;
  }

  showProgress(come, all) {
    if (this.isWhole) return; // it is not worth a word
    const part = all > 1 ? ` ${come} of ${all}` : "";
    this.controls.count.textContent = `Loading…${part}`;
  }

  // -------------------------------------------------------------- what is wanted

  /** Change the state; it acts as soon as all rows are there. */
  want(change, how) {
    this.state = Object.freeze({ ...this.state, ...change });
    this.controls.show(this.state);
    this.table.showPicked();
    showSort(this.columns, this.sort);
    this.page.remember(this);
    if (this.data) this.update(how);
    else this.need();
  }

  get sort() {
    return this.state.sort.length ? this.state.sort : BY_RANK;
  }

  sortBy({ key, descendingFirst }, shift) {
    const more = shift || this.controls.addsToOrder;
    const before = more ? this.state.sort : this.sort;
    this.want({ sort: sorted(before, key, descendingFirst, more) });
  }

  clear() {
    this.want({ search: "", user: "", library: "", model: "", best: false });
    this.controls.search.focus();
  }

  hide(hidden) {
    this.table.hide(hidden);
    this.want({ hidden }, { keepPlace: true });
  }

  /** Take over a state that comes from an address. */
  take(state) {
    this.table.hide(state.hidden);
    this.want(state);
  }

  update(how) {
    const by = this.sort.map(({ key, descending }) => ({
      keys: this.data.keysOf(this.columns.find((column) => column.key === key)),
      descending,
    }));
    this.rows = ordered(this.data.matching(this.state), by);
    this.table.show(this.rows, how);
    this.controls.count.textContent = this.summary();
  }

  summary() {
    const all = count(this.total, "submission");
    return this.rows.length === this.total ? all : `${grouped(this.rows.length)} of ${all}`;
  }

  print(printing) {
    this.table.print(printing);
    const cut = printing && this.rows.length > PRINTED;
    this.controls.count.textContent = `${cut ? `The first ${grouped(PRINTED)} of ` : ""}${this.summary()}`;
  }

  // -------------------------------------------------------------- comparing

  pick(box) {
    if (!box.classList.contains("aims-pick")) return;
    const version = Number(box.value);
    const others = this.state.picked.filter((one) => one !== version);
    if (box.checked && others.length === MOST_PICKED) {
      box.checked = false;
      this.say(`${MOST_PICKED} versions at most can be compared at once.`);
      return;
    }
    this.state = Object.freeze({ ...this.state, picked: box.checked ? [...others, version] : others });
    this.table.showPicked();
    this.controls.showPicked(this.state.picked);
    this.page.remember(this);
  }

  // -------------------------------------------------------------- the reader's own rows

  iAm(login) {
    if (login !== me.login) me.set(login);
    if (me.login) this.need();
  }

  isMine(row) {
    return Boolean(me.login) && this.data.users[row] === me.login.toLowerCase();
  }

  /** The best row of the reader, or null. */
  myRow() {
    const row = me.login && this.data ? this.data.users.indexOf(me.login.toLowerCase()) : -1;
    return row < 0 ? null : row;
  }

  /** What stands beside a name: what sets the row apart, as in `aims_gh/site/board.py`. */
  role(row) {
    const marks = this.data.value("marks", row) ?? [];
    const isOwner = this.owners.has(this.data.users[row]) && !marks.includes("baseline");
    const words = [isOwner && "owner", ...MARKS.filter((mark) => marks.includes(mark)), this.isMine(row) && "you"];
    return words.filter(Boolean).join(", ");
  }

  showMe() {
    const row = this.myRow();
    this.controls.showMe(me.login, row, row === null ? null : this.data.value("rank", row));
    if (!this.data) return;
    this.table.showMine();
    this.say(me.login && row === null ? `No submission of ${me.login} is on this board.` : "");
  }

  jump() {
    const found = this.table.jump(this.myRow());
    this.say(found ? "" : "The filters hide your row.");
  }

  // -------------------------------------------------------------- taking it elsewhere

  say(text) {
    this.controls.said.textContent = text;
  }

  async copyLink() {
    this.page.remember(this);
    try {
      await navigator.clipboard.writeText(location.href);
      this.say("The link is copied.");
    } catch {
      this.say("The address of this page is the link."); // no clipboard without https
    }
  }

  async download() {
    await this.need();
    if (!this.data) return;
    const keys = this.table.shown.map(({ key }) => key);
    const rows = [...this.rows].map((row) => keys.map((key) => this.data.value(key, row)));
    save(`${this.section.dataset.board}-as-shown.csv`, csv([keys, ...rows]), "text/csv");
  }
}

// ---------------------------------------------------------------- the page

/** The boards of the page, and the address that says what the open one shows. */
class Page {
  constructor(root) {
    me.recall();
    const sections = [...root.querySelectorAll(".aims-board")];
    const withRows = sections.filter((section) => section.querySelector("tbody"));
    this.boards = withRows.map((section) => new Board(section, this));
    for (const tab of root.querySelectorAll(".aims-tab")) {
      tab.addEventListener("change", () => this.remember(this.open));
    }
    addEventListener("hashchange", () => this.openTab());
    this.openTab();
    if (this.open && asks(location.search)) {
      this.open.take(read(location.search, this.open.columns.map(({ key }) => key)));
    }
    if (me.login || this.open?.section.matches(":focus-within")) this.open.need();
    atRest(() => {
      for (const board of this.boards) if (board.isWhole) board.read();
    });
  }

  /** The board that is in sight. */
  get open() {
    const tab = document.querySelector(".aims-tab:checked");
    const name = tab?.id.replace(/^tab-/, "");
    return this.boards.find(({ section }) => !name || section.id === name);
  }

  /** Open the tab that an address such as …#competition asks for. */
  openTab() {
    const tab = document.getElementById(`tab-${location.hash.slice(1)}`);
    if (tab instanceof HTMLInputElement) tab.checked = true;
  }

  /** Write into the address what the open board shows. */
  remember(board) {
    if (!board || board !== this.open) return;
    const tab = document.querySelector(".aims-tab:checked");
    const first = document.querySelector(".aims-tab");
    const query = write(board.state, location.search);
    const hash = tab && tab !== first ? `#${board.section.id}` : "";
    history.replaceState(history.state, "", `${location.pathname}${query && "?"}${query}${hash}`);
  }
}

/** Do something when the page has loaded and the browser has nothing else to do. */
function atRest(act) {
  const idle = () => (globalThis.requestIdleCallback ?? setTimeout)(act);
  if (document.readyState === "complete") idle();
  else addEventListener("load", idle, { once: true });
}

export default async function (root) {
  new Page(root);
}
