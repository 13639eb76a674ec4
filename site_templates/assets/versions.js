// Versions of a playground: reading their data, finding one, and what several pages show of them.

import { element, plain, plainLines, read } from "./dom.js";
import { NOTHING, count, grouped, scalar } from "./format.js";

const PER_FILE = 64; // evaluations in one file, as in aims_gh/site/versions.py
const STEP = 100; // so many lines of a list are shown at once

/** The versions of a playground: each one's record when it is asked for, and an index of all. */
export class Versions {
  /** @param {HTMLElement} module with data-root, data-slug, data-address, data-repository, data-latest */
  constructor(module) {
    Object.assign(this, { root: module.dataset.root, slug: module.dataset.slug });
    this.address = module.dataset.address ?? "";
    this.repository = module.dataset.repository ?? "";
    this.latest = Number(module.dataset.latest ?? 0);
    this.files = new Map();
    this.measure([]);
  }

  measure(metrics) {
    this.metrics = metrics.map(([name]) => name);
    this.higher = new Map(metrics);
  }

  /** Read the index of all versions, which grows with them: for lists alone. */
  list() {
    this.listing ??= this.readIndex();
    return this.listing;
  }

  async readIndex() {
    const index = await read(`${this.root}data/${this.slug}/versions/index.json`);
    if (!index || !Array.isArray(index.version)) throw new Error("the index of versions is not there");
    this.index = index;
    this.places = new Map(index.version.map((version, place) => [version, place]));
    this.boards = Object.keys(index.rank);
    this.measure(index.metrics);
    return this;
  }

  /** A version's record; null where it cannot be read, undefined where there is no such version. */
  async record(version) {
    if (!(version >= 1 && version <= this.latest)) return undefined;
    const file = Math.floor(version / PER_FILE);
    if (!this.files.has(file)) {
      this.files.set(file, read(`${this.root}data/${this.slug}/versions/${file}.json`));
    }
    const found = await this.files.get(file);
    if (Array.isArray(found?.metrics)) this.measure(found.metrics);
    const record = found?.versions?.[version];
    if (record?.version === version) return record;
    return (await this.list()).places.has(version) ? null : undefined;
  }

  /** What the index says of a version. */
  row(version) {
    const place = this.places.get(version);
    if (place === undefined) return null;
    const { users, user, models, model, score, time, rank } = this.index;
    return {
      version,
      user: users[user[place]],
      model: models[model[place]],
      score: score[place],
      time: new Date(1000 * time[place]),
      ranks: this.boards.map((board) => [board, rank[board][place]]).filter(([, value]) => value !== null),
    };
  }

  /** The versions in the order of the boards, best first; those without a rank last. */
  get best() {
    if (!this.order) {
      const { version, rank } = this.index;
      const places = version.map((_, place) =>
        Math.min(...this.boards.map((board) => rank[board][place] ?? Infinity)),
      );
      const all = [...version.keys()];
      this.order = all.sort((a, b) => places[a] - places[b] || a - b).map((place) => version[place]);
    }
    return this.order;
  }

  /** Versions whose number, participant or model holds the words. */
  find(words) {
    const wanted = plain(words).trim().toLowerCase();
    if (!wanted) return this.best;
    const { users, user, models, model } = this.index;
    const users_ = users.map((name) => plain(name).toLowerCase().includes(wanted));
    const models_ = models.map((name) => plain(name).toLowerCase().includes(wanted));
    const number = wanted.replace(/^(?:version|v|#)\s*/, "");
    return this.best.filter((version) => {
      const place = this.places.get(version);
      return users_[user[place]] || models_[model[place]] || String(version) === number;
    });
  }
}

/** What an address such as ?v=1,2,3 asks for: versions, and words that are none. */
export function asked() {
  const given = new URLSearchParams(location.search).get("v") ?? "";
  const words = [...new Set(given.split(",").map((word) => word.trim()).filter(Boolean))];
  const number = (word) => /^[1-9]\d{0,8}$/.test(word);
  return { given, versions: words.filter(number).map(Number), strange: words.filter((word) => !number(word)) };
}

/** What to say of words that are no version. */
export const noVersions = (strange) => strange.slice(0, 6).map((word) => `${plain(word).slice(0, 40)} is no version.`);

const titled = document.title; // as the page was made

/** Say in the window's title what is shown; without words, what the page says of itself. */
export function entitle(...words) {
  const about = document.querySelector('meta[property="og:title"]')?.content;
  document.title = words.length ? [...words.map(plain), ...(about ? [about] : [])].join(" – ") : titled;
}

/** A message in place of what cannot be shown. */
export function message(title, ...words) {
  const lines = words.map((line) => element("p", {}, line));
  return element("div", { className: "aims-empty" },
    element("p", { className: "aims-empty-title", textContent: title }), ...lines); // prettier-ignore
}

/** A link to a participant's own page. */
export function userLink(versions, login) {
  const address = `${versions.root}users/?u=${encodeURIComponent(login)}`;
  return element("a", { href: address, textContent: plain(login) });
}

/** A box whose table scrolls sideways by itself, and not the page. */
export function scrolling(label, ...children) {
  const box = element("div", { className: "aims-scroll aims-sideways", tabIndex: 0, ariaLabel: label }, ...children);
  box.setAttribute("role", "region");
  return box;
}

/**
 * A table that can be searched, a hundred lines at first.
 * `find` gives what holds the words, `row` makes a line of one of them, `noun` is what one is called.
 */
export function listed({ label, placeholder, header, find, row, noun, none, controls = [] }) {
  const field = element("input", {
    type: "search", className: "aims-filter", placeholder, autocomplete: "off", spellcheck: false, ariaLabel: label,
  }); // prettier-ignore
  const told = element("p", { className: "aims-count" });
  told.setAttribute("role", "status");
  const heads = header.map(([text, css]) => element("th", { textContent: text, className: css ?? "", scope: "col" }));
  const body = element("tbody");
  const table = element("table", { className: "aims-table" }, element("thead", {}, element("tr", {}, ...heads)), body);
  const more = element("button", { type: "button", className: "aims-button aims-further", textContent: "Show more" });
  let most = STEP;
  const update = () => {
    const found = find(field.value);
    const lines = found.slice(0, most).map(row);
    if (!lines.length) lines.push(element("tr", {}, element("td", { colSpan: heads.length, className: "aims-no-match", textContent: none })));
    body.replaceChildren(...lines);
    more.hidden = found.length <= most;
    told.textContent = more.hidden ? count(found.length, noun) : `the first ${grouped(most)} of ${count(found.length, noun)}`;
  };
  const anew = () => {
    most = STEP;
    update();
  };
  field.addEventListener("input", anew);
  more.addEventListener("click", () => {
    most += STEP;
    update();
    body.rows[most - STEP].querySelector("a, input")?.focus(); // who works by keyboard goes on there
  });
  update();
  const bar = element("div", { className: "aims-toolbar" }, field, ...controls, told);
  const made = element("div", { className: "aims-picker" }, bar, scrolling(label, table), more);
  return { element: made, field, update, anew };
}

/** A search field over a list of versions. `row` makes an item of the list from what the index says. */
export const picker = (versions, { label, row, header }) =>
  listed({
    label, header, noun: "version", none: "No version matches.", placeholder: "Number, participant or model",
    find: (words) => versions.find(words), row: (version) => row(versions.row(version)),
  }); // prettier-ignore

/** A value of a record as text. */
export function shown(value) {
  if (value === null || value === undefined) return NOTHING;
  if (typeof value === "number") return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
  return typeof value === "object" ? plain(JSON.stringify(value)) : plain(scalar(value));
}

/** A shape such as rows × 1 × 28 × 28. */
export const shape = (sides) =>
  Array.isArray(sides) ? plain(sides.map((side) => (side === null ? "?" : side)).join(" × ")) : "";

/** Text that can be copied with a button. */
export function snippet(label, lines) {
  const code = element("code", { textContent: plainLines(lines) });
  const button = element("button", { type: "button", className: "aims-copy", textContent: "Copy" });
  button.ariaLabel = `Copy: ${label}`;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code); // where the browser allows no more
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  const box = element("pre", { tabIndex: 0, ariaLabel: label }, code);
  return element("div", { className: "aims-code" }, box, button);
}

/** A word as a shell takes it for one. */
export const quoted = (word) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;

const KINDS = [
  ["conv", /conv/i],
  ["recurrent", /rnn|lstm|gru/i],
  ["attention", /attention|transformer/i],
  ["dense", /dense|linear|gemm|matmul/i],
  ["embedding", /embed/i],
  ["norm", /norm|scaler/i],
  ["drop", /drop|noise/i],
  ["pool", /pool|upsampl/i],
  ["shape", /flatten|reshape|permute|pad|concat|squeeze|transpose|cast|identity|slice|split|gather/i],
  ["activation", /relu|elu|selu|gelu|silu|swish|sigmoid|tanh|softmax|activation|mish|softplus/i],
  ["trees", /tree|forest|boost/i],
];

/** The kind of a layer or operator, which gives it its colour. */
export const kindOf = (type) => KINDS.find(([, pattern]) => pattern.test(type))?.[0] ?? "other";
