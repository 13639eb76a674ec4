"""Isolation forests: how soon a row is alone in a leaf."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Nodes
from aims_gh.frameworks.trees import Forest, Tree

Outputs = tuple[str, ...]


def outliers(nodes: Nodes, model: Any) -> Outputs:
    """Give 1 for a row like most and -1 for others, and the score that decides."""
    from onnx import TensorProto
    from sklearn.ensemble._iforest import _average_path_length

    rows = nodes.cast(nodes.matrix(), TensorProto.FLOAT)
    rows = nodes.cast(rows) if nodes.double else rows
    trees = [
        _tree(estimator.tree_, columns, _average_path_length)
        for estimator, columns in zip(model.estimators_, model.estimators_features_, strict=True)
    ]
    steps = Forest(trees, np.zeros(1), "BRANCH_LEQ").write(nodes, rows)
    usual = len(trees) * float(_average_path_length([model._max_samples])[0])
    share = nodes("Mul", steps, nodes.numbers(-1 / usual))
    soon = nodes("Pow", nodes.numbers(2.0), share)
    score = nodes("Sub", nodes.numbers(-model.offset_), soon)
    inside = nodes("GreaterOrEqual", nodes.flat(score), nodes.numbers(0.0))
    return nodes.label(nodes.cast(inside, TensorProto.INT64), np.array([-1, 1])), score


def _tree(tree: Any, columns: Any, average: Any) -> Tree:
    leaf = tree.children_left < 0
    depths = np.zeros(tree.node_count)
    for node in np.flatnonzero(~leaf):  # children come after their parents
        for child in (tree.children_left[node], tree.children_right[node]):
            depths[child] = depths[node] + 1
    steps = depths + average(tree.n_node_samples)
    return Tree(
        features=np.where(leaf, -1, np.asarray(columns)[np.where(leaf, 0, tree.feature)]),
        thresholds=_single(tree.threshold),
        yes=tree.children_left,
        no=tree.children_right,
        missing_yes=tree.missing_go_to_left.astype(bool),
        values=np.where(leaf, steps, 0.0)[:, None],
    )


def _single(thresholds: Any) -> Any:
    """Round down to single precision: numbers in it that were not above stay so."""
    rounded = thresholds.astype(np.float32)
    above = rounded > thresholds
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded.astype(np.float64)
