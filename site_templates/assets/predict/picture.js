// A picture: an example, a file, a drawing, or from the camera.

import { element } from "../dom.js";
import { NothingYet } from "./feeds.js";
import { button, device, filePicker, npy, stop } from "./parts.js";
import { arrayOf, imageOf, middle, opened } from "./pixels.js";

const PAD = 280;
const LARGEST_PAD = 64;
const MAX_BYTES = 50_000_000;

export function picture(app, { changed, failed }) {
  const form = app.picture;
  let cell = null;
  const seen = element("canvas", { className: "aims-p-seen", width: 1, height: 1 });
  seen.setAttribute("role", "img");
  seen.setAttribute("aria-label", "What the model is given");
  const caption = element("figcaption", { textContent: "What the model is given" });
  const figure = element("figure", { className: "aims-p-figure", hidden: true }, seen, caption);

  const take = (values, dims) => {
    cell = { values, dims };
    const { height, width } = sizeOf(form, dims);
    const image = imageOf(values, { ...form, height, width });
    figure.hidden = !image;
    if (image) paint(seen, image);
    changed();
  };
  const takeImage = (image) => {
    const { values, dims } = arrayOf(image, form);
    take(values, dims);
  };
  const examples = element("div", { className: "aims-p-thumbs" });
  app.examples.forEach(([values], at) => {
    const image = Array.isArray(values) ? imageOf(values, form) : null;
    if (!image) return;
    const canvas = element("canvas", { width: 1, height: 1 });
    paint(canvas, image);
    const made = button("", () => take(values, undefined));
    made.className = "aims-p-thumb";
    made.setAttribute("aria-label", `Example ${at + 1}`);
    made.append(canvas);
    examples.append(made);
  });
  const upload = filePicker("Drop a picture here, or choose one", "image/*", async (file) => {
    try {
      if (file.size > MAX_BYTES) throw new Error("this file has more than 50 MB");
      takeImage(await opened(file));
    } catch (problem) {
      failed(problem);
    }
  });
  const made = element("div", { className: "aims-p-picture" });
  if (examples.children.length) made.append(titled("Examples", examples));
  const small = form.height && form.height <= LARGEST_PAD && form.width <= LARGEST_PAD;
  if (form.channels === 1 && small) made.append(titled("Draw", pad(app, form, takeImage)));
  made.append(
    titled("From this machine", upload, camera((image) => takeImage(middle(image, form)), failed)),
    figure,
  );
  const first = app.examples[0]?.[0];
  if (Array.isArray(first) && imageOf(first, form)) take(first, undefined);
  return {
    element: made,
    row: () => {
      if (!cell) throw new NothingYet("Choose a picture.");
      return [cell];
    },
    rows: () => ({ name: "rows.npy", content: npy(cell?.values ?? [], cell?.dims ?? form.shape) }),
  };
}

/** Height and width of a picture, by the shape of its array where the model takes any. */
export function sizeOf(form, dims) {
  if ((form.height && form.width) || !dims) return form;
  const [height, width] = form.channels_first ? dims.slice(1) : dims;
  return { height, width };
}

export const titled = (text, ...parts) =>
  element("div", { className: "aims-p-part" }, element("p", { className: "aims-p-what", textContent: text }), ...parts);

export function paint(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Whether the examples are light on dark: their edges tell. */
function lightOnDark(app, form) {
  const values = app.examples[0]?.[0];
  if (!Array.isArray(values) || !form.width) return true;
  const edge = values.slice(0, form.width);
  const mean = edge.reduce((all, value) => all + value, 0) / edge.length;
  return mean < (form.black + form.white) / 2;
}

function pad(app, form, take) {
  const height = Math.round((PAD * form.height) / form.width);
  const canvas = element("canvas", { className: "aims-p-pad", width: PAD, height });
  canvas.setAttribute("aria-label", "Drawing pad: draw with the mouse, a pen or a finger");
  canvas.setAttribute("role", "img");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const light = lightOnDark(app, form);
  const clear = () => {
    context.fillStyle = light ? "#000" : "#fff";
    context.fillRect(0, 0, PAD, height);
  };
  clear();
  Object.assign(context, { lineWidth: PAD / 13, lineCap: "round", lineJoin: "round" });
  context.strokeStyle = light ? "#fff" : "#000";
  let from = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * PAD,
      ((event.clientY - box.top) / box.height) * height,
    ];
  };
  const line = (event) => {
    const to = place(event);
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    from = to;
  };
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    from = place(event);
    line(event);
  });
  canvas.addEventListener("pointermove", (event) => from && line(event));
  for (const kind of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(kind, () => {
      if (!from) return;
      from = null;
      take(context.getImageData(0, 0, PAD, height));
    });
  }
  return element(
    "div",
    {},
    canvas,
    element("div", { className: "aims-p-buttons" }, button("Wipe", clear)),
  );
}

function camera(take, failed) {
  const video = element("video", { playsInline: true, muted: true, hidden: true, className: "aims-p-video" });
  let stream = null;
  const end = () => {
    if (stream) stop(stream);
    stream = null;
    video.srcObject = null;
    video.hidden = shoot.hidden = close.hidden = true;
    open.hidden = false;
  };
  const open = button("Use the camera", async () => {
    try {
      stream = await device("camera", { video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
      video.hidden = shoot.hidden = close.hidden = false;
      open.hidden = true;
    } catch (problem) {
      end();
      failed(problem);
    }
  });
  const shoot = button("Take the picture", () => {
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    const image = context.getImageData(0, 0, canvas.width, canvas.height);
    end();
    take(image);
  });
  const close = button("Close the camera", end);
  shoot.hidden = close.hidden = true;
  addEventListener("pagehide", end);
  return element(
    "div",
    {},
    video,
    element("div", { className: "aims-p-buttons" }, open, shoot, close),
  );
}
