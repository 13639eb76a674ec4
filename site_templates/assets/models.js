// The versions of a playground: all of them to choose from, or one with all that is known of it.
// What participants wrote reaches the page as text alone.

import { element, plain, plainLines, read } from "./dom.js";
import { errorsOf } from "./errors.js";
import { NOTHING, grouped, score, size, time } from "./format.js";
import {
  Versions, asked, entitle, kindOf, message, noVersions, picker, quoted, scrolling, shape, shown, snippet, userLink,
} from "./versions.js"; // prettier-ignore

const MOST_NODES = 300;
const GRAPH = "./graph.js"; // apart, because it needs a package that a site may do without

const words = (text, css = "aims-note") => element("p", { className: css, textContent: text });

function section(title, ...content) {
  const id = `part-${title.toLowerCase().replace(/[^a-z]+/g, "-")}`;
  return element("section", { className: "aims-part" }, element("h3", { id, textContent: title }), ...content.flat());
}

/** Pairs of a name and what it is; those that nobody knows are left out. */
function facts(pairs) {
  const known = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  if (!known.length) return null;
  return element("dl", { className: "aims-pairs" }, ...known.map(([name, value]) =>
    element("div", {}, element("dt", { textContent: name }), element("dd", {}, value)))); // prettier-ignore
}

function table(label, heads, rows, css = "") {
  const head = heads.map(([text, kind]) => element("th", { scope: "col", textContent: text, className: kind ?? "" }));
  const made = element("table", { className: `aims-table ${css}` },
    element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)); // prettier-ignore
  return scrolling(label, made);
}

const cell = (text, css = "") => element("td", { textContent: plain(text), className: css });
const name = (text) => element("th", { scope: "row", textContent: plain(text) });

// ---------------------------------------------------------------- parts of a version

/** A score with its interval, or why there is none. */
function scoreCell(value, interval, failure) {
  if (typeof value !== "number") return cell(failure ?? NOTHING, failure ? "" : "aims-k-score");
  const made = cell(score(value), "aims-k-score");
  made.title = String(value);
  const ends = Array.isArray(interval) && interval.every((end) => typeof end === "number");
  if (ends) made.append(element("span", { className: "aims-aside", textContent: interval.map(score).join("–") }));
  return made;
}

/** What the scores are of: one column before the reveal, and one for each part after it. */
function columnsOf(record) {
  const [all, told] = [record.scores ?? {}, record.revealed];
  if (!told) return [["Score", all, record.intervals ?? {}]];
  return [["All rows", all, {}], ["Public rows", told.public, {}], ["Private rows", told.private, told.intervals ?? {}]];
}

function rowsOf({ rows, revealed }) {
  if (!rows) return "";
  if (!revealed) return `Scored on ${grouped(rows)} rows.`;
  return `Scored on ${grouped(revealed.rows)} rows: ${grouped(rows)} public, ${grouped(revealed.rows - rows)} private.`;
}

function scores(versions, record) {
  const columns = columnsOf(record);
  const known = new Set([...columns.flatMap(([, found]) => Object.keys(found)), ...Object.keys(record.failures ?? {})]);
  const names = [...new Set([...versions.metrics, ...known])].filter((key) => known.has(key));
  const rows = names.map((key) => {
    const cells = columns.map(([, found, intervals]) => scoreCell(found[key], intervals[key], record.failures?.[key]));
    if (key === versions.metrics[0]) for (const one of cells) one.classList.add("aims-ranks");
    return element("tr", {}, name(key), ...cells, cell(versions.higher.get(key) === false ? "lower is better" : "higher is better"));
  }); // prettier-ignore
  const ranks = Object.entries(record.about?.ranks ?? {}).map(([board, rank]) => `${grouped(rank)} on the ${plain(board)} board`);
  const places = ranks.length ? `Rank ${ranks.join(", ")}. ` : "";
  const between = columns.some(([, , intervals]) => Object.keys(intervals).length)
    ? " On other rows like these, a score would lie in its interval 95 times in 100." : ""; // prettier-ignore
  const heads = [["Metric"], ...columns.map(([head]) => [head, "aims-k-score"]), ["Better"]];
  const held = record.about?.withheld ? [words(plain(record.about.withheld))] : [];
  return section("Scores", table("Scores", heads, rows), words(places + rowsOf(record) + between), ...held);
}

function mark(good, title, text) {
  return element("li", { className: good ? "aims-mark-good" : "aims-mark-bad" }, element("strong", { textContent: title }), ` ${text}`);
}

/** What sets a version apart from others, and why. */
function apart({ about = {} }) {
  const counted = Object.entries(about.counted ?? {}).map(([board, value]) => `${score(value)} on the ${plain(board)} board`);
  const late = counted.length ? `counts as ${counted.join(", as ")}` : "does not count on the competition board";
  const told = {
    disqualified: ["Disqualified.", about.reason ? `It does not count: ${plain(about.reason)}` : "It does not count."],
    late: ["Late.", `It arrived after the deadline, and ${late}.`],
    baseline: ["Baseline.", "The owners' own, to be compared with: it has no rank."],
    sealed: ["Sealed.", "What is in it is told at the reveal."],
  };
  return Object.keys(told).filter((key) => about.marks?.includes(key)).map((key) => mark(false, ...told[key]));
}

const isSealed = (record) => Boolean(record.about?.marks?.includes("sealed"));

/** What was checked, and what is to be known about it. */
function marks(record) {
  const found = apart(record);
  const seen = record.reproduction;
  if (seen) {
    const good = seen.matching >= 0.999 * seen.rows;
    const count = `the model said the same as the submitted predictions on ${grouped(seen.matching)} of ${grouped(seen.rows)} rows`;
    found.push(mark(good, good ? "Reproduced." : "Not reproduced.", `Run by the evaluator, ${count}.`));
  } else if (record.facts) {
    found.push(mark(true, "Read, not compared.", "There was nothing to compare its answers with."));
  } else if (!isSealed(record)) {
    found.push(mark(true, "Predictions alone.", "No model was handed in, so nothing is known of it but what its author says."));
  }
  return element("ul", { className: "aims-marks" }, ...found);
}

function measured(record) {
  const { facts: read_, cost } = record;
  if (!read_ && !cost) return null;
  const tensors = (list) => (list ?? []).map((one) => plain(`${one.name}: ${one.dtype} ${shape(one.shape)}`)).join("; ");
  const counts = (given) => Object.entries(given ?? {}).map(([key, many]) => `${plain(key)} ${shown(many)}`).join(", "); // prettier-ignore
  const pairs = facts([
    ["Size of the file", read_ && size(read_.bytes)],
    ["Parameters", read_ && grouped(read_.num_params)],
    ["Nodes of trees", read_?.tree_nodes ? grouped(read_.tree_nodes) : null],
    ["Time for 1,000 rows", cost && `${Number(cost.latency_ms_per_1000.toPrecision(3))} ms`],
    ["Peak memory", cost && size(cost.peak_memory_bytes)],
    ["Inputs", tensors(read_?.inputs)],
    ["Outputs", tensors(read_?.outputs)],
    ["Operators", counts(read_?.operators)],
    ["Operator sets", counts(read_?.opsets)],
    ["Written by", read_ && plain(`${read_.producer ?? ""} ${read_.producer_version ?? ""}`).trim()],
  ]);
  return element("div", { className: "aims-side aims-measured" }, element("h4", { textContent: "Measured by the evaluator" }), pairs ?? "");
}

function claimed(claims) {
  const yes = (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : value);
  const pairs = facts([
    ["Library", claims.ml_framework && plain(claims.ml_framework)],
    ["Model", claims.model_type && plain(claims.model_type)],
    ["Deep learning", yes(claims.deep_learning)],
    ["Transfer learning", yes(claims.transfer_learning)],
    ["Depth", claims.depth],
    ["Trees", claims.trees && grouped(claims.trees)],
    ["Parameters", claims.num_params && grouped(claims.num_params)],
    ["Trainable", claims.trainable_params && grouped(claims.trainable_params)],
    ["Optimizer", claims.optimizer && plain(claims.optimizer)],
    ["Loss", claims.loss && plain(claims.loss)],
    ["Epochs", claims.epochs && grouped(claims.epochs)],
    ...Object.entries(claims.metadata ?? {}).map(([key, value]) => [plain(key), shown(value)]),
  ].map(([key, value]) => [key, typeof value === "number" ? String(value) : value])); // prettier-ignore
  if (!pairs) return null;
  const heading = element("h4", { textContent: "Said by the participant" });
  return element("div", { className: "aims-side aims-claimed" }, heading,
    words("Nobody has checked this."), pairs); // prettier-ignore
}

function model(record, claims) {
  const sides = [measured(record), claimed(claims)].filter(Boolean);
  return sides.length ? section("The model", element("div", { className: "aims-sides" }, ...sides)) : null;
}

function hyperparameters(claims) {
  const given = claims.parameters ?? [];
  if (!given.length) return null;
  const types = new Map((claims.steps ?? []).map((step) => [step.name, step.type]));
  const rows = given.map((one) => {
    const step = one.step ?? "";
    const about = [step, types.get(step)].filter(Boolean).join(": ") || claims.model_type || "";
    const made = element("tr", {}, cell(about), name(one.name), cell(shown(one.value)), cell(shown(one.default)));
    if (one.changed) {
      made.className = "aims-changed";
      made.cells[2].append(element("span", { className: "aims-unseen", textContent: " (changed)" }));
    }
    return made;
  });
  const many = given.filter((one) => one.changed).length;
  const box = table("Hyper-parameters", [["Step"], ["Name"], ["Value"], ["Default"]], rows, "aims-hyper");
  const only = element("input", { type: "checkbox" });
  only.addEventListener("change", () => box.classList.toggle("aims-only-changed", only.checked));
  const label = element("label", { className: "aims-only" }, only, ` Only what differs from the default (${grouped(many)})`);
  const bar = many && many < given.length ? [element("div", { className: "aims-toolbar" }, label)] : [];
  return section("Hyper-parameters", ...bar, box);
}

function layers(claims) {
  const given = claims.layers ?? [];
  if (!given.length) return null;
  const most = Math.max(...given.map((layer) => layer.num_params ?? 0), 1);
  const rows = given.map((layer, place) => {
    const kind = element("span", { className: `aims-chip aims-kind-${kindOf(plain(layer.type))}`, textContent: plain(layer.type) });
    const many = layer.num_params ?? 0;
    const bar = element("span", { className: "aims-bar" });
    bar.style.width = `${(100 * many) / most}%`;
    return element("tr", {},
      cell(grouped(place + 1), "aims-k-int"), name(layer.name), element("td", {}, kind), cell(shape(layer.output_shape)),
      element("td", { className: "aims-k-int" }, grouped(many)), element("td", { className: "aims-bars" }, bar),
      cell(layer.activation ?? ""), cell((layer.inputs ?? []).join(", "))); // prettier-ignore
  });
  const heads = [["#", "aims-k-int"], ["Layer"], ["Kind"], ["Gives"], ["Parameters", "aims-k-int"], ["Share"], ["Activation"], ["Takes"]];
  return section("Layers", table("Layers", heads, rows));
}

function graph(record, module) {
  const found = record.facts?.graph;
  if (!record.facts) return null;
  if (!found || !Array.isArray(found.nodes)) {
    const total = Object.values(record.facts.operators ?? {}).reduce((a, b) => a + b, 0);
    const why = total > MOST_NODES ? `It has ${grouped(total)} operators: more than ${MOST_NODES} cannot be looked at.` : "It was not read from this version.";
    return section("Graph", words(why));
  }
  if (!("graph" in module.dataset)) {
    return section("Graph", words("This website was built without what draws graphs: see the log of its build."));
  }
  const target = element("div", { className: "aims-graph-place" });
  const made = section("Graph", target);
  import(GRAPH)
    .then(({ draw }) => draw(target, record.facts))
    .catch(() => target.replaceChildren(words("This graph cannot be drawn.")));
  return made;
}

function environment(claims) {
  const libraries = Object.entries(claims.libraries ?? {});
  const made = claims.conversion;
  const difference = made?.largest_difference;
  const compared = made &&
    `${plain(made.converter)}${made.quantized ? `, numbers reduced to ${plain(made.quantized)}` : ""}: the same on ` +
      `${grouped(made.matching)} of ${grouped(made.rows)} rows` +
      (typeof difference === "number" ? `, largest difference ${difference.toPrecision(2)}` : ""); // prettier-ignore
  const pairs = facts([
    ["Platform", claims.platform && plain(claims.platform)],
    ["Seed", typeof claims.seed === "number" ? String(claims.seed) : null],
    ["Training data", claims.training_data && `SHA-256 ${plain(claims.training_data).slice(0, 16)}…`],
    ["Conversion", compared],
    ["Libraries", libraries.slice(0, 40).map(([key, value]) => plain(`${key} ${value}`)).join(", ") +
      (libraries.length > 40 ? ` and ${libraries.length - 40} more` : "")],
  ]); // prettier-ignore
  return pairs && section("Environment", words("As its author's machine says."), pairs);
}

/** What a version builds on and what builds on it; `open` makes a link to a version. */
function lineage(versions, record, open) {
  const { before = [], after = [], builds = 0, earlier = false } = record.about ?? {};
  if (!before.length && !after.length) return null;
  const step = ([version, user, value]) => {
    if (user === undefined) return element("li", { textContent: `version ${version}, which is not on a board` });
    const about = ` by ${plain(user)}, ${plain(versions.metrics[0])} ${value === null ? NOTHING : score(value)}`;
    return element("li", {}, open(version, `Version ${version}`), about);
  };
  const here = element("li", { className: "aims-here", ariaCurrent: "true", textContent: `Version ${record.version}: this one` });
  const first = earlier ? [element("li", { textContent: "… earlier ones" })] : [];
  const rest = builds > after.length ? [element("li", { textContent: `and ${grouped(builds - after.length)} more` })] : [];
  const next = after.length ? [element("li", {}, builds === 1 ? "One version builds on it" : `${grouped(builds)} versions build on it`,
    element("ul", {}, ...after.map(step), ...rest))] : []; // prettier-ignore
  return section("Lineage", element("ol", { className: "aims-lineage" }, ...first, ...[...before].reverse().map(step), here, ...next));
}

function use(versions, record) {
  const { address } = versions;
  const where = quoted(address);
  const python =
    "from aims_gh import ModelPlayground\n\n" +
    `pg = ModelPlayground(playground_url=${JSON.stringify(address)})\n` +
    `model = pg.instantiate_model(${record.version})\n` +
    "model.predict(X_test)";
  const shell = record.facts
    ? `aims get ${where} ${record.version} -o model.onnx\naims predict ${where} rows.csv --version ${record.version}`
    : `aims show ${where} ${record.version}`;
  const none = isSealed(record) ? "It is sealed until the reveal." : "There is no model to use: predictions alone were handed in.";
  const parts = record.facts ? [words("In Python:"), snippet("Python", python)] : [words(none)];
  return section("Use it", ...parts, words("In a terminal:"), snippet("Terminal", shell));
}

// ---------------------------------------------------------------- attached code

function cells(file) {
  return file.cells.flatMap((one) => {
    const css = one.type === "markdown" ? "aims-prose" : "aims-source";
    const made = [element("pre", { className: css, tabIndex: 0 }, element("code", { textContent: plainLines(one.source) }))];
    if (one.output) made.push(element("pre", { className: "aims-output", tabIndex: 0 }, element("samp", { textContent: plainLines(one.output) })));
    return made;
  });
}

async function code(versions, record) {
  const folder = folderOf(versions, record);
  if (!record.about?.code) {
    if (!folder || record.about?.bundle) return null;
    const link = element("a", { href: folder, textContent: "files of this submission" });
    return section("Code", element("p", { className: "aims-note" }, "What its author attached is among the ", link, " on GitHub."));
  }
  const found = await read(`${versions.root}data/${versions.slug}/code/${record.version}.json`);
  if (!found) return null;
  const files = found.files.map((file) =>
    element("details", { className: "aims-inputs aims-file" }, element("summary", { textContent: plain(file.name) }), ...cells(file)));
  return section("Code", words("Attached by the participant, shown as text. Nothing of it was or is run here."), ...files);
}

function folderOf(versions, record) {
  const parts = ["submissions", versions.slug, record.username, record.submission].map(encodeURIComponent).join("/");
  return versions.repository && /^[0-9a-f]{40,64}$/.test(record.head ?? "") ? `${versions.repository}/tree/${record.head}/${parts}` : "";
}

/** The model's file where a browser can have it, else the command that fetches it. */
function download(versions, record, folder) {
  const carried = record.about?.model;
  const href = folder && !record.about?.bundle
    ? `${folder.replace("/tree/", "/raw/")}/model.onnx`
    : carried && `${versions.root}data/${versions.slug}/${encodeURIComponent(carried)}`;
  if (href) return element("a", { href, download: "model.onnx", textContent: "Download model.onnx" });
  const command = `aims get ${quoted(versions.address)} ${record.version} -o model.onnx`;
  return element("span", {}, "Download: ", element("code", { textContent: plain(command) }));
}

function links(versions, record) {
  const folder = folderOf(versions, record);
  const found = [element("a", { href: `../compare/?v=${record.version}`, textContent: "Compare with others" })];
  if (record.facts) found.push(download(versions, record, folder));
  if (folder) found.push(element("a", { href: folder, textContent: "Files on GitHub" }));
  return element("p", { className: "aims-links" }, ...found);
}

// ---------------------------------------------------------------- the page

function heading(versions, record) {
  const moment = time(record.timestamp);
  const shownTime = element("time", { dateTime: moment.iso ?? "", textContent: moment.text, title: moment.title ?? "" });
  const tags = (record.tags ?? []).map((tag) => element("li", { textContent: plain(tag) }));
  return [
    element("h2", { className: "aims-version", tabIndex: -1, textContent: `Version ${record.version}` }),
    element("p", { className: "aims-byline" }, "by ", userLink(versions, record.username), ", ", shownTime),
    ...(tags.length ? [element("ul", { className: "aims-tags" }, ...tags)] : []),
    links(versions, record),
    marks(record),
    ...(record.description ? [element("p", { className: "aims-description", textContent: plainLines(record.description) })] : []),
  ];
}

class Page {
  constructor(module, versions) {
    Object.assign(this, { module, versions });
    this.place = element("div", { className: "aims-view" });
    module.replaceChildren(this.place);
    addEventListener("popstate", () => this.show());
  }

  /** A link to a version that needs no new page. */
  open(version, text) {
    const address = new URL(location.href);
    address.hash = "";
    address.search = version === null ? "" : `?v=${version}`;
    const made = element("a", { href: address.href, textContent: text });
    made.addEventListener("click", async (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      history.pushState(null, "", address);
      await this.show();
      scrollTo({ top: Math.max(0, this.module.getBoundingClientRect().top + scrollY - 90) });
      this.place.querySelector("[tabindex='-1']")?.focus({ preventScroll: true });
    });
    return made;
  }

  async show() {
    const { given, versions, strange } = asked();
    const turn = (this.turn = Symbol("turn"));
    let content;
    let title = [];
    try {
      if (!given) content = await this.all();
      else [title, content] = await this.version(given, versions, strange);
    } catch {
      content = given
        ? [this.back(), message("This version cannot be shown", "Its data on this website are damaged or missing. The next build of the site may mend it.")]
        : [message("The versions cannot be shown", "Their data are damaged or missing on this website.")];
    }
    if (this.turn !== turn) return;
    entitle(...title);
    this.place.replaceChildren(...content);
  }

  back() {
    return element("p", { className: "aims-back" }, this.open(null, "← All versions"));
  }

  async all() {
    await this.versions.list();
    const { boards, metrics } = this.versions;
    const header = [
      ...boards.map((board) => [`# ${plain(board)}`, "aims-k-int"]),
      ["Version", "aims-k-version"], ["Participant"], ["Model"], [metrics[0], "aims-k-score"], ["Submitted"],
    ]; // prettier-ignore
    const row = (one) => {
      const ranks = new Map(one.ranks);
      return element("tr", {},
        ...boards.map((board) => cell(ranks.has(board) ? grouped(ranks.get(board)) : NOTHING, "aims-k-int")),
        element("td", { className: "aims-k-version" }, this.open(one.version, `Version ${one.version}`)),
        element("td", {}, userLink(this.versions, one.user)),
        cell(one.model),
        cell(one.score === null ? NOTHING : score(one.score), "aims-k-score"),
        cell(time(one.time.toISOString()).text, "aims-k-time")); // prettier-ignore
    };
    this.picker ??= picker(this.versions, { label: "Find a version", row, header });
    const held = "ladder" in this.module.dataset ? [words("With release: ladder, a score is the entrant's best so far, never the version's own.")] : [];
    return [words("Choose a version to see all that is known of it."), this.picker.element, ...held];
  }

  /** The page's title, and what it shows of a version; what else was asked for is told. */
  async version(given, [version, ...others], strange) {
    const record = version && (await this.versions.record(version));
    if (record === undefined) {
      const wanted = version ?? plain(given).slice(0, 40);
      return [[], [this.back(), message(`There is no version ${wanted}`, `Versions count from 1; the latest is ${this.versions.latest}.`)]];
    }
    const title = [`Version ${version}`];
    if (!record) {
      return [title, [this.back(), message(`Version ${version} cannot be read`, "It is on the board, and its record on the ledger is missing or damaged.")]];
    }
    const claims = record.claims ?? {};
    const parts = [
      scores(this.versions, record),
      section("Errors", errorsOf(record)),
      model(record, claims),
      hyperparameters(claims),
      layers(claims),
      graph(record, this.module),
      environment(claims),
      lineage(this.versions, record, (one, text) => this.open(one, text)),
      await code(this.versions, record).catch(() => section("Code", words("The attached code cannot be read."))),
      use(this.versions, record),
    ];
    return [title, [this.back(), ...this.notes(version, others, strange), ...heading(this.versions, record), ...parts.filter(Boolean)]];
  }

  notes(version, others, strange) {
    const found = noVersions(strange).map((text) => words(text));
    if (others.length) {
      const all = [version, ...others].slice(0, 6);
      const link = element("a", { href: `../compare/?v=${all.join(",")}`, textContent: `compare ${all.join(", ")}` });
      found.push(element("p", { className: "aims-note" }, `Only version ${version} is shown here: `, link, "."));
    }
    return found;
  }
}

export default async function (module) {
  const versions = new Versions(module);
  if (!versions.latest) {
    module.replaceChildren(message("No versions yet", "The first submission that is scored is version 1."));
    return;
  }
  await new Page(module, versions).show();
}
