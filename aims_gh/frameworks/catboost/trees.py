"""CatBoost's models as trees: read from the JSON it saves, and written to ONNX."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Nodes
from aims_gh.frameworks.sklearn.extend import Given, Rule
from aims_gh.frameworks.trees import Forest, Tree, two_classes

Outputs = tuple[str, ...]
Split = dict[str, Any]

_BY_LOGARITHM = ("Poisson", "Tweedie")


class Learned:
    """What a model has learned, as its JSON tells it.

    Parameters
    ----------
    model : catboost.CatBoost
    """

    def __init__(self, model: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.json"
            model.save_model(str(path), format="json")
            saved = json.loads(path.read_text(encoding="utf-8"))
        kinds = set(saved["features_info"]) - {"float_features"}
        self._saved = saved
        self.only_numbers = not kinds
        scale, bias = saved["scale_and_bias"]
        self._scale = float(scale)
        self.base = np.atleast_1d(np.asarray(bias, dtype=np.float64))
        features = saved["features_info"].get("float_features", [])
        self._places = {f["feature_index"]: f["flat_feature_index"] for f in features}
        self._as_true = {
            f["feature_index"] for f in features if f["nan_value_treatment"] == "AsTrue"
        }

    @property
    def targets(self) -> int:
        """How many sums there are."""
        return len(self.base)

    def forest(self) -> Forest:
        """Read the trees, those with one question per level and the others."""
        trees = [self._even(tree) for tree in self._saved.get("oblivious_trees", ())]
        trees += [self._uneven(tree) for tree in self._saved.get("trees", ())]
        return Forest(trees, self.base, "BRANCH_GT")

    def _even(self, tree: dict[str, Any]) -> Tree:
        """Unfold a tree that asks the same question on a whole level; the last one is the root."""
        splits = tree["splits"] or []
        inner = 2 ** len(splits) - 1
        levels = [level for level in range(len(splits)) for _ in range(2**level)]
        asked = [splits[len(splits) - 1 - level] for level in levels]
        leaves = np.asarray(tree["leaf_values"], dtype=np.float64).reshape(-1, self.targets)
        values = np.vstack([np.zeros((inner, self.targets)), leaves * self._scale])
        nodes = np.arange(len(values))
        return self._tree(asked, nodes * 2 + 2, nodes * 2 + 1, values)

    def _uneven(self, root: dict[str, Any]) -> Tree:
        found, yes, no = [root], [], []
        for node in found:
            yes.append(len(found) + 1)
            no.append(len(found))
            if "split" in node:
                found += [node["left"], node["right"]]
        values = np.zeros((len(found), self.targets))
        for place, node in enumerate(found):
            if "split" not in node:
                values[place] = np.asarray(node["value"]) * self._scale
        return self._tree([n.get("split") for n in found], np.array(yes), np.array(no), values)

    def _tree(self, splits: list[Split | None], yes: Any, no: Any, values: Any) -> Tree:
        padded = [*splits, *[None] * (len(values) - len(splits))]
        return Tree(
            features=np.array([-1 if s is None else self._place(s) for s in padded]),
            thresholds=np.array([0.0 if s is None else s["border"] for s in padded]),
            yes=yes,
            no=no,
            missing_yes=np.array(
                [s is not None and s["float_feature_index"] in self._as_true for s in padded]
            ),
            values=values,
        )

    def _place(self, split: Split) -> int:
        return int(self._places[split["float_feature_index"]])


def rules(given: Given) -> list[Rule]:
    """List how CatBoost's models are converted, whatever they are given."""
    del given
    import catboost

    others = (catboost.CatBoostRegressor, catboost.CatBoostRanker, catboost.CatBoost)
    return [
        Rule(catboost.CatBoostClassifier, _classify, "labels"),
        *(Rule(kind, _value) for kind in others),
    ]


def _raw(nodes: Nodes, model: Any) -> str:
    learned = Learned(model)
    if not learned.only_numbers:
        raise NotImplementedError("cat_features, text and embedding features cannot be converted")
    rows = nodes.matrix()
    if nodes.double:
        from onnx import TensorProto

        # Whatever it is given, CatBoost looks at single precision.
        rows = nodes.cast(nodes.cast(rows, TensorProto.FLOAT))
    return learned.forest().write(nodes, rows)


def _classify(nodes: Nodes, model: Any) -> Outputs:
    raw, classes = _raw(nodes, model), np.asarray(model.classes_)
    loss = model.get_all_params().get("loss_function")
    if len(classes) == 2 and loss in ("Logloss", "CrossEntropy", "Focal"):
        return two_classes(nodes, nodes("Sigmoid", raw), classes)
    if loss == "MultiClassOneVsAll":
        probable = nodes("Sigmoid", raw)
    elif loss == "MultiClass":
        probable = nodes("Softmax", raw, axis=1)
    else:
        raise NotImplementedError(f"the loss {loss} cannot be converted")
    return nodes.likeliest(probable, classes), probable


def _value(nodes: Nodes, model: Any) -> Outputs:
    raw = _raw(nodes, model)
    by_logarithm = type(model).__name__ == "CatBoostRegressor" and model.get_all_params().get(
        "loss_function", ""
    ).startswith(_BY_LOGARITHM)
    return (nodes("Exp", raw) if by_logarithm else raw,)
