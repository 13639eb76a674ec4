// What a board is asked to show, and how an address says so.

export const MOST_PICKED = 6;

export const EMPTY = Object.freeze({
  search: "",
  user: "",
  library: "",
  model: "",
  best: false,
  sort: Object.freeze([]), // [{key, descending}]; none: by rank
  hidden: Object.freeze([]), // keys of columns
  picked: Object.freeze([]), // versions to compare
});

// Not "q": the search of the theme takes that for itself.
const TEXTS = { find: "search", user: "user", library: "library", model: "model" };
const NAMES = [...Object.keys(TEXTS), "best", "sort", "hide", "pick"];

/** The state that a query string asks for; `keys` are the columns that there are. */
export function read(query, keys) {
  const asked = new URLSearchParams(query);
  const list = (name) => (asked.get(name) ?? "").split(",").filter(Boolean);
  const state = { ...EMPTY, best: asked.get("best") === "1" };
  for (const [name, field] of Object.entries(TEXTS)) state[field] = asked.get(name) ?? "";
  state.sort = list("sort")
    .map((key) => ({ key: key.replace(/^-/, ""), descending: key.startsWith("-") }))
    .filter(({ key }, i, all) => keys.includes(key) && all.findIndex((o) => o.key === key) === i);
  state.hidden = list("hide").filter((key) => keys.includes(key) && canHide(key));
  const versions = list("pick").map(Number).filter((version) => Number.isInteger(version));
  state.picked = [...new Set(versions)].slice(0, MOST_PICKED);
  return state;
}

/** The query string of a state, after what other scripts have written there. */
export function write(state, query) {
  const params = new URLSearchParams(query);
  for (const name of NAMES) params.delete(name);
  for (const [name, field] of Object.entries(TEXTS)) if (state[field]) params.set(name, state[field]);
  if (state.best) params.set("best", "1");
  const sort = state.sort.map(({ key, descending }) => (descending ? "-" : "") + key);
  if (sort.length) params.set("sort", sort.join(","));
  if (state.hidden.length) params.set("hide", state.hidden.join(","));
  if (state.picked.length) params.set("pick", state.picked.join(","));
  return params.toString().replaceAll("%2C", ",");
}

/** Whether a query string asks for anything. */
export const asks = (query) => NAMES.some((name) => new URLSearchParams(query).has(name));

/** Whose row it is, and at which place, can always be seen. */
export const canHide = (key) => key !== "rank" && key !== "username";

/** The order after a click on a column's head; `more` adds it to the order there is. */
export function sorted(sort, key, descendingFirst, more) {
  const found = sort.find((one) => one.key === key);
  if (!more) {
    const turned = found && sort.length === 1 ? !found.descending : descendingFirst;
    return byRank([{ key, descending: turned }]);
  }
  if (!found) return [...sort, { key, descending: descendingFirst }];
  if (found.descending !== descendingFirst) return sort.filter((one) => one !== found);
  return sort.map((one) => (one === found ? { key, descending: !descendingFirst } : one));
}

function byRank(sort) {
  return sort.length === 1 && sort[0].key === "rank" && !sort[0].descending ? [] : sort;
}
