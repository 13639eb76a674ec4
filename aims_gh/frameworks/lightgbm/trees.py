"""LightGBM's models as trees: read from what it dumps, and written to ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Nodes
from aims_gh.frameworks.sklearn.converters.encoders import coded
from aims_gh.frameworks.sklearn.extend import Given, Rule
from aims_gh.frameworks.trees import Forest, Tree, as_missing, scored, two_classes

Outputs = tuple[str, ...]

_BY_LOGARITHM = ("poisson", "gamma", "tweedie")
_AS_THEY_ARE = (
    "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank",
    "rank_xendcg",
)  # fmt: skip


class Learned:
    """What a booster has learned, as its dump tells it.

    Parameters
    ----------
    booster : lightgbm.Booster
        Read up to its best iteration, as its own `predict` does.
    """

    def __init__(self, booster: Any) -> None:
        dump = booster.dump_model()
        words = str(dump.get("objective", "custom")).split()
        self.objective = words[0]
        self.options = dict(word.partition(":")[::2] for word in words[1:])
        self.targets = int(dump["num_tree_per_iteration"])
        self._trees = dump["tree_info"]
        self._names = list(dump["feature_names"])
        self.features = len(self._names)
        self._averaged = bool(dump["average_output"])
        self.categories: list[list[Any]] = booster.pandas_categorical or []
        self.zeros_missing: set[int] = set()

    def forest(self) -> Forest:
        """Read the trees."""
        rounds = len(self._trees) / self.targets
        share = 1 / rounds if self._averaged else 1.0
        trees = [
            self._tree(tree["tree_structure"], place % self.targets, share)
            for place, tree in enumerate(self._trees)
        ]
        return Forest(trees, np.zeros(self.targets), "BRANCH_LEQ")

    def _tree(self, root: dict[str, Any], target: int, share: float) -> Tree:
        found: list[dict[str, Any]] = [root]
        children: list[tuple[int, int]] = []
        for node in found:
            if "split_feature" not in node:
                children.append((0, 0))
                continue
            children.append((len(found), len(found) + 1))
            found += [node["left_child"], node["right_child"]]
        if any(node.get("leaf_coeff") for node in found):
            raise NotImplementedError("linear_tree=True cannot be converted")
        values = np.zeros((len(found), self.targets))
        values[:, target] = [node.get("leaf_value", 0.0) * share for node in found]
        return Tree(
            features=np.array([node.get("split_feature", -1) for node in found]),
            thresholds=np.array([_threshold(node) for node in found]),
            yes=np.array([yes for yes, _ in children]),
            no=np.array([no for _, no in children]),
            missing_yes=np.array([self._missing_goes_left(node) for node in found]),
            values=values,
            members={
                place: [int(value) for value in node["threshold"].split("||")]
                for place, node in enumerate(found)
                if node.get("decision_type") == "=="
            },
        )

    def _missing_goes_left(self, node: dict[str, Any]) -> bool:
        kind = node.get("missing_type")
        if kind is None or node["decision_type"] == "==":
            return False
        if kind == "Zero":
            self.zeros_missing.add(node["split_feature"])
        # Where training saw nothing missing, it is taken for 0.
        return node["threshold"] >= 0 if kind == "None" else bool(node["default_left"])


def _threshold(node: dict[str, Any]) -> float:
    value = node.get("threshold", 0.0)
    return 0.0 if isinstance(value, str) else float(value)


def rules(given: Given) -> list[Rule]:
    """List how LightGBM's models are converted."""
    import lightgbm

    def classify(nodes: Nodes, model: Any) -> Outputs:
        learned, classes = learned_by(model), np.asarray(model.classes_)
        raw = _raw(nodes, learned, given.categories)
        if nodes.wants_scores(model):
            return scored(nodes, raw, classes)
        linked = _linked(nodes, learned, raw)
        if learned.targets > 1:
            return nodes.likeliest(linked, classes), linked
        return two_classes(nodes, linked, classes)

    def value(nodes: Nodes, model: Any) -> Outputs:
        learned = learned_by(model)
        return (_linked(nodes, learned, _raw(nodes, learned, given.categories)),)

    others = (lightgbm.LGBMRegressor, lightgbm.LGBMRanker, lightgbm.Booster)
    return [
        Rule(lightgbm.LGBMClassifier, classify, "labels", scores=True),
        *(Rule(kind, value) for kind in others),
    ]


def learned_by(model: Any) -> Learned:
    """Read what a model has learned."""
    return Learned(getattr(model, "booster_", model))


def _raw(nodes: Nodes, learned: Learned, places: tuple[int, ...]) -> str:
    """Write the sum of the trees, of columns that were categories by their codes."""
    forest = learned.forest()
    stored = learned.categories
    if stored and len(places) != len(stored):
        raise NotImplementedError(
            "categories can be converted where the features have them as such"
        )
    named = dict(zip(places, stored, strict=False))
    if not named and not learned.zeros_missing:
        return forest.write(nodes, nodes.matrix())
    parts = []
    for place, column in enumerate(nodes.columns(learned.features)):
        if place in named:
            parts.append(coded(nodes, column, np.array(named[place], dtype=object)))
            continue
        numbers = nodes.cast(column[0])
        absent = place in learned.zeros_missing
        parts.append(as_missing(nodes, numbers, 0.0) if absent else numbers)
    return forest.write(nodes, nodes("Concat", *parts, axis=1))


def _linked(nodes: Nodes, learned: Learned, raw: str) -> str:
    """Turn the sum into what the objective predicts."""
    kind = learned.objective
    if kind in ("binary", "multiclassova", "cross_entropy"):
        steepness = float(learned.options.get("sigmoid", 1.0))
        return nodes("Sigmoid", nodes("Mul", raw, nodes.numbers(steepness)))
    if kind == "multiclass":
        return nodes("Softmax", raw, axis=1)
    if kind in _BY_LOGARITHM:
        return nodes("Exp", raw)
    if kind == "cross_entropy_lambda":
        return nodes("Softplus", raw)
    if kind not in _AS_THEY_ARE:
        raise NotImplementedError(f"the objective {kind} cannot be converted")
    return nodes("Mul", raw, nodes("Abs", raw)) if "sqrt" in learned.options else raw
