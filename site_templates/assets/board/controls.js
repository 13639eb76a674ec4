// What stands above a board: search, filters, columns, who the reader is, and links.

import { element } from "../dom.js";
import { grouped } from "../format.js";
import { canHide } from "./state.js";

const OPTIONS = 100; // in a list to choose from
const LOGINS = 2000; // suggested while typing

/** A field with its label, which is seen by those who cannot see where it stands. */
function field(type, label, properties = {}) {
  return element("input", {
    type,
    className: "aims-filter",
    placeholder: label,
    ariaLabel: label,
    autocomplete: "off",
    spellcheck: false,
    ...properties,
  });
}

function button(label, act, css = "") {
  const made = element("button", { type: "button", className: `aims-tool ${css}`, textContent: label });
  made.addEventListener("click", act);
  return made;
}

function tick(label, properties = {}) {
  const input = element("input", { type: "checkbox", ...properties });
  return { input, label: element("label", { className: "aims-only" }, input, ` ${label}`) };
}

export class Controls {
  /** `board` is told what is wanted, by `want`, and what is to be done. */
  constructor(section, columns, board) {
    this.board = board;
    this.columns = columns;
    this.toolbar = section.querySelector(".aims-toolbar");
    this.count = section.querySelector(".aims-count");
    this.said = element("p", { className: "aims-said", role: "status" });
    const filters = element("div", { className: "aims-filters" }, ...this.filters(section.id));
    const tools = element("div", { className: "aims-tools" }, ...this.tools());
    this.toolbar.prepend(this.search, this.unfold(), this.compare, filters, tools);
    this.count.after(this.said);
    this.addLinks(section.querySelector(".aims-links"));
  }

  // -------------------------------------------------------------- making them

  /** On a small screen most of it is folded away until somebody asks for it. */
  unfold() {
    const made = button("Filters, columns", () => {
      const open = this.toolbar.toggleAttribute("data-open");
      made.ariaExpanded = String(open);
    }, "aims-unfold");
    made.ariaExpanded = "false";
    return made;
  }

  filters(id) {
    this.search = field("search", "Search user, model, library or tag");
    this.user = field("search", "Any user");
    this.logins = element("datalist", { id: `${id}-logins` });
    this.user.setAttribute("list", this.logins.id);
    this.best = tick("Best of each participant");
    this.selects = {
      library: this.select("Library", "Any library", "ml_framework"),
      model: this.select("Model type", "Any model type", "model_type"),
    };
    this.search.addEventListener("input", () => this.board.want({ search: this.search.value }));
    this.user.addEventListener("input", () => this.board.want({ user: this.user.value }));
    this.best.input.addEventListener("change", () => this.board.want({ best: this.best.input.checked }));
    for (const [name, { select }] of Object.entries(this.selects)) {
      select.addEventListener("change", () => this.board.want({ [name]: select.value }));
    }
    this.clear = button("Clear", () => this.board.clear(), "aims-clear");
    const selects = Object.values(this.selects).filter(({ key }) => this.has(key));
    return [this.user, this.logins, ...selects.map((one) => one.select), this.best.label, this.clear];
  }

  has(key) {
    return this.columns.some((column) => column.key === key);
  }

  select(label, any, key) {
    const select = element("select", { className: "aims-filter", ariaLabel: label });
    select.append(element("option", { value: "", textContent: any }));
    return { select, any, key };
  }

  tools() {
    this.compare = element("a", { className: "aims-tool aims-compare" });
    this.you = field("text", "Your name here", { className: "aims-filter aims-you" });
    this.you.addEventListener("change", () => this.board.iAm(this.you.value));
    this.you.addEventListener("keydown", ({ key }) => key === "Enter" && this.board.iAm(this.you.value));
    this.you.addEventListener("blur", () => (this.you.value = this.login));
    this.mine = button("Show my row", () => this.board.jump());
    this.copy = button("Copy link", () => this.board.copyLink());
    this.several = tick("Sort by several", { title: "A click adds to the order, as it does with Shift" });
    return [this.chooser(), this.several.label, this.copy, this.you, this.mine];
  }

  chooser() {
    this.ticks = this.columns.filter(({ key }) => canHide(key)).map(({ key, label }) => {
      const made = tick(label, { value: key });
      made.input.addEventListener("change", () => this.board.hide(this.hidden()));
      return made;
    });
    const all = button("Show all", () => this.board.hide([]));
    const set = element(
      "fieldset",
      {},
      element("legend", { textContent: "Columns to show" }),
      ...this.ticks.map(({ label }) => label),
      all,
    );
    const made = element("details", { className: "aims-chooser" });
    made.append(element("summary", { className: "aims-tool", textContent: "Columns" }), set);
    closeOnLeaving(made);
    return made;
  }

  hidden() {
    return this.ticks.filter(({ input }) => !input.checked).map(({ input }) => input.value);
  }

  addLinks(links) {
    const shown = button("CSV as shown", () => this.board.download(), "aims-as-shown");
    links.prepend(shown);
  }

  /** Whether a click on a head adds to the order there is. */
  get addsToOrder() {
    return this.several.input.checked;
  }

  // -------------------------------------------------------------- showing a state

  show(state) {
    for (const name of ["search", "user"]) {
      if (this[name].value !== state[name]) this[name].value = state[name];
    }
    this.best.input.checked = state.best;
    for (const [name, one] of Object.entries(this.selects)) choose(one, state[name]);
    for (const { input } of this.ticks) input.checked = !state.hidden.includes(input.value);
    this.clear.hidden = !(state.search || state.user || state.library || state.model || state.best);
    this.showPicked(state.picked);
  }

  showPicked(picked) {
    const enough = picked.length > 1;
    if (enough) this.compare.href = `../compare/?v=${picked.join(",")}`;
    else this.compare.removeAttribute("href");
    this.compare.textContent = enough ? `Compare ${picked.length}` : "Tick rows to compare";
  }

  /** Offer what there is to choose from. */
  fill(data) {
    for (const one of Object.values(this.selects)) {
      const { value } = one.select;
      const options = data.options(one.key, OPTIONS).map(([name, many]) =>
        element("option", { value: name, textContent: `${name} (${grouped(many)})` }),
      );
      one.select.append(...options);
      choose(one, value);
    }
    const logins = data.options("username", LOGINS).map(([value]) => element("option", { value }));
    this.logins.replaceChildren(...logins);
  }

  showMe(login, row, rank) {
    this.login = login;
    if (document.activeElement !== this.you) this.you.value = login; // or somebody is typing there
    this.mine.hidden = row === null;
    this.mine.textContent = rank ? `Show my row (#${grouped(rank)})` : "Show my row";
  }
}

/** Choose a value, also one that is not among the options yet. */
function choose({ select }, value) {
  const known = [...select.options].filter((option) => option.value === value);
  for (const option of select.querySelectorAll("[data-asked]")) {
    if (known.length > 1 || option.value !== value) option.remove();
  }
  if (!known.length) {
    const asked = element("option", { value, textContent: value });
    asked.dataset.asked = "";
    select.append(asked);
  }
  select.value = value;
}

/** Close an open list as menus close: by Escape, and by going elsewhere. */
function closeOnLeaving(details) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.open = false;
    details.querySelector("summary").focus();
  });
  document.addEventListener("pointerdown", (event) => {
    if (!details.contains(event.target)) details.open = false;
  });
}
