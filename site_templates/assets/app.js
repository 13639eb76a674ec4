// An app of its own: one model on one page, with nothing of a course's website around it.

import { element, plain, read } from "./dom.js";
import predict from "./predict.js";

export default async function (place) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const choose = () => (document.documentElement.dataset.mdColorScheme = dark.matches ? "slate" : "default");
  dark.addEventListener("change", choose);
  choose();
  const app = await read(`${place.dataset.folder}app.json`);
  if (!app) return;
  document.title = plain(app.title);
  const asks = element("div", {});
  asks.dataset.folder = place.dataset.folder;
  const about = element("p", { textContent: plain(app.description) });
  place.replaceChildren(element("h1", { textContent: plain(app.title) }), about, asks);
  await predict(asks);
}
