"""Models for the tests of the sandbox, made with onnx alone: good ones and hostile ones."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, STRING, BOOL = (
    TensorProto.FLOAT,
    TensorProto.INT64,
    TensorProto.STRING,
    TensorProto.BOOL,
)
WEIGHTS = np.array([[1.0], [2.0], [3.0]], dtype=np.float32)


def value(name: str, kind: int, *shape: int | str | None):
    return helper.make_tensor_value_info(name, kind, shape)


def tensor(name: str, array):
    return numpy_helper.from_array(np.asarray(array), name)


def proto(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Sequence[onnx.TensorProto] = (),
    *,
    domains: Sequence[str] = (),
    functions: Sequence[onnx.FunctionProto] = (),
    opset: int = 18,
) -> onnx.ModelProto:
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializer=list(weights))
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(
        graph,
        opset_imports=[*opsets, *(helper.make_opsetid(domain, 1) for domain in domains)],
        functions=list(functions),
        ir_version=9,
    )


def linear(rows: int | str | None = None) -> onnx.ModelProto:
    """Three columns in, their weighted sum out: y = x1 + 2 x2 + 3 x3."""
    return proto(
        [helper.make_node("MatMul", ["x", "w"], ["y"], name="sum")],
        [value("x", FLOAT, rows, 3)],
        [value("y", FLOAT, rows, 1)],
        [tensor("w", WEIGHTS)],
    )


def after_linear(nodes, *weights, kind: int = FLOAT, shape=(None, 1)) -> onnx.ModelProto:
    """Put `nodes` between the weighted sum `s` and the output `y`."""
    return proto(
        [helper.make_node("MatMul", ["x", "w"], ["s"]), *nodes],
        [value("x", FLOAT, None, 3)],
        [value("y", kind, *shape)],
        [tensor("w", WEIGHTS), *weights],
    )


def npy(array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(array), allow_pickle=False)
    return stream.getvalue()


def endless_loop(*, depends_on_input: bool = True) -> onnx.ModelProto:
    """A Loop of 2^62 steps."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["v", "v"], ["v_out"]),
        ],
        "body",
        [value("i", INT64), value("go", BOOL), value("v", FLOAT, None, 1)],
        [value("go_on", BOOL), value("v_out", FLOAT, None, 1)],
    )
    start = "s" if depends_on_input else "zero"
    nodes = [
        helper.make_node("Loop", ["steps", "", start], ["looped"], body=body),
        helper.make_node("Add", ["s", "looped"], ["y"]),
    ]
    return after_linear(
        nodes, tensor("steps", np.int64(2**62)), tensor("zero", np.zeros((1, 1), np.float32))
    )


def nested_functions(depth: int) -> onnx.ModelProto:
    """2^depth nodes in a file of some hundred bytes."""
    opset = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    functions = [
        helper.make_function(
            "own", "f0", ["a"], ["b"], [helper.make_node("Neg", ["a"], ["b"])], opset
        )
    ]
    for level in range(1, depth + 1):
        calls = [
            helper.make_node(f"f{level - 1}", [before], [after], domain="own")
            for before, after in (("a", "m"), ("m", "b"))
        ]
        functions.append(helper.make_function("own", f"f{level}", ["a"], ["b"], calls, opset))
    return proto(
        [helper.make_node(f"f{depth}", ["x"], ["y"], domain="own")],
        [value("x", FLOAT, None, 3)],
        [value("y", FLOAT, None, 3)],
        domains=["own"],
        functions=functions,
    )


def nested_graphs(depth: int) -> onnx.ModelProto:
    """An If in an If in an If."""
    graph = _branch(0, helper.make_node("Neg", ["s"], ["y0"]))
    for level in range(1, depth + 1):
        other = _branch(level, helper.make_node("Identity", ["s"], [f"y{level}"]))
        node = helper.make_node("If", ["yes"], [f"y{level}"], then_branch=graph, else_branch=other)
        graph = _branch(level, node)
    last = helper.make_node("Identity", [f"y{depth}"], ["y"])
    return after_linear([graph.node[0], last], tensor("yes", np.array(True)))


def _branch(level: int, node: onnx.NodeProto) -> onnx.GraphProto:
    return helper.make_graph([node], f"g{level}", [], [value(f"y{level}", FLOAT, None, 1)])
