// The cards of a course: search by words, and by tag, kind of input and library.

import { element } from "./dom.js";

const FACETS = [
  ["tags", "Tag"],
  ["input", "Input"],
  ["libraries", "Library"],
];
const listed = (card, name) => (card.dataset[name] ? card.dataset[name].split("|") : []);

function chooser(cards, [name, label], changed) {
  const values = [...new Set(cards.flatMap((card) => listed(card, name)))].sort();
  if (values.length < 2) return null;
  const select = element("select", { ariaLabel: label });
  select.append(element("option", { value: "", textContent: `${label}: any` }));
  for (const value of values) select.append(element("option", { value, textContent: value }));
  select.dataset.facet = name;
  select.addEventListener("change", changed);
  return select;
}

export default function (root) {
  const cards = [...root.querySelectorAll(".aims-card")];
  if (cards.length < 2) return;
  const words = element("input", {
    type: "search",
    className: "aims-filter",
    placeholder: "Search playgrounds",
    ariaLabel: "Search playgrounds",
  });
  const count = element("p", { className: "aims-count", role: "status" });
  const choosers = FACETS.map((facet) => chooser(cards, facet, update)).filter(Boolean);
  words.addEventListener("input", update);

  function update() {
    const wanted = words.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const card of cards) {
      const text = `${card.textContent} ${card.dataset.tags}`.toLowerCase();
      const fits =
        wanted.every((word) => text.includes(word)) &&
        choosers.every((one) => !one.value || listed(card, one.dataset.facet).includes(one.value));
      card.hidden = !fits;
      shown += fits;
    }
    count.textContent = shown === cards.length ? "" : `${shown} of ${cards.length} playgrounds`;
  }

  root.prepend(element("div", { className: "aims-toolbar" }, words, ...choosers, count));
}
