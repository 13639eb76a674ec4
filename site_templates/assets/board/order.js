// The order of rows. Values become numbers once; after that, sorting compares numbers alone.

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Numbers in the order of a column's values; NaN where there is none. */
export function keysOf(kind, values, text) {
  const known = values.map((value) => sortable(kind, value, text));
  if (known.every((value) => value === null || typeof value === "number")) {
    return Float64Array.from(known, (value) => value ?? NaN);
  }
  return placesOf(known);
}

function sortable(kind, value, text) {
  if (value === null || value === undefined) return null;
  if (typeof value === "boolean") return Number(value);
  if (kind === "time") return Number.isNaN(Date.parse(value)) ? String(value) : Date.parse(value);
  if (typeof value === "number") return value;
  return kind === "list" || kind === "pairs" ? text(value) || null : String(value);
}

/** The place of each value among the distinct ones, as a dictionary orders them. */
function placesOf(values) {
  const distinct = [...new Set(values.filter((value) => value !== null))].sort(compare);
  const places = new Map();
  let place = 0;
  distinct.forEach((value, i) => {
    if (i && compare(distinct[i - 1], value) !== 0) place = i;
    places.set(value, place);
  });
  return Float64Array.from(values, (value) => places.get(value) ?? NaN);
}

function compare(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(a, b);
}

/**
 * Rows by one or several columns, each `{keys, descending}`. Rows without a value stay last in
 * both directions; equal rows stay in rank order.
 */
export function ordered(rows, by) {
  const sorted = Uint32Array.from(rows);
  return sorted.sort((a, b) => {
    for (const { keys, descending } of by) {
      const [x, y] = [keys[a], keys[b]];
      if (x === y) continue;
      if (x !== x || y !== y) {
        if (x === x || y === y) return x === x ? -1 : 1;
        continue;
      }
      return descending ? y - x : x - y;
    }
    return a - b;
  });
}
