// The files that somebody chose: where they are dropped, what is found in them, what is missing.

import { element, plain } from "../dom.js";
import { grouped, size } from "../format.js";
import { PATHS } from "./manifest.js";
import { beyond, problem } from "./parts.js";
import { checkContent, readPredictions } from "./predictions.js";
import { preview } from "./preview.js";

export function drop({ evaluation }, take) {
  const wanted =
    evaluation === "model"
      ? "model.onnx"
      : evaluation === "both"
        ? "predictions.csv and model.onnx"
        : "predictions.csv";
  const input = element("input", {
    type: "file",
    multiple: true,
    accept: ".csv,.onnx,text/csv",
    id: "aims-submit-file",
  });
  const label = element(
    "label",
    { className: "aims-drop", htmlFor: input.id },
    element("strong", {
      textContent: `Drop ${wanted} here, or choose ${evaluation === "both" ? "them" : "it"}`,
    }),
    element("span", {
      textContent:
        evaluation === "predictions"
          ? "It is checked on your own machine and sent nowhere. A model.onnx may go with it."
          : "Predictions are checked on your own machine; nothing is sent anywhere.",
    }),
  );
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

export const keyOf = (name) =>
  /\.csv$/i.test(name) ? "predictions" : /\.onnx$/i.test(name) ? "model" : null;

export function notTaken(name) {
  const known = /\.(npy|parquet)$/i.test(name);
  return {
    message: `${plain(name).slice(0, 80)} is no .csv or .onnx file`,
    hint: known
      ? "this page reads CSV alone: submit it by aims submit"
      : "save the predictions as CSV with a header",
  };
}

/** A file with its bytes, and what was found in it or what is wrong with it. */
export async function checked(key, file, { bytes: limit, ...rules }) {
  const name = file.name;
  if (file.size > limit) return { name, problem: beyond(file.size, limit) };
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (key === "predictions") return { name, bytes, found: readPredictions(bytes, rules, name) };
    checkContent(bytes, PATHS.model);
    if (!bytes.length)
      return { name, problem: { message: "model.onnx is empty", hint: "export the model again" } };
    return { name, bytes };
  } catch (error) {
    return {
      name,
      problem: { message: error.message, hint: error.hint ?? "choose the file again" },
    };
  }
}

function totalOf(chosen) {
  return [...chosen.values()].reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0);
}

export function isReady(chosen, { evaluation, bytes }) {
  if (!chosen.size || [...chosen.values()].some((file) => file.problem)) return false;
  if (evaluation !== "predictions" && !chosen.has("model")) return false;
  if (evaluation !== "model" && !chosen.has("predictions")) return false;
  return totalOf(chosen) <= bytes;
}

export function results(chosen, rules, remove) {
  const shown = [];
  for (const [key, file] of chosen) {
    const away = element("button", {
      type: "button",
      className: "aims-button",
      textContent: "Remove",
    });
    away.setAttribute("aria-label", `Remove ${plain(file.name)}`);
    away.addEventListener("click", () => remove(key));
    const about = file.bytes ? `, ${size(file.bytes.length)}` : "";
    shown.push(
      element(
        "p",
        { className: "aims-submit-file" },
        element(
          "span",
          {},
          element("strong", { textContent: plain(file.name).slice(0, 80) }),
          about,
        ),
        away,
      ),
    );
    if (file.problem) shown.push(problem(file.problem));
    else if (key === "model")
      shown.push(
        element("p", {
          className: "aims-note",
          textContent:
            "What is in a model is not looked at here: the course runs it when it is handed in.",
        }),
      );
    else
      shown.push(
        element("p", { className: "aims-submit-good", textContent: fits(file.found) }),
        preview(file.found, rules.labels),
      );
  }
  const good = chosen.size && ![...chosen.values()].some((file) => file.problem);
  if (good && rules.evaluation !== "predictions" && !chosen.has("model"))
    shown.push(
      problem({ message: "this playground needs a model", hint: "choose model.onnx too" }),
    );
  if (good && rules.evaluation !== "model" && !chosen.has("predictions"))
    shown.push(
      problem({ message: "this playground needs predictions", hint: "choose predictions.csv too" }),
    );
  if (good && totalOf(chosen) > rules.bytes)
    shown.push(problem(beyond(totalOf(chosen), rules.bytes)));
  return shown;
}

function fits({ table, probabilities, values }) {
  const what = values
    ? "one number for each"
    : probabilities
      ? "probabilities for each"
      : "one label for each";
  return `It fits: ${grouped(table.rows)} ${table.rows === 1 ? "row" : "rows"}, ${what}.`;
}
