// A model's graph, drawn: operators from top to bottom, to be zoomed and moved.

import { Graph, layout } from "@dagrejs/dagre";

import { element, plain, svg } from "./dom.js";
import { kindOf, shape } from "./versions.js";

const HEIGHT = 30;
const LETTER = 7.2; // wide enough for 12 px of any font
const MARGIN = 16;

/** Lay out operators, inputs and outputs; each gets a place and each edge its points. */
function arranged(facts) {
  const { nodes, edges = [], inputs = [], outputs = [] } = facts.graph;
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: "TB", nodesep: 22, ranksep: 34, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const put = (name, label, kind, title) => {
    const text = label.length > 26 ? `${label.slice(0, 25)}…` : label;
    graph.setNode(name, { width: Math.max(52, text.length * LETTER + 20), height: HEIGHT, text, kind, title });
  };
  const end = (side, place) => {
    const tensor = facts[side]?.[place] ?? {};
    return [plain(tensor.name ?? side), plain(`${tensor.dtype ?? ""} ${shape(tensor.shape)}`)];
  };
  nodes.forEach((operator, place) => {
    const name = plain(operator) || "?";
    put(`n${place}`, name, kindOf(name), name);
  });
  inputs.forEach((takers, place) => {
    const [name, about] = end("inputs", place);
    put(`i${place}`, name, "input", `input ${name}: ${about}`);
    for (const taker of takers) graph.setEdge(`i${place}`, `n${taker}`);
  });
  outputs.forEach((giver, place) => {
    const [name, about] = end("outputs", place);
    put(`o${place}`, name, "output", `output ${name}: ${about}`);
    if (giver !== null) graph.setEdge(`n${giver}`, `o${place}`);
  });
  for (const [from, to] of edges) graph.setEdge(`n${from}`, `n${to}`);
  layout(graph);
  return graph;
}

function box(node) {
  const made = svg("g", { class: `aims-node aims-kind-${node.kind}` });
  const [x, y] = [node.x - node.width / 2, node.y - node.height / 2];
  made.append(svg("title", {}, node.title));
  made.append(svg("rect", { x, y, width: node.width, height: node.height, rx: 5 }));
  made.append(svg("text", { x: node.x, y: node.y + 4, "text-anchor": "middle" }, node.text));
  return made;
}

function line(points) {
  const [first, ...rest] = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`);
  return svg("path", { d: `M${first}L${rest.join(" ")}`, class: "aims-edge", "marker-end": "url(#aims-arrow)" });
}

function arrow() {
  const tip = svg("path", { d: "M0,0L8,4L0,8z", class: "aims-arrow" });
  const marker = { id: "aims-arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" };
  return svg("defs", {}, svg("marker", marker, tip));
}

/** Moving about in a drawing: wheel, buttons, keys, and dragging with a mouse or a finger. */
class View {
  constructor(drawing, width, height) {
    Object.assign(this, { drawing, width, height });
    this.start();
  }

  /** The sides of the box, once it is on the page. */
  get box() {
    return [this.drawing.clientWidth || 600, this.drawing.clientHeight || 400];
  }

  /** All of it, however small. */
  fit() {
    const [wide, high] = this.box;
    this.moved = true;
    this.look(Math.max(this.width / wide, this.height / high, 0.8));
  }

  /** All of it where that can be read, its beginning where not. */
  start() {
    const [wide, high] = this.box;
    this.moved = false;
    this.look(Math.min(Math.max(this.width / wide, this.height / high, 0.8), 1.5));
  }

  look(scale) {
    const [wide, high] = this.box.map((side) => side * scale);
    this.scale = scale;
    this.x = (this.width - wide) / 2;
    this.y = Math.min((this.height - high) / 2, 0);
    this.show();
  }

  resize() {
    if (this.moved) this.show();
    else this.start();
  }

  /** Enlarge around a point of the drawing's box; its middle where none is given. */
  zoom(factor, at = { x: this.box[0] / 2, y: this.box[1] / 2 }) {
    this.moved = true;
    const scale = Math.min(Math.max(this.scale / factor, 0.2), 40);
    this.x += at.x * (this.scale - scale);
    this.y += at.y * (this.scale - scale);
    this.scale = scale;
    this.show();
  }

  move(x, y) {
    this.moved = true;
    this.x += x * this.scale;
    this.y += y * this.scale;
    this.show();
  }

  show() {
    const sides = this.box.map((side) => side * this.scale);
    this.drawing.setAttribute("viewBox", [this.x, this.y, ...sides].map((n) => n.toFixed(2)).join(" "));
  }
}

function listen(view, drawing) {
  const keys = {
    "+": () => view.zoom(1.25),
    "=": () => view.zoom(1.25),
    "-": () => view.zoom(0.8),
    0: () => view.fit(),
    ArrowLeft: () => view.move(-40, 0),
    ArrowRight: () => view.move(40, 0),
    ArrowUp: () => view.move(0, -40),
    ArrowDown: () => view.move(0, 40),
  };
  drawing.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  drawing.addEventListener(
    "wheel",
    (event) => {
      // Otherwise whoever scrolls the page would be caught by the drawing.
      if (document.activeElement !== drawing && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = drawing.getBoundingClientRect();
      view.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, { x: event.clientX - left, y: event.clientY - top });
    },
    { passive: false },
  );
  let from = null;
  drawing.addEventListener("pointerdown", (event) => {
    from = event;
    drawing.setPointerCapture(event.pointerId);
    drawing.focus({ preventScroll: true });
  });
  drawing.addEventListener("pointermove", (event) => {
    if (!from) return;
    view.move(from.clientX - event.clientX, from.clientY - event.clientY);
    from = event;
  });
  for (const end of ["pointerup", "pointercancel"]) drawing.addEventListener(end, () => (from = null));
}

/** The same as a list, for those who cannot see it, and to be searched. */
function asText(facts) {
  const { nodes, edges = [], inputs = [], outputs = [] } = facts.graph;
  const after = nodes.map(() => []);
  for (const [from, to] of edges) after[from].push(to);
  const items = nodes.map((operator, place) => {
    const words = [`${place + 1}. ${plain(operator)}`];
    const names = inputs.flatMap((takers, side) => (takers.includes(place) ? [facts.inputs?.[side]?.name ?? "input"] : []));
    if (names.length) words.push(`takes ${plain(names.join(", "))}`);
    if (after[place].length) words.push(`gives to ${after[place].map((next) => next + 1).join(", ")}`);
    const given = outputs.flatMap((giver, side) => (giver === place ? [facts.outputs?.[side]?.name ?? "output"] : []));
    if (given.length) words.push(`gives ${plain(given.join(", "))}`);
    return element("li", { textContent: words.join("; ") });
  });
  return element("details", { className: "aims-inputs" },
    element("summary", { textContent: "The same as a list" }),
    element("ol", { className: "aims-steps" }, ...items)); // prettier-ignore
}

/** Draw the graph of `facts` (ModelFacts) into an element. */
export function draw(target, facts) {
  const graph = arranged(facts);
  const { width = 300, height = 200 } = graph.graph();
  const drawing = svg("svg", {
    class: "aims-graph", tabindex: 0, role: "group",
    "aria-label": `Graph of ${facts.graph.nodes.length} operators. Keys: plus and minus zoom, arrows move, 0 fits.`,
  }); // prettier-ignore
  drawing.append(arrow());
  for (const edge of graph.edges()) drawing.append(line(graph.edge(edge).points));
  for (const name of graph.nodes()) drawing.append(box(graph.node(name)));
  drawing.style.height = `${Math.min(Math.max(height, 160), 560)}px`;
  const view = { current: null };
  const button = (text, label, act) => {
    const made = element("button", { type: "button", className: "aims-button", textContent: text, ariaLabel: label, title: label });
    made.addEventListener("click", () => act(view.current));
    return made;
  };
  const bar = element("div", { className: "aims-graph-bar" },
    button("+", "Zoom in", (v) => v.zoom(1.25)),
    button("−", "Zoom out", (v) => v.zoom(0.8)),
    button("Fit", "Fit the graph", (v) => v.fit()),
    element("span", { className: "aims-note", textContent: "Drag to move. The wheel zooms once the drawing is clicked." })); // prettier-ignore
  target.replaceChildren(bar, drawing, asText(facts));
  view.current = new View(drawing, width, height);
  listen(view.current, drawing);
  new ResizeObserver(() => view.current.resize()).observe(drawing);
}
