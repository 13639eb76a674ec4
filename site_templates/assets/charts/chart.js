// A chart of points that are links: axes, a line in steps, and a note beside the point at hand.

import { element, plain, svg } from "../dom.js";

const HEIGHT = 260;
const MARGIN = { top: 10, right: 14, bottom: 38, left: 58 };
const KEYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

const address = (point) => `../models/?v=${encodeURIComponent(point.version)}`;

function myLogin() {
  try {
    return (localStorage.getItem("aims-login") ?? "").toLowerCase();
  } catch {
    return "";
  }
}

export class Chart {
  constructor(title) {
    this.heading = element("span", { className: "aims-chart-title", textContent: title });
    this.controls = element("span", { className: "aims-chart-controls" });
    this.plot = element("div", { className: "aims-plot" });
    this.words = element("p", { className: "aims-note" });
    this.note = element("div", { className: "aims-plot-note", hidden: true });
    this.details = element("details", { className: "aims-inputs" });
    this.figure = element(
      "figure",
      { className: "aims-chart" },
      element("figcaption", {}, this.heading, this.controls),
      this.plot,
      this.words,
      this.details,
    );
    new ResizeObserver(() => this.resize()).observe(this.plot);
  }

  title(text) {
    this.heading.textContent = plain(text);
  }

  say(text) {
    this.words.textContent = plain(text);
  }

  /** The same as a table; the last of each row is a point, which is linked. */
  table(title, heads, lines) {
    const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col", textContent: text })));
    const body = lines.map((line) => {
      const point = line[line.length - 1];
      const cells = line.slice(0, -1).map((text) => element("td", { textContent: text }));
      const link = element("a", { href: address(point), textContent: plain(point.version) });
      const user = element("td", { textContent: plain(point.username) });
      return element("tr", {}, ...cells, element("td", {}, link), user);
    });
    this.details.replaceChildren(
      element("summary", { textContent: title }),
      element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)),
    );
  }

  resize() {
    if (this.wanted && this.plot.clientWidth !== this.width) this.draw(this.wanted);
  }

  /** Draw points with `x`, `score`, `text` and perhaps `front`, and a line through some of them. */
  draw(wanted) {
    this.wanted = wanted;
    this.width = this.plot.clientWidth;
    if (!this.width) return;
    const { x, y, points } = wanted;
    x.scale.range([MARGIN.left, this.width - MARGIN.right]);
    y.scale.range([HEIGHT - MARGIN.bottom, MARGIN.top]);
    const drawing = svg("svg", { width: this.width, height: HEIGHT, role: "group" });
    drawing.setAttribute("aria-label", `${y.label}, ${x.label}: the arrow keys go from point to point`);
    drawing.append(...this.axes(x, y), this.line(wanted), this.points(points, x, y));
    this.plot.replaceChildren(drawing, this.note);
    this.hide();
  }

  // -------------------------------------------------------------- axes

  axes(x, y) {
    const made = svg("g", { class: "aims-axes", "aria-hidden": "true" });
    const bottom = HEIGHT - MARGIN.bottom;
    for (const { at, text } of ticks(y.scale, 5, y.show)) {
      made.append(svg("line", { x1: MARGIN.left, x2: this.width - MARGIN.right, y1: at, y2: at }));
      made.append(svg("text", { x: MARGIN.left - 6, y: at + 3.5, "text-anchor": "end" }, text));
    }
    const below = ticks(x.scale, Math.max(2, Math.floor(this.width / 110)), x.show);
    for (const { at, text } of apart(below)) {
      made.append(svg("line", { x1: at, x2: at, y1: bottom, y2: bottom + 4 }));
      made.append(svg("text", { x: at, y: bottom + 16, "text-anchor": "middle" }, text));
    }
    const middle = (MARGIN.left + this.width - MARGIN.right) / 2;
    made.append(svg("text", { x: middle, y: HEIGHT - 4, "text-anchor": "middle" }, plain(x.label)));
    return [made];
  }

  // -------------------------------------------------------------- points

  /** A line in steps: what was reached holds until more is. */
  line({ line, lineEnd, x, y }) {
    const at = (point) => [x.scale(point.x), y.scale(point.score)].map((n) => n.toFixed(1));
    const steps = line.map((point, i) => {
      const [left, top] = at(point);
      return i ? `H${left}V${top}` : `M${left},${top}`;
    });
    const end = `H${x.scale(lineEnd).toFixed(1)}`;
    return svg("path", { class: "aims-front", d: line.length ? steps.join("") + end : "" });
  }

  points(points, x, y) {
    const mine = myLogin();
    const sorted = points.toSorted((a, b) => a.x - b.x);
    this.links = sorted.map((point) => {
      const css = [point.front && "aims-on-front", plain(point.username).toLowerCase() === mine && "aims-own"];
      const dot = svg("circle", { cx: x.scale(point.x).toFixed(1), cy: y.scale(point.score).toFixed(1), r: 3.5 });
      const label = plain(point.text.join(", "));
      const link = svg("a", { href: address(point), class: css.filter(Boolean).join(" ") }, dot);
      link.setAttribute("aria-label", label);
      link.setAttribute("tabindex", "-1");
      return link;
    });
    this.texts = new Map(this.links.map((link, i) => [link, sorted[i].text]));
    this.links.at(-1)?.setAttribute("tabindex", "0");
    const above = this.links.filter((link) => link.classList.contains("aims-on-front"));
    const below = this.links.filter((link) => !link.classList.contains("aims-on-front"));
    const group = svg("g", { class: "aims-points" }, ...below, ...above);
    this.listen(group);
    return group;
  }

  listen(group) {
    const link = (event) => event.target.closest("a");
    group.addEventListener("pointerover", (event) => link(event) && this.show(link(event)));
    group.addEventListener("pointerout", () => this.hide());
    group.addEventListener("focusin", (event) => this.show(link(event)));
    group.addEventListener("focusout", () => this.hide());
    group.addEventListener("keydown", (event) => this.walk(event, link(event)));
  }

  /** Go from point to point by the arrow keys: one stop of the tab key for all of them. */
  walk(event, from) {
    const step = KEYS[event.key];
    if (!step || !from) return;
    event.preventDefault();
    const last = this.links.length - 1;
    const to = this.links[Math.min(last, Math.max(0, this.links.indexOf(from) + step))];
    from.setAttribute("tabindex", "-1");
    to.setAttribute("tabindex", "0");
    to.focus();
  }

  // -------------------------------------------------------------- the note

  show(link) {
    const dot = link.firstChild;
    this.note.replaceChildren(...this.texts.get(link).map((text) => element("div", { textContent: plain(text) })));
    this.note.hidden = false;
    const [x, y] = ["cx", "cy"].map((name) => Number(dot.getAttribute(name)));
    const left = x - this.note.offsetWidth / 2;
    this.note.style.left = `${Math.max(0, Math.min(left, this.width - this.note.offsetWidth))}px`;
    const above = y - this.note.offsetHeight - 10;
    this.note.style.top = `${above < 0 ? y + 12 : above}px`;
  }

  hide() {
    this.note.hidden = true;
  }
}

const LETTER = 6.6; // pixels, about the width of one
const GAP = 14;

/** Those marks of a horizontal axis whose words do not run into each other. */
function apart(marks) {
  let end = -Infinity;
  return marks.filter(({ at, text }) => {
    const half = (text.length * LETTER) / 2;
    if (at - half < end) return false;
    end = at + half + GAP;
    return true;
  });
}

/** Where the marks of an axis are, and what they say; of a crowded logarithmic one, some. */
function ticks(scale, many, show) {
  const format = scale.tickFormat(many);
  const values = scale.ticks(many);
  const word = (value) => (show && format(value) !== "" ? show(value) : format(value));
  const spoken = values.map((value) => ({ at: scale(value), text: word(value) })).filter(({ text }) => text);
  const step = Math.ceil(spoken.length / (many + 2));
  return spoken.filter((_, i) => i % step === 0);
}
