// The small things that every way of asking is made of.

import { element } from "../dom.js";

let last = 0;
export const newId = () => `aims-p-${(last += 1)}`;

export function button(text, act, { main = false } = {}) {
  const made = element("button", {
    type: "button",
    className: main ? "aims-p-button aims-p-main" : "aims-p-button",
    textContent: text,
  });
  made.addEventListener("click", act);
  return made;
}

/** A control with its label above it, and a hint below. */
export function field(name, control, hint = "") {
  control.id ||= newId();
  const label = element("label", { textContent: name, htmlFor: control.id });
  const made = element("div", { className: "aims-p-field" }, label, control);
  const note = element("small", { id: newId(), textContent: hint });
  if (hint) control.setAttribute("aria-describedby", note.id);
  made.append(note);
  return made;
}

/** Give a file: chosen, or dropped on the area. */
export function filePicker(text, accept, take) {
  const input = element("input", { type: "file", accept, className: "aims-p-file" });
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files[0]);
    input.value = "";
  });
  const label = element("label", { className: "aims-p-drop" }, text, input);
  for (const kind of ["dragenter", "dragover"]) {
    label.addEventListener(kind, (event) => {
      event.preventDefault();
      label.classList.add("aims-p-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    label.addEventListener(kind, () => label.classList.remove("aims-p-over"));
  }
  label.addEventListener("drop", (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer.files;
    if (file) take(file);
  });
  return label;
}

/** A camera or microphone; says in words why there is none. */
export async function device(what, wanted) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error(`browsers give the ${what} to pages with https alone`);
  }
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (problem) {
    if (problem.name === "NotAllowedError") {
      throw new Error(
        `the browser did not allow the ${what}: allow it beside the address, or choose a file`,
      );
    }
    if (problem.name === "NotFoundError") throw new Error(`this machine has no ${what}`);
    throw new Error(`the ${what} cannot be used now: another program may have it`);
  }
}

export const stop = (stream) => {
  for (const track of stream.getTracks()) track.stop();
};

/** Lets the browser draw before more is computed. */
export const breath = () => new Promise((resolve) => setTimeout(resolve));

/** A NumPy file of one row of numbers. */
export function npy(values, dims) {
  const shape = `(1, ${dims.map((side) => `${side}, `).join("")})`.replace(", )", ")");
  const head = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const padded = head + " ".repeat(63 - ((10 + head.length) % 64)) + "\n";
  const bytes = new Uint8Array(10 + padded.length);
  bytes.set([0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, padded.length & 255, padded.length >> 8]);
  bytes.set(new TextEncoder().encode(padded), 10);
  return new Blob([bytes, Float32Array.from(values)]);
}
