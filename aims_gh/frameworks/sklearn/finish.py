"""Finish what skl2onnx wrote: types that onnxruntime really gives, locales, names of inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

LOCALE = "C.UTF-8"
"""Knows all letters, and is on every system; skl2onnx leaves it to en_US, which few containers
have."""

_SINGLE_ONLY = frozenset(("SVMRegressor", "LinearRegressor", "Imputer"))
"""Operators that onnxruntime has for single precision alone, although ONNX has them for both."""

_TREES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")


def finish(model: Any, *, names: Mapping[str, str], single_trees: bool = False) -> bytes:
    """Repair a converted model in place, and write it.

    Parameters
    ----------
    model : onnx.ModelProto
        As skl2onnx gives it.
    names : mapping of str to str
        What its inputs are to be called.
    single_trees : bool
        Round what goes into trees to single precision, as scikit-learn does.
    """
    _settle_types(model, single_trees)
    for node in model.graph.node:
        if node.op_type == "StringNormalizer":
            _set_text(node, "locale", LOCALE)
    _rename(model.graph, names)
    return bytes(model.SerializeToString())


def _set_text(node: Any, name: str, value: str) -> None:
    from onnx import helper

    kept = [attribute for attribute in node.attribute if attribute.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])


def _rename(graph: Any, names: Mapping[str, str]) -> None:
    """Call the inputs as the columns, and whatever else has such a name by another."""
    taken = {name for node in graph.node for name in (*node.input, *node.output)}
    taken |= {tensor.name for tensor in graph.initializer}
    new = dict(names)
    for name in taken & set(names.values()):
        other = f"{name}_"
        while other in taken or other in new.values():
            other += "_"
        new[name] = other
    for value in (*graph.input, *graph.output, *graph.initializer):
        value.name = new.get(value.name, value.name)
    for node in graph.node:
        for side in (node.input, node.output):
            side[:] = [new.get(name, name) for name in side]


def _settle_types(model: Any, single_trees: bool) -> None:
    """Put casts where an operator is given single and double precision together.

    skl2onnx takes for granted that doubles stay doubles, but many operators of ai.onnx.ml give
    single precision whatever they take.
    """
    from onnx import TensorProto

    graph = model.graph
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    types = {value.name: value.type.tensor_type.elem_type for value in graph.input}
    types |= {tensor.name: tensor.data_type for tensor in graph.initializer}
    settled = _Settled(types)
    for node in graph.node:
        if (
            single_trees
            and node.op_type in _TREES
            and types.get(node.input[0]) == TensorProto.DOUBLE
        ):
            settled.cast(node, 0, TensorProto.FLOAT)
            settled.cast(node, 0, TensorProto.DOUBLE)
        settled.take(node, _schema(node, opsets))
    nodes = settled.copies()
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    for value in graph.output:
        found = types.get(value.name)
        if found and value.type.HasField("tensor_type"):
            value.type.tensor_type.elem_type = found


class _Settled:
    """The nodes so far, and the types of what they give."""

    def __init__(self, types: dict[str, int]) -> None:
        self._types = types
        self._nodes: list[Any] = []

    def copies(self) -> list[Any]:
        """Give the nodes as messages of their own: those of a graph go when it is emptied."""
        return [type(node).FromString(node.SerializeToString()) for node in self._nodes]

    def cast(self, node: Any, place: int, to: int) -> None:
        """Put a cast before an input."""
        from onnx import helper

        name = node.input[place]
        given = f"{name}_as_{to}_{len(self._nodes)}"
        self._nodes.append(helper.make_node("Cast", [name], [given], to=to))
        self._types[given] = to
        node.input[place] = given

    def take(self, node: Any, schema: Any) -> None:
        """Add a node, with the casts that it needs."""
        from onnx import TensorProto

        if node.op_type in _SINGLE_ONLY:
            self._only(node, range(len(node.input)), TensorProto.FLOAT)
        if schema is not None:
            for places in _alike(schema.inputs, len(node.input)).values():
                kinds = {self._types.get(node.input[place]) for place in places}
                if {TensorProto.FLOAT, TensorProto.DOUBLE} <= kinds:
                    self._only(node, places, TensorProto.DOUBLE)
        for name, kind in zip(node.output, self._given(node, schema), strict=False):
            if kind:
                self._types[name] = kind
        self._nodes.append(node)

    def _only(self, node: Any, places: Iterable[int], wanted: int) -> None:
        from onnx import TensorProto

        other = TensorProto.DOUBLE if wanted == TensorProto.FLOAT else TensorProto.FLOAT
        for place in places:
            if self._types.get(node.input[place]) == other:
                self.cast(node, place, wanted)

    def _given(self, node: Any, schema: Any) -> list[int | None]:
        """Tell the types of a node's outputs; None where nobody needs to know."""
        own = _by_attributes(node)
        if own is not None:
            return own
        if schema is None:
            return [self._types.get(node.input[0])] if node.op_type == "CDist" else []
        alike = _alike(schema.inputs, len(node.input))
        by_kind = {kind: self._types.get(node.input[p[0]]) for kind, p in alike.items()}
        formals = [_formal(schema.outputs, place) for place in range(len(node.output))]
        return [by_kind.get(f.type_str) or _named(f.type_str) for f in formals]


def _by_attributes(node: Any) -> list[int | None] | None:
    """Tell the types of outputs that attributes decide."""
    from onnx import TensorProto, helper

    values = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    if node.op_type == "Cast":
        return [values["to"]]
    if node.op_type == "Constant":
        return [values["value"].data_type if "value" in values else None]
    if node.op_type == "ConstantOfShape":
        return [values["value"].data_type if "value" in values else TensorProto.FLOAT]
    if node.op_type in ("Scan", "Loop", "If"):
        body = values["then_branch" if node.op_type == "If" else "body"]
        return [value.type.tensor_type.elem_type for value in body.output]
    if node.op_type == "LabelEncoder":
        kinds = {"values_strings": 8, "values_int64s": 7, "values_floats": 1}
        return [next((kind for name, kind in kinds.items() if name in values), None)]
    labels = [name for name in values if name.startswith("classlabels")]
    if labels and len(node.output) == 2:
        text = labels[0].endswith("strings")
        return [TensorProto.STRING if text else TensorProto.INT64, TensorProto.FLOAT]
    return None


def _schema(node: Any, opsets: Mapping[str, int]) -> Any:
    from onnx import defs

    domain = "" if node.domain == "ai.onnx" else node.domain
    if not defs.has(node.op_type, domain):
        return None
    return defs.get_schema(node.op_type, opsets.get(domain, 1), domain)


def _alike(formals: Any, count: int) -> dict[str, list[int]]:
    """Group the places of inputs that must be of one type."""
    found: dict[str, list[int]] = {}
    for place in range(count):
        formal = _formal(formals, place)
        found.setdefault(formal.type_str, []).append(place)
    return found


def _formal(formals: Any, place: int) -> Any:
    return formals[min(place, len(formals) - 1)]


def _named(kind: str) -> int | None:
    from onnx import TensorProto

    names = {"float": TensorProto.FLOAT, "double": TensorProto.DOUBLE, "int64": TensorProto.INT64}
    names |= {"bool": TensorProto.BOOL, "string": TensorProto.STRING}
    return names.get(kind.removeprefix("tensor(").removesuffix(")"))
