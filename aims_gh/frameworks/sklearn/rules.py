"""Which class is converted by which of our converters; skl2onnx knows the others."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module

from aims_gh.frameworks.nodes import Nodes
from aims_gh.frameworks.sklearn.converters import (
    boosting,
    curves,
    encoders,
    gaussian,
    isolation,
    linear,
    meta,
    missing,
    nearest,
    numeric,
    vectors,
    words,
)
from aims_gh.frameworks.sklearn.extend import Convert, Given, Rule
from aims_gh.frameworks.sklearn.simplify import Deciding, Scoring, SideBySide, StandIn

_NUMBERS: dict[str, Convert] = {
    "BernoulliRBM": linear.hidden_units,
    "CCA": linear.latent_regression,
    "CountVectorizer": words.counts,
    "DummyRegressor": meta.constant_value,
    "FactorAnalysis": linear.projection,
    "FastICA": linear.projection,
    "FeatureAgglomeration": linear.agglomeration,
    "HistGradientBoostingRegressor": boosting.values,
    "IsotonicRegression": curves.isotonic,
    "IterativeImputer": missing.iterative_imputer,
    "KBinsDiscretizer": numeric.bins,
    "KernelRidge": linear.kernel_regression,
    "MiniBatchSparsePCA": linear.projection,
    "MissingIndicator": numeric.missing_indicator,
    "Nystroem": linear.landmarks,
    "OneHotEncoder": encoders.one_hot,
    "OrdinalEncoder": encoders.ordinal,
    "PLSCanonical": linear.latent_regression,
    "PLSSVD": linear.latent,
    "PowerTransformer": numeric.power,
    "RBFSampler": linear.random_waves,
    "RegressorChain": meta.chain,
    "SequentialFeatureSelector": numeric.chosen_columns,
    "SkewedChi2Sampler": linear.random_waves,
    "SparsePCA": linear.projection,
    "SparseRandomProjection": linear.projection,
    "SplineTransformer": curves.splines,
    "StackingRegressor": meta.stacked_values,
    "TargetEncoder": encoders.by_target,
    "TfidfTransformer": words.tfidf,
    "TfidfVectorizer": words.weighted,
    "TransformedTargetRegressor": meta.transformed_target,
}

_SAME: dict[str, Convert] = {"SimpleImputer": missing.simple_imputer}

_LABELS: dict[str, Convert] = {
    "AffinityPropagation": nearest.nearest_center,
    "Birch": nearest.nearest_center,
    "BisectingKMeans": nearest.halved_clusters,
    "CalibratedClassifierCV": meta.calibrated,
    "DummyClassifier": meta.constant_class,
    "EllipticEnvelope": nearest.ellipse,
    "FixedThresholdClassifier": meta.threshold,
    "GaussianProcessClassifier": gaussian.process_classifier,
    "HistGradientBoostingClassifier": boosting.classes,
    "IsolationForest": isolation.outliers,
    "LabelPropagation": nearest.spread_labels,
    "LabelSpreading": nearest.spread_labels,
    "LinearSVC": linear.scored_classes,
    "MeanShift": nearest.nearest_center,
    "NearestCentroid": nearest.centroid_classifier,
    "OneVsOneClassifier": meta.one_vs_one,
    "OneVsRestClassifier": meta.one_vs_rest,
    "OutputCodeClassifier": meta.codebook,
    "RadiusNeighborsClassifier": nearest.within_radius,
    "RidgeClassifier": linear.scored_classes,
    "RidgeClassifierCV": linear.scored_classes,
    "StackingClassifier": meta.stacked_classes,
    "TunedThresholdClassifierCV": meta.threshold,
    "VotingClassifier": meta.voting,
}

_WITH_SCORES = (
    "HistGradientBoostingClassifier", "LinearSVC", "OneVsOneClassifier", "OneVsRestClassifier",
    "RidgeClassifier", "RidgeClassifierCV",
)  # fmt: skip
"""Of those, whose scores can be had in place of probabilities, or are all there is."""

_STAND_INS: dict[str, Convert] = {
    "Birch": nearest.distances_to_centers,
    "BisectingKMeans": nearest.distances_to_centers,
    "CCA": linear.latent,
    "FunctionTransformer": numeric.function_transformer,
    "IsotonicRegression": curves.isotonic,
    "KNeighborsClassifier": nearest.weighted_classes,
    "KNeighborsRegressor": nearest.weighted_values,
    "KMeans": nearest.distances_to_centers,
    "LinearDiscriminantAnalysis": linear.discriminants,
    "MiniBatchKMeans": nearest.distances_to_centers,
    "PLSCanonical": linear.latent,
    "PLSRegression": linear.latent,
}
"""What estimators do that have been replaced: most, where they are not the last ones."""


_BOOSTERS = ("xgboost", "lightgbm", "catboost")


def has_rule(kind: type) -> bool:
    """Tell whether a class is converted by us."""
    library = kind.__module__.partition(".")[0]
    ours = kind.__name__ in _NUMBERS or kind.__name__ in _LABELS or kind.__name__ in _SAME
    return library in _BOOSTERS or (library == "sklearn" and ours)


def rules(kinds: Iterable[type], given: Given) -> list[Rule]:
    """List how the classes of a model are converted that need us."""
    made = [
        Rule(SideBySide, lambda nodes, _: (nodes.matrix(),)),
        Rule(StandIn, _stand_in),
        Rule(Deciding, _stand_in, "labels"),
        Rule(Scoring, vectors.scored_classes, "labels", scores=True),
    ]
    for kind in kinds:
        name = kind.__name__
        if not kind.__module__.startswith("sklearn.") or not has_rule(kind):
            continue
        if name in _NUMBERS:
            made.append(Rule(kind, _NUMBERS[name]))
        elif name in _LABELS:
            made.append(Rule(kind, _LABELS[name], "labels", scores=name in _WITH_SCORES))
        else:
            made.append(Rule(kind, _SAME[name], "same"))
    for library in _BOOSTERS:
        # Unpickling a model has imported what it is made of.
        if library in sys.modules:
            made += import_module(f"aims_gh.frameworks.{library}.trees").rules(given)
    return made


def _stand_in(nodes: Nodes, stand_in: StandIn) -> tuple[str, ...]:
    for kind in type(stand_in.estimator).__mro__:
        if kind.__name__ in _STAND_INS and kind.__module__.startswith("sklearn."):
            return _STAND_INS[kind.__name__](nodes, stand_in.estimator)
    raise NotImplementedError(
        f"{type(stand_in.estimator).__name__} cannot be converted except as the last step"
    )
