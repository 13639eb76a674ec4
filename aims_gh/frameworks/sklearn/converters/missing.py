"""Fill in what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import ML, Nodes
from aims_gh.frameworks.sklearn.converters.numeric import missing_indicator
from aims_gh.frameworks.sklearn.simplify import is_missing

Outputs = tuple[str, ...]


def simple_imputer(nodes: Nodes, model: Any) -> Outputs:
    """Replace what is missing by each column's own value."""
    from skl2onnx.common.data_types import StringTensorType

    columns = nodes.columns(len(model.statistics_))
    text = isinstance(columns[0][1], StringTensorType)
    if text:
        parts = [
            _filled_text(nodes, name, model, value)
            for (name, _), value in zip(columns, model.statistics_, strict=True)
            if not is_missing(value)
        ]
        filled = nodes("Concat", *parts, axis=1)
    else:
        filled = _filled_numbers(nodes, model)
    if model.indicator_ is None:
        return (filled,)
    if text:
        raise NotImplementedError("add_indicator=True cannot be converted for texts")
    return (nodes("Concat", filled, *missing_indicator(nodes, model.indicator_), axis=1),)


def iterative_imputer(nodes: Nodes, model: Any) -> Outputs:
    """Replace what is missing by what a model of the other columns says, round by round."""
    values = np.asarray(model.initial_imputer_.statistics_, dtype=np.float64)
    if model.sample_posterior or np.isnan(values).any():
        raise NotImplementedError(
            "sample_posterior, or a column without values, cannot be converted"
        )
    rows = nodes.matrix()
    absent = nodes("IsNaN", rows)
    every = range(len(values))
    missing = [nodes.take(absent, [place]) for place in every]
    filled = nodes("Where", absent, nodes.numbers(values), rows)
    columns = [nodes.take(filled, [place]) for place in every]
    for step in model.imputation_sequence_:
        place, others = int(step.feat_idx), [int(other) for other in step.neighbor_feat_idx]
        known = nodes("Concat", *(columns[other] for other in others), axis=1)
        said = nodes.upright(nodes.ask(step.estimator, known, len(others))[0])
        low, high = model._min_value[place], model._max_value[place]
        within = nodes("Min", nodes("Max", said, nodes.numbers(low)), nodes.numbers(high))
        columns[place] = nodes("Where", missing[place], within, columns[place])
    found = nodes("Concat", *columns, axis=1)
    if model.indicator_ is None:
        return (found,)
    return (nodes("Concat", found, *missing_indicator(nodes, model.indicator_), axis=1),)


def _filled_numbers(nodes: Nodes, model: Any) -> str:
    values = np.asarray(model.statistics_, dtype=np.float64)
    kept = np.ones(len(values), dtype=bool)
    if not (model.keep_empty_features or model.strategy == "constant"):
        kept = ~np.isnan(values)
    rows = nodes.matrix()
    if not kept.all():
        rows = nodes.take(rows, np.flatnonzero(kept))
    if is_missing(model.missing_values):
        absent = nodes("IsNaN", rows)
    else:
        absent = nodes("Equal", rows, nodes.numbers(float(model.missing_values)))
    return nodes("Where", absent, nodes.numbers(values[kept]), rows)


def _filled_text(nodes: Nodes, name: str, model: Any, value: Any) -> str:
    """Fill one column of texts; a CSV file has nothing where something is missing."""
    from onnx import TensorProto

    sign = "" if is_missing(model.missing_values) else str(model.missing_values)
    flags = nodes(
        "LabelEncoder", name, domain=ML, keys_strings=[sign], values_int64s=[1], default_int64=0
    )
    absent = nodes.cast(flags, TensorProto.BOOL)
    return nodes("Where", absent, nodes.constant(np.array([str(value)])), name)
