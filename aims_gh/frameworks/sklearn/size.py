"""How large a fitted model is: its numbers, its trees, their depth."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from aims_gh.frameworks.library import name_of_library
from aims_gh.frameworks.trees import Forest

_DIARY = frozenset(
    (
        "alphas_", "best_loss_", "best_score_", "best_validation_score_", "Cs_", "coefs_paths_",
        "cv_results_", "dual_gap_", "inertia_", "l1_ratios_", "log_marginal_likelihood_value_",
        "loss_", "loss_curve_", "lower_bound_", "lower_bounds_", "mse_path_", "n_samples_seen_",
        "pvalues_", "reconstruction_err_", "scores_", "singular_", "train_score_",
        "validation_scores_", "_bin_mapper", "_optimizer",
    )
)  # fmt: skip
"""Fitted attributes that tell how training went: nothing is predicted from them."""

_BOOSTERS = ("xgboost", "lightgbm", "catboost")


@dataclass(slots=True)
class Size:
    """The size of a fitted model.

    Attributes
    ----------
    numbers : int
        What training has set: floats, and the entries of arrays of floats, in attributes whose
        name ends with an underscore; the rows that neighbours are looked for in; the nodes of
        trees. Of all estimators inside, each once.
    trees : int
    depth : int
        Of the deepest tree; a single leaf has depth 0.
    """

    numbers: int = 0
    trees: int = 0
    depth: int = 0

    def add_tree(self, nodes: int, depth: int) -> None:
        """Count a tree."""
        self.numbers += nodes
        self.trees += 1
        self.depth = max(self.depth, depth)

    def add_forest(self, forest: Forest) -> None:
        """Count all trees of an ensemble."""
        for tree in forest.trees:
            self.add_tree(len(tree.features), tree.depth)


def size_of(model: Any) -> Size:
    """Measure a fitted model.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> size_of(LinearRegression().fit(np.eye(3), [1, 2, 3])).numbers  # 3 weights, a bias
    4
    """
    size = Size()
    _Walk(size).value(model, counts=True)
    return size


class _Walk:
    """One walk through a model; what is held twice counts once."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._seen: dict[int, Any] = {}

    def value(self, value: Any, *, counts: bool) -> None:
        """Go into a value; `counts`: whether numbers in it are what training has set."""
        if isinstance(value, float):
            self._size.numbers += counts
        elif isinstance(value, np.ndarray) and value.dtype != object:
            self._size.numbers += value.size * (counts and value.dtype.kind == "f")
        elif hasattr(value, "nnz"):
            self._size.numbers += int(value.nnz) * counts
        elif isinstance(value, list | tuple | np.ndarray):
            for item in value:
                self.value(item, counts=counts)
        elif isinstance(value, dict):
            for item in value.values():
                self.value(item, counts=counts)
        elif hasattr(value, "__dict__") and not isinstance(value, type):
            self._object(value)

    def _object(self, value: Any) -> None:
        if id(value) in self._seen:
            return
        self._seen[id(value)] = value
        library = name_of_library(value)
        if library in _BOOSTERS and not _is_fitted(value):
            return  # the pattern that others are made from
        if library in _BOOSTERS:
            import_module(f"aims_gh.frameworks.{library}.size").add_to(self._size, value)
        elif hasattr(value, "best_estimator_"):
            self.value(value.best_estimator_, counts=True)
        elif library == "sklearn":
            self._estimator(value)

    def _estimator(self, estimator: Any) -> None:
        tree = getattr(estimator, "tree_", None)
        if tree is not None:
            self._size.add_tree(int(tree.node_count), int(tree.max_depth))
        for stage in getattr(estimator, "_predictors", ()):
            for predictor in stage:
                nodes = predictor.nodes
                self._size.add_tree(len(nodes), int(nodes["depth"].max()))
        for name, value in vars(estimator).items():
            if name in _DIARY or name == "tree_":
                continue
            # Numbers elsewhere are parameters, or kept to be faster; estimators are not.
            fitted = name.endswith("_") and not name.startswith(("_", "oob_"))
            self.value(value, counts=fitted or name == "_fit_X")


def _is_fitted(model: Any) -> bool:
    ask = getattr(model, "__sklearn_is_fitted__", None) or getattr(model, "is_fitted", None)
    return ask is None or bool(ask())
