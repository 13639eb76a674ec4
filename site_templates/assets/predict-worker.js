// The model itself, in a thread of its own: the page stays alive however long it computes.
//
// Takes {id, model} once, then {id, feeds}; answers {id, …} or {id, error}.

import * as ort from "onnxruntime-web/wasm";

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = {
  wasm: new URL("./ort-wasm-simd-threaded.wasm", import.meta.url).href,
};
ort.env.logLevel = "error";

const FREE = 2 ** 31; // how onnxruntime writes a side that is open: −1 as a number without sign
let session;

const side = (value) => (typeof value === "number" && (value < 0 || value >= FREE) ? null : value);
const described = ({ name, isTensor, type, shape }) => ({
  name,
  type: isTensor ? type : "other",
  shape: isTensor ? Array.from(shape, side) : [],
});

async function load(model) {
  session = await ort.InferenceSession.create(model, {
    executionProviders: ["wasm"],
    logSeverityLevel: 3,
    // It guesses its own format from the first bytes, which nobody has checked.
    extra: { session: { load_model_format: "ONNX" } },
  });
  return {
    inputs: session.inputMetadata.map(described),
    outputs: session.outputMetadata.map(described),
  };
}

/** Half precision as single, where the browser has no array for it. */
function singles(bits) {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    if (!exponent) return sign * fraction * 2 ** -24;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

async function run(feeds) {
  const given = {};
  for (const [name, { type, data, dims }] of Object.entries(feeds)) {
    given[name] = new ort.Tensor(type, data, dims);
  }
  // A list of {label: probability}, as some converters write it, cannot be read in a browser.
  const wanted = session.outputMetadata.filter((each) => each.isTensor).map((each) => each.name);
  const start = performance.now();
  const found = await session.run(given, wanted);
  const milliseconds = performance.now() - start;
  const outputs = wanted.map((name) => {
    const { type, dims, data } = found[name];
    const numbers = type === "float16" && data instanceof Uint16Array ? singles(data) : data;
    return { name, type, dims: [...dims], data: numbers };
  });
  return { outputs, milliseconds };
}

addEventListener("message", async ({ data: { id, model, feeds } }) => {
  try {
    postMessage({ id, ...(model ? await load(model) : await run(feeds)) });
  } catch (problem) {
    postMessage({ id, error: String(problem?.message ?? problem) });
  }
});
