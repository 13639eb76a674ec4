"""Describe a model from its file: what it is made of, what it takes and gives."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import onnx

from aims_gh.core.inert import plain
from aims_gh.runner.graph import Graph, graph_of
from aims_gh.runner.guard import Contents, Key, Parts, elements_of, inputs_of, key_of

MAX_TEXT = 200
_MAX_RANK = 32

# Where operators of ai.onnx.ml keep what other models keep in initializers.
_WEIGHTS = (
    "coefficients", "intercepts", "support_vectors", "rho", "prob_a", "prob_b", "offset", "scale",
)  # fmt: skip
# The second spelling is that of TreeEnsemble (ai.onnx.ml 5): inner nodes, and leaves.
_TREE_NODES = ("nodes_treeids", "nodes_featureids", "leaf_targetids")
_DTYPES = {"float": "float32", "double": "float64"}


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output, as the file declares it: a `TensorFacts` to be."""

    name: str
    dtype: str
    shape: tuple[int | str | None, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """What is told of a model: a `ModelFacts` to be.

    The parent makes one of it, and checks it on the way. Here, pydantic alone would take a third
    of the time that a small model needs in all.
    """

    bytes: int
    ir_version: int
    producer: str
    producer_version: str
    opsets: dict[str, int]
    operators: dict[str, int]
    num_params: int
    tree_nodes: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    graph: Graph | None

    def to_json(self) -> str:
        """Write it as `ModelFacts` reads it."""
        return json.dumps(asdict(self))


def describe(model: onnx.ModelProto, parts: Parts, size: int) -> Description:
    """Read the facts of a model.

    Parameters
    ----------
    model : onnx.ModelProto
        As parsed.
    parts : Parts
        What `guard.check` gave for it.
    size : int
        Of the file, in bytes.
    """
    trees = sum(_tree_nodes(node) for part in parts.everything() for node in part.nodes)
    return Description(
        bytes=size,
        ir_version=model.ir_version,
        producer=_text(model.producer_name),
        producer_version=_text(model.producer_version),
        opsets={_text(entry.domain) or "ai.onnx": entry.version for entry in model.opset_import},
        operators=dict(sorted(_unfolded(parts.graph, parts.functions, {}).items())),
        num_params=trees + sum(_numbers(part) for part in parts.everything()),
        tree_nodes=trees,
        inputs=tuple(_tensor(value) for value in inputs_of(model.graph)),
        outputs=tuple(_tensor(value) for value in model.graph.output),
        graph=graph_of(model.graph),
    )


def _unfolded(
    part: Contents, functions: dict[Key, Contents], known: dict[Key, Counter[str]]
) -> Counter[str]:
    """Count operators, each function counted once and then multiplied."""
    found: Counter[str] = Counter()
    for key, times in Counter(key_of(node) for node in part.nodes).items():
        if key not in functions:
            found[_text(key[1])] += times
            continue
        if key not in known:
            known[key] = _unfolded(functions[key], functions, known)
        for operator, count in known[key].items():
            found[operator] += count * times
    return found


def _numbers(part: Contents) -> int:
    tensors = [*part.tensors, *(sparse.values for sparse in part.sparse)]
    count = sum(elements_of(t) for t in tensors if t.data_type != onnx.TensorProto.STRING)
    return count + sum(_numbers_in(node) for node in part.nodes)


def _numbers_in(node: Any) -> int:
    if node.op_type == "Constant":
        values = ("value_float", "value_int", "value_floats", "value_ints")
        return sum(
            len(a.floats) + len(a.ints) + a.HasField("f") + a.HasField("i")
            for a in node.attribute
            if a.name in values
        )
    if node.domain == "ai.onnx.ml":
        return sum(len(a.floats) for a in node.attribute if a.name in _WEIGHTS)
    return 0


def _tree_nodes(node: Any) -> int:
    if node.domain != "ai.onnx.ml" or not node.op_type.startswith("TreeEnsemble"):
        return 0
    sizes = {a.name: len(a.ints) for a in node.attribute if a.name in _TREE_NODES}
    if "nodes_treeids" in sizes:
        return sizes["nodes_treeids"]
    return sum(sizes.values())


def _tensor(value: Any) -> Tensor:
    tensor = value.type.tensor_type
    return Tensor(
        name=_text(value.name),
        dtype=_dtype(value.type),
        shape=tuple(_side(side) for side in list(tensor.shape.dim)[:_MAX_RANK]),
    )


def _dtype(type_: Any, depth: int = 0) -> str:
    kind = type_.WhichOneof("value") or ""
    if kind == "tensor_type":
        return _element(type_.tensor_type.elem_type)
    if depth < 3 and kind == "sequence_type":
        return f"sequence({_dtype(type_.sequence_type.elem_type, depth + 1)})"
    if depth < 3 and kind == "map_type":
        key, value = type_.map_type.key_type, type_.map_type.value_type
        return f"map({_element(key)},{_dtype(value, depth + 1)})"
    return kind.removesuffix("_type") or "unknown"


def _element(number: int) -> str:
    if number not in onnx.TensorProto.DataType.values():
        return "unknown"
    name = str(onnx.TensorProto.DataType.Name(number)).lower()
    return _DTYPES.get(name, name)


def _side(side: Any) -> int | str | None:
    kind = side.WhichOneof("value")
    if kind == "dim_value":
        return int(side.dim_value) if side.dim_value >= 0 else None
    return _text(side.dim_param) or None if kind == "dim_param" else None


def _text(text: str) -> str:
    return plain(text[: 4 * MAX_TEXT])[:MAX_TEXT]
