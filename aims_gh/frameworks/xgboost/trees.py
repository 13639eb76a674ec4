"""XGBoost's models as trees: read from the JSON it saves, and written to ONNX."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes
from aims_gh.frameworks.sklearn.extend import Given, Rule
from aims_gh.frameworks.trees import Forest, Tree, as_missing, two_classes

Outputs = tuple[str, ...]

_BY_LOGARITHM = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")
_BY_LOGISTIC = ("binary:logistic", "reg:logistic")
_AS_THEY_ARE = (
    "reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror",
    "reg:quantileerror", "rank:ndcg", "rank:map", "rank:pairwise",
)  # fmt: skip


class Learned:
    """What a booster has learned, as its JSON tells it.

    Parameters
    ----------
    booster : xgboost.Booster
    best : int or None
        The last iteration that counts, where training was stopped early.
    """

    def __init__(self, booster: Any, best: int | None = None) -> None:
        learner = json.loads(bytes(booster.save_raw("json")))["learner"]
        self._booster = learner["gradient_booster"]
        self._model = self._booster.get("gbtree", self._booster).get("model")
        params = learner["learner_model_param"]
        self.objective = str(learner["objective"]["name"])
        self.classes = int(params["num_class"])
        self.targets = max(self.classes, int(params.get("num_target", 1)), 1)
        self.features = int(params["num_feature"])
        self.categories = _categories(self._model.get("cats"), learner["feature_types"])
        self._base = np.broadcast_to(
            np.array(json.loads(params["base_score"]), dtype=np.float64), (self.targets,)
        )
        self._best = best

    @property
    def is_linear(self) -> bool:
        """Whether it has weights instead of trees."""
        return bool(self._booster["name"] == "gblinear")

    @property
    def base(self) -> Array:
        """Where the sum starts."""
        if self.objective in _BY_LOGISTIC:
            return np.asarray(-np.log(1 / self._base - 1))
        return np.log(self._base) if self.objective in _BY_LOGARITHM else np.array(self._base)

    @property
    def weights(self) -> Array:
        """Of a linear model: one row per feature, and the last for the bias."""
        return np.array(self._model["weights"], dtype=np.float64).reshape(-1, self.targets)

    def forest(self) -> Forest:
        """Read the trees."""
        kept = self._model["trees"]
        if self._best is not None:
            kept = kept[: self._model["iteration_indptr"][self._best + 1]]
        drops = self._booster.get("weight_drop", [1.0] * len(kept))
        groups = self._model["tree_info"]
        trees = [
            _tree(tree, self.targets, group, drop)
            for tree, group, drop in zip(kept, groups, drops, strict=False)
        ]
        return Forest(trees, self.base, "BRANCH_LT")


def _tree(tree: dict[str, Any], targets: int, group: int, drop: float) -> Tree:
    left = np.array(tree["left_children"])
    right = np.array(tree["right_children"])
    numbers = np.array(tree["split_conditions"], dtype=np.float32).astype(np.float64)
    leaf = left < 0
    values = np.zeros((len(left), targets))
    if "leaf_weights" in tree:
        of_leaves = np.array(tree["leaf_weights"], dtype=np.float64).reshape(-1, targets)
        values[leaf] = of_leaves[right[leaf]] * drop
    else:
        values[leaf, group] = numbers[leaf] * drop
    starts, sizes = tree["categories_segments"], tree["categories_sizes"]
    # A category of the set goes to the right.
    sets = {
        node: tree["categories"][start : start + size]
        for node, start, size in zip(tree["categories_nodes"], starts, sizes, strict=True)
    }
    chosen = np.isin(np.arange(len(left)), list(sets))
    default_left = np.array(tree["default_left"], dtype=bool)
    return Tree(
        features=np.where(leaf, -1, np.array(tree["split_indices"])),
        thresholds=numbers,
        yes=np.where(chosen, right, left),
        no=np.where(chosen, left, right),
        missing_yes=default_left != chosen,
        values=values,
        members=sets,
    )


def _categories(stored: Any, kinds: list[str]) -> dict[int, list[Any]]:
    """Read the names of categories, in the order of their codes, by column."""
    found: dict[int, list[Any]] = {}
    for place, kind in enumerate(kinds):
        if kind != "c":
            continue
        encoded = stored["enc"][place] if stored and stored["enc"] else {}
        values, offsets = encoded.get("values", []), encoded.get("offsets")
        if offsets:
            text = bytes(value % 256 for value in values)
            found[place] = [text[a:b].decode() for a, b in pairwise(offsets)]
        else:
            found[place] = list(values)
    return found


def rules(given: Given) -> list[Rule]:
    """List how XGBoost's models are converted; what a sparse matrix leaves out is missing."""
    import xgboost

    def classify(nodes: Nodes, model: Any) -> Outputs:
        learned, raw = _raw(nodes, model, given.sparse)
        if learned.classes > 1:
            probable = nodes("Softmax", raw, axis=1)
            return nodes.likeliest(probable, np.asarray(model.classes_)), probable
        return two_classes(nodes, _linked(nodes, learned, raw), np.asarray(model.classes_))

    def value(nodes: Nodes, model: Any) -> Outputs:
        learned, raw = _raw(nodes, model, given.sparse)
        return (_linked(nodes, learned, raw),)

    classifiers = (xgboost.XGBClassifier, xgboost.XGBRFClassifier)
    others = (xgboost.XGBRegressor, xgboost.XGBRFRegressor, xgboost.XGBRanker, xgboost.Booster)
    return [
        *(Rule(kind, classify, "labels") for kind in classifiers),
        *(Rule(kind, value) for kind in others),
    ]


def learned_by(model: Any) -> Learned:
    """Read what a model has learned, up to its best iteration."""
    if not hasattr(model, "get_booster"):
        return Learned(model)
    # The property raises where training was not stopped early, which counts as absence.
    return Learned(model.get_booster(), getattr(model, "best_iteration", None))


def _raw(nodes: Nodes, model: Any, sparse: bool) -> tuple[Learned, str]:
    learned = learned_by(model)
    rows = _rows(nodes, learned)
    missing = getattr(model, "missing", np.nan)
    missing = 0.0 if sparse else missing
    if missing is not None and not np.isnan(missing):
        rows = as_missing(nodes, rows, float(missing))
    if learned.is_linear:
        weights = learned.weights
        return learned, nodes.linear(rows, weights[:-1], weights[-1] + learned.base)
    if nodes.double:
        from onnx import TensorProto

        # Whatever it is given, XGBoost looks at single precision.
        rows = nodes.cast(nodes.cast(rows, TensorProto.FLOAT))
    return learned, learned.forest().write(nodes, rows)


def _rows(nodes: Nodes, learned: Learned) -> str:
    if not any(learned.categories.values()):
        return nodes.matrix()
    from aims_gh.frameworks.sklearn.converters.encoders import coded

    parts = [
        coded(nodes, column, np.array(learned.categories[place], dtype=object))
        if learned.categories.get(place)
        else nodes.cast(column[0])
        for place, column in enumerate(nodes.columns(learned.features))
    ]
    return nodes("Concat", *parts, axis=1)


def _linked(nodes: Nodes, learned: Learned, raw: str) -> str:
    """Turn the sum into what the objective predicts."""
    if learned.objective in _BY_LOGISTIC:
        return nodes("Sigmoid", raw)
    if learned.objective in _BY_LOGARITHM:
        return nodes("Exp", raw)
    if learned.objective == "binary:hinge":
        return nodes.cast(nodes("Greater", raw, nodes.numbers(0.0)))
    if learned.objective == "multi:softprob":
        return nodes("Softmax", raw, axis=1)
    if learned.objective == "multi:softmax":
        place = nodes("ArgMax", raw, axis=1, keepdims=0)
        return nodes.cast(place)
    if learned.objective not in _AS_THEY_ARE:
        raise NotImplementedError(f"the objective {learned.objective} cannot be converted")
    return raw
