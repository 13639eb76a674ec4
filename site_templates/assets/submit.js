// Submit from the browser: check a file by the rules of the evaluator, and prepare the folder to be
// handed in. Nothing is sent anywhere; what the visitor's browser has, stays there.

import { element, plain, read } from "./dom.js";
import { distance, grouped, size } from "./format.js";
import { ways } from "./submit/handin.js";
import { canDigest, problems, sha256, suggestedName } from "./submit/manifest.js";
import { checkContent, readPredictions } from "./submit/predictions.js";
import { preview } from "./submit/preview.js";

const PATHS = { predictions: "predictions.csv", model: "model.onnx" };
const REMEMBERED = "aims-login";

export default async function (root) {
  const { slug, address, repository, archive } = root.dataset;
  const rules = await read(`${root.dataset.root}data/${slug}/rules.json`);
  if (!rules) return;
  // By a name that is put together, since this script shall work where that one is missing.
  const pack = archive ? (await import(`./${archive}.js`)).default : null;
  const course = { slug, address, repository, pack };
  const chosen = new Map();
  const form = makeForm(rules, repository, () => show());
  const said = live("p", { className: "aims-unseen" });
  const result = element("div");
  const last = element("div");
  let latest = 0;

  async function take(files) {
    result.replaceChildren(element("p", { className: "aims-note", textContent: "Reading …" }));
    for (const file of files) {
      const key = keyOf(file.name);
      if (key) chosen.set(key, await checked(key, file, rules));
      else chosen.set("other", { name: file.name, problem: notTaken(file.name) });
      if (key) chosen.delete("other");
    }
    const whole = [...chosen.values()].filter(({ bytes }) => bytes);
    if (whole.length) form.suggest(await suggestedName(whole, new Date()));
    show();
  }

  function show() {
    result.replaceChildren(...results(chosen, rules, (key) => (chosen.delete(key), show())));
    said.textContent = result.querySelector(".aims-submit-problem, .aims-submit-good")?.textContent ?? "";
    const ready = isReady(chosen, rules) && !isOver(rules);
    form.root.hidden = last.hidden = !ready;
    if (ready) handIn();
  }

  async function handIn() {
    const call = (latest += 1);
    const filled = form.read();
    if (!filled) {
      last.replaceChildren(element("p", { className: "aims-note", textContent: "Fill in who you are, and how it goes on is shown here." }));
      return;
    }
    if (!canDigest()) {
      last.replaceChildren(problem("this page was not loaded by https, and without that no browser computes the digest that a submission needs", "use the commands below"));
      return;
    }
    const files = [];
    for (const key of ["model", "predictions"]) {
      const file = chosen.get(key);
      if (!file) continue;
      file.sha256 ??= await sha256(file.bytes);
      files.push({ key, path: PATHS[key], ...file });
    }
    // Meanwhile something else may have been typed.
    if (call === latest) last.replaceChildren(heading("Hand it in"), ways(course, filled, files, new Date()));
  }

  root.replaceChildren(...states(rules), drop(rules, take), said, result, form.root, last);
  show();
}

/** Whether whatever is handed in now comes too late. */
const isOver = ({ deadline, late }) =>
  late === "refuse" && deadline !== null && Date.now() > Date.parse(deadline);

/** What has to be known before any work is done. */
function states({ opens, closes, deadline, late, listed, evaluation, features, bytes, per_day, total }) {
  const now = Date.now();
  const lines = [];
  const say = (text, bad = false) => lines.push(element("li", { textContent: text, className: bad ? "aims-bad" : "" }));
  if (opens && now < Date.parse(opens))
    say(`Not open yet: it opens ${distance(Date.parse(opens), now)}, and what arrives before is refused.`, true);
  if (closes && now >= Date.parse(closes)) {
    const since = distance(Date.parse(closes), now);
    if (now <= Date.parse(deadline)) say(`Closed ${since}; in the time of grace, until ${distance(Date.parse(deadline), now)}, submissions still count.`, true);
    else if (late === "mark") say(`Closed ${since}: submissions are still scored, and marked as late.`, true);
    else say(`Closed ${since}: submissions are refused. You can still see whether a file would fit.`, true);
  }
  if (listed === "playground") say("Private: only those on the owners' list may submit.");
  if (listed === "course") say("Only those on the course's roster may submit.");
  if (evaluation === "both") say("A model is required beside the predictions: model.onnx.");
  if (evaluation === "model")
    say(features === "hidden" ? "The model itself is scored, on rows that nobody is shown: hand in model.onnx." : "The model itself is scored: hand in model.onnx; predictions may go with it.");
  const often = [per_day && `${grouped(per_day)} in 24 hours`, total && `${grouped(total)} in all`].filter(Boolean);
  say(`At most ${size(bytes)} for all files together${often.length ? `; ${often.join(", ")}` : ""}.`);
  return [element("ul", { className: "aims-submit-states" }, ...lines)];
}

function drop({ evaluation }, take) {
  const wanted = evaluation === "model" ? "model.onnx" : evaluation === "both" ? "predictions.csv and model.onnx" : "predictions.csv";
  const input = element("input", { type: "file", multiple: true, accept: ".csv,.onnx,text/csv", id: "aims-submit-file" });
  const label = element("label", { className: "aims-drop", htmlFor: input.id }, element("strong", { textContent: `Drop ${wanted} here, or choose ${evaluation === "both" ? "them" : "it"}` }), element("span", { textContent: evaluation === "predictions" ? "It is checked on your own machine and sent nowhere. A model.onnx may go with it." : "Predictions are checked on your own machine; nothing is sent anywhere." }));
  const box = element("div", { className: "aims-drop-box" }, input, label);
  input.addEventListener("change", async () => {
    await take([...input.files]);
    input.value = ""; // so that the same file, changed, can be chosen again
  });
  box.addEventListener("dragover", (event) => {
    event.preventDefault();
    box.dataset.over = "";
  });
  box.addEventListener("dragleave", () => delete box.dataset.over);
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    delete box.dataset.over;
    take([...event.dataTransfer.files]);
  });
  return box;
}

const keyOf = (name) =>
  /\.csv$/i.test(name) ? "predictions" : /\.onnx$/i.test(name) ? "model" : null;

function notTaken(name) {
  const known = /\.(npy|parquet)$/i.test(name);
  return { message: `${plain(name).slice(0, 80)} is no .csv or .onnx file`, hint: known ? "this page reads CSV alone: submit it by aims submit" : "save the predictions as CSV with a header" };
}

/** A file with its bytes, and what was found in it or what is wrong with it. */
async function checked(key, file, { bytes: limit, ...rules }) {
  const name = file.name;
  if (file.size > limit)
    return { name, problem: { message: `${grouped(file.size)} bytes in all, the limit is ${grouped(limit)}`, hint: "the limit is for all files of a submission together" } };
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (key === "predictions") return { name, bytes, found: readPredictions(bytes, rules) };
    checkContent(bytes, PATHS.model);
    if (!bytes.length) return { name, problem: { message: "model.onnx is empty", hint: "export the model again" } };
    return { name, bytes };
  } catch (error) {
    return { name, problem: { message: error.message, hint: error.hint ?? "choose the file again" } };
  }
}

function totalOf(chosen) {
  return [...chosen.values()].reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
}

function isReady(chosen, { evaluation, bytes }) {
  if (!chosen.size || [...chosen.values()].some((file) => file.problem)) return false;
  if (evaluation !== "predictions" && !chosen.has("model")) return false;
  if (evaluation !== "model" && !chosen.has("predictions")) return false;
  return totalOf(chosen) + 4096 <= bytes; // the manifest counts too
}

function results(chosen, rules, remove) {
  const shown = [];
  for (const [key, file] of chosen) {
    const away = element("button", { type: "button", className: "aims-button", textContent: "Remove" });
    away.setAttribute("aria-label", `Remove ${plain(file.name)}`);
    away.addEventListener("click", () => remove(key));
    const about = file.bytes ? `, ${size(file.bytes.length)}` : "";
    shown.push(element("p", { className: "aims-submit-file" }, element("span", {}, element("strong", { textContent: plain(file.name).slice(0, 80) }), about), away));
    if (file.problem) shown.push(problem(file.problem.message, file.problem.hint));
    else if (key === "model") shown.push(element("p", { className: "aims-note", textContent: "What is in a model is not looked at here: the course runs it when it is handed in." }));
    else shown.push(element("p", { className: "aims-submit-good", textContent: fits(file.found) }), preview(file.found, rules.labels));
  }
  const good = chosen.size && ![...chosen.values()].some((file) => file.problem);
  if (good && rules.evaluation !== "predictions" && !chosen.has("model"))
    shown.push(problem("this playground needs a model", "choose model.onnx too"));
  if (good && rules.evaluation !== "model" && !chosen.has("predictions"))
    shown.push(problem("this playground needs predictions", "choose predictions.csv too"));
  if (good && totalOf(chosen) + 4096 > rules.bytes)
    shown.push(problem(`${grouped(totalOf(chosen))} bytes in all, the limit is ${grouped(rules.bytes)}`, "make the model smaller"));
  return shown;
}

function fits({ table, probabilities, values }) {
  const what = values ? "one number for each" : probabilities ? "probabilities for each" : "one label for each";
  return `It fits: ${grouped(table.rows)} ${table.rows === 1 ? "row" : "rows"}, ${what}.`;
}

function problem(message, hint) {
  return element("div", { className: "aims-submit-problem" }, element("p", { textContent: plain(message) }), element("p", { className: "aims-note", textContent: `${plain(hint)}` }));
}

/** The fields; `read()` gives what is in them, or null while something is wrong. */
function makeForm({ boards }, repository, changed) {
  const login = field("input", "login", repository ? "Your login on GitHub" : "Who you are in the course", { autocomplete: "username", spellcheck: false, maxLength: 39 }, repository ? "as GitHub writes it, small and large letters too" : "");
  const id = field("input", "id", "A name for this submission", { spellcheck: false, maxLength: 64 }, "small letters, digits and hyphens; another one each time");
  const board = field("select", "board", "Which board it goes on");
  const names = boards.length > 1 ? ["all", ...boards] : ["all"];
  board.control.append(...names.map((name) => element("option", { value: name, textContent: name === "all" ? "every board there is" : name })));
  board.root.hidden = names.length === 1;
  const description = field("textarea", "description", "A sentence or two", { rows: 2, maxLength: 2000 }, "may be left out");
  const tags = field("input", "tags", "Words to find it by", {}, "with commas between; may be left out");
  const fields = { login, id, board, description, tags };
  let suggestion = "";
  login.control.value = remembered();
  const root = element("form", { className: "aims-submit-form", noValidate: true }, heading("Say what it is"), ...Object.values(fields).map((one) => one.root));
  root.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("input", changed);
  return {
    root,
    suggest(name) {
      // What somebody typed stays.
      if (id.control.value === suggestion) id.control.value = name;
      suggestion = name;
    },
    read() {
      const filled = {
        login: login.control.value.trim(),
        id: id.control.value.trim(),
        board: board.control.value,
        description: description.control.value.trim(),
        tags: tags.control.value.split(",").map((tag) => tag.trim()).filter(Boolean),
      };
      const wrong = problems(filled);
      for (const [name, { control, complaint }] of Object.entries(fields)) {
        // Nobody is told off for a field that they have not come to.
        complaint.textContent = control.value ? (wrong[name] ?? "") : "";
        control.setAttribute("aria-invalid", String(Boolean(complaint.textContent)));
      }
      if (!wrong.login) remember(filled.login);
      return Object.keys(wrong).length ? null : filled;
    },
  };
}

function field(kind, name, title, properties = {}, hint = "") {
  const id = `aims-submit-${name}`;
  const control = element(kind, { id, name, ...properties });
  const about = element("span", { className: "aims-note", id: `${id}-hint`, textContent: hint });
  const complaint = live("span", { className: "aims-bad", id: `${id}-wrong` });
  control.setAttribute("aria-describedby", `${about.id} ${complaint.id}`);
  const root = element("p", { className: "aims-field" }, element("label", { htmlFor: id, textContent: title }), control, about, complaint);
  return { root, control, complaint };
}

const heading = (text) => element("h4", { textContent: text });

/** An element whose changes are read out. */
function live(name, properties) {
  const made = element(name, properties);
  made.setAttribute("aria-live", "polite");
  return made;
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    return ""; // a browser may forbid it
  }
}

function remember(login) {
  try {
    localStorage.setItem(REMEMBERED, login);
  } catch {
    // then it is typed again next time
  }
}
