"""Which class is converted by which of our converters; skl2onnx knows the others."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from aims_gh.frameworks.sklearn.converters import (
    curves,
    encoders,
    linear,
    meta,
    missing,
    nearest,
    numeric,
)
from aims_gh.frameworks.sklearn.extend import Convert, Gives, Rule
from aims_gh.frameworks.sklearn.nodes import Nodes
from aims_gh.frameworks.sklearn.simplify import Transforming
from aims_gh.frameworks.sklearn.texts import tfidf

_NUMBERS: dict[str, Convert] = {
    "BernoulliRBM": linear.hidden_units,
    "CCA": linear.latent_regression,
    "DummyRegressor": meta.constant_value,
    "FactorAnalysis": linear.projection,
    "FastICA": linear.projection,
    "FeatureAgglomeration": linear.agglomeration,
    "IsotonicRegression": curves.isotonic,
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
    "TfidfTransformer": tfidf,
    "TransformedTargetRegressor": meta.transformed_target,
}

_LABELS: dict[str, Convert] = {
    "AffinityPropagation": nearest.nearest_center,
    "Birch": nearest.nearest_center,
    "BisectingKMeans": nearest.halved_clusters,
    "CalibratedClassifierCV": meta.calibrated,
    "DummyClassifier": meta.constant_class,
    "EllipticEnvelope": nearest.ellipse,
    "FixedThresholdClassifier": meta.threshold,
    "LabelPropagation": nearest.spread_labels,
    "LabelSpreading": nearest.spread_labels,
    "MeanShift": nearest.nearest_center,
    "NearestCentroid": nearest.centroid_classifier,
    "OneVsRestClassifier": meta.one_vs_rest,
    "OutputCodeClassifier": meta.codebook,
    "RadiusNeighborsClassifier": nearest.within_radius,
    "StackingClassifier": meta.stacked_classes,
    "TunedThresholdClassifierCV": meta.threshold,
    "VotingClassifier": meta.voting,
}

_TRANSFORMS: dict[str, Convert] = {
    "Birch": nearest.distances_to_centers,
    "BisectingKMeans": nearest.distances_to_centers,
    "CCA": linear.latent,
    "FunctionTransformer": numeric.function_transformer,
    "IsotonicRegression": curves.isotonic,
    "KMeans": nearest.distances_to_centers,
    "LinearDiscriminantAnalysis": linear.discriminants,
    "MiniBatchKMeans": nearest.distances_to_centers,
    "PLSCanonical": linear.latent,
    "PLSRegression": linear.latent,
}
"""What an estimator does where it is not the last one."""


_BOOSTERS = ("xgboost", "lightgbm", "catboost")


def rules(*, sparse: bool = False) -> list[Rule]:
    """List how those estimators are converted that need us.

    Parameters
    ----------
    sparse : bool
        Whether the last step gets sparse matrices.
    """
    from sklearn.utils import all_estimators

    kinds = dict(all_estimators())
    made = [Rule(Transforming, _transform)]
    for table, gives in ((_NUMBERS, "numbers"), (_LABELS, "labels")):
        made += [Rule(kinds[name], convert, gives) for name, convert in table.items()]
    made.append(Rule(kinds["SimpleImputer"], missing.simple_imputer, "same"))
    for name in _BOOSTERS:
        # Unpickling a model has imported what it is made of.
        if name in sys.modules:
            made += import_module(f"aims_gh.frameworks.{name}.trees").rules(sparse=sparse)
    return made


def _transform(nodes: Nodes, stand_in: Transforming) -> tuple[str, ...]:
    for kind in type(stand_in.estimator).__mro__:
        if kind.__name__ in _TRANSFORMS and kind.__module__.startswith("sklearn."):
            return _TRANSFORMS[kind.__name__](nodes, stand_in.estimator)
    raise NotImplementedError(
        f"{type(stand_in.estimator).__name__} cannot be converted except as the last step"
    )
