// Submit from the browser: check a file by the rules of the evaluator, and prepare the folder to be
// handed in. Nothing is sent anywhere; what the visitor's browser has, stays there.

import { element, read } from "./dom.js";
import { checked, drop, isReady, keyOf, notTaken, results } from "./submit/files.js";
import { makeForm } from "./submit/form.js";
import { ways } from "./submit/handin.js";
import { PATHS, canDigest, sha256, suggestedName } from "./submit/manifest.js";
import { heading, live, problem } from "./submit/parts.js";
import { isOver, states } from "./submit/states.js";

export default async function (root) {
  const { slug, address, repository, archive } = root.dataset;
  const rules = await read(`${root.dataset.root}data/${slug}/rules.json`);
  if (!rules) return;
  // By a name that is put together, since this script shall work where that one is missing.
  const file = `./${archive}.js`; // apart, or esbuild takes every file for a module
  const pack = archive ? (await import(file)).default : null;
  const course = { slug, address, repository, pack, limit: rules.bytes };
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
    said.textContent =
      result.querySelector(".aims-submit-problem, .aims-submit-good")?.textContent ?? "";
    const ready = isReady(chosen, rules) && !isOver(rules);
    form.root.hidden = last.hidden = !ready;
    if (ready) handIn();
  }

  async function handIn() {
    const call = (latest += 1);
    const filled = form.read();
    if (!filled) {
      last.replaceChildren(
        element("p", {
          className: "aims-note",
          textContent: "Fill in who you are, and how it goes on is shown here.",
        }),
      );
      return;
    }
    if (!canDigest()) {
      last.replaceChildren(
        problem({
          message:
            "this page was not loaded by https, and without that no browser computes the digest that a submission needs",
          hint: "use the commands below",
        }),
      );
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
    if (call !== latest) return;
    const folds = (of) => [...of.querySelectorAll("details")];
    const open = folds(last).map((fold) => fold.open);
    const made = ways(course, filled, files, new Date());
    folds(made).forEach((fold, place) => (fold.open = Boolean(open[place])));
    last.replaceChildren(heading("Hand it in"), made);
  }

  root.replaceChildren(...states(rules), drop(rules, take), said, result, form.root, last);
  show();
}
