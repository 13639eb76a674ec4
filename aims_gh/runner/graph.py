"""Read how a model's operators are joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.runner.guard import contents, inputs_of

MOST_NODES = 300  # as in aims_gh.domain.model_facts, which would bring pydantic into the sandbox
MOST_EDGES = 2_000
_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Graph:
    """Operators and edges: a `ModelGraph` to be, told by numbers, and no name of a tensor in it."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    inputs: tuple[tuple[int, ...], ...]
    outputs: tuple[int | None, ...]


def graph_of(graph: Any) -> Graph | None:
    """Read a graph that `guard.check` has let pass; None where it is too large to be drawn.

    Edges lead onwards alone, as ONNX demands: what a file claims beyond that is left out.
    """
    inputs = inputs_of(graph)
    if max(len(graph.node), len(inputs), len(graph.output)) > MOST_NODES:
        return None
    taken: dict[str, list[int]] = {}
    given: dict[str, int] = {}
    edges = []
    for place, node in enumerate(graph.node):
        for name in _taken(node):
            if name in given:
                edges.append((given[name], place))
            taken.setdefault(name, []).append(place)
        given |= {name: place for name in node.output if name}
        if len(edges) > MOST_EDGES:
            return None
    if len(edges) + sum(len(taken.get(value.name, ())) for value in inputs) > MOST_EDGES:
        return None
    return Graph(
        nodes=tuple(plain(node.op_type[:_MAX_NAME])[:_MAX_NAME] for node in graph.node),
        edges=tuple(dict.fromkeys(edges)),
        inputs=tuple(tuple(taken.get(value.name, ())) for value in inputs),
        outputs=tuple(given.get(value.name) for value in graph.output),
    )


def _taken(node: Any) -> dict[str, None]:
    """Name what a node takes, and what the graphs inside it take from around them."""
    names = dict.fromkeys(node.input)
    for inner in contents([node]).nodes:
        names |= dict.fromkeys(inner.input)
    names.pop("", None)
    return names
