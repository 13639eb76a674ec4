"""Histogram gradient boosting, with the categories that it splits by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes
from aims_gh.frameworks.sklearn.converters.encoders import coded
from aims_gh.frameworks.trees import Forest, Tree, scored, two_classes

Outputs = tuple[str, ...]


def classes(nodes: Nodes, model: Any) -> Outputs:
    """Give label and probabilities."""
    raw = _raw(nodes, model)
    if nodes.wants_scores(model):
        return scored(nodes, raw, model.classes_)
    if model.n_trees_per_iteration_ == 1:
        return two_classes(nodes, nodes("Sigmoid", raw), model.classes_)
    probable = nodes("Softmax", raw, axis=1)
    return nodes.likeliest(probable, model.classes_), probable


def values(nodes: Nodes, model: Any) -> Outputs:
    """Give the value, by the logarithm where the loss has one."""
    raw = _raw(nodes, model)
    return (nodes("Exp", raw) if model.loss in ("poisson", "gamma") else raw,)


def _raw(nodes: Nodes, model: Any) -> str:
    base = np.asarray(model._baseline_prediction, dtype=np.float64).ravel()
    trees = [
        _tree(predictor, target, len(base))
        for stage in model._predictors
        for target, predictor in enumerate(stage)
    ]
    return Forest(trees, base, "BRANCH_LEQ").write(nodes, _rows(nodes, model))


def _tree(predictor: Any, target: int, targets: int) -> Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    found = np.zeros((len(nodes), targets))
    found[leaf, target] = nodes["value"][leaf]
    return Tree(
        features=np.where(leaf, -1, nodes["feature_idx"]),
        thresholds=nodes["num_threshold"],
        yes=nodes["left"].astype(np.int64),
        no=nodes["right"].astype(np.int64),
        missing_yes=nodes["missing_go_to_left"].astype(bool),
        values=found,
        members={
            int(place): _members(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][place]])
            for place in np.flatnonzero(nodes["is_categorical"])
        },
    )


def _members(words: Array) -> list[int]:
    """Read a set of small numbers from the bits of eight words."""
    bits = np.unpackbits(words.astype("<u4").view(np.uint8), bitorder="little")
    return [int(place) for place in np.flatnonzero(bits)]


def _rows(nodes: Nodes, model: Any) -> str:
    """Put numbered categories first, as the model does when it is fitted."""
    if model._preprocessor is None:
        return nodes.matrix()
    columns = nodes.columns(model.n_features_in_)
    encoder = {name: step for name, step, _ in model._preprocessor.transformers_}["encoder"]
    chosen = np.flatnonzero(model.is_categorical_)
    parts = [
        coded(nodes, columns[place], categories)
        for place, categories in zip(chosen, encoder.categories_, strict=True)
    ]
    parts += [nodes.cast(columns[place][0]) for place in np.flatnonzero(~model.is_categorical_)]
    return nodes("Concat", *parts, axis=1)
