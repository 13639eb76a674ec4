// Two charts of a board: the best score over time, and the score against what a model costs.

import { element, read } from "../dom.js";
import { count, grouped, score, size } from "../format.js";
import { scaleLinear, scaleLog, scaleTime } from "d3-scale";
import { Chart } from "./chart.js";

const COSTS = {
  num_params: {
    label: "number of parameters",
    show: (value) => `${grouped(value)} parameters`,
    tick: (value) => compact.format(value),
  },
  memory_size: { label: "size of the file", show: size, tick: size },
  latency_ms_per_1000: {
    label: "ms for 1,000 rows",
    show: (value) => `${digits(value)} ms for 1,000 rows`,
    tick: digits,
  },
};
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const month = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric" });
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

function digits(value) {
  return grouped(Number(value.toPrecision(3)));
}

/** How the marks of a time axis read, by the time between its ends. */
function timeFormat([from, to]) {
  const ways = [[8 * MINUTE, seconds], [2 * DAY, clock], [300 * DAY, day], [Infinity, month]];
  const [, format] = ways.find(([longest]) => to - from < longest);
  return (date) => format.format(date);
}

/** Columns as a list of points. */
function rows(columns) {
  return columns.version.map((version, i) =>
    Object.fromEntries([["version", version], ...Object.keys(columns)
      .filter((key) => Array.isArray(columns[key]))
      .map((key) => [key, columns[key][i]])]),
  );
}

/** The part of the scores worth showing: the few that are far off are drawn at the edge. */
export function scoreRange(scores, direction) {
  const sorted = [...scores].sort((a, b) => a - b);
  if (direction === "minimize") sorted.reverse();
  const [worst, best] = [sorted[0], sorted[sorted.length - 1]];
  const usual = sorted[Math.floor(sorted.length * 0.03)];
  const from = Math.abs(worst - best) > 3 * Math.abs(usual - best) ? usual : worst;
  const margin = Math.abs(best - from) * 0.05 || Math.abs(best) * 0.05 || 1;
  return [Math.min(from, best) - margin, Math.max(from, best) + margin];
}

function scoreScale(points, board) {
  const range = scoreRange(points.map((point) => point.score), board.direction);
  const beyond = points.filter(({ score }) => score < range[0] || score > range[1]).length;
  return { scale: scaleLinear(range, [1, 0]).clamp(true), beyond };
}

const who = (point) => `version ${point.version} by ${point.username}`;

// ---------------------------------------------------------------- over time

class OverTime {
  constructor(root) {
    this.root = root;
    this.chart = new Chart("Best score over time");
  }

  show(board) {
    this.root.prepend(this.chart.figure);
    const best = rows(board.best).map((point) => ({ ...point, front: true }));
    const records = new Set(best.map(({ version }) => version));
    const others = rows(board.sample).filter(({ version }) => !records.has(version));
    const points = [...others, ...best].map((point) => ({
      ...point,
      x: point.time * 1000,
      text: [who(point), `${board.metric} ${score(point.score)}`, moment.format(point.time * 1000)],
    }));
    const times = points.map(({ x }) => x);
    const span = padded(times);
    const { scale, beyond } = scoreScale(points, board);
    this.chart.title(`Best ${board.metric} over time`);
    this.chart.draw({
      points,
      line: points.filter(({ front }) => front),
      lineEnd: Math.max(...times),
      x: { scale: scaleTime(span, [0, 1]), label: "submitted", show: timeFormat(span) },
      y: { scale, label: board.metric, show: score },
    });
    this.chart.say(this.words(board, best, others.length + best.length, beyond));
    this.chart.table(
      "Each time the best score was beaten",
      ["Submitted", board.metric, "Version", "User"],
      best.toReversed().map((point) => [moment.format(point.time * 1000), score(point.score), point]),
    );
  }

  words(board, best, drawn, beyond) {
    const last = best[best.length - 1];
    const first = `The best ${board.metric} is ${score(last.score)}, ${who(last)}, since ${moment.format(last.time * 1000)}.`;
    return [first, sampled(drawn, board.scored), edge(beyond), ladder(this.root)].filter(Boolean).join(" ");
  }
}

/** A domain with a little room at its ends. */
function padded(values) {
  const [from, to] = [Math.min(...values), Math.max(...values)];
  const margin = (to - from) * 0.02 || 3_600_000;
  return [from - margin, to + margin];
}

/** Where a score is not the version's own, a chart says so. */
const ladder = (root) =>
  "ladder" in root.dataset
    ? "With release: ladder, each point is the best score so far of its entrant, not the version's own."
    : "";
const sampled = (drawn, total) =>
  drawn < total ? `The dots are ${grouped(drawn)} of ${count(total, "submission")}.` : "";
const edge = (beyond) => (beyond ? `${grouped(beyond)} far off stand at the edge.` : "");

// ---------------------------------------------------------------- against a cost

class Against {
  constructor(root) {
    this.root = root;
    this.chart = new Chart("Score against cost");
    this.select = element("select", { className: "aims-filter", ariaLabel: "Set the score against" });
    this.log = element("input", { type: "checkbox", checked: true });
    const label = element("label", { className: "aims-only" }, this.log, " Logarithmic");
    this.chosen = element("span", { className: "aims-on-paper" });
    this.chart.controls.append(this.select, this.chosen, label);
    for (const control of [this.select, this.log]) control.addEventListener("change", () => this.redraw());
  }

  show(board) {
    this.board = board;
    const known = Object.keys(COSTS).filter((key) => board.against[key]);
    if (known.length) this.root.append(this.chart.figure);
    else this.chart.figure.remove();
    const before = this.select.value;
    this.select.replaceChildren(
      ...known.map((key) => element("option", { value: key, textContent: COSTS[key].label })),
    );
    if (known.includes(before)) this.select.value = before;
    if (known.length) this.redraw();
  }

  redraw() {
    const { board } = this;
    const cost = COSTS[this.select.value];
    const found = board.against[this.select.value];
    const points = rows(found)
      .map((point) => ({
        ...point,
        x: point.cost,
        front: point.front === 1,
        text: [who(point), `${board.metric} ${score(point.score)}`, cost.show(point.cost)],
      }))
      .sort((a, b) => a.x - b.x || a.front - b.front);
    const front = points.filter((point) => point.front);
    const { scale, beyond } = scoreScale(points, board);
    this.chart.title(`${board.metric} against`);
    this.chosen.textContent = cost.label;
    this.chart.draw({
      points,
      line: front,
      lineEnd: Math.max(...points.map(({ x }) => x)),
      x: { scale: this.costScale(points), label: cost.label, show: cost.tick },
      y: { scale, label: board.metric, show: score },
    });
    const words = `${count(front.length, "model")} on the Pareto front: no other costs less and scores as well.`;
    this.chart.say([words, sampled(points.length, found.total), edge(beyond), ladder(this.root)].filter(Boolean).join(" "));
    this.chart.table(
      "The Pareto front",
      [cost.label, board.metric, "Version", "User"],
      front.map((point) => [cost.show(point.cost), score(point.score), point]),
    );
  }

  costScale(points) {
    const values = points.map(({ x }) => x);
    const positive = values.filter((value) => value > 0);
    if (!this.log.checked || !positive.length) {
      return scaleLinear([0, Math.max(...values) * 1.03 || 1], [0, 1]);
    }
    const domain = [Math.min(...positive) / 1.2, Math.max(...positive) * 1.2];
    return scaleLog(domain, [0, 1]).clamp(true);
  }
}

// ---------------------------------------------------------------- both

/** Draw the charts of the board that is in sight, and of the other when it is. */
export async function draw(root) {
  const summary = await read(`${root.dataset.root}data/${root.dataset.slug}/summary.json`);
  const boards = summary?.boards ?? {};
  const charts = [new OverTime(root), new Against(root)];
  const show = () => {
    const board = boards[openBoard(Object.keys(boards))];
    root.hidden = !board?.best.version.length;
    if (!root.hidden) for (const chart of charts) chart.show(board);
  };
  for (const tab of document.querySelectorAll(".aims-tab")) tab.addEventListener("change", show);
  addEventListener("hashchange", () => queueMicrotask(show));
  addEventListener("aims-me", show);
  show();
}

function openBoard(names) {
  return document.querySelector(".aims-tab:checked")?.id.replace(/^tab-/, "") ?? names[0];
}
