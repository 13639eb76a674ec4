"""Estimators that ask other estimators."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes
from aims_gh.frameworks.sklearn.converters.curves import interpolated
from aims_gh.frameworks.sklearn.converters.numeric import named_function

Outputs = tuple[str, ...]


def _positive(nodes: Nodes, estimator: Any, probable: bool) -> str:
    """Ask a classifier of two classes for the probability of the second, or for its score."""
    numbers = nodes.ask(estimator)[1] if probable else nodes.scores_of(estimator)
    return nodes.take(numbers, [-1])


def one_vs_rest(nodes: Nodes, model: Any) -> Outputs:
    """Ask one classifier per class; the surest decides."""
    if model.multilabel_:
        raise NotImplementedError("several labels per row cannot be converted")
    probable = hasattr(model, "predict_proba") and not nodes.wants_scores(model)
    parts = [_positive(nodes, estimator, probable) for estimator in model.estimators_]
    if len(parts) == 1:
        other = nodes("Sub", nodes.numbers(1.0), parts[0]) if probable else nodes("Neg", parts[0])
        scores = nodes("Concat", other, parts[0], axis=1)
        return nodes.likeliest(scores, model.classes_), scores
    scores = nodes("Concat", *parts, axis=1)
    label = nodes.likeliest(scores, model.classes_)
    return label, nodes("Div", scores, nodes.total(scores)) if probable else scores


def one_vs_one(nodes: Nodes, model: Any) -> Outputs:
    """Ask one classifier for each pair of classes; most votes win, then the surest."""
    count = len(model.classes_)
    parts = []
    for estimator in model.estimators_:
        scored = hasattr(estimator, "decision_function")
        parts.append(_positive(nodes, estimator, probable=not scored))
        middle = 0.0 if scored else 0.5
    sure = parts[0] if len(parts) == 1 else nodes("Concat", *parts, axis=1)
    if count == 2:
        from onnx import TensorProto

        second = nodes.cast(nodes("Greater", sure, nodes.numbers(middle)))
        place = nodes.cast(nodes.flat(second), TensorProto.INT64)
        return nodes.label(place, model.classes_), sure
    votes = by_votes(nodes, sure, count, middle)
    return nodes.likeliest(votes.scores, model.classes_), votes.scores


class Votes(NamedTuple):
    """What pairs of classes said, a column for each class."""

    votes: str
    scores: str
    """Votes, and less than half a vote for how sure they were."""


def by_votes(nodes: Nodes, sure: str, count: int, middle: float = 0.0) -> Votes:
    """Count for which class each pair of classes is.

    Parameters
    ----------
    sure : str
        A column for each pair, above `middle` where the second class wins.
    """
    second = nodes.cast(nodes("Greater", sure, nodes.numbers(middle)))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    firsts = np.eye(count)[[a for a, _ in pairs]]
    seconds = np.eye(count)[[b for _, b in pairs]]
    votes = nodes.linear(second, seconds - firsts, firsts.sum(axis=0))
    sums = nodes.linear(sure, seconds - firsts)
    size = nodes("Add", nodes("Abs", sums), nodes.numbers(1.0))
    ties = nodes("Div", sums, nodes("Mul", size, nodes.numbers(3.0)))
    return Votes(votes, nodes("Add", votes, ties))


def voting(nodes: Nodes, model: Any) -> Outputs:
    """Average probabilities, or count votes."""
    weights = np.ones(len(model.estimators_)) if model.weights is None else model.weights
    parts = []
    for estimator, weight in zip(model.estimators_, weights / weights.sum(), strict=True):
        given = nodes.ask(estimator)
        numbers = given[1] if model.voting == "soft" else _vote(nodes, given[0], model)
        parts.append(nodes("Mul", numbers, nodes.numbers(weight)))
    shares = parts[0] if len(parts) == 1 else nodes("Sum", *parts)
    return nodes.likeliest(shares, model.classes_), shares


def _vote(nodes: Nodes, label: str, model: Any) -> str:
    """Give a 1 in the column of the class; estimators inside know classes by their places."""
    every = nodes.constant(np.arange(len(model.classes_), dtype=np.int64))
    return nodes.cast(nodes("Equal", nodes.upright(label), every))


def stacked_classes(nodes: Nodes, model: Any) -> Outputs:
    """Ask a classifier what others said."""
    merged, width = _first_layer(nodes, model)
    given = nodes.ask(model.final_estimator_, merged, width)
    # Inside, classes are 0, 1, 2…
    return nodes.label(nodes.flat(given[0]), model.classes_), given[1]


def stacked_values(nodes: Nodes, model: Any) -> Outputs:
    """Ask a regressor what others said."""
    merged, width = _first_layer(nodes, model)
    return (nodes.ask(model.final_estimator_, merged, width)[0],)


def _first_layer(nodes: Nodes, model: Any) -> tuple[str, int]:
    classes = len(getattr(model, "classes_", ()))
    parts = []
    for estimator, method in zip(model.estimators_, model.stack_method_, strict=True):
        if method == "predict_proba":
            probable = nodes.ask(estimator)[1]
            parts.append(nodes.take(probable, [1]) if classes == 2 else probable)
        elif method == "decision_function":
            scores = nodes.scores_of(estimator)
            parts.append(nodes.take(scores, [-1]) if classes == 2 else scores)
        else:
            parts.append(nodes.upright(nodes.cast(nodes.ask(estimator)[0])))
    if model.passthrough:
        parts.append(nodes.matrix())
    return nodes("Concat", *parts, axis=1), model.final_estimator_.n_features_in_


def calibrated(nodes: Nodes, model: Any) -> Outputs:
    """Average the calibrated probabilities of all folds."""
    parts = [_calibrated_fold(nodes, fold, model) for fold in model.calibrated_classifiers_]
    share = nodes.numbers(1 / len(parts))
    total = parts[0] if len(parts) == 1 else nodes("Sum", *parts)
    probable = nodes("Mul", total, share)
    return nodes.likeliest(probable, model.classes_), probable


def _calibrated_fold(nodes: Nodes, fold: Any, model: Any) -> str:
    two = len(model.classes_) == 2
    scored = hasattr(fold.estimator, "decision_function")
    numbers = nodes.scores_of(fold.estimator) if scored else nodes.ask(fold.estimator)[1]
    if fold.method == "temperature":
        return _cooled(nodes, numbers, fold.calibrators[0], scored=scored, two=two)
    places = (
        [len(fold.classes) - 1] if two else np.searchsorted(fold.classes, fold.estimator.classes_)
    )
    parts = {
        int(place): _calibrator(nodes, nodes.take(numbers, [-1 if two else column]), calibrator)
        for column, (place, calibrator) in enumerate(zip(places, fold.calibrators, strict=True))
    }
    if two:
        return nodes("Concat", nodes("Sub", nodes.numbers(1.0), parts[1]), parts[1], axis=1)
    none = nodes("Mul", nodes.take(numbers, [0]), nodes.numbers(0.0))
    columns = [parts.get(place, none) for place in range(len(fold.classes))]
    return _shares(nodes, nodes("Concat", *columns, axis=1), len(columns))


def _shares(nodes: Nodes, numbers: str, count: int) -> str:
    """Divide by the sum; the same for all where that is 0."""
    total = nodes.total(numbers)
    empty = nodes("Equal", total, nodes.numbers(0.0))
    divided = nodes("Div", numbers, nodes("Where", empty, nodes.numbers(1.0), total))
    return nodes("Where", empty, nodes.numbers(np.full((1, count), 1 / count)), divided)


def _calibrator(nodes: Nodes, column: str, calibrator: Any) -> str:
    if hasattr(calibrator, "X_thresholds_"):
        return interpolated(nodes, column, calibrator)
    line = nodes("Mul", column, nodes.numbers(-calibrator.a_))
    return nodes("Sigmoid", nodes("Add", line, nodes.numbers(-calibrator.b_)))


def _cooled(nodes: Nodes, numbers: str, calibrator: Any, *, scored: bool, two: bool) -> str:
    if not scored:
        logits = nodes("Log", nodes("Add", numbers, nodes.numbers(1e-12)))
    elif two:
        score = nodes.take(numbers, [-1])
        logits = nodes("Concat", nodes("Neg", score), score, axis=1)
    else:
        logits = numbers
    return nodes("Softmax", nodes("Mul", logits, nodes.numbers(calibrator.beta_)), axis=1)


def threshold(nodes: Nodes, model: Any) -> Outputs:
    """Decide by a threshold of one's own."""
    tuned = hasattr(model, "best_threshold_")
    estimator = getattr(model, "estimator_", model.estimator)
    method = model._get_response_method()
    methods = [method] if isinstance(method, str) else list(method)
    used = next(name for name in methods if hasattr(estimator, name))
    positive = model._curve_scorer._get_pos_label() if tuned else model.pos_label
    place = 1 if positive is None else int(np.flatnonzero(model.classes_ == positive)[0])
    if tuned:
        least = model.best_threshold_
    elif model.threshold == "auto":
        least = 0.5 if used == "predict_proba" else 0.0
    else:
        least = model.threshold
    if used == "predict_proba":
        numbers = nodes.ask(estimator)[1]
        score = nodes.take(numbers, [place])
    else:
        numbers = nodes.scores_of(estimator)
        score = nodes.take(numbers, [-1])
        score = score if place else nodes("Neg", score)
    return _above(nodes, score, least, model.classes_[[1 - place, place]]), numbers


def _above(nodes: Nodes, score: str, least: float, classes: Array) -> str:
    from onnx import TensorProto

    above = nodes("GreaterOrEqual", nodes.flat(score), nodes.numbers(least))
    return nodes.label(nodes.cast(above, TensorProto.INT64), classes)


def codebook(nodes: Nodes, model: Any) -> Outputs:
    """Give the class whose code is nearest to what the estimators say."""
    from aims_gh.frameworks.sklearn.converters.linear import squared_distances

    parts = [
        _positive(nodes, estimator, probable=not hasattr(estimator, "decision_function"))
        for estimator in model.estimators_
    ]
    book = np.asarray(model.code_book_)
    distances = squared_distances(nodes, nodes("Concat", *parts, axis=1), book)
    label = nodes.label(nodes("ArgMin", distances, axis=1, keepdims=0), model.classes_)
    return label, nodes("Neg", distances)


def chain(nodes: Nodes, model: Any) -> Outputs:
    """Ask one regressor after the other, each knowing what those before it said."""
    rows, width = nodes.matrix(), model.n_features_in_
    said: list[str] = []
    for estimator in model.estimators_:
        seen = nodes("Concat", rows, *said, axis=1) if said else rows
        said.append(nodes.upright(nodes.ask(estimator, seen, width + len(said))[0]))
    return (nodes("Concat", *(said[place] for place in np.argsort(model.order_)), axis=1),)


def transformed_target(nodes: Nodes, model: Any) -> Outputs:
    """Predict, and undo what was done to the target."""
    predicted = nodes.ask(model.regressor_)[0]
    transformer = model.transformer_
    if hasattr(transformer, "inverse_func"):
        if transformer.inverse_func is None:
            return (predicted,)
        return (named_function(transformer.inverse_func)(nodes, predicted),)
    scale, shift = _undoing(transformer)
    scaled = nodes("Mul", nodes.upright(predicted), nodes.numbers(scale))
    return (nodes("Add", scaled, nodes.numbers(shift)),)


def _undoing(transformer: Any) -> tuple[Array, Array]:
    """Give what to multiply with and then to add, to undo a scaler."""
    kind = type(transformer).__name__
    if kind == "MinMaxScaler":
        return 1 / transformer.scale_, -transformer.min_ / transformer.scale_
    if kind in ("StandardScaler", "RobustScaler", "MaxAbsScaler"):
        center = getattr(transformer, "mean_" if kind == "StandardScaler" else "center_", None)
        scale = np.ones(1) if transformer.scale_ is None else transformer.scale_
        return scale, np.zeros(1) if center is None else center
    raise NotImplementedError(f"a target transformed by {kind} cannot be converted")


def constant_class(nodes: Nodes, model: Any) -> Outputs:
    """Say the same of every row."""
    if model.strategy in ("stratified", "uniform"):
        raise NotImplementedError(f"strategy={model.strategy!r} guesses at random")
    if model.n_outputs_ > 1:
        raise NotImplementedError("several labels per row cannot be converted")
    prior = np.asarray(model.class_prior_, dtype=np.float64)
    place = int(np.argmax(prior))
    if model.strategy == "constant":
        place = int(np.flatnonzero(model.classes_ == np.ravel(model.constant)[0])[0])
    sure = prior if model.strategy == "prior" else np.eye(len(prior))[place]
    places = nodes.flat(_for_each_row(nodes, nodes.constant(np.array([[place]], np.int64))))
    return (
        nodes.label(places, model.classes_),
        _for_each_row(nodes, nodes.numbers(sure[None, :])),
    )


def constant_value(nodes: Nodes, model: Any) -> Outputs:
    """Say the same of every row."""
    return (_for_each_row(nodes, nodes.numbers(np.atleast_2d(model.constant_))),)


def _for_each_row(nodes: Nodes, row: str) -> str:
    shape = nodes("Shape", nodes.operator.inputs[0].full_name)
    rows = nodes("Slice", shape, *(nodes.constant(np.array([n], np.int64)) for n in (0, 1)))
    one = nodes.constant(np.array([1], np.int64))
    return nodes("Expand", row, nodes("Concat", rows, one, axis=0))
