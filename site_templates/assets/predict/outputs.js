// What a model's outputs mean: the rules of `aims_gh/core/predictions.py`, all rows at once.

const SLACK = 1e-6;
const ROUNDED = 1e-3;
const LARGEST = 1e100;
const FLOATS = ["float16", "float32", "float64"];

/** Join the outputs of several runs; those without an entry for each row are let go. */
export function joined(runs) {
  const [{ outputs }] = runs;
  const kept = [];
  for (let place = 0; place < outputs.length; place += 1) {
    const parts = runs.map(({ outputs: all, rows }) => ({ ...all[place], rows }));
    if (parts.some(({ dims, rows }) => !dims.length || dims[0] < rows)) continue;
    const sides = outputs[place].dims.slice(1);
    if (parts.some(({ dims }) => String(dims.slice(1)) !== String(sides))) {
      throw new Error("the model's output changes its shape from batch to batch");
    }
    const each = sides.reduce((all, side) => all * side, 1);
    const values = [];
    for (const { data, rows } of parts) {
      for (let at = 0; at < rows * each; at += 1) values.push(data[at]);
    }
    kept.push({ type: outputs[place].type, sides: squeezed(sides), values, each });
  }
  if (!kept.length) throw new Error("the model gives no output with an entry for each row");
  return kept;
}

function squeezed(sides) {
  const kept = [...sides];
  while (kept.length && kept.at(-1) === 1) kept.pop();
  return kept;
}

/**
 * Read what a model returned.
 *
 * @returns {codes, probabilities, scores, values}: positions among the labels; a list of
 *   probabilities for each row, or of scores that are none; or numbers. What these rows show
 *   counts only where the model's evaluation does not say how its numbers are read.
 */
export function predictions(arrays, app, rows) {
  if (app.task_type === "regression") {
    const found = arrays.find(({ type, sides }) => !sides.length && isNumber(type));
    if (!found) throw noOutput(arrays, "one number for each row");
    return { values: finite(found.values.map(Number), 1) };
  }
  const count = app.labels.length;
  const reading = app.model?.reading;
  const named = arrays.find(({ type, sides }) => !FLOATS.includes(type) && !sides.length);
  const codes = named ? codesOf(named, app.labels) : null;
  const scores = arrays.find(
    ({ type, sides }) =>
      FLOATS.includes(type) &&
      ((sides.length === 1 && sides[0] === count) || (!sides.length && count === 2)),
  );
  if (!scores) {
    if (!codes) throw noOutput(arrays, `a label, or one number for each of ${count} labels`);
    return { codes };
  }
  const numbers = finite(Array.from(scores.values, Number), scores.each);
  const found = scores.sides.length
    ? ofMatrix(numbers, rows, count, reading)
    : ofColumn(numbers, reading);
  if (!codes) return found;
  if (found.probabilities) {
    found.probabilities = inOwnersOrder(found.probabilities, codes, app.labels, reading);
  }
  return { ...found, codes };
}

const isNumber = (type) => type !== "string" && type !== "bool";

function codesOf({ type, values }, labels) {
  const place = new Map(labels.map((label, code) => [String(label), code]));
  return values.map((value, row) => {
    for (const text of spellings(value, type)) {
      if (place.has(text)) return place.get(text);
    }
    throw new Error(
      `the model's answer in row ${row + 1} is a label that the playground does not know`,
    );
  });
}

const SWAPS = { 0: "False", 1: "True", False: "0", True: "1" };

function spellings(value, type) {
  const text = type === "bool" ? (value ? "True" : "False") : String(value);
  return [text, SWAPS[text] ?? text];
}

function ofColumn(numbers, reading) {
  const probable = reading
    ? reading !== "scores"
    : numbers.every((value) => value >= -SLACK && value <= 1 + SLACK);
  const codes = numbers.map((value) => (value > (probable ? 0.5 : 0) ? 1 : 0));
  if (probable) {
    return { codes, probabilities: numbers.map((value) => summingToOne([1 - value, value])) };
  }
  return { codes, scores: numbers.map((value) => [value]) };
}

function ofMatrix(numbers, rows, count, reading) {
  const matrix = Array.from({ length: rows }, (_, row) =>
    numbers.slice(row * count, (row + 1) * count),
  );
  const codes = matrix.map(largest);
  const probable = reading
    ? reading !== "scores"
    : matrix.every(
        (line) => line.every((value) => value >= -SLACK) && Math.abs(total(line) - 1) < ROUNDED,
      );
  if (!probable) return { codes, scores: matrix };
  return { codes, probabilities: matrix.map(summingToOne) };
}

const total = (line) => line.reduce((all, value) => all + value, 0);
const largest = (line) => line.reduce((best, value, at) => (value > line[best] ? at : best), 0);

function summingToOne(line) {
  const clipped = line.map((value) => Math.min(Math.max(value, 0), 1));
  if (clipped.every((value) => value === 0)) return line.map(() => 1 / line.length);
  const sum = total(clipped);
  return Math.abs(sum - 1) > SLACK ? clipped.map((value) => value / sum) : clipped;
}

/** Libraries that give labels beside probabilities sort these by label; owners may not. */
function inOwnersOrder(matrix, codes, labels, reading) {
  const numbers = labels.every((label) => typeof label === "number");
  const compare = numbers
    ? (a, b) => labels[a] - labels[b]
    : (a, b) => byCodePoint(String(labels[a]), String(labels[b]));
  const byLabel = labels.map((_, code) => code).sort(compare);
  const toOwner = labels.map((_, code) => byLabel.indexOf(code));
  const reordered = matrix.map((line) => toOwner.map((at) => line[at]));
  if (reading) return reading === "sorted" ? reordered : matrix;
  const right = (lines) => lines.filter((line, row) => largest(line) === codes[row]).length;
  return right(reordered) >= right(matrix) ? reordered : matrix;
}

function byCodePoint(a, b) {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    const difference = left[at].codePointAt(0) - right[at].codePointAt(0);
    if (difference) return difference;
  }
  return left.length - right.length;
}

function finite(numbers, each) {
  const at = numbers.findIndex((value) => !Number.isFinite(value) || Math.abs(value) > LARGEST);
  if (at >= 0) {
    const row = Math.floor(at / each) + 1;
    throw new Error(
      `the model's answer in row ${row} is not a finite number: look for empty fields`,
    );
  }
  return numbers;
}

function noOutput(arrays, expected) {
  const shapes = arrays.map(({ type, sides }) => `${type}[rows${sides.map((s) => `, ${s}`).join("")}]`);
  return new Error(`the model returns ${shapes.join(", ") || "nothing"}, expected ${expected}`);
}
