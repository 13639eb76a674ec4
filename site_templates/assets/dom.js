// Making elements. Text from participants reaches the page through these alone, as text.

// Controls, and characters that change the direction of text or cannot be seen.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;

// What GitHub's runner obeys gets a space, as `aims_gh.core.inert.plain` gives it.
const COMMAND = /^(\s*:)(?=:)|##(?=\[)/g;

/** Text as it may be shown: one line, with nothing in it that cannot be seen. */
export const plain = (value) =>
  String(value).replace(/[\n\r\t\u2028\u2029]/g, " ").replace(INVISIBLE, "").replace(COMMAND, "$& ");

/** The same for text of several lines, such as code. */
export const plainLines = (value) =>
  String(value)
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/\t/g, "    ").replace(INVISIBLE, ""))
    .join("\n");

/** An element with properties (`className`, `textContent`, …) and children. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** An element of a drawing, with attributes. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A file of the site, read as JSON; null where there is none. */
export async function read(address) {
  const answer = await fetch(address);
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`${address} could not be read (${answer.status})`);
  return answer.json();
}

/** Offer a file to be saved. */
export function save(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
