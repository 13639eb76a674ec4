// The rows of a board: read part after part, when they are needed and not before.

import { plain } from "../dom.js";
import { described } from "./values.js";
import { keysOf } from "./order.js";

const SEARCHED = ["username", "model_type", "ml_framework", "tags"];

/** Fetch all parts of a board. `progress` is told how many of them have come. */
export async function load(source, parts, progress) {
  let come = 0;
  progress(come, parts);
  const read = async (_, number) => {
    const answer = await fetch(`${source}-${number}.json`);
    if (!answer.ok) throw new Error(`part ${number} of the board: ${answer.status}`);
    const part = await answer.json();
    progress((come += 1), parts);
    return part;
  };
  return new Rows(await Promise.all(Array.from({ length: parts }, read)));
}

/** All rows of a board, column by column, with what sorting and filtering need. */
class Rows {
  constructor(parts) {
    this.total = parts[0]?.total ?? 0;
    this.columns = {};
    for (const key of Object.keys(parts[0]?.columns ?? {})) {
      this.columns[key] = parts.flatMap((part) => part.columns[key]);
    }
    this.users = this.columns.username.map((user) => plain(user).toLowerCase());
    this.haystacks = haystacks(this.columns, this.total);
    this.best = bestOfEach(this.users);
    this.keys = new Map();
  }

  value(key, row) {
    return this.columns[key]?.[row];
  }

  /** Numbers that are in the order of a column's values. */
  keysOf(column) {
    if (!this.keys.has(column.key)) {
      const text = (value) => described(column.kind, value).text;
      this.keys.set(column.key, keysOf(column.kind, this.columns[column.key] ?? [], text));
    }
    return this.keys.get(column.key);
  }

  /** Prepare the order of each column while the browser has nothing else to do. */
  prepare(columns) {
    const waiting = columns.filter((column) => !this.keys.has(column.key));
    if (!waiting.length) return;
    const idle = globalThis.requestIdleCallback ?? ((call) => setTimeout(call, 50));
    idle(() => {
      this.keysOf(waiting[0]);
      this.prepare(waiting.slice(1));
    });
  }

  /** Whether this row shares its rank. */
  isTied(row) {
    const ranks = this.columns.rank;
    const rank = ranks[row];
    return rank !== null && (ranks[row - 1] === rank || ranks[row + 1] === rank);
  }

  /** The rows that hold the longest value of a column, for each column. */
  widest(columns) {
    const lengths = columns.map(({ key }) => (this.columns[key] ?? []).map(lengthOf));
    const longest = lengths.map((all) => all.reduce((best, one, i) => (one > all[best] ? i : best), 0));
    return [...new Set(longest)];
  }

  /** The values of a column with how often each occurs, the most frequent ones. */
  options(key, most) {
    const counts = new Map();
    for (const value of this.columns[key] ?? []) {
      if (typeof value === "string") counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const frequent = [...counts].sort((a, b) => b[1] - a[1]).slice(0, most);
    return frequent.sort((a, b) => a[0].localeCompare(b[0], undefined, { numeric: true }));
  }

  /** The rows that a state asks for, in rank order. */
  matching(state) {
    const tests = [...this.tests(state)];
    const rows = [];
    for (let row = 0; row < this.total; row += 1) {
      if (tests.every((test) => test(row))) rows.push(row);
    }
    return rows;
  }

  *tests(state) {
    const wanted = plain(state.search).trim().toLowerCase();
    if (wanted) yield (row) => this.haystacks[row].includes(wanted);
    const user = plain(state.user).trim().toLowerCase();
    if (user) yield this.userTest(user);
    for (const [name, key] of [["library", "ml_framework"], ["model", "model_type"]]) {
      const values = this.columns[key] ?? [];
      if (state[name]) yield (row) => values[row] === state[name];
    }
    if (state.best) yield (row) => this.best[row];
  }

  /** A whole login means that user alone; a part of one, all whose login has it. */
  userTest(user) {
    const exact = this.users.includes(user);
    return exact ? (row) => this.users[row] === user : (row) => this.users[row].includes(user);
  }
}

function lengthOf(value) {
  if (typeof value === "string") return value.length;
  if (typeof value === "number") return Number.isInteger(value) ? Math.log10(Math.abs(value) + 1) : 8;
  return value && typeof value === "object" ? JSON.stringify(value).length : 0;
}

/** What the search looks at, row by row. */
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
