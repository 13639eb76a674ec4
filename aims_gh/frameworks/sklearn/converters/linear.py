"""Estimators that are a matrix product, perhaps with one function after it."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes
from aims_gh.frameworks.trees import scored

Outputs = tuple[str, ...]


def scored_classes(nodes: Nodes, model: Any) -> Outputs:
    """Give the class with the largest score; of two, one score that is above or below 0."""
    weights = np.atleast_2d(model.coef_)
    scores = nodes.linear(
        nodes.matrix(), weights.T, np.broadcast_to(model.intercept_, len(weights))
    )
    return scored(nodes, scores, model.classes_)


def projection(nodes: Nodes, model: Any) -> Outputs:
    """Rotate rows that were shifted, and perhaps scaled, before."""
    matrix, shift = _matrix_and_shift(model)
    return (nodes.linear(nodes.matrix(), matrix, -shift @ matrix),)


def _matrix_and_shift(model: Any) -> tuple[Array, Array]:
    """Give M and s of (x - s) M."""
    kind = type(model).__name__
    if kind == "FactorAnalysis":
        scaled = model.components_ / model.noise_variance_
        inverse = np.linalg.inv(np.eye(len(model.components_)) + scaled @ model.components_.T)
        return scaled.T @ inverse, model.mean_
    if kind in ("SparsePCA", "MiniBatchSparsePCA"):
        # Ridge regression on the components, in closed form.
        parts = model.components_
        gram = parts @ parts.T + model.ridge_alpha * np.eye(len(parts))
        return np.linalg.solve(gram, parts).T, model.mean_
    if kind == "FeatureAgglomeration":
        members = np.eye(model.labels_.max() + 1)[model.labels_]
        return members / members.sum(axis=0), np.zeros(len(members))
    components = model.components_
    dense = components.toarray() if hasattr(components, "toarray") else components
    mean = getattr(model, "mean_", None)
    return dense.T, np.zeros(dense.shape[1]) if mean is None else mean


def agglomeration(nodes: Nodes, model: Any) -> Outputs:
    """Average the columns of each cluster."""
    if model.pooling_func is not np.mean:
        raise NotImplementedError("only pooling_func=np.mean can be converted")
    return projection(nodes, model)


def latent(nodes: Nodes, model: Any) -> Outputs:
    """Transform with partial least squares."""
    rotation = getattr(model, "x_rotations_", None)
    matrix = (model.x_weights_ if rotation is None else rotation) / model._x_std[:, None]
    return (nodes.linear(nodes.matrix(), matrix, -model._x_mean @ matrix),)


def latent_regression(nodes: Nodes, model: Any) -> Outputs:
    """Predict with partial least squares."""
    offset = model.intercept_ - model._x_mean @ model.coef_.T
    return (nodes.linear(nodes.matrix(), model.coef_.T, offset),)


def discriminants(nodes: Nodes, model: Any) -> Outputs:
    """Transform with linear discriminant analysis."""
    matrix = model.scalings_[:, : model._max_components]
    if model.solver == "eigen":
        return (nodes.linear(nodes.matrix(), matrix),)
    return (nodes.linear(nodes.matrix(), matrix, -model.xbar_ @ matrix),)


def hidden_units(nodes: Nodes, model: Any) -> Outputs:
    """Give the probabilities of a restricted Boltzmann machine's hidden units."""
    units = nodes.linear(nodes.matrix(), model.components_.T, model.intercept_hidden_)
    return (nodes("Sigmoid", units),)


def random_waves(nodes: Nodes, model: Any) -> Outputs:
    """Map to cosines of random projections."""
    rows = nodes.matrix()
    if hasattr(model, "skewedness"):
        rows = nodes("Log", nodes("Add", rows, nodes.numbers(model.skewedness)))
    waves = nodes("Cos", nodes.linear(rows, model.random_weights_, model.random_offset_))
    return (nodes("Mul", waves, nodes.numbers(np.sqrt(2 / model.n_components))),)


def landmarks(nodes: Nodes, model: Any) -> Outputs:
    """Map by the kernel's values at some training rows."""
    given = {**model._get_kernel_params()}
    similar = kernel(nodes, nodes.matrix(), model.components_, model.kernel, given)
    return (nodes.linear(similar, model.normalization_.T),)


def kernel_regression(nodes: Nodes, model: Any) -> Outputs:
    """Weight the kernel's values at the training rows."""
    given = {"gamma": model.gamma, "degree": model.degree, "coef0": model.coef0}
    given |= model.kernel_params or {}
    similar = kernel(nodes, nodes.matrix(), model.X_fit_, model.kernel, given)
    weights = model.dual_coef_.reshape(len(model.X_fit_), -1)
    return (nodes.linear(similar, weights),)


def kernel(nodes: Nodes, rows: str, others: Array, name: str, given: dict[str, Any]) -> str:
    """Compute a kernel between rows and others, of shape (n, others)."""
    gamma = given.get("gamma")
    gamma = 1 / others.shape[1] if gamma is None else gamma
    if name == "rbf":
        distances = squared_distances(nodes, rows, others)
        return nodes("Exp", nodes("Mul", distances, nodes.numbers(-gamma)))
    product = nodes.linear(rows, others.T)
    if name == "linear":
        return product
    if name in ("poly", "polynomial", "sigmoid"):
        coef0 = 1.0 if given.get("coef0") is None else given["coef0"]
        shifted = nodes("Add", nodes("Mul", product, nodes.numbers(gamma)), nodes.numbers(coef0))
        if name == "sigmoid":
            return nodes("Tanh", shifted)
        degree = 3 if given.get("degree") is None else given["degree"]
        return nodes("Pow", shifted, nodes.numbers(degree))
    raise NotImplementedError(f"the kernel {name!r} cannot be converted")


def squared_distances(nodes: Nodes, rows: str, others: Array) -> str:
    """Compute squared Euclidean distances, of shape (n, others)."""
    own = nodes.total(nodes("Mul", rows, rows))
    crossed = nodes.linear(rows, -2 * others.T, (others**2).sum(axis=1))
    return nodes("Max", nodes("Add", own, crossed), nodes.numbers(0.0))
