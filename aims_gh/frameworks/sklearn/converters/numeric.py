"""Transformers of single columns of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes

Outputs = tuple[str, ...]
Apply = Callable[[Nodes, str], str]


def _node(kind: str) -> Apply:
    return lambda nodes, x: nodes(kind, x)


def _scaled_log(base: float) -> Apply:
    return lambda nodes, x: nodes("Div", nodes("Log", x), nodes.numbers(np.log(base)))


FUNCTIONS: dict[str, Apply] = {
    "abs": _node("Abs"),
    "absolute": _node("Abs"),
    "fabs": _node("Abs"),
    "ceil": _node("Ceil"),
    "cos": _node("Cos"),
    "exp": _node("Exp"),
    "expm1": lambda nodes, x: nodes("Sub", nodes("Exp", x), nodes.numbers(1.0)),
    "floor": _node("Floor"),
    "log": _node("Log"),
    "log10": _scaled_log(10.0),
    "log1p": lambda nodes, x: nodes("Log", nodes("Add", x, nodes.numbers(1.0))),
    "log2": _scaled_log(2.0),
    "negative": _node("Neg"),
    "reciprocal": _node("Reciprocal"),
    "rint": _node("Round"),
    "sign": _node("Sign"),
    "sin": _node("Sin"),
    "sqrt": _node("Sqrt"),
    "square": lambda nodes, x: nodes("Mul", x, x),
    "tanh": _node("Tanh"),
}
"""NumPy's functions that ONNX can write, by their names."""


def named_function(function: Any) -> Apply:
    """Find how to write a function of NumPy's; NotImplementedError where there is no way."""
    name = getattr(function, "__name__", type(function).__name__)
    if isinstance(function, np.ufunc) and getattr(np, name, None) is function and name in FUNCTIONS:
        return FUNCTIONS[name]
    raise NotImplementedError(
        f"the function {name} cannot be converted, only NumPy's own such as np.log1p can"
    )


def function_transformer(nodes: Nodes, model: Any) -> Outputs:
    """Apply a function of NumPy's to every number."""
    if model.kw_args:
        raise NotImplementedError("kw_args cannot be converted")
    return (named_function(model.func)(nodes, nodes.matrix()),)


def power(nodes: Nodes, model: Any) -> Outputs:
    """Make columns more like a normal distribution."""
    x, powers = nodes.matrix(), model.lambdas_
    if model.method == "box-cox":
        found = _box_cox(nodes, x, powers)
    else:
        zero, one = nodes.numbers(0.0), nodes.numbers(1.0)
        above = nodes("Add", nodes("Max", x, zero), one)
        below = nodes("Add", nodes("Neg", nodes("Min", x, zero)), one)
        # At most one of the two is not 0.
        found = nodes("Sub", _box_cox(nodes, above, powers), _box_cox(nodes, below, 2 - powers))
        found = nodes("Where", nodes("IsNaN", x), x, found)
    if model.standardize:
        scaler = model._scaler
        found = nodes("Sub", found, nodes.numbers(scaler.mean_))
        found = nodes("Div", found, nodes.numbers(scaler.scale_))
    return (found,)


def _box_cox(nodes: Nodes, x: str, powers: Array) -> str:
    flat = np.abs(powers) < np.spacing(1.0)
    safe = np.where(flat, 1.0, powers)
    raised = nodes("Pow", x, nodes.numbers(safe))
    curved = nodes("Div", nodes("Sub", raised, nodes.numbers(1.0)), nodes.numbers(safe))
    if not flat.any():
        return curved
    from onnx import TensorProto

    mask = nodes.cast(nodes.constant(flat.astype(np.int64)), TensorProto.BOOL)
    return nodes("Where", mask, nodes("Log", x), curved)


def bins(nodes: Nodes, model: Any) -> Outputs:
    """Tell in which bin each number lies."""
    parts = []
    for place, edges in enumerate(model.bin_edges_):
        column = nodes.take(nodes.matrix(), [place])
        inner = np.asarray(edges[1:-1], dtype=np.float64)
        if len(inner):
            above = nodes("GreaterOrEqual", column, nodes.numbers(inner))
            found = nodes.total(nodes.cast(above))
        else:
            found = nodes("Mul", column, nodes.numbers(0.0))
        if model.encode != "ordinal":
            every = nodes.numbers(np.arange(model.n_bins_[place]))
            found = nodes.cast(nodes("Equal", found, every))
        parts.append(found)
    return (nodes("Concat", *parts, axis=1),)


def chosen_columns(nodes: Nodes, model: Any) -> Outputs:
    """Keep the columns that a selector chose."""
    return (nodes.take(nodes.matrix(), np.flatnonzero(model.get_support())),)


def missing_indicator(nodes: Nodes, model: Any) -> Outputs:
    """Tell which numbers are missing."""
    if model.missing_values == model.missing_values:
        absent = nodes("Equal", nodes.matrix(), nodes.numbers(model.missing_values))
    else:
        absent = nodes("IsNaN", nodes.matrix())
    return (nodes.take(nodes.cast(absent), model.features_),)
