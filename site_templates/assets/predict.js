// The page that predicts: the runtime model in the visitor's own browser.
//
// Everything is made from data/<slug>/app.json, or from that of the folder data-folder names, where
// there is no website around. Nothing that is entered is sent anywhere.

import { element, plain, read, save } from "./dom.js";
import { size } from "./format.js";
import { Answer } from "./predict/answer.js";
import { batch } from "./predict/batch.js";
import { NothingYet, Plan } from "./predict/feeds.js";
import { Model } from "./predict/model.js";
import { joined, predictions } from "./predict/outputs.js";
import { breath, button } from "./predict/parts.js";
import { picture } from "./predict/picture.js";
import { series } from "./predict/series.js";
import { sound } from "./predict/sound.js";
import { tabular } from "./predict/tabular.js";
import { video } from "./predict/video.js";
import { words } from "./predict/words.js";

const EAGER = 10_000_000; // a larger model waits until somebody asks for it
const PAUSE = 200;

export default async function (place) {
  const { folder: alone, root, slug } = place.dataset;
  const folder = alone ?? `${root}data/${slug}/`;
  const app = await read(`${folder}app.json`);
  if (!app) return place.replaceChildren(note("Nothing is known yet of how to serve a model here."));
  if (app.obstacle || !app.model) return place.replaceChildren(...hindered(app, alone));
  const page = new Page(app, folder, alone);
  place.replaceChildren(page.element);
  if (app.model.bytes <= EAGER) await page.load();
}

const note = (text) => element("p", { className: "aims-note", textContent: text });

/** Why the model does not run here, and what does. */
function hindered(app, alone) {
  const title = app.obstacle === "no model" ? "No model to try yet" : "This model does not run in a browser";
  const box = element(
    "div",
    { className: "aims-empty" },
    element("p", { className: "aims-empty-title", textContent: title }),
    element("p", { textContent: app.reason }),
  );
  if (/^https?:\/\//.test(app.served_at)) {
    const link = element("a", { href: app.served_at, textContent: "Try it on the owners' server", rel: "noopener" });
    box.append(element("p", {}, link));
  }
  if (!app.model) return [box];
  return [about(app, alone), box, ...commands(app, null)];
}

function about({ model }, alone) {
  const line = element("p", { className: "aims-p-about" });
  const name = `Version ${model.version}`;
  const link = alone ? name : element("a", { href: `../models/?v=${model.version}`, textContent: name });
  line.append(
    link,
    " by ",
    element("bdi", { textContent: plain(model.username) }),
    alone ? "" : model.deployed ? ", chosen by the owners" : ", the best whose model gives what was scored",
    ` · ${size(model.bytes)}`,
  );
  return line;
}

const shellQuoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`);

/** How to ask the same on a command line. */
function commands(app, source) {
  const file = source?.rows ? source.rows().name : "rows.csv";
  const text = `aims predict ${shellQuoted(plain(app.address))} ${file} --version ${app.model.version}`;
  const made = element("div", { className: "aims-p-command" }, element("p", { className: "aims-p-what", textContent: "The same on a command line" }));
  const code = element("pre", {}, element("code", { textContent: text }));
  code.tabIndex = 0;
  made.append(code);
  if (source?.rows) {
    made.append(
      element("div", { className: "aims-p-buttons" }, button(`Save this input as ${file}`, () => {
        const { name, content } = source.rows();
        save(name, content, "application/octet-stream");
      })),
    ); // prettier-ignore
  }
  return [made];
}

class Page {
  constructor(app, folder, alone) {
    Object.assign(this, { app, folder, model: null, plan: null, asked: 0, timer: 0 });
    this.answer = new Answer(app);
    const doing = {
      changed: () => this.later(),
      failed: (problem) => this.answer.wrong(problem),
    };
    this.source = sourceOf(app, doing);
    this.go = button("Predict", () => this.now(), { main: true });
    const one = element(
      "div",
      { className: "aims-p-one" },
      element("div", { className: "aims-p-input" }, this.source.element, this.go),
      this.answer.element,
    );
    const kept = element("p", {
      className: "aims-p-kept",
      textContent: "The model runs in this page, on your machine: nothing that you enter leaves it.",
    });
    this.element = element("div", { className: "aims-predict" }, about(app, alone), kept);
    if (["tabular", "text", "timeseries"].includes(app.input_type)) {
      const many = batch(app, (rows, progress) => this.ask(rows, progress));
      this.element.append(switched([["One row", one], ["A CSV file", many]])); // prettier-ignore
    } else this.element.append(one);
    this.element.append(...commands(app, this.source));
    if (app.model.bytes > EAGER) this.answer.wait(`Press Predict to load the model, ${size(app.model.bytes)}.`);
  }

  load() {
    this.loading ??= this.#load();
    return this.loading;
  }

  async #load() {
    try {
      this.model = await Model.load(this.app, this.folder, (share) =>
        this.answer.wait(`The model is being loaded: ${Math.round(100 * share)} % …`),
      );
      this.plan = new Plan(arraysOf(this.app), this.model.inputs);
      this.element.dataset.ready = "";
    } catch (problem) {
      this.failure = new Error(`this model cannot run in the browser: ${problem.message}`);
      this.answer.wrong(this.failure);
      return;
    }
    await this.now();
  }

  /** Ask when the visitor pauses. */
  later() {
    if (!this.plan) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), PAUSE);
  }

  async now() {
    clearTimeout(this.timer);
    if (!this.plan && !this.failure) {
      if (!this.loading) return this.load();
      return;
    }
    const asked = (this.asked += 1);
    try {
      const { predictions: found, milliseconds } = await this.ask([this.source.row()]);
      if (asked === this.asked) this.answer.show(found, milliseconds);
    } catch (problem) {
      if (asked !== this.asked) return;
      if (problem instanceof NothingYet) this.answer.wait(problem.message);
      else this.answer.wrong(problem);
    }
  }

  /** Answer rows, a few at a time. */
  async ask(rows, progress = async () => {}) {
    if (!this.plan) await this.load();
    if (this.failure) throw this.failure;
    const runs = [];
    let milliseconds = 0;
    for (let first = 0; first < rows.length; first += this.plan.most) {
      const some = rows.slice(first, first + this.plan.most);
      const { outputs, milliseconds: took } = await this.model.run(this.plan.feeds(some));
      runs.push({ outputs, rows: some.length });
      milliseconds += took;
      await progress(first + some.length);
    }
    await breath();
    return { predictions: predictions(joined(runs), this.app, rows.length), milliseconds };
  }
}

/** What the model is given: what is seen or heard is an array, whatever else is known of it. */
function arraysOf({ inputs, picture: seen, sound: heard, video: moving }) {
  const shape = moving ? [moving.frames, ...moving.frame.shape] : (seen ?? heard)?.shape;
  if (!shape || inputs[0].shape.length) return inputs;
  return [{ ...inputs[0], shape: shape.map((side) => side ?? 0) }];
}

function sourceOf(app, doing) {
  const arrays = app.inputs.length === 1 && app.inputs[0].shape.length > 0;
  if (app.input_type === "image" && app.picture) return picture(app, doing);
  if (app.input_type === "audio" && app.sound) return sound(app, doing);
  if (app.input_type === "video" && app.video) return video(app, doing);
  if (app.input_type === "text") return words(app, doing);
  if (!arrays) return tabular(app, doing);
  const what = { image: "picture", audio: "recording" }[app.input_type];
  const text = what ? `The model takes arrays that no ${what} fills as it is: give it the numbers.` : "";
  return series(app, doing, { note: text });
}

/** Several views, one at a time. */
function switched(views) {
  const made = element("div", {});
  const bar = element("div", { className: "aims-p-switch" });
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "What to predict");
  const choose = (chosen) => {
    views.forEach(([, view], at) => {
      view.hidden = at !== chosen;
      bar.children[at].setAttribute("aria-pressed", String(at === chosen));
    });
  };
  views.forEach(([name], at) => bar.append(button(name, () => choose(at))));
  made.append(bar, ...views.map(([, view]) => view));
  choose(0);
  return made;
}

