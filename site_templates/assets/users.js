// The participants of a course: all of them, or one with what they did in each playground.

import { element, plain, read, svg } from "./dom.js";
import { NOTHING, grouped, score, time } from "./format.js";
import { Versions, entitle, listed, message } from "./versions.js";

const COLLATOR = new Intl.Collator("en");
const byName = (a, b) => COLLATOR.compare(a.login, b.login);
const ORDERS = {
  name: byName,
  "best rank": (a, b) => a.best - b.best || byName(a, b),
  "most submissions": (a, b) => b.submissions - a.submissions || byName(a, b),
};
const words = (text) => element("p", { className: "aims-note", textContent: text });
const cell = (text, css = "") => element("td", { textContent: plain(text), className: css });

/** A moment of a board, told in the reader's zone. */
function moment(value) {
  const { text, title = "", iso = "" } = time(value);
  return element("time", { dateTime: iso, textContent: text, title });
}

/** The best rank that somebody has in a playground, over its boards. */
const rankOf = (entry) => Math.min(...Object.values(entry.best).map(([rank]) => rank ?? Infinity));

class Course {
  constructor(module, { playgrounds, users }) {
    Object.assign(this, { module, playgrounds, users });
    this.root = module.dataset.root;
    // Logins are the same in any case, as on GitHub.
    this.logins = new Map(Object.keys(users).map((login) => [login.toLowerCase(), login]));
    this.people = Object.entries(users).map(([login, entries]) => {
      const each = Object.values(entries);
      return {
        login,
        playgrounds: each.length,
        submissions: each.reduce((sum, { submissions }) => sum + submissions, 0),
        best: Math.min(...each.map(rankOf)),
        baselines: each.every(({ baseline }) => baseline),
        last: each.map(({ last }) => last).sort().at(-1),
      };
    });
  }

  summary(login) {
    return this.people.find((one) => one.login === login);
  }
}

// ---------------------------------------------------------------- one participant

const WIDTH = 640;
const TALL = 130;
const LEFT = 92;

/** Scores over time: every submission, and a line for the best so far. */
function chart(versions, rows) {
  const known = rows.filter((row) => row.score !== null).sort((a, b) => a.time - b.time || a.version - b.version);
  if (!known.length) return null;
  const [metric] = versions.metrics;
  const higher = versions.higher.get(metric);
  const values = known.map((row) => row.score);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [from, to] = [known[0].time.valueOf(), known.at(-1).time.valueOf()];
  const x = (date) => (to > from ? LEFT + ((WIDTH - LEFT - 14) * (date - from)) / (to - from) : (LEFT + WIDTH) / 2);
  const y = (value) => (high > low ? 10 + (TALL * (high - value)) / (high - low) : 10 + TALL / 2);
  const drawing = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${TALL + 40}`, class: "aims-history", role: "group",
    "aria-label": `${known.length} scores over time, ${metric}, from ${score(values[0])} to ${score(values.at(-1))}`,
  }); // prettier-ignore
  for (const value of new Set([low, high])) {
    drawing.append(svg("path", { d: `M${LEFT},${y(value)}H${WIDTH - 8}`, class: "aims-every" }));
    drawing.append(svg("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, score(value)));
  }
  let best = values[0];
  let path = `M${x(from)},${y(best)}`;
  for (const row of known) {
    if (higher ? row.score > best : row.score < best) best = row.score;
    path += `H${x(row.time).toFixed(1)}V${y(best).toFixed(1)}`;
  }
  drawing.append(svg("path", { d: path, class: "aims-path" }));
  for (const row of known) {
    const about = `Version ${row.version}: ${metric} ${score(row.score)}, ${time(row.time.toISOString()).text}`;
    const dot = svg("circle", { cx: x(row.time), cy: y(row.score), r: 5, class: "aims-dot" }, svg("title", {}, about));
    drawing.append(svg("a", { href: `${versions.root}playgrounds/${versions.slug}/models/?v=${row.version}`, "aria-label": about }, dot));
  }
  const day = (date) => new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(date);
  drawing.append(svg("text", { x: LEFT, y: TALL + 32 }, day(known[0].time)));
  if (to > from) drawing.append(svg("text", { x: WIDTH - 8, y: TALL + 32, "text-anchor": "end" }, day(known.at(-1).time)));
  return drawing;
}

const MOST_DOTS = 400;

/** The versions of somebody, from the playground's index; read when it comes into sight. */
async function history(course, slug, login, target) {
  try {
    const versions = await new Versions({ dataset: { root: course.root, slug } }).list();
    const mine = versions.index.users.indexOf(login);
    const found = versions.index.version.filter((_, place) => versions.index.user[place] === mine);
    const rows = found.map((version) => versions.row(version));
    const drawing = rows.length <= MOST_DOTS ? chart(versions, rows) : chart(versions, rows.slice(-MOST_DOTS));
    const links = rows.slice(-30).reverse().flatMap(({ version }, place) => {
      const href = `${course.root}playgrounds/${slug}/models/?v=${version}`;
      return [place ? ", " : "", element("a", { href, textContent: String(version) })];
    });
    const all = rows.length > 30 ? "Latest versions: " : rows.length === 1 ? "Version: " : "Versions: ";
    target.replaceChildren(...(drawing ? [drawing] : []), element("p", {}, all, ...links));
  } catch {
    target.replaceChildren(words("The history of this playground cannot be read."));
  }
}

function entry(course, slug, login, mine) {
  const playground = course.playgrounds[slug];
  const href = `${course.root}playgrounds/${slug}/`;
  const places = Object.entries(mine.best).map(([board, [rank, value, version]]) => {
    const about = `${plain(board)} board: rank ${rank === null ? NOTHING : grouped(rank)}, ${plain(playground.metric)} ${value === null ? NOTHING : score(value)}, `;
    return element("p", {}, about, element("a", { href: `${href}models/?v=${version}`, textContent: `version ${version}` }));
  });
  const many = `${grouped(mine.submissions)} ${mine.submissions === 1 ? "submission" : "submissions"}, the last `;
  const target = element("div", {}, words("…"));
  const made = element("section", { className: "aims-entry" },
    element("h3", {}, element("a", { href, textContent: plain(playground.title) })),
    ...places, element("p", {}, many, moment(mine.last)), target); // prettier-ignore
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((one) => one.isIntersecting)) return;
    seen.disconnect();
    history(course, slug, login, target);
  });
  seen.observe(made);
  return made;
}

// ---------------------------------------------------------------- the page

class Page {
  constructor(course) {
    this.course = course;
    this.place = element("div", { className: "aims-view" });
    course.module.replaceChildren(this.place);
    addEventListener("popstate", () => this.show());
  }

  open(login, text) {
    const address = new URL(location.href);
    address.hash = "";
    address.search = login === null ? "" : `?u=${encodeURIComponent(login)}`;
    const made = element("a", { href: address.href, textContent: text });
    made.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      globalThis.history.pushState(null, "", address);
      this.show();
      scrollTo({ top: 0 });
      this.place.querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
    });
    return made;
  }

  show() {
    const asked = new URLSearchParams(location.search).get("u");
    const login = this.course.logins.get((asked ?? "").toLowerCase());
    entitle(...(login === undefined ? [] : [login, "Participants"]));
    this.place.replaceChildren(...(asked ? this.person(asked) : this.all()));
  }

  person(asked) {
    const back = element("p", { className: "aims-back" }, this.open(null, "← All participants"));
    const login = this.course.logins.get(asked.toLowerCase());
    if (login === undefined) {
      const who = plain(asked).slice(0, 60);
      return [back, message("Nobody of this name is on a board", `“${who}” has no scored submission in this course.`)];
    }
    const { submissions, best, last } = this.course.summary(login);
    const entries = this.course.users[login];
    const slugs = Object.keys(entries).sort((a, b) => rankOf(entries[a]) - rankOf(entries[b]));
    const counts = [
      [grouped(slugs.length), slugs.length === 1 ? "playground" : "playgrounds"],
      [grouped(submissions), submissions === 1 ? "submission" : "submissions"],
    ].map(([number, word]) => element("li", {}, element("strong", { textContent: number }), ` ${word}`));
    if (Number.isFinite(best)) counts.push(element("li", {}, "best rank: ", element("strong", { textContent: grouped(best) })));
    return [
      back,
      element("h2", { className: "aims-person-name", tabIndex: -1, textContent: plain(login) }),
      element("ul", { className: "aims-counts" }, ...counts, element("li", {}, "last seen ", moment(last))),
      element("div", { className: "aims-portfolio" }, ...slugs.map((slug) => entry(this.course, slug, login, entries[slug]))),
    ];
  }

  all() {
    this.list ??= this.makeList();
    return [this.list];
  }

  makeList() {
    const order = element("select", { ariaLabel: "Order" });
    for (const name of Object.keys(ORDERS)) order.append(element("option", { value: name, textContent: `by ${name}` }));
    const people = this.course.people.filter((one) => !one.baselines);
    const made = listed({
      label: "Find a participant",
      placeholder: "Find a participant",
      header: [["Participant"], ["Best rank", "aims-k-int"], ["Playgrounds", "aims-k-int"], ["Submissions", "aims-k-int"], ["Last"]],
      find: (words_) => {
        const wanted = plain(words_).trim().toLowerCase();
        return people.filter(({ login }) => login.toLowerCase().includes(wanted)).sort(ORDERS[order.value]);
      },
      row: (one) => this.row(one),
      noun: "participant",
      none: "Nobody matches.",
      controls: [order],
    });
    order.addEventListener("change", made.anew);
    return made.element;
  }

  row({ login, best, playgrounds, submissions, last }) {
    return element("tr", {},
      element("td", {}, this.open(login, plain(login))),
      cell(Number.isFinite(best) ? grouped(best) : NOTHING, "aims-k-int"),
      cell(grouped(playgrounds), "aims-k-int"), cell(grouped(submissions), "aims-k-int"),
      element("td", { className: "aims-k-time" }, moment(last))); // prettier-ignore
  }
}

export default async function (module) {
  try {
    const found = await read(`${module.dataset.root}data/users.json`);
    const course = new Course(module, found);
    if (!course.people.length) {
      module.replaceChildren(message("No participants yet", "Whoever has a scored submission is listed here."));
      return;
    }
    new Page(course).show();
  } catch {
    module.replaceChildren(message("The participants cannot be shown", "Their data are damaged or missing on this website."));
  }
}
