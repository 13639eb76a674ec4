// From rows to what a model's inputs take: the rules of `aims_gh/runner/feeds.py`.
//
// A row is a list of cells, one for each input of the playground: a number, a text, a truth value,
// null for a missing number, or {values, dims} for an array; dims may be left out.

import { plain } from "../dom.js";

const TYPES = {
  float32: Float32Array, float64: Float64Array, int64: BigInt64Array, uint64: BigUint64Array,
  int32: Int32Array, uint32: Uint32Array, int16: Int16Array, uint16: Uint16Array,
  int8: Int8Array, uint8: Uint8Array, bool: Uint8Array,
}; // prettier-ignore
const RANGES = {
  int32: [-(2 ** 31), 2 ** 31 - 1], uint32: [0, 2 ** 32 - 1], int16: [-32768, 32767],
  uint16: [0, 65535], int8: [-128, 127], uint8: [0, 255], bool: [0, 1],
}; // prettier-ignore

export const product = (sides) => sides.reduce((all, side) => all * side, 1);
export const quoted = (name) => `“${plain(name).slice(0, 60)}”`;
export const listed = (names) =>
  names.length > 12
    ? `${names.slice(0, 12).map(quoted).join(", ")}, … (${names.length} in all)`
    : names.map(quoted).join(", ");
const shown = (shape) => `(${shape.map((side) => side ?? "?").join(", ")})`;
const identifier = (name) => name.replace(/[^\p{L}\p{N}_]/gu, "_");

/** A cell that will not do: says which input, and why. */
export class WrongCell extends Error {}

/** Nothing is entered yet, which is no mistake. */
export class NothingYet extends WrongCell {}

/** How the inputs of a playground fill those of a model. */
export class Plan {
  /**
   * @param inputs of the playground: {name, dtype, shape}
   * @param wanted of the model: {name, type, shape}
   */
  constructor(inputs, wanted) {
    this.inputs = inputs;
    if (!wanted.length) throw new Error("the model takes no input");
    this.parts = wanted.map((each) => this.#part(each, wanted));
    const fixed = [...new Set(wanted.map((each) => each.shape[0]))].filter(Number.isInteger);
    if (fixed.length > 1) throw new Error("the model's inputs differ in their number of rows");
    this.batch = fixed[0] ?? null;
    if (this.batch === 0) throw new Error("the model takes no rows at all");
    const numbers = this.parts.reduce((all, part) => all + part.columns.length * part.numbers, 0);
    this.most = this.batch ?? Math.max(1, Math.min(2000, Math.floor(250_000 / numbers)));
  }

  #part(wanted, all) {
    if (!(wanted.type in TYPES) && wanted.type !== "string") {
      throw new Error(`the model's input ${quoted(wanted.name)} is of a type that browsers lack`);
    }
    const names = this.inputs.map((input) => input.name);
    const row = wanted.shape.slice(1);
    const width = row.every(Number.isInteger) ? product(row) : null;
    const everything =
      all.length === 1 &&
      (!names.includes(wanted.name) || names.length === 1 || names.length === width);
    const columns = everything ? names.map((_, place) => place) : [this.#column(wanted.name)];
    if (wanted.type !== "string" && columns.length > 1) {
      const text = columns.filter((place) => this.inputs[place].dtype === "string");
      if (text.length) {
        const which = listed(text.map((place) => names[place]));
        throw new Error(`the model's only input takes numbers, and ${which} holds text`);
      }
    }
    const numbers = product(this.inputs[columns[0]].shape);
    return { ...wanted, columns, numbers, dims: this.#dims(wanted, columns, row, width) };
  }

  #column(name) {
    const names = this.inputs.map((input) => input.name);
    if (names.includes(name)) return names.indexOf(name);
    // Exporters that allow no spaces or brackets in names write underscores.
    const alike = names.filter((each) => identifier(each) === identifier(name));
    if (alike.length !== 1) {
      throw new Error(
        `the model has an input ${quoted(name)}, and the playground has ${listed(names)}`,
      );
    }
    return names.indexOf(alike[0]);
  }

  /** The shape of one row; null in it for what the cell itself decides. */
  #dims(wanted, columns, row, width) {
    const { shape } = this.inputs[columns[0]];
    const have = columns.length > 1 ? [columns.length, ...shape] : shape;
    if (!wanted.shape.length) return have.length ? have : [1];
    const agree = row.every((side, axis) => !Number.isInteger(side) || side === have[axis]);
    if (have.length === row.length && agree) return have;
    if (width === product(have)) return row;
    if (row.length === 1 && width === null && !have.length) return [1];
    // A picture or a recording has been brought to the model's own shape.
    if (columns.length === 1 && shape.length) return row;
    throw new Error(
      `the model's input ${quoted(wanted.name)} takes rows of shape ${shown(row)}, ` +
        `the playground has rows of shape ${shown(have)}`,
    );
  }

  /** Tensors for so many rows; a model with a fixed number of rows gets the last one again. */
  feeds(rows) {
    const count = this.batch ?? rows.length;
    const padded = Array.from({ length: count }, (_, row) => rows[Math.min(row, rows.length - 1)]);
    return Object.fromEntries(this.parts.map((part) => [part.name, this.#tensor(part, padded)]));
  }

  #tensor({ type, columns, dims: declared }, rows) {
    const own = columns.length === 1 ? rows[0][columns[0]]?.dims : undefined;
    const dims = own?.length === declared.length ? own : declared;
    const flat =
      (type === "float32" && columns.length === 1 && joinedArrays(rows.map((row) => row[columns[0]]?.values))) ||
      rows.flatMap((row) => columns.flatMap((place) => this.#numbers(row, place, type)));
    const each = flat.length / rows.length;
    const open = dims.filter((side) => !Number.isInteger(side)).length;
    const known = product(dims.filter(Number.isInteger));
    if (open > 1 || (open ? each % known : each !== known)) {
      throw new WrongCell(`${each} numbers do not fill rows of shape ${shown(dims)}`);
    }
    const sides = dims.map((side) => (Number.isInteger(side) ? side : each / known));
    const data = type === "string" || flat instanceof TYPES[type] ? flat : TYPES[type].from(flat);
    return { type, data, dims: [rows.length, ...sides] };
  }

  #numbers(row, place, type) {
    const { name, dtype } = this.inputs[place];
    const cell = row[place];
    const values = cell?.values ? Array.from(cell.values) : [cell];
    return values.map((value) => converted(value, type, name, dtype));
  }
}

/** Arrays that are as the model takes them, one after the other; of a film they are large. */
function joinedArrays(arrays) {
  if (!arrays.every((each) => each instanceof Float32Array)) return null;
  const whole = new Float32Array(arrays.reduce((all, each) => all + each.length, 0));
  arrays.reduce((at, each) => (whole.set(each, at), at + each.length), 0);
  return whole;
}

function converted(value, type, name, dtype) {
  if (type === "string") return asText(value, dtype);
  if (typeof value === "string") {
    throw new WrongCell(`${quoted(name)} is ${quoted(value)}, and the model takes numbers there`);
  }
  if (type === "float32" || type === "float64") return value === null ? NaN : Number(value);
  const whole = typeof value === "bigint" || Number.isInteger(Number(value));
  if (value === null || !whole) {
    const what = value === null ? "empty" : value;
    throw new WrongCell(`${quoted(name)} is ${what}, and the model takes whole numbers there`);
  }
  if (type === "int64" || type === "uint64") {
    const big = BigInt(value);
    if (type === "uint64" && big < 0n) throw new WrongCell(`${quoted(name)} is below 0`);
    return big;
  }
  const [low, high] = RANGES[type];
  if (value < low || value > high) {
    throw new WrongCell(`${quoted(name)} is ${value}, and the model takes ${low} to ${high}`);
  }
  return Number(value);
}

/** A value as Python writes it, which is what a model with texts has learnt from. */
function asText(value, dtype) {
  if (typeof value === "string" || typeof value === "bigint") return String(value);
  if (value === null) return "nan";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (dtype !== "float") return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
