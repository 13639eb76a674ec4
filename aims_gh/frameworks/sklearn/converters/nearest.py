"""Estimators that ask which of some points is nearest."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes
from aims_gh.frameworks.sklearn.converters.linear import kernel, squared_distances

Outputs = tuple[str, ...]


def nearest_center(nodes: Nodes, model: Any) -> Outputs:
    """Give the cluster whose center is nearest, and the distances to all."""
    centers, names = _centers(model)
    distances = nodes("Sqrt", squared_distances(nodes, nodes.matrix(), centers))
    place = nodes("ArgMin", distances, axis=1, keepdims=0)
    return nodes.label(place, names), distances


def _centers(model: Any) -> tuple[Array, Array]:
    if type(model).__name__ == "Birch":
        return model.subcluster_centers_, np.asarray(model.subcluster_labels_)
    centers = model.cluster_centers_
    return centers, np.arange(len(centers))


def distances_to_centers(nodes: Nodes, model: Any) -> Outputs:
    """Give the distance to each center."""
    centers, _ = _centers(model)
    return (nodes("Sqrt", squared_distances(nodes, nodes.matrix(), centers)),)


def halved_clusters(nodes: Nodes, model: Any) -> Outputs:
    """Walk down the tree of a bisecting k-means."""
    rows = nodes.matrix()
    if getattr(model, "_X_mean", None) is not None:
        shift = np.broadcast_to(model._X_mean, (model.n_features_in_,))
        rows = nodes("Sub", rows, nodes.numbers(shift))
    shifted_centers = model.cluster_centers_
    label = _leaf(nodes, rows, model._bisecting_tree)
    distances = nodes("Sqrt", squared_distances(nodes, nodes.matrix(), shifted_centers))
    return nodes.flat(label), distances


def _leaf(nodes: Nodes, rows: str, node: Any) -> str:
    if node.left is None:
        return nodes.constant(np.array([[node.label]], np.int64))
    both = np.stack([node.left.center, node.right.center])
    first = nodes("ArgMin", squared_distances(nodes, rows, both), axis=1, keepdims=1)
    is_left = nodes("Equal", first, nodes.constant(np.array([[0]], np.int64)))
    return nodes("Where", is_left, _leaf(nodes, rows, node.left), _leaf(nodes, rows, node.right))


def centroid_classifier(nodes: Nodes, model: Any) -> Outputs:
    """Give the class of the nearest centroid, and its probabilities."""
    if model.metric != "euclidean":
        raise NotImplementedError("only metric='euclidean' can be converted")
    spread = np.where(model.within_class_std_dev_ != 0, model.within_class_std_dev_, 1.0)
    scaled = nodes("Div", nodes.matrix(), nodes.numbers(spread))
    prior = nodes.numbers(2 * np.log(model.class_prior_))
    scores = nodes("Sub", prior, squared_distances(nodes, scaled, model.centroids_ / spread))
    label = nodes.likeliest(scores, model.classes_)
    if np.isclose(model.class_prior_, 1 / len(model.classes_)).all():
        distances = squared_distances(nodes, nodes.matrix(), model.centroids_)
        label = nodes.label(nodes("ArgMin", distances, axis=1, keepdims=0), model.classes_)
    return label, nodes("Softmax", scores, axis=1)


def spread_labels(nodes: Nodes, model: Any) -> Outputs:
    """Give what the labels of similar training rows say."""
    rows, known = nodes.matrix(), np.asarray(model.X_)
    shares = model.label_distributions_
    if model.kernel == "rbf":
        similar = kernel(nodes, rows, known, "rbf", {"gamma": model.gamma})
        votes = nodes.linear(similar, shares)
    elif model.kernel == "knn":
        near = nodes.several(
            "TopK",
            squared_distances(nodes, rows, known),
            nodes.constant(np.array([model.n_neighbors], np.int64)),
            outputs=2,
            axis=1,
            largest=0,
        )[1]
        of_each = nodes("Gather", nodes.numbers(shares), near, axis=0)
        axis = nodes.constant(np.array([1], np.int64))
        votes = nodes("ReduceSum", of_each, axis, keepdims=0)
    else:
        raise NotImplementedError("a kernel that is a function cannot be converted")
    probable = nodes("Div", votes, nodes.total(votes))
    return nodes.likeliest(probable, model.classes_), probable


def weighted_values(nodes: Nodes, model: Any) -> Outputs:
    """Average the values of the nearest rows, the nearer the weightier."""
    values = np.asarray(model._y, dtype=np.float64).reshape(len(model._fit_X), -1)
    return (_weighted(nodes, model, values),)


def weighted_classes(nodes: Nodes, model: Any) -> Outputs:
    """Let the nearest rows vote, the nearer the weightier."""
    if isinstance(model.classes_, list):
        raise NotImplementedError("several labels per row cannot be converted")
    shares = _weighted(nodes, model, np.eye(len(model.classes_))[model._y])
    return nodes.likeliest(shares, model.classes_), shares


def _weighted(nodes: Nodes, model: Any, values: Array) -> str:
    if model.effective_metric_ != "euclidean":
        raise NotImplementedError("weights='distance' needs the Euclidean distance")
    count = nodes.constant(np.array([model.n_neighbors], np.int64))
    squared = squared_distances(nodes, nodes.matrix(), np.asarray(model._fit_X))
    nearest, places = nodes.several("TopK", squared, count, outputs=2, axis=1, largest=0)
    # A row that is there already decides alone; nothing can be divided by its distance.
    distance = nodes("Max", nodes("Sqrt", nearest), nodes.numbers(1e-12))
    weights = nodes("Reciprocal", distance)
    shares = nodes("Div", weights, nodes.total(weights))
    of_each = nodes("Gather", nodes.numbers(values), places, axis=0)
    last = nodes.constant(np.array([2], np.int64))
    weighted = nodes("Mul", of_each, nodes("Unsqueeze", shares, last))
    axis = nodes.constant(np.array([1], np.int64))
    return nodes("ReduceSum", weighted, axis, keepdims=0)


def within_radius(nodes: Nodes, model: Any) -> Outputs:
    """Count the classes of all training rows within a radius."""
    if model.effective_metric_ != "euclidean" or callable(model.weights):
        raise NotImplementedError("only the Euclidean distance can be converted")
    if model.outlier_label_ is not None or isinstance(model.classes_, list):
        raise NotImplementedError("outlier_label, or several labels, cannot be converted")
    distances = squared_distances(nodes, nodes.matrix(), np.asarray(model._fit_X))
    near = nodes.cast(nodes("LessOrEqual", distances, nodes.numbers(model.radius**2)))
    if model.weights == "distance":
        near = nodes("Div", near, nodes("Sqrt", distances))
    votes = nodes.linear(near, np.eye(len(model.classes_))[model._y])
    shares = nodes("Div", votes, nodes.total(votes))
    return nodes.likeliest(shares, model.classes_), shares


def ellipse(nodes: Nodes, model: Any) -> Outputs:
    """Tell whether a row lies within an ellipse, and how far."""
    away = nodes("Sub", nodes.matrix(), nodes.numbers(model.location_))
    weighted = nodes("Mul", nodes.linear(away, model.precision_), away)
    score = nodes("Sub", nodes.numbers(-model.offset_), nodes.total(weighted))
    inside = nodes("GreaterOrEqual", nodes.flat(score), nodes.numbers(0.0))
    from onnx import TensorProto

    return nodes.label(nodes.cast(inside, TensorProto.INT64), np.array([-1, 1])), score
