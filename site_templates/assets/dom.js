// Elements, made so that no text of a participant is ever markup.

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;

/** Text without what a reader cannot see: control, format and bidi characters. */
export const plain = (value) => String(value).replace(/[\n\r\t]/g, " ").replace(INVISIBLE, "");

/** An HTML element with properties and children; text among the children stays text. */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** An SVG element with attributes and children. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
