// An answer, as people read it: a label with its probabilities, or a number.

import { element, plain } from "../dom.js";
import { shortNumber } from "../format.js";

const MOST = 20; // more labels are shown on demand, and the likeliest first
const TOP = 5;

const percent = (value) => `${(100 * value).toFixed(value > 0.999 && value < 1 ? 3 : 1)} %`;

export class Answer {
  constructor(app) {
    this.app = app;
    this.title = element("p", { className: "aims-p-what", textContent: "Answer" });
    this.best = element("p", { className: "aims-p-best" });
    this.best.setAttribute("role", "status");
    this.lines = element("div", { className: "aims-p-lines" });
    this.note = element("p", { className: "aims-p-note" });
    this.element = element(
      "section",
      { className: "aims-p-answer" },
      this.title, this.best, this.lines, this.note,
    ); // prettier-ignore
    this.element.setAttribute("aria-label", "Answer");
    this.wait("The model is being loaded …");
  }

  /** Say that there is no answer yet. */
  wait(text) {
    this.element.dataset.state = "waiting";
    this.#set("", text);
  }

  wrong(problem) {
    this.element.dataset.state = "wrong";
    this.#set("", sentence(problem.message ?? problem));
  }

  show({ codes, probabilities, scores, values }, milliseconds) {
    this.element.dataset.state = "answered";
    const time = milliseconds < 1 ? "less than 1 ms" : `${Math.round(milliseconds)} ms`;
    this.#set("", `Took ${time} on this machine.`);
    if (values) {
      this.best.textContent = shortNumber(values[0]);
      this.best.title = String(values[0]);
      this.best.dataset.value = values[0];
      return;
    }
    this.best.textContent = plain(this.app.labels[codes[0]]);
    this.best.dataset.value = codes[0];
    if (probabilities) this.#bars(probabilities[0], codes[0]);
    else if (scores) this.#scores(scores[0], codes[0]);
    else this.note.textContent += " The model gives a label alone, no probabilities.";
  }

  #set(best, note) {
    this.best.textContent = best;
    this.best.removeAttribute("title");
    delete this.best.dataset.value;
    this.lines.replaceChildren();
    this.note.textContent = note;
  }

  #bars(line, best) {
    this.#list("Probabilities", line, best, (value) => [percent(value), value]);
  }

  #scores(line, best) {
    this.#list("Scores, which are no probabilities", line, best, (value) => [shortNumber(value), null]);
  }

  #list(title, line, best, drawn) {
    const { labels } = this.app;
    // One score of two labels is that of the second.
    const of = (place) => (line.length === labels.length ? place : 1);
    const item = (place) => {
      const [text, share] = drawn(line[place]);
      const bar = element("span", { className: "aims-p-bar" });
      bar.setAttribute("aria-hidden", "true");
      if (share !== null) bar.append(filled(share));
      const number = element("span", { className: "aims-p-number", textContent: text });
      number.title = String(line[place]);
      number.dataset.value = line[place];
      const name = plain(labels[of(place)]);
      const made = element("li", {}, element("bdi", { className: "aims-p-label", textContent: name }), bar, number);
      if (of(place) === best) made.setAttribute("aria-current", "true");
      return made;
    };
    const list = (places) => element("ul", { className: "aims-p-bars" }, ...places.map(item));
    const places = line.map((_, place) => place);
    const heading = element("p", { className: "aims-p-what", textContent: title });
    if (line.length <= MOST) return this.lines.replaceChildren(heading, list(places));
    const top = [...places].sort((a, b) => line[b] - line[a]).slice(0, TOP);
    const all = element("summary", { textContent: `All ${line.length}, in the owner's order` });
    this.lines.replaceChildren(heading, list(top), element("details", {}, all, list(places)));
  }
}

function filled(share) {
  const made = element("span", { className: "aims-p-filled" });
  made.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return made;
}

export function sentence(text) {
  const clean = plain(text);
  const whole = clean.charAt(0).toUpperCase() + clean.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}
