// Versions of a playground: reading their data, finding one, and what several pages show of them.

import { element, plain, plainLines, read } from "./dom.js";
import { NOTHING, grouped, scalar } from "./format.js";

const PER_FILE = 64; // evaluations in one file, as in aims_gh/site/versions.py
const FOUND = 60; // so many results are listed at once

/** The versions of a playground: an index of all, and each one's record when it is asked for. */
export class Versions {
  /** @param {HTMLElement} module with data-root, data-slug, data-address, data-repository */
  static async of(module) {
    const { root, slug } = module.dataset;
    const index = await read(`${root}data/${slug}/versions/index.json`);
    if (!index || !Array.isArray(index.version)) throw new Error("the index of versions is not there");
    return new Versions(module, index);
  }

  constructor(module, index) {
    Object.assign(this, { root: module.dataset.root, slug: module.dataset.slug });
    this.address = module.dataset.address ?? "";
    this.repository = module.dataset.repository ?? "";
    this.index = index;
    this.files = new Map();
    this.places = new Map(index.version.map((version, place) => [version, place]));
    this.boards = Object.keys(index.rank);
    this.metrics = index.metrics.map(([name]) => name);
    this.higher = new Map(index.metrics);
  }

  get count() {
    return this.index.version.length;
  }

  has(version) {
    return this.places.has(version);
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

  /** A version's record; null where it cannot be read. */
  async record(version) {
    const file = Math.floor(version / PER_FILE);
    if (!this.files.has(file)) {
      this.files.set(file, read(`${this.root}data/${this.slug}/versions/${file}.json`));
    }
    const found = (await this.files.get(file))?.[version];
    return found?.version === version ? found : null;
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
  find(words, from = this.best) {
    const wanted = plain(words).trim().toLowerCase();
    if (!wanted) return from;
    const { users, user, models, model } = this.index;
    const users_ = users.map((name) => plain(name).toLowerCase().includes(wanted));
    const models_ = models.map((name) => plain(name).toLowerCase().includes(wanted));
    const number = wanted.replace(/^(?:version|v|#)\s*/, "");
    return from.filter((version) => {
      const place = this.places.get(version);
      return users_[user[place]] || models_[model[place]] || String(version) === number;
    });
  }

  /** What builds on a version. */
  children(version) {
    return Object.entries(this.index.based_on)
      .filter(([, base]) => base === version)
      .map(([child]) => Number(child));
  }

  /** What a version builds on, the nearest first. */
  ancestors(version) {
    const found = [];
    for (let base = this.index.based_on[version]; base && !found.includes(base) && base !== version; ) {
      found.push(base);
      base = this.index.based_on[base];
    }
    return found;
  }
}

/** The versions that an address such as ?v=1,2,3 asks for. */
export function asked(most = Infinity) {
  const words = new URLSearchParams(location.search).get("v") ?? "";
  const numbers = words.split(",").map((word) => (/^\s*[1-9]\d{0,8}\s*$/.test(word) ? Number(word) : null));
  return { words, versions: [...new Set(numbers.filter((number) => number !== null))].slice(0, most) };
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

/** A search field over a list of versions. `row` makes an item of the list from what the index says. */
export function picker(versions, { label, row, order = versions.best, header = [] }) {
  const field = element("input", {
    type: "search", className: "aims-filter", placeholder: "Number, participant or model",
    autocomplete: "off", spellcheck: false, ariaLabel: label,
  }); // prettier-ignore
  const count = element("p", { className: "aims-count" });
  count.setAttribute("role", "status");
  const heads = header.map(([text, css]) => element("th", { textContent: text, className: css ?? "", scope: "col" }));
  const body = element("tbody");
  const table = element("table", { className: "aims-table" }, element("thead", {}, element("tr", {}, ...heads)), body);
  const update = () => {
    const found = versions.find(field.value, order);
    const shown = found.slice(0, FOUND);
    body.replaceChildren(...shown.map((version) => row(versions.row(version))));
    if (!found.length) {
      const words = "No version matches.";
      body.append(element("tr", {}, element("td", { colSpan: heads.length, className: "aims-no-match", textContent: words })));
    }
    const all = `${grouped(found.length)} ${found.length === 1 ? "version" : "versions"}`;
    count.textContent = shown.length < found.length ? `the first ${shown.length} of ${all}` : all;
  };
  field.addEventListener("input", update);
  update();
  const bar = element("div", { className: "aims-toolbar" }, field, count);
  const made = element("div", { className: "aims-picker" }, bar, scrolling(label, table));
  return { element: made, field, update };
}

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
