// A recording: an example, a file, or from the microphone; at the rate and length of the model.

import { element } from "../dom.js";
import { NothingYet } from "./feeds.js";
import { button, device, filePicker, npy, stop } from "./parts.js";
import { chart } from "./series.js";

const MAX_BYTES = 50_000_000;
const LONGEST = 30;
const SLOWEST = 3000;

export function sound(app, { changed, failed }) {
  const form = app.sound;
  let cell = null;
  const drawing = element("div", { className: "aims-p-series" });
  const note = element("p", { className: "aims-p-note" });
  const rate = `${form.sample_rate.toLocaleString("en-US")} samples a second`;
  const length = form.samples ? `${seconds(form.samples / form.sample_rate)}, ` : "";
  const about = `The model hears one channel, ${length}${rate}${
    form.assumed ? " (taken to be so: the owners have not said)" : ""
  }.`;

  const take = (values, text) => {
    cell = { values, dims: dimsOf(form, values.length) };
    drawing.replaceChildren(chart(Array.from(values)));
    note.textContent = text;
    changed();
  };
  const takeFile = async (blob) => {
    try {
      if (blob.size > MAX_BYTES) throw new Error("this file has more than 50 MB");
      const heard = await decoded(blob, form);
      const { values, text } = fitted(heard, form);
      take(values, text);
    } catch (problem) {
      failed(problem);
    }
  };
  const examples = element("div", { className: "aims-p-buttons" });
  const usable = app.examples.map(([values]) => values).filter(Array.isArray);
  usable.forEach((values, at) => {
    examples.append(button(`Example ${at + 1}`, () => take(values, "An example of the playground.")));
  });
  const upload = filePicker("Drop a recording here, or choose one", "audio/*", takeFile);
  const made = element(
    "div",
    {},
    element("p", { className: "aims-p-note", textContent: about }),
    examples, upload, microphone(form, takeFile, failed), drawing, note,
  ); // prettier-ignore
  if (usable.length) take(usable[0], "An example of the playground.");
  return {
    element: made,
    row: () => {
      if (!cell) throw new NothingYet("Choose a recording, or make one.");
      return [cell];
    },
    rows: () => ({ name: "rows.npy", content: npy(cell?.values ?? [], cell?.dims ?? []) }),
  };
}

const seconds = (value) => `${Number(value.toPrecision(3))} s`;

function dimsOf(form, count) {
  let used = false;
  return form.shape.map((side) => {
    if (side === 1 && (form.shape.length > 1 || used)) return 1;
    used = true;
    return count;
  });
}

/** Samples of a file, at the model's rate, as the mean of all channels. */
async function decoded(blob, form) {
  const content = await blob.arrayBuffer();
  const rate = Math.max(form.sample_rate, SLOWEST);
  let buffer;
  try {
    buffer = await new OfflineAudioContext(1, 1, rate).decodeAudioData(content);
  } catch {
    throw new Error("this file is no recording that the browser can read: try WAV, MP3 or Ogg");
  }
  const mixed = new Float32Array(buffer.length);
  for (let channel = 0; channel < buffer.numberOfChannels; channel += 1) {
    const data = buffer.getChannelData(channel);
    for (let at = 0; at < mixed.length; at += 1) mixed[at] += data[at] / buffer.numberOfChannels;
  }
  if (rate === form.sample_rate) return mixed;
  const step = rate / form.sample_rate; // slower than browsers go: the mean of what lies between
  return Float32Array.from({ length: Math.floor(mixed.length / step) }, (_, at) => {
    const part = mixed.subarray(Math.floor(at * step), Math.max(Math.floor((at + 1) * step), 1));
    return part.reduce((all, value) => all + value, 0) / part.length;
  });
}

/** Bring a recording to the length and loudness that the model takes. */
function fitted(heard, form) {
  if (!heard.length) throw new Error("this recording is empty");
  const count = form.samples ?? heard.length;
  const values = new Float32Array(count);
  values.set(heard.subarray(0, count));
  if (form.full !== 1) for (let at = 0; at < count; at += 1) values[at] *= form.full;
  const long = seconds(heard.length / form.sample_rate);
  const wanted = seconds(count / form.sample_rate);
  const text =
    heard.length > count
      ? `The recording has ${long}; the model hears the first ${wanted}.`
      : heard.length < count
        ? `The recording has ${long}; silence follows, up to ${wanted}.`
        : `The recording has ${long}.`;
  return { values, text };
}

function microphone(form, take, failed) {
  const longest = Math.min(form.samples ? form.samples / form.sample_rate + 0.3 : LONGEST, LONGEST);
  let recorder = null;
  const open = button("Use the microphone", async () => {
    try {
      const stream = await device("microphone", { audio: true });
      const parts = [];
      recorder = new MediaRecorder(stream);
      recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
      recorder.addEventListener("stop", () => {
        stop(stream);
        open.hidden = false;
        close.hidden = true;
        take(new Blob(parts, { type: recorder.mimeType }));
      });
      recorder.start();
      setTimeout(() => recorder.state === "recording" && recorder.stop(), longest * 1000);
      open.hidden = true;
      close.hidden = false;
      close.focus();
    } catch (problem) {
      failed(problem);
    }
  });
  const close = button("Stop recording", () => recorder?.state === "recording" && recorder.stop());
  close.hidden = true;
  return element("div", { className: "aims-p-buttons" }, open, close);
}
