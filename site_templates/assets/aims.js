// What every page does: show moments in the reader's own zone, copy what is offered to be copied,
// and start the modules that the page asks for.
//
// A module is an element with data-module="board": board.js is fetched, and its default export is
// called with the element. Nothing else is fetched, so a page costs what it shows.

import { anywhere, distance, full, localMoments } from "./format.js";

async function start(element) {
  const file = `./${element.dataset.module}.js`; // apart, or esbuild takes every file for a module
  const { default: run } = await import(file);
  await run(element);
  element.dataset.started = "";
}

/** Say whether a playground is open now: the page may be older than its deadline. */
function showStatus(badge) {
  const { opens, closes } = badge.dataset;
  const now = Date.now();
  const [state, text] =
    opens && now < Date.parse(opens)
      ? ["soon", `opens ${distance(Date.parse(opens), now)}`]
      : closes && now >= Date.parse(closes)
        ? ["closed", `closed ${distance(Date.parse(closes), now)}`]
        : ["open", closes ? `open, closes ${distance(Date.parse(closes), now)}` : "open"];
  badge.dataset.state = state;
  if (closes) badge.title = `${full(new Date(closes))}; ${anywhere(new Date(closes))}`;
  badge.textContent = "private" in badge.dataset ? `private, ${text}` : text;
}

/** Bring the present tab into sight where they do not all fit, without moving the page. */
function showTab() {
  const tab = document.querySelector(".aims-tabs [aria-current]");
  if (!tab) return;
  const bar = tab.parentElement;
  bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
}

// The theme's search is a dialog without a name.
document.querySelector("[role=dialog].md-search")?.setAttribute("aria-label", "Search");
localMoments(document);
showTab();
for (const badge of document.querySelectorAll(".aims-status")) showStatus(badge);
for (const element of document.querySelectorAll("[data-module]")) start(element);
