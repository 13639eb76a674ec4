"""Ensembles of trees, of whatever library, written as operators of ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from aims_gh.frameworks.nodes import ML, Nodes

Array = npt.NDArray[Any]
Mode = Literal["BRANCH_LT", "BRANCH_LEQ", "BRANCH_GT"]


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree; nodes count from 0, which is the root.

    Attributes
    ----------
    features : int array of shape (nodes,)
        Which column a node asks about; -1 for a leaf.
    thresholds : float array of shape (nodes,)
    yes, no : int array of shape (nodes,)
        Where a row goes for which the comparison holds, or does not.
    missing_yes : bool array of shape (nodes,)
        Whether a row without that number goes the way of `yes`.
    values : float array of shape (nodes, targets)
        What a leaf adds; of other nodes nothing is read.
    members : mapping of int to sequence of int
        For nodes that ask about a category: which categories go the way of `yes`.
    """

    features: Array
    thresholds: Array
    yes: Array
    no: Array
    missing_yes: Array
    values: Array
    members: Mapping[int, Sequence[int]] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """How many questions are asked at most."""
        depths = {0: 0}
        for node in range(len(self.features)):  # children come after their parents, or are found
            stack = [node] if node in depths else []
            while stack:
                here = stack.pop()
                if self.features[here] < 0:
                    continue
                for child in (int(self.yes[here]), int(self.no[here])):
                    if child not in depths:
                        depths[child] = depths[here] + 1
                        stack.append(child)
        return max(depths.values())


@dataclass(frozen=True, slots=True)
class Forest:
    """An ensemble.

    Attributes
    ----------
    trees : list of Tree
    base : float array of shape (targets,)
        What is added to all of them.
    mode : str
        How a number is compared with a threshold.
    """

    trees: list[Tree]
    base: Array
    mode: Mode

    def write(self, nodes: Nodes, rows: str) -> str:
        """Write the sum of all leaves; give the name of an output of shape (n, targets)."""
        if not self.trees:
            zero = nodes("Mul", nodes.take(rows, [0]), nodes.numbers(0.0))
            return nodes("Add", zero, nodes.numbers(self.base[None, :]))
        written = _Written(self.mode)
        for place, tree in enumerate(self.trees):
            written.add(place, tree)
        raw = nodes(
            "TreeEnsembleRegressor",
            rows,
            domain=ML,
            n_targets=len(self.base),
            aggregate_function="SUM",
            post_transform="NONE",
            **written.attributes(self.base, double=nodes.double),
        )
        return nodes.cast(raw) if nodes.double else raw


class _Written:
    """The attributes of the operator, node by node."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._nodes: list[tuple[int, int, int, str, float, int, int, int]] = []
        self._leaves: list[tuple[int, int, int, float]] = []

    def add(self, place: int, tree: Tree) -> None:
        spare = len(tree.features)
        for node, feature in enumerate(tree.features.tolist()):
            if feature < 0:
                self._nodes.append((place, node, 0, "LEAF", 0.0, 0, 0, 0))
                for target, value in enumerate(tree.values[node].tolist()):
                    if value or not target:
                        self._leaves.append((place, node, target, value))
                continue
            yes, no = int(tree.yes[node]), int(tree.no[node])
            missing = int(tree.missing_yes[node])
            if node not in tree.members:
                threshold = float(tree.thresholds[node])
                self._nodes.append((place, node, feature, self._mode, threshold, yes, no, missing))
                continue
            # One question for each category, one after the other.
            wanted = list(tree.members[node]) or [-1]
            here = node
            for number, category in enumerate(wanted):
                last = number == len(wanted) - 1
                after = no if last else spare
                self._nodes.append(
                    (place, here, feature, "BRANCH_EQ", float(category), yes, after, missing)
                )
                here, spare = spare, spare + (not last)

    def attributes(self, base: Array, *, double: bool) -> dict[str, Any]:
        """Give them all, the numbers in the precision of the graph."""
        self._nodes.sort(key=lambda node: node[:2])
        columns = list(zip(*self._nodes, strict=True))
        leaves = list(zip(*self._leaves, strict=True))
        names = ("treeids", "nodeids", "featureids", "modes", "values", "truenodeids",
                 "falsenodeids", "missing_value_tracks_true")  # fmt: skip
        found: dict[str, Any] = {
            f"nodes_{name}": list(column) for name, column in zip(names, columns, strict=True)
        }
        for name, column in zip(("treeids", "nodeids", "ids", "weights"), leaves, strict=True):
            found[f"target_{name}"] = list(column)
        found["base_values"] = [float(value) for value in base]
        if double:
            for name in ("nodes_values", "target_weights", "base_values"):
                found[f"{name}_as_tensor"] = _doubles(name, found.pop(name))
        return found


def _doubles(name: str, values: list[float]) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor(name, TensorProto.DOUBLE, [len(values)], values)


def as_missing(nodes: Nodes, rows: str, value: float) -> str:
    """Take a value for a missing one."""
    same = nodes("Equal", rows, nodes.numbers(value))
    return nodes("Where", same, nodes.numbers(np.nan), rows)


def scored(nodes: Nodes, raw: str, classes: Array) -> tuple[str, str]:
    """Give label and scores: one for each class, or one that is above or below 0 for two."""
    if len(classes) > 2:
        return nodes.likeliest(raw, classes), raw
    from onnx import TensorProto

    above = nodes("Greater", nodes.flat(raw), nodes.numbers(0.0))
    return nodes.label(nodes.cast(above, TensorProto.INT64), classes), raw


def two_classes(nodes: Nodes, second: str, classes: Array) -> tuple[str, str]:
    """Give label and probabilities from the probability of the second of two classes."""
    first = nodes("Sub", nodes.numbers(1.0), second)
    probable = nodes("Concat", first, second, axis=1)
    return nodes.likeliest(probable, classes), probable
