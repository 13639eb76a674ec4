"""Encoders of categories: one-hot, ordinal, by the target."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import ML, Array, Nodes
from aims_gh.frameworks.sklearn.simplify import is_missing

Outputs = tuple[str, ...]


def one_hot(nodes: Nodes, model: Any) -> Outputs:
    """Give a column of zeros and ones for each category."""
    parts = [
        _one_column(nodes, model, place, column)
        for place, column in enumerate(nodes.columns(len(model.categories_)))
        if len(model.categories_[place])
    ]
    joined = parts[0] if len(parts) == 1 else nodes("Concat", *parts, axis=1)
    return (nodes.cast(joined) if nodes.double else joined,)


def _one_column(nodes: Nodes, model: Any, place: int, column: tuple[str, Any]) -> str:
    categories = model.categories_[place]
    found = _flags(nodes, column, categories, strict=model.handle_unknown == "error")
    columns, groups = len(categories), _groups(model, place)
    if groups is not None:
        columns = groups.max() + 1
        grouped = (
            nodes.linear(found, np.eye(columns)[groups])
            if not nodes.double
            else nodes("MatMul", nodes.cast(found), nodes.numbers(np.eye(columns)[groups]))
        )
        found = grouped
        if model.handle_unknown == "infrequent_if_exist":
            found = _unknown_last(nodes, found, columns)
    elif nodes.double:
        found = nodes.cast(found)
    dropped = model._drop_idx_after_grouping
    if dropped is not None and dropped[place] is not None:
        found = nodes.take(found, np.delete(np.arange(columns), dropped[place]))
    return found


def _flags(nodes: Nodes, column: tuple[str, Any], categories: Array, *, strict: bool) -> str:
    """Give one column for each category, 1 where it is the row's; in single precision."""
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType

    name, kind = column
    size = len(categories)
    if isinstance(kind, StringTensorType):
        given: dict[str, Any] = {"cats_strings": [str(value) for value in categories]}
    elif isinstance(kind, Int64TensorType) or _are_whole(categories):
        from onnx import TensorProto

        given = {"cats_int64s": [int(value) for value in categories]}
        name = name if isinstance(kind, Int64TensorType) else nodes.cast(name, TensorProto.INT64)
    else:
        return _equal_to(nodes, name, categories)
    flags = nodes("OneHotEncoder", name, domain=ML, zeros=0 if strict else 1, **given)
    return nodes("Reshape", flags, nodes.constant(np.array([-1, size], np.int64)))


def _are_whole(categories: Array) -> bool:
    numbers = categories.astype(np.float64)
    return bool(np.array_equal(numbers, np.round(numbers)))


def _equal_to(nodes: Nodes, name: str, categories: Array) -> str:
    numbers = categories.astype(np.float64)
    present = numbers[~np.isnan(numbers)]
    found = nodes("Equal", name, nodes.numbers(present))
    if len(present) < len(numbers):
        found = nodes("Concat", found, nodes("IsNaN", name), axis=1)
    from onnx import TensorProto

    return nodes.cast(found, TensorProto.FLOAT)


def _groups(model: Any, place: int) -> Array | None:
    """Tell which column each category goes to, where rare ones share one."""
    if not model._infrequent_enabled:
        return None
    groups: Array | None = model._default_to_infrequent_mappings[place]
    return groups


def _unknown_last(nodes: Nodes, flags: str, columns: int) -> str:
    """Count a category that nobody knows to the rare ones, whose column is the last."""
    unknown = nodes("Sub", nodes.numbers(1.0), nodes.total(flags))
    return nodes("Add", flags, nodes("MatMul", unknown, nodes.numbers(np.eye(columns)[-1:])))


def ordinal(nodes: Nodes, model: Any) -> Outputs:
    """Give the number of each category."""
    unknown = -1.0 if model.unknown_value is None else float(model.unknown_value)
    parts = []
    for place, column in enumerate(nodes.columns(len(model.categories_))):
        categories, groups = model.categories_[place], _groups(model, place)
        values = np.arange(len(categories), dtype=np.float64)
        if groups is not None:
            values = groups.astype(np.float64)
        if place in model._missing_indices:
            values[model._missing_indices[place]] = model.encoded_missing_value
        if not len(categories):
            categories, values = np.array([0.0]), np.array([unknown])
        parts.append(_looked_up(nodes, column, categories, values[:, None], unknown))
    return (nodes("Concat", *parts, axis=1),)


def by_target(nodes: Nodes, model: Any) -> Outputs:
    """Give each category what the target was like for it."""
    means = np.atleast_1d(model.target_mean_)
    parts = []
    for place, column in enumerate(nodes.columns(len(model.categories_))):
        of_column = model.encodings_[place * len(means) : (place + 1) * len(means)]
        values = np.stack(of_column, axis=1)
        parts.append(_looked_up(nodes, column, model.categories_[place], values, means))
    return (nodes("Concat", *parts, axis=1),)


def _looked_up(
    nodes: Nodes, column: tuple[str, Any], categories: Array, values: Array, unknown: Any
) -> str:
    """Give the row of `values` that belongs to a category, or what stands for unknown ones."""
    from onnx import TensorProto
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType

    name, kind = column
    keys = categories
    if not isinstance(kind, StringTensorType):
        numbers = categories.astype(np.float64)
        absent = np.isnan(numbers)
        keys, missing = numbers[~absent], values[absent]
        values = values[~absent]
    table = np.vstack([values, np.broadcast_to(unknown, (1, values.shape[1]))])
    if isinstance(kind, StringTensorType):
        given: dict[str, Any] = {"keys_strings": [str(key) for key in keys]}
    elif isinstance(kind, Int64TensorType):
        given = {"keys_int64s": [int(key) for key in keys]}
    else:
        given = {"keys_floats": [float(key) for key in keys]}
        single = nodes.cast(name, TensorProto.FLOAT) if nodes.double else name
        name_of_key = single
    key = name_of_key if "keys_floats" in given else name
    given |= {"values_int64s": list(range(len(keys))), "default_int64": len(keys)}
    places = nodes.flat(nodes("LabelEncoder", key, domain=ML, **given))
    found = nodes("Gather", nodes.numbers(table), places, axis=0)
    if "keys_floats" in given and len(missing):
        found = nodes("Where", nodes("IsNaN", name), nodes.numbers(missing), found)
    return found


def coded(nodes: Nodes, column: tuple[str, Any], categories: Array) -> str:
    """Give the number of a category as a library of trees does; missing where there is none."""
    codes = np.arange(len(categories), dtype=np.float64)
    codes[[value == "" or is_missing(value) for value in categories]] = np.nan
    return _looked_up(nodes, column, categories, codes[:, None], np.nan)
