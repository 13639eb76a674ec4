// The runtime model as the page sees it: loaded once, checked, asked row by row.

import { plain } from "../dom.js";

/** Fetch a file, and tell how far it is. */
async function fetched(address, expected, progress) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`the model's file could not be read (${answer.status})`);
  const parts = [];
  let done = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { value, done: over } = await reader.read();
    if (over) break;
    parts.push(value);
    done += value.length;
    progress(Math.min(done / expected, 1));
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function check(content, sha256) {
  if (!globalThis.crypto?.subtle) return; // a page without https
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== sha256) {
    throw new Error("the model's file is not the one that was scored: load the page again");
  }
}

/** What onnxruntime says, without where in its own source it says so. */
export function readable(text) {
  const short = plain(text)
    .replace(/^.*?ERROR_MESSAGE:\s*"?/i, "")
    .replace(/\S+\.(?:cc|h|hpp|cpp):\d+ /g, "")
    .replace(/\S*onnxruntime::[\w:~]+\([^()]*\)(?:::<lambda\(\)>)?(?: const)?/g, "")
    .replace(/(?:\S*\/){2,}\S*/g, "…")
    .replace(/\s+/g, " ")
    .replace(/[". ]+$/, "")
    .trim();
  return short.length > 300 ? `${short.slice(0, 300)}…` : short;
}

export class Model {
  #worker;
  #waiting = new Map();
  #last = 0;

  /** Load the model that `app.json` names, from beside it. */
  static async load(app, folder, progress) {
    const content = await fetched(`${folder}${app.model.path}`, app.model.bytes, progress);
    await check(content, app.model.sha256);
    const model = new Model();
    const { inputs, outputs } = await model.#ask({ model: content });
    return Object.assign(model, { inputs, outputs });
  }

  constructor() {
    this.#worker = new Worker(new URL("./predict-worker.js", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data: { id, error, ...answer } }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(answer);
      else reject(new Error(readable(error)));
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      for (const { reject } of this.#waiting.values()) {
        reject(new Error("this browser cannot run WebAssembly in a worker, which models need"));
      }
      this.#waiting.clear();
    });
  }

  #ask(question) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...question });
    });
  }

  /** Run once; give all outputs that are tensors, in the order of the graph. */
  run(feeds) {
    return this.#ask({ feeds });
  }
}
