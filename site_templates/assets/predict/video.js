// A video: an example, or a file; in as many pictures as the model takes.

import { element } from "../dom.js";
import { grouped } from "../format.js";
import { NothingYet, product } from "./feeds.js";
import { button, filePicker, npy } from "./parts.js";
import { paint, sizeOf, titled } from "./picture.js";
import { imageOf } from "./pixels.js";

const MAX_BYTES = 50_000_000;
const SHOWN = 24;
const IN_THUMB = 4;
const TOO_MUCH = "this video is too much for this browser: choose a smaller one";
const NOT_LOADED = "the program that reads videos could not be fetched: connect, and choose the video again";

export function video(app, { changed, failed }) {
  const form = app.video;
  let [cell, problem, reader] = [null, null, null];
  const strip = element("div", { className: "aims-p-strip" });
  strip.setAttribute("role", "img");
  const caption = element("figcaption", {});
  const figure = element("figure", { className: "aims-p-figure", hidden: true }, strip, caption);
  const note = element("p", { className: "aims-p-note" });
  note.setAttribute("role", "status");

  const leave = () => {
    reader?.terminate();
    [reader, stop.hidden, note.textContent] = [null, true, ""];
  };
  const take = (taken, text) => {
    leave();
    [cell, problem] = [taken, null];
    show(strip, caption, form, cell);
    figure.hidden = !strip.children.length;
    note.textContent = text;
    changed();
  };
  const refuse = (error) => {
    leave();
    [cell, problem] = [null, error];
    figure.hidden = true;
    failed(error);
  };
  const stop = button("Stop", () => (leave(), changed()));
  stop.hidden = true;
  const takeFile = (file) => {
    leave();
    if (file.size > MAX_BYTES) return refuse(new Error("this file has more than 50 MB"));
    [cell, problem, figure.hidden, stop.hidden] = [null, null, true, false];
    note.textContent = "The video is being read …";
    reader = reading(file, form, {
      read: (count) => (note.textContent = `The video is being read: ${grouped(count)} pictures …`),
      done: ({ have, ...taken }) => take(taken, about(have)),
      failed: refuse,
    });
    changed();
  };
  const upload = filePicker("Drop a video here, or choose one", "video/*,.mkv", takeFile);
  const examples = element("div", { className: "aims-p-thumbs" });
  const usable = examplesOf(app);
  usable.forEach((taken, at) => {
    examples.append(thumb(taken, form, `Example ${at + 1}`, () => take(taken, "")));
  });
  const told = element("p", { className: "aims-p-note", textContent: given(form) });
  const made = element("div", { className: "aims-p-clip" }, told);
  if (usable.length) made.append(titled("Examples", examples));
  const stopping = element("div", { className: "aims-p-buttons" }, stop);
  made.append(titled("From this machine", upload), note, stopping, figure);
  if (usable.length) take(usable[0], "");
  return {
    element: made,
    row: () => {
      if (problem) throw problem;
      if (!cell) throw new NothingYet(reader ? "The video is being read …" : "Choose a video.");
      return [cell];
    },
    rows: () => ({ name: "rows.npy", content: npy(cell?.values ?? [], cell?.dims ?? [0]) }),
  };
}

const many = (count) => (count === 1 ? "1 picture" : `${grouped(count)} pictures`);
const about = (have) => `The video has ${many(have)}.`;

function given({ frames, frame: { width, height } }) {
  const which = frames ? `${many(frames)} of a video, at even distances` : "all pictures of a video";
  return `The model is given ${which}${width && height ? `, ${width} × ${height} pixels each` : ""}.`;
}

/** Take the pictures out of a file, in a worker: give it, to be ended. */
function reading(file, form, { read, done, failed }) {
  const worker = new Worker(new URL("./video-worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    if (data.read) read(data.read);
    else if (data.error) failed(new Error(data.error));
    else done(data);
  });
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    failed(new Error(event.message ? TOO_MUCH : NOT_LOADED));
  });
  worker.postMessage({ file, form });
  return worker;
}

/** The public rows whose shape is known: {values, dims}. */
function examplesOf({ examples, inputs: [input], video: form }) {
  const shapes = [input.shape, [form.frames, ...form.frame.shape]];
  return examples.flatMap(([values]) => {
    const dims = shapes.find((shape) => shape.length > 2 && product(shape) === values?.length);
    return dims ? [{ values, dims }] : [];
  });
}

function thumb(taken, form, name, act) {
  const made = button("", act);
  made.className = "aims-p-thumb aims-p-film";
  made.setAttribute("aria-label", name);
  made.append(...canvases(taken, form, IN_THUMB));
  return made;
}

function show(strip, caption, form, taken) {
  const [all] = taken.dims;
  const shown = Math.min(all, SHOWN);
  const text = `What the model is given: ${many(all)}${shown < all ? `, ${shown} of them here` : ""}`;
  strip.replaceChildren(...canvases(taken, form, SHOWN));
  strip.setAttribute("aria-label", text);
  caption.textContent = text;
}

/** Some of the pictures, at even distances. */
function canvases({ values, dims: [all, ...sides] }, form, most) {
  const each = product(sides);
  const { width, height } = sizeOf(form.frame, sides);
  const count = Math.min(all, most);
  return Array.from({ length: count }, (_, at) => {
    const place = Math.trunc(((at + 0.5) * all) / count);
    const canvas = element("canvas", { width: 1, height: 1 });
    const one = values.slice(place * each, (place + 1) * each);
    paint(canvas, imageOf(one, { ...form.frame, width, height }));
    return canvas;
  });
}
