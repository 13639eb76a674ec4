// Two to six versions side by side: what `aims compare` tells, layers aligned, errors per label.

import { aligned, compared, differs } from "./align.js";
import { element, plain } from "./dom.js";
import { confusionOf, perLabel } from "./errors.js";
import { NOTHING, grouped, score, size } from "./format.js";
import {
  Versions, asked, entitle, kindOf, message, noVersions, picker, scrolling, shape, shown, userLink,
} from "./versions.js"; // prettier-ignore

const MOST = 6;
const TITLES = { scores: "Scores", model: "The model", operators: "Operators", metadata: "Metadata" };
const words = (text) => element("p", { className: "aims-note", textContent: text });
const percent = (value) => (value === null ? NOTHING : `${(100 * value).toFixed(1)} %`);

function cell(text, css = "", title = "") {
  return element("td", { textContent: plain(text), className: css, title });
}

/** A name that may break after each underscore, and nowhere else. */
const breakable = (name) =>
  plain(name).split(/(?<=_)(?=[^_])/).flatMap((part, place) => (place ? [element("wbr"), part] : [part])); // prettier-ignore

function signed(value, format) {
  const text = format(Math.abs(value));
  return value > 0 ? `+${text}` : value < 0 ? `−${text}` : "±0";
}

class Comparison {
  constructor(versions, chosen, records) {
    Object.assign(this, { versions, chosen, records });
    this.lines = compared(records);
  }

  table(label, title, rows) {
    const heads = this.chosen.map((version) =>
      element("th", { scope: "col" }, element("a", { href: `../models/?v=${version}`, textContent: `Version ${version}` })));
    const head = element("tr", {}, element("th", { scope: "col", className: "aims-first", textContent: title }), ...heads);
    const made = element("table", { className: "aims-table aims-compared" },
      element("thead", {}, head), element("tbody", {}, ...rows)); // prettier-ignore
    made.style.minWidth = `calc(var(--aims-first) + ${7 * heads.length}rem)`;
    return scrolling(label, made);
  }

  row(name, cells, { different = false, css = "" } = {}) {
    const head = element("th", { scope: "row", className: "aims-first", title: plain(name) }, ...breakable(name));
    if (different) head.append(element("span", { className: "aims-unseen", textContent: " (differs)" }));
    return element("tr", { className: `${different ? "aims-differs" : "aims-same"} ${css}` }, head, ...cells);
  }

  scores() {
    const rows = this.lines.filter(({ group }) => group === "scores").map((one) => {
      const higher = this.versions.higher.get(one.name);
      const known = one.values.filter((value) => typeof value === "number");
      const best = higher === undefined ? null : higher ? Math.max(...known) : Math.min(...known);
      const cells = one.values.map((value, place) => {
        if (typeof value !== "number") return cell(NOTHING, "aims-k-score");
        const made = cell(score(value), "aims-k-score", String(value));
        if (place && typeof one.values[0] === "number") {
          const better = higher === undefined || value === one.values[0] ? "" : value > one.values[0] === higher ? "aims-good" : "aims-bad";
          made.append(" ", element("span", { className: `aims-gain ${better}`, textContent: signed(value - one.values[0], score) }));
        }
        if (value === best && known.length > 1) {
          made.classList.add("aims-best-of");
          made.append(element("span", { className: "aims-unseen", textContent: " best" }));
        }
        return made;
      });
      return this.row(one.name, cells, { different: differs(one) });
    }); // prettier-ignore
    const held = this.records.map((record) => record.about?.withheld).find(Boolean);
    const note = words(`Differences are to the first version. The best is framed. ${plain(held ?? "")}`.trimEnd());
    return [this.part("Scores", this.table("Scores", "Metric", rows), note)];
  }

  /** A value of the group "model", with its unit. */
  value(name, value) {
    if (name === "memory_size" && typeof value === "number") return size(value);
    if (name === "latency_ms_per_1000" && typeof value === "number") return `${Number(value.toPrecision(3))} ms`;
    if (name === "num_params" && typeof value === "number") return grouped(value);
    return shown(value);
  }

  /** The other groups of lines: the model, each kind of step, operators, metadata. */
  groups() {
    const names = [...new Set(this.lines.map(({ group }) => group))].filter((group) => group !== "scores");
    return names.map((group) => {
      const lines = this.lines.filter((one) => one.group === group && one.values.some((value) => value !== null || one.of.length));
      if (!lines.length) return null;
      const rows = lines.map((one) => {
        const cells = one.values.map((value, place) => {
          if (one.of.length && !one.of.includes(place)) return cell("", "aims-absent");
          const css = one.changed[place] ? "aims-set" : "";
          const made = cell(group === "model" ? this.value(one.name, value) : shown(value), css, one.of.length ? `default: ${shown(one.default)}` : "");
          if (group === "model" && one.name === "username") made.replaceChildren(userLink(this.versions, String(value)));
          return made;
        });
        return this.row(one.name, cells, { different: differs(one) });
      });
      const title = TITLES[group] ?? plain(group);
      const first = group in TITLES ? "Property" : "Parameter";
      const about = lines.some((one) => one.changed.includes(true)) ? [words("Red: another value than the library's default.")] : [];
      return this.part(title, this.table(title, first, rows), ...about);
    });
  }

  layers() {
    const stacks = this.records.map((record) => record.claims?.layers ?? []);
    if (stacks.filter((stack) => stack.length).length < 1) return [];
    const rows = aligned(stacks).map((row, place) => {
      const cells = this.chosen.map((_, side) => {
        const layer = row[side];
        if (!layer) return cell("", "aims-absent");
        const kind = element("span", { className: `aims-chip aims-kind-${kindOf(plain(layer.type))}`, textContent: plain(layer.type) });
        const about = [layer.name, shape(layer.output_shape), layer.num_params ? `${grouped(layer.num_params)} parameters` : "", layer.activation]
          .filter(Boolean).map(plain).join(", "); // prettier-ignore
        return element("td", { className: "aims-layer" }, kind, element("span", { className: "aims-more-words", textContent: about }));
      });
      const networks = [...stacks.keys()].filter((side) => stacks[side].length);
      const told = networks.map((side) => JSON.stringify([row[side]?.type, row[side]?.output_shape, row[side]?.num_params, row[side]?.activation]));
      return this.row(String(place + 1), cells, { different: told.some((one) => one !== told[0]) });
    });
    return [this.part("Layers", this.table("Layers side by side", "#", rows), words("Layers of one kind stand in one row, each network in its own order."))];
  }

  /** Recall of each label, and the commonest mistakes of each version beside the others'. */
  errors() {
    const found = this.records.map(confusionOf);
    const known = found.filter(Boolean);
    if (!known.length) return [];
    const labels = known[0].labels.map(plain);
    const each = found.map((one) => one && new Map(perLabel(one).map((label) => [label.label, label])));
    const recall = labels.map((label) => {
      const values = each.map((one) => one?.get(label)?.recall ?? null);
      const best = Math.max(...values.filter((value) => value !== null));
      const cells = values.map((value) => cell(percent(value), value === best && known.length > 1 ? "aims-k-score aims-best-of" : "aims-k-score"));
      return this.row(label, cells, { different: values.some((value) => value !== values[0]) });
    });
    const parts = [this.part("Recall of each label", this.table("Recall of each label", "Label", recall))];
    const mistakes = new Map();
    found.forEach((one, place) => one?.counts.forEach((row, i) => row.forEach((count, j) => {
      if (i === j || !count) return;
      const name = `${plain(one.labels[i])} → ${plain(one.labels[j])}`;
      if (!mistakes.has(name)) mistakes.set(name, Array(found.length).fill(0));
      mistakes.get(name)[place] = count;
    }))); // prettier-ignore
    const common = [...mistakes].sort((a, b) => Math.max(...b[1]) - Math.max(...a[1])).slice(0, 12);
    if (common.length) {
      const most = Math.max(...common.flatMap(([, counts]) => counts), 1);
      const rows = common.map(([name, counts]) => {
        const cells = counts.map((count, place) => {
          const made = cell(found[place] ? grouped(count) : NOTHING, "aims-k-int aims-heat");
          made.style.setProperty("--heat", `${Math.round((50 * count) / most)}%`);
          return made;
        });
        return this.row(name, cells, { different: counts.some((count) => count !== counts[0]) });
      });
      const note = "How often a label was taken for another. Rows that are dark for all are hard for all; published counts do not tell whether it was the same rows.";
      parts.push(this.part("The commonest mistakes", this.table("The commonest mistakes", "truth → predicted", rows), words(note)));
    }
    return parts;
  }

  part(title, ...content) {
    return element("section", { className: "aims-part" }, element("h2", { textContent: title }), ...content);
  }

  parts() {
    const [model, ...others] = this.groups();
    return [...this.scores(), model, ...this.errors(), ...others, ...this.layers()].filter(Boolean);
  }
}

class Page {
  constructor(module, versions) {
    this.versions = versions;
    this.chosen = [];
    this.result = element("div", { className: "aims-view" });
    this.chips = element("ul", { className: "aims-chosen" });
    this.status = element("p", { className: "aims-note" });
    this.status.setAttribute("role", "status");
    this.only = element("input", { type: "checkbox" });
    this.only.addEventListener("change", () => this.result.classList.toggle("aims-only-differences", this.only.checked));
    this.switch = element("label", { className: "aims-only" }, this.only, " Only differences");
    this.choose = element("details", { className: "aims-inputs" }, element("summary", { textContent: "Choose versions" }));
    this.choose.addEventListener("toggle", () => this.choose.open && this.offer());
    module.replaceChildren(this.chips, this.status, this.choose, this.switch, this.result);
    addEventListener("popstate", () => this.read());
  }

  /** Make the list to choose from, when somebody looks at it: it needs the index of all versions. */
  offer() {
    this.offered ??= this.versions.list().then(
      ({ metrics }) => {
        const header = [["Compare"], ["Version", "aims-k-version"], ["Participant"], ["Model"], [metrics[0], "aims-k-score"]];
        this.list = picker(this.versions, { label: "Versions to compare", header, row: (one) => this.item(one) });
        this.choose.append(this.list.element);
      },
      () => this.choose.append(message("The versions cannot be shown", "Their data are damaged or missing on this website.")),
    );
    return this.offered;
  }

  item(one) {
    const box = element("input", { type: "checkbox", value: one.version, checked: this.chosen.includes(one.version) });
    box.ariaLabel = `Compare version ${one.version}`;
    box.disabled = !box.checked && this.chosen.length >= MOST;
    box.addEventListener("change", () => this.pick(one.version, box.checked));
    return element("tr", {}, element("td", {}, box), cell(one.version, "aims-k-version"), cell(one.user), cell(one.model),
      cell(one.score === null ? NOTHING : score(one.score), "aims-k-score")); // prettier-ignore
  }

  async pick(version, wanted) {
    const others = this.chosen.filter((one) => one !== version);
    const chosen = wanted ? [...others, version].slice(0, MOST) : others;
    const address = new URL(location.href);
    address.search = chosen.length ? `?v=${chosen.join(",")}` : "";
    history.pushState(null, "", address);
    const inList = this.list?.element.contains(document.activeElement);
    const done = this.read();
    // The list and the chips are drawn anew: whoever works by keyboard stays where they were.
    if (inList) return this.list.element.querySelector(`input[value="${version}"]`)?.focus({ preventScroll: true });
    await done;
    (this.chips.querySelector("button") ?? this.choose.querySelector("summary")).focus({ preventScroll: true });
  }

  /** Do as the address says. */
  async read() {
    const turn = (this.turn = Symbol("turn"));
    const { versions, strange } = asked();
    this.chosen = versions.filter((version) => version <= this.versions.latest).slice(0, MOST);
    this.list?.update();
    const records = new Map();
    let damaged = false;
    try {
      await Promise.all(this.chosen.map(async (version) => records.set(version, await this.versions.record(version))));
    } catch {
      damaged = true;
    }
    if (this.turn !== turn) return;
    const there = (version) => version <= this.versions.latest && !(records.has(version) && records.get(version) === undefined);
    const known = versions.filter(there);
    const lost = versions.filter((version) => !there(version));
    this.chosen = this.chosen.filter(there);
    const notes = noVersions(strange);
    if (lost.length) notes.push(`There is no version ${lost.slice(0, 6).join(", ")}.`);
    if (known.length > MOST) notes.push(`The first ${MOST} are shown.`);
    this.status.textContent = notes.join(" ");
    this.chips.replaceChildren(...this.chosen.map((version) => this.chip(version, records.get(version))));
    if (lost.length) this.list?.update();
    const few = this.chosen.length < 2;
    entitle(...(few ? [] : [`Compare ${this.chosen.join(", ")}`]));
    this.switch.hidden = few;
    if (few) this.choose.open = true;
    let content;
    try {
      if (damaged) throw new Error("a file of versions cannot be read");
      content = few ? [this.invitation()] : this.comparison(records);
    } catch {
      content = [message("These versions cannot be compared", "Their data on this website are damaged or missing.")];
    }
    this.result.replaceChildren(...content);
  }

  invitation() {
    const words_ = this.versions.latest < 2 ? "There is one version so far." : `Two to ${MOST}, from the list above. The address of this page then leads to the same comparison.`;
    return message(this.chosen.length ? "Choose one more version" : "Choose versions to compare", words_);
  }

  chip(version, record) {
    const remove = element("button", { type: "button", className: "aims-button", textContent: "×", ariaLabel: `Leave out version ${version}` });
    remove.addEventListener("click", () => this.pick(version, false));
    return element("li", {}, `Version ${version}`, element("span", { className: "aims-who", textContent: ` ${plain(record?.username ?? "")}` }), remove);
  }

  comparison(found) {
    const records = this.chosen.map((version) => found.get(version));
    const broken = this.chosen.filter((_, place) => !records[place]);
    if (broken.length) return [message(`Version ${broken.join(", ")} cannot be read`, "It is on the board, and its record on the ledger is missing or damaged.")];
    return new Comparison(this.versions, this.chosen, records).parts();
  }
}

export default async function (module) {
  const versions = new Versions(module);
  if (!versions.latest) {
    module.replaceChildren(message("Nothing to compare yet", "The first submission that is scored is version 1."));
    return;
  }
  await new Page(module, versions).read();
}
