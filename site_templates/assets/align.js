// What `aims compare` does, in the browser: lines of several versions side by side, layers aligned.
// The same as aims_gh/core/compare.py and aims_gh/core/alignment.py; a test compares the two.

const GROUPS = ["scores", "model", "operators", "metadata"];

/** One property of every version: {group, name, values, default, changed, of}. */
function line(group, name, values, more = {}) {
  return { group, name, values, default: null, changed: [], of: [], ...more };
}

/** Whether the versions that a line is about disagree. */
export function differs({ values, of }) {
  const about = of.length ? of.map((place) => values[place]) : values;
  return about.some((value) => value !== about[0]);
}

/** Line up what is known of some versions. */
export function compared(records) {
  const sides = records.map(properties);
  const keys = new Map();
  for (const side of sides) for (const [key, { group, name }] of side) keys.set(key, { group, name });
  const lines = [...keys].map(([key, { group, name }]) =>
    line(group, name, sides.map((side) => side.get(key)?.value ?? null))); // prettier-ignore
  const of = (group) => lines.filter((one) => one.group === group);
  return [...of("scores"), ...of("model"), ...parameters(records), ...of("operators"), ...of("metadata")];
}

function properties(record) {
  const { claims = {}, facts, cost, reproduction: seen } = record;
  const groups = {
    scores: record.scores ?? {},
    model: {
      username: record.username,
      ml_framework: claims.ml_framework,
      model_type: claims.model_type,
      depth: claims.depth,
      trees: claims.trees,
      optimizer: claims.optimizer,
      loss: claims.loss,
      epochs: claims.epochs,
      num_params: facts?.num_params,
      memory_size: facts?.bytes,
      latency_ms_per_1000: cost?.latency_ms_per_1000,
      reproduced: seen ? seen.matching >= 0.999 * seen.rows : null,
      based_on: record.based_on,
    },
    operators: facts?.operators ?? {},
    metadata: claims.metadata ?? {},
  };
  const found = new Map();
  for (const [group, items] of Object.entries(groups)) {
    for (const [name, value] of Object.entries(items)) found.set(`${group}\n${name}`, { group, name, value: value ?? null });
  }
  return found;
}

/** Line up hyper-parameters, one kind of estimator after the other. */
function parameters(records) {
  const sides = records.map(byKind);
  const lines = [];
  for (const kind of new Set(sides.flatMap((side) => [...side.keys()]))) {
    const of = [...sides.keys()].filter((place) => sides[place].has(kind));
    for (const name of new Set(of.flatMap((place) => [...sides[place].get(kind).keys()]))) {
      const found = sides.map((side) => side.get(kind)?.get(name) ?? null);
      const known = found.find((one) => one !== null);
      const values = found.map((one) => one?.value ?? null);
      lines.push(line(kind, name, values, { default: known.default ?? null, changed: found.map((one) => Boolean(one?.changed)), of }));
    }
  }
  return lines;
}

/** Hyper-parameters by the class of their step; a second step of a class is numbered. */
function byKind({ claims = {} }) {
  const types = new Map((claims.steps ?? []).map((step) => [step.name, step.type]));
  const seen = new Map();
  const found = new Map();
  for (const parameter of claims.parameters ?? []) {
    const kind = types.get(parameter.step ?? "") || claims.model_type || "parameters";
    if (!seen.has(kind)) seen.set(kind, []);
    const steps = seen.get(kind);
    if (!steps.includes(parameter.step)) steps.push(parameter.step);
    const place = steps.indexOf(parameter.step);
    const name = place === 0 ? parameter.name : `${parameter.name} (${place + 1})`;
    const group = GROUPS.includes(kind) ? `${kind} (its own)` : kind;
    if (!found.has(group)) found.set(group, new Map());
    found.get(group).set(name, parameter);
  }
  return found;
}

/** Align the layers of several networks: rows of one layer, or null, for each. */
export function aligned(stacks) {
  let rows = [];
  stacks.forEach((stack, place) => (rows = joined(rows, stack, place)));
  return rows;
}

function joined(rows, stack, place) {
  const have = rows.map((row) => row.find((layer) => layer !== null).type);
  const blocks = matching(have, stack.map((layer) => layer.type));
  const empty = Array(place).fill(null);
  const found = [];
  let [i, j] = [0, 0];
  for (const [a, b, many] of [...blocks, [have.length, stack.length, 0]]) {
    found.push(...rows.slice(i, a).map((row) => [...row, null]));
    found.push(...stack.slice(j, b).map((layer) => [...empty, layer]));
    for (let next = 0; next < many; next++) found.push([...rows[a + next], stack[b + next]]);
    [i, j] = [a + many, b + many];
  }
  return found;
}

/** The longest runs that two lists share, in order; as Python's difflib finds them. */
function matching(a, b) {
  const places = new Map();
  b.forEach((value, place) => places.set(value, [...(places.get(value) ?? []), place]));
  const todo = [[0, a.length, 0, b.length]];
  const found = [];
  while (todo.length) {
    const [fromA, toA, fromB, toB] = todo.pop();
    const [i, j, many] = longest(a, places, fromA, toA, fromB, toB);
    if (!many) continue;
    found.push([i, j, many]);
    todo.push([fromA, i, fromB, j], [i + many, toA, j + many, toB]);
  }
  return found.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
}

function longest(a, places, fromA, toA, fromB, toB) {
  let best = [fromA, fromB, 0];
  let before = new Map();
  for (let i = fromA; i < toA; i++) {
    const now = new Map();
    for (const j of places.get(a[i]) ?? []) {
      if (j < fromB || j >= toB) continue;
      const many = (before.get(j - 1) ?? 0) + 1;
      now.set(j, many);
      if (many > best[2]) best = [i - many + 1, j - many + 1, many];
    }
    before = now;
  }
  return best;
}
