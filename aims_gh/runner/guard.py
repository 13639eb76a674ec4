"""Refuse a model that reaches outside its file, or that unfolds without bound, before it runs.

Looks at the parsed file alone: no type inference, no `onnx.checker` (its full check takes 38 s
on a 1.7 kB file of nested functions). Whatever passes here is still run inside the limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import onnx
from onnx import defs

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError

MAX_NODES = 200_000
MAX_FUNCTIONS = 10_000
MAX_CALL_DEPTH = 64
MAX_GRAPH_DEPTH = 16
MAX_INPUTS = 2_000
MAX_OUTPUTS = 64
MAX_OPSETS = 200
MAX_NAME = 1_000
MAX_DENSE_ELEMENTS = 100_000_000

STANDARD = ("", "ai.onnx", "ai.onnx.ml")
"""Operators of these domains only: what the ONNX standard defines for inference."""

OF_ONNXRUNTIME = ("Tokenizer", "CDist", "MurmurHash3")
"""Of onnxruntime's own operators (com.microsoft), those that skl2onnx cannot do without:
texts, neighbours, hashed features. They compute on the CPU and touch nothing else."""

Node = Any  # onnx's messages have no useful types
Graph = Any
Tensor = Any
Key = tuple[str, str, str]

_SMALLER = "export a smaller model; loops that were unrolled can stay loops"


@dataclass(slots=True)
class Contents:
    """Everything in a model that can hold numbers or do something, in one flat walk."""

    nodes: list[Node] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)
    sparse: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Parts:
    """A model's graph and its own functions, walked."""

    graph: Contents
    functions: dict[Key, Contents]

    def everything(self) -> list[Contents]:
        """Give the graph and all functions."""
        return [self.graph, *self.functions.values()]


def check(model: onnx.ModelProto, size: int) -> Parts:
    """Refuse what no honest export contains.

    Parameters
    ----------
    model : onnx.ModelProto
        As parsed.
    size : int
        Of the file, in bytes.

    Returns
    -------
    Parts
        The model, walked once.

    Raises
    ------
    SubmissionError
        Naming the operator, tensor or function at fault.
    """
    if len(model.training_info):
        _refuse("the model carries training steps", "export it for inference")
    _check_counts(model)
    parts = parts_of(model)
    for part in parts.everything():
        for node in part.nodes:
            _check_node(node, parts.functions)
    _check_tensors(parts.everything(), size)
    _check_unfolding(parts)
    return parts


def key_of(item: Any) -> Key:
    """Name what a node calls, or what a function defines."""
    domain = "" if item.domain == "ai.onnx" else item.domain
    name = item.op_type if hasattr(item, "op_type") else item.name
    return domain, name, item.overload


def parts_of(model: onnx.ModelProto) -> Parts:
    """Walk a model, once: its graph, and its own functions by what calls them."""
    functions: dict[Key, Contents] = {}
    for function in model.functions:
        key = key_of(function)
        if key in functions:
            _refuse(f"the model defines {show(function.name)} twice", "export it again")
        if function.domain in STANDARD:
            _refuse(
                f"the model defines {show(function.name)} in a domain of the standard's own",
                "give its functions a domain of their own",
            )
        functions[key] = contents(function.node, attributes=function.attribute_proto)
    graph = contents(model.graph.node, graph=model.graph)
    parts = Parts(graph, functions)
    if sum(len(part.nodes) for part in parts.everything()) > MAX_NODES:
        _refuse(f"the model has more than {MAX_NODES:,} nodes", _SMALLER)
    return parts


def inputs_of(graph: Graph) -> list[Any]:
    """List what a model has to be given: old files name their weights as inputs, too."""
    weights = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in weights]


def contents(
    nodes: Iterable[Node], *, graph: Graph | None = None, attributes: Iterable[Any] = ()
) -> Contents:
    """Walk nodes and all graphs inside them."""
    found = Contents()
    waiting: list[tuple[Graph, int]] = []
    if graph is not None:
        _collect_tensors(graph, found)
    for attribute in attributes:
        waiting.extend((inner, 1) for inner in _collect_attribute(attribute, found))
    _collect_nodes(nodes, found, waiting, 1)
    while waiting:
        inner, depth = waiting.pop()
        if depth > MAX_GRAPH_DEPTH:
            _refuse(f"the model has graphs nested more than {MAX_GRAPH_DEPTH} deep", _SMALLER)
        _collect_tensors(inner, found)
        _collect_nodes(inner.node, found, waiting, depth + 1)
    return found


def _collect_tensors(graph: Graph, found: Contents) -> None:
    found.tensors.extend(graph.initializer)
    found.sparse.extend(graph.sparse_initializer)


def _collect_nodes(
    nodes: Iterable[Node], found: Contents, waiting: list[tuple[Graph, int]], depth: int
) -> None:
    for node in nodes:
        found.nodes.append(node)
        if len(found.nodes) > MAX_NODES:
            _refuse(f"the model has more than {MAX_NODES:,} nodes", _SMALLER)
        for attribute in node.attribute:
            waiting.extend((inner, depth) for inner in _collect_attribute(attribute, found))


def _collect_attribute(attribute: Any, found: Contents) -> list[Graph]:
    """Take an attribute's tensors, and give its graphs."""
    if attribute.HasField("t"):
        found.tensors.append(attribute.t)
    if attribute.HasField("sparse_tensor"):
        found.sparse.append(attribute.sparse_tensor)
    found.tensors.extend(attribute.tensors)
    found.sparse.extend(attribute.sparse_tensors)
    graphs = [attribute.g] if attribute.HasField("g") else []
    return [*graphs, *attribute.graphs]


def _check_counts(model: onnx.ModelProto) -> None:
    graph = model.graph
    counts = (
        (len(graph.node), MAX_NODES, "nodes"),
        (len(inputs_of(graph)), MAX_INPUTS, "inputs"),
        (len(graph.output), MAX_OUTPUTS, "outputs"),
        (len(model.functions), MAX_FUNCTIONS, "functions"),
        (len(model.opset_import), MAX_OPSETS, "operator sets"),
    )
    for count, limit, what in counts:
        if count > limit:
            _refuse(f"the model has more than {limit:,} {what}", _SMALLER)
    if not len(graph.output):
        _refuse("the model has no output", "export a whole model, with its inputs and outputs")
    for value in (*graph.input, *graph.output, *model.functions):
        _check_name(value.name)


def _check_node(node: Node, functions: Mapping[Key, Contents]) -> None:
    for name in (node.name, node.op_type, node.domain, *node.input, *node.output):
        _check_name(name)
    if key_of(node) in functions:
        return
    if node.domain == "com.microsoft" and node.op_type in OF_ONNXRUNTIME:
        return
    if node.domain not in STANDARD:
        _refuse(
            f"the model uses {show(node.op_type)} of {show(node.domain)}, no standard operator",
            "export it with the operators of ONNX itself (ai.onnx and ai.onnx.ml)",
        )
    domain = "" if node.domain == "ai.onnx" else node.domain
    if not defs.has(node.op_type, domain):
        _refuse(
            f"the model uses {show(node.op_type)}, which ONNX {onnx.__version__} does not know",
            "export it with the operators of ONNX itself (ai.onnx and ai.onnx.ml)",
        )


def _check_tensors(parts: Iterable[Contents], size: int) -> None:
    dense = 0
    elements = 0
    for part in parts:
        for tensor in _tensors_in(part):
            _check_inside(tensor)
            elements += elements_of(tensor)
        for sparse in part.sparse:
            dense += product(sparse.dims, sparse.values.name)
    # The densest types, of two bits, hold four numbers in a byte.
    if elements > 4 * size:
        _refuse(
            f"the model declares {elements:,} numbers in a file of {size:,} bytes",
            "the file may be cut short; export it again into one file",
        )
    if dense > MAX_DENSE_ELEMENTS:
        _refuse(f"the model has sparse tensors of {dense:,} numbers", _SMALLER)


def _tensors_in(part: Contents) -> Iterator[Tensor]:
    yield from part.tensors
    for sparse in part.sparse:
        yield sparse.values
        yield sparse.indices


def _check_inside(tensor: Tensor) -> None:
    _check_name(tensor.name)
    if tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data):
        _refuse(
            f"the model keeps {show(tensor.name)} outside its file",
            "save everything in one file: torch.onnx.export(…, external_data=False), "
            "onnx.save(…, save_as_external_data=False)",
        )


def elements_of(tensor: Tensor) -> int:
    """How many numbers a tensor declares."""
    return product(tensor.dims, tensor.name)


def product(dims: Iterable[int], name: str) -> int:
    """Multiply the sides of a tensor; refuse negative ones."""
    result = 1
    for side in dims:
        if side < 0:
            _refuse(f"the model's {show(name)} has a side of {side}", "export it again")
        result *= side
        if result > 1 << 62:
            _refuse(f"the model's {show(name)} is larger than any memory", _SMALLER)
    return result


def _check_unfolding(parts: Parts) -> None:
    """Count the nodes after unfolding, each function once: 2^23 nodes fit in 1.7 kB."""
    sizes: dict[Key, int] = {}

    def size_of(key: Key, path: tuple[Key, ...]) -> int:
        if key in path:
            _refuse(f"the model's function {show(key[1])} calls itself", "ONNX has no recursion")
        if len(path) >= MAX_CALL_DEPTH:
            _refuse(f"the model nests functions more than {MAX_CALL_DEPTH} deep", _SMALLER)
        if key not in sizes:
            sizes[key] = total(parts.functions[key], (*path, key))
        return sizes[key]

    def total(part: Contents, path: tuple[Key, ...]) -> int:
        count = 0
        for node in part.nodes:
            key = key_of(node)
            count += size_of(key, path) if key in parts.functions else 1
            if count > MAX_NODES:
                _refuse(f"the model unfolds to more than {MAX_NODES:,} nodes", _SMALLER)
        return count

    total(parts.graph, ())
    for key in parts.functions:
        size_of(key, ())


def _check_name(name: str | bytes) -> None:
    if isinstance(name, bytes):  # how protobuf gives what is not UTF-8
        _refuse("the model has a name that is not text", "export it again")
    if len(name) > MAX_NAME:
        _refuse(
            f"the model has a name of {len(name):,} characters ({show(name)})",
            f"names may have up to {MAX_NAME:,} characters",
        )


def show(text: str) -> str:
    """Make a name of the participant's short, inert, and recognizable as a quotation."""
    short = plain(text[:200])
    return f"'{short[:60]}…'" if len(short) > 60 else f"'{short}'"


def _refuse(message: str, hint: str) -> NoReturn:
    raise SubmissionError(message, hint=hint)
