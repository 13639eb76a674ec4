// What every page does: show moments in the reader's own zone, copy what is offered to be copied,
// and start the modules that the page asks for.
//
// A module is an element with data-module="board": board.js is fetched, and its default export is
// called with the element. Nothing else is fetched, so a page costs what it shows.

import { anywhere, full, localMoments } from "./format.js";
import { inWords, phaseOf } from "./phase.js";

async function start(element) {
  const file = `./${element.dataset.module}.js`; // apart, or esbuild takes every file for a module
  const { default: run } = await import(file);
  await run(element);
  element.dataset.started = "";
}

/** Say where a playground stands now: the page may be older than its deadline. */
function showStatus(badge) {
  const phase = phaseOf(badge.dataset);
  badge.dataset.state = phase.name;
  if (phase.at !== null) {
    const date = new Date(phase.at);
    badge.title = `${full(date)}; ${anywhere(date)}`;
  }
  badge.textContent = "private" in badge.dataset ? `private, ${inWords(phase)}` : inWords(phase);
  return phase;
}

/** On the pages of one playground, show what its phase leaves: the deadline that matters now. */
function showPhase({ deadline, over }) {
  for (const shown of document.querySelectorAll("[data-deadline]"))
    shown.hidden = shown.dataset.deadline !== deadline;
  for (const shown of document.querySelectorAll("[data-until-over]")) shown.hidden = over;
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
for (const badge of document.querySelectorAll(".aims-status")) {
  const phase = showStatus(badge);
  if (badge.closest(".aims-hero-playground")) showPhase(phase);
}
for (const element of document.querySelectorAll("[data-module]")) start(element);
