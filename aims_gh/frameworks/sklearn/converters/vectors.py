"""Support vector machines, in the precision of the graph: onnxruntime's own know only single."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes
from aims_gh.frameworks.sklearn.converters.linear import kernel
from aims_gh.frameworks.sklearn.converters.meta import by_votes
from aims_gh.frameworks.trees import scored

Outputs = tuple[str, ...]


def scored_classes(nodes: Nodes, model: Any) -> Outputs:
    """Weigh the kernel's values at the support vectors, once for each pair of classes."""
    model = model.estimator
    given = {"gamma": model._gamma, "degree": model.degree, "coef0": model.coef0}
    similar = kernel(nodes, nodes.matrix(), _dense(model.support_vectors_), model.kernel, given)
    if len(model.classes_) == 2:
        weights = _dense(model.dual_coef_).T
        return scored(nodes, nodes.linear(similar, weights, model.intercept_), model.classes_)
    # libsvm's sign: above 0 is the first of two.
    sure = nodes("Neg", nodes.linear(similar, _weights_of_pairs(model), model._intercept_))
    found = by_votes(nodes, sure, len(model.classes_))
    decisive = found.scores if model.break_ties else found.votes
    scores = found.scores if model.decision_function_shape == "ovr" else nodes("Neg", sure)
    return nodes.likeliest(decisive, model.classes_), scores


def _weights_of_pairs(model: Any) -> Array:
    """Spread out libsvm's table, in which a vector has one weight for each other class."""
    table = _dense(model._dual_coef_)
    ends = np.concatenate([[0], np.cumsum(model.n_support_)])
    own = [slice(first, last) for first, last in pairwise(ends)]
    pairs = [(a, b) for a in range(len(own)) for b in range(a + 1, len(own))]
    weights = np.zeros((table.shape[1], len(pairs)))
    for place, (a, b) in enumerate(pairs):
        weights[own[a], place] = table[b - 1, own[a]]
        weights[own[b], place] = table[a, own[b]]
    return weights


def _dense(matrix: Any) -> Array:
    array: Array = matrix.toarray() if hasattr(matrix, "toarray") else np.asarray(matrix)
    return array
