"""Every estimator of scikit-learn, fitted to small real data; alone, and before a linear model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from framework_cases import Case, Cases
from sklearn import datasets
from sklearn.base import clone
from sklearn.cluster import SpectralBiclustering
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.experimental import (  # noqa: F401  they are not shown before
    enable_halving_search_cv,
    enable_iterative_imputer,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators

ESTIMATORS: dict[str, type] = dict(all_estimators())


@cache
def wine() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    loaded = datasets.load_wine(as_frame=True)
    return loaded.data, loaded.target.to_numpy()


@cache
def tumours() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    loaded = datasets.load_breast_cancer(as_frame=True)
    return loaded.data.iloc[:, :8], loaded.target.to_numpy()


@cache
def diabetes() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    loaded = datasets.load_diabetes(as_frame=True)
    return loaded.data, loaded.target.to_numpy()


@cache
def texts() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Sentences of the descriptions of three data sets, and which of them they are about."""
    found: list[str] = []
    about: list[int] = []
    for place, load in enumerate(
        (datasets.load_iris, datasets.load_diabetes, datasets.load_breast_cancer)
    ):
        parts = re.split(r"\n\s*\n|(?<=\.)\s", load().DESCR)
        kept = [part.strip() for part in parts if len(part.strip()) > 25]
        found += kept
        about += [place] * len(kept)
    return np.array(found), np.array(about)


@cache
def mixed() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """The wines, with two of their numbers told in words, one of them now and then left out."""
    features, target = wine()
    words = pd.DataFrame(
        {
            "strong (>13 %)": np.where(features["alcohol"] > 13, "yes", "no"),
            "colour": np.digitize(features["color_intensity"], [3, 5, 7]).astype(str),
            "magnesium": features["magnesium"].astype(int),
            "hue": features["hue"],
            "dear": features["proline"] > 700,
        }
    )
    words["colour"] = words["colour"].map({"0": "pale", "1": "ruby", "2": "deep", "3": np.nan})
    return words, target


def _linear() -> LogisticRegression:
    return LogisticRegression(solver="newton-cholesky")


def _several() -> list[tuple[str, Any]]:
    return [("linear", _linear()), ("tree", DecisionTreeClassifier(max_depth=3, random_state=0))]


def _several_values() -> list[tuple[str, Any]]:
    return [("linear", Ridge()), ("tree", DecisionTreeRegressor(max_depth=3, random_state=0))]


WITH: dict[str, Callable[[type], Any]] = {
    "ClassifierChain": lambda kind: kind(_linear()),
    "ColumnTransformer": lambda kind: kind(
        [("scale", StandardScaler(), ["magnesium", "hue"]), ("words", OneHotEncoder(), ["colour"])]
    ),
    "FeatureUnion": lambda kind: kind([("a", StandardScaler()), ("b", MinMaxScaler())]),
    "FixedThresholdClassifier": lambda kind: kind(_linear(), threshold=0.3),
    "FrozenEstimator": lambda kind: kind(_linear().fit(*wine())),
    "FunctionTransformer": lambda kind: kind(np.log1p),
    "GaussianMixture": lambda kind: kind(2),
    "GridSearchCV": lambda kind: kind(_linear(), {"C": [0.1, 1]}, cv=2),
    "HalvingGridSearchCV": lambda kind: kind(_linear(), {"C": [0.1, 1]}, cv=2),
    "HalvingRandomSearchCV": lambda kind: kind(_linear(), {"C": [0.1, 1]}, cv=2),
    "LatentDirichletAllocation": lambda kind: kind(2, max_iter=2),
    "TSNE": lambda kind: kind(2, max_iter=250, n_jobs=1),
    "LogisticRegression": lambda _: _linear(),
    "LocalOutlierFactor": lambda kind: kind(novelty=True),
    "OrdinalEncoder": lambda kind: kind(encoded_missing_value=-1),
    "Pipeline": lambda kind: kind([("scale", StandardScaler()), ("linear", _linear())]),
    "QuantileTransformer": lambda kind: kind(n_quantiles=10),
    "RadiusNeighborsClassifier": lambda kind: kind(radius=300.0),
    "RadiusNeighborsRegressor": lambda kind: kind(radius=2.0),
    "RFECV": lambda kind: kind(_linear(), step=4, cv=2),
    "RandomizedSearchCV": lambda kind: kind(_linear(), {"C": [0.1, 1]}, n_iter=2, cv=2),
    "RandomTreesEmbedding": lambda kind: kind(10, max_depth=3),
    "RegressorChain": lambda kind: kind(Ridge()),
    "SelfTrainingClassifier": lambda kind: kind(_linear()),
    "SequentialFeatureSelector": lambda kind: kind(
        DecisionTreeClassifier(max_depth=2, random_state=0), n_features_to_select=2, cv=2
    ),
    "SparseCoder": lambda kind: kind(np.eye(13)),
    "StackingClassifier": lambda kind: kind(_several(), _linear(), cv=2),
    "StackingRegressor": lambda kind: kind(_several_values(), Ridge(), cv=2),
    "TheilSenRegressor": lambda kind: kind(max_subpopulation=300),
    "TransformedTargetRegressor": lambda kind: kind(Ridge(), func=np.log, inverse_func=np.exp),
    "TunedThresholdClassifierCV": lambda kind: kind(_linear(), cv=2),
    "VotingClassifier": lambda kind: kind(_several(), voting="soft"),
    "VotingRegressor": lambda kind: kind(_several_values()),
} | dict.fromkeys(
    (
        "BaggingClassifier", "CalibratedClassifierCV", "MultiOutputClassifier",
        "OneVsOneClassifier", "OneVsRestClassifier", "OutputCodeClassifier", "RFE",
        "SelectFromModel",
    ),
    lambda kind: kind(_linear()),
) | dict.fromkeys(("MultiOutputRegressor",), lambda kind: kind(Ridge())) | dict.fromkeys(
    ("GaussianRandomProjection", "SparseRandomProjection"), lambda kind: kind(n_components=4)
) | dict.fromkeys(
    ("DictionaryLearning", "MiniBatchDictionaryLearning", "MiniBatchNMF", "NMF"),
    lambda kind: kind(2, max_iter=5),
) | dict.fromkeys(
    ("MiniBatchSparsePCA", "SparsePCA"), lambda kind: kind(2, max_iter=20)
)  # fmt: skip
"""How estimators are made that their defaults do not suffice for, or would fit for minutes."""

TWO_TARGETS = (
    "CCA", "MultiOutputRegressor", "MultiTaskElasticNet", "MultiTaskElasticNetCV",
    "MultiTaskLasso", "MultiTaskLassoCV", "PLSCanonical", "PLSSVD", "RegressorChain",
)  # fmt: skip


def estimator(name: str) -> Any:
    """Make an unfitted estimator that will come out the same every time."""
    kind = ESTIMATORS[name]
    made = WITH[name](kind) if name in WITH else kind()
    if "random_state" in made.get_params(deep=False):
        made.set_params(random_state=0)
    return made


def data_for(name: str) -> tuple[Any, Any]:
    """Give features and answers that an estimator can be fitted to."""
    kind = ESTIMATORS[name]
    features, target = wine()
    if getattr(kind, "_estimator_type", None) == "regressor" or name in _REGRESSORS:
        features, target = diabetes()
    if name in TWO_TARGETS:
        features, target = diabetes()
        target = np.column_stack([target, target * 2 + features["age"] * 100])
    if name in ("MultiOutputClassifier", "ClassifierChain"):
        target = np.column_stack([target == 0, target == 1]).astype(int)
    return _SPECIAL[name](features, target) if name in _SPECIAL else (features, target)


def _is_regressor(kind: type) -> bool:
    from sklearn.base import RegressorMixin

    return issubclass(kind, RegressorMixin)


_REGRESSORS = {name for name, kind in ESTIMATORS.items() if _is_regressor(kind)}


def _with_gaps(features: pd.DataFrame, target: Any) -> tuple[Any, Any]:
    holes = features.copy()
    holes.iloc[::7, 2] = np.nan
    holes.iloc[::5, 0] = np.nan
    return holes, target


_SPECIAL: dict[str, Callable[[Any, Any], tuple[Any, Any]]] = {
    "ColumnTransformer": lambda *_: mixed(),
    "DictVectorizer": lambda *_: ([{"a": float(i), "b": i % 3} for i in range(50)], None),
    "FeatureHasher": lambda *_: ([[f"a{i % 5}", "b"] for i in range(50)], None),
    "FixedThresholdClassifier": lambda *_: tumours(),
    "IsotonicRegression": lambda features, target: (features[["bmi"]], target),
    "KernelCenterer": lambda features, _: (features.to_numpy()[:13], None),
    "PatchExtractor": lambda *_: (datasets.load_digits().images[:10], None),
    "TunedThresholdClassifierCV": lambda *_: tumours(),
} | dict.fromkeys(
    ("LabelBinarizer", "LabelEncoder"), lambda _, target: (target, None)
) | dict.fromkeys(("MultiLabelBinarizer",), lambda *_: ([["a", "b"], ["b"]] * 10, None)) | (
    dict.fromkeys(
        ("CountVectorizer", "HashingVectorizer", "TfidfVectorizer"), lambda *_: texts()
    )
) | dict.fromkeys(
    ("IterativeImputer", "KNNImputer", "MissingIndicator", "SimpleImputer"), _with_gaps
) | dict.fromkeys(
    ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder"),
    lambda _, target: (mixed()[0][["strong (>13 %)", "colour"]], target),
) | dict.fromkeys(
    ("CategoricalNB", "ComplementNB", "LatentDirichletAllocation", "MultinomialNB",
     "TfidfTransformer"),
    lambda features, target: (features.astype(int), target),
)  # fmt: skip


def alone(name: str) -> Case:
    """Fit an estimator by itself."""
    features, target = data_for(name)
    model = estimator(name)
    if isinstance(model, SpectralBiclustering) or target is None:
        return Case(model.fit(features), features)
    return Case(model.fit(features, target), features)


def _is_transformer(name: str) -> bool:
    kind = ESTIMATORS[name]
    return hasattr(kind, "transform") and name not in (
        "CCA", "ColumnTransformer", "DictVectorizer", "FeatureHasher", "FeatureUnion",
        "FrozenEstimator", "IsotonicRegression", "PLSCanonical", "PLSRegression", "PLSSVD",
        "GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "HashingVectorizer",
        "KernelCenterer", "LabelBinarizer", "LabelEncoder", "MultiLabelBinarizer",
        "PatchExtractor", "Pipeline", "RandomizedSearchCV", "StackingClassifier",
        "StackingRegressor", "VotingClassifier", "VotingRegressor",
    )  # fmt: skip


def before_linear(name: str) -> Case:
    """Fit a linear model to what a transformer gives."""
    features, target = data_for(name)
    last = LinearRegression() if features is diabetes()[0] else _linear()
    if name == "MissingIndicator":
        union = FeatureUnion([("filled", estimator("SimpleImputer")), ("gaps", estimator(name))])
        return Case(make_pipeline(union, last).fit(features, target), features)
    return Case(make_pipeline(estimator(name), last).fit(features, target), features)


def _in_columns(step: Any, columns: Any) -> Pipeline:
    others = ("words", OneHotEncoder(handle_unknown="ignore"), ["strong (>13 %)"])
    return make_pipeline(ColumnTransformer([("this", step, columns), others]), _linear())


def _of_mixed(model: Any) -> Case:
    features, target = mixed()
    return Case(model.fit(features, target), features)


def _vectors(data: Callable[[], Any], options: dict[str, Any]) -> Case:
    features, target = data()
    model = make_pipeline(StandardScaler(), ESTIMATORS["SVC"](**options))
    return Case(model.fit(features, target), features)


def _vectors_of_texts() -> Case:
    """Fit to sparse rows, of which the support vectors are sparse too."""
    sentences, about = texts()
    model = make_pipeline(ESTIMATORS["TfidfVectorizer"](), ESTIMATORS["SVC"](kernel="sigmoid"))
    return Case(model.fit(sentences, about), sentences)


def _combinations() -> Iterator[tuple[str, Callable[[], Case]]]:
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import GridSearchCV
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    def tidy() -> ColumnTransformer:
        return ColumnTransformer(
            [
                ("numbers", StandardScaler(), ["magnesium", "hue"]),
                (
                    "words",
                    make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()),
                    ["colour", "strong (>13 %)"],
                ),
            ],
            remainder="passthrough",
        )

    forest = RandomForestClassifier(20, random_state=0)
    yield (
        "ColumnTransformer, then LogisticRegression",
        lambda: _of_mixed(make_pipeline(tidy(), _linear())),
    )
    yield (
        "ColumnTransformer, then RandomForestClassifier",
        lambda: _of_mixed(make_pipeline(tidy(), clone(forest))),
    )
    yield (
        "OneHotEncoder, with what is missing",
        lambda: _of_mixed(_in_columns(OneHotEncoder(handle_unknown="ignore"), ["colour"])),
    )
    yield (
        "FunctionTransformer(np.log1p) on some columns",
        lambda: _of_mixed(_in_columns(FunctionTransformer(np.log1p), ["magnesium", "hue"])),
    )
    yield (
        "GridSearchCV over a pipeline",
        lambda: _of_mixed(
            GridSearchCV(
                make_pipeline(tidy(), _linear()), {"logisticregression__C": [0.1, 1]}, cv=2
            )
        ),
    )
    for name in ("StackingClassifier", "VotingClassifier"):
        pipelines = [("a", make_pipeline(tidy(), _linear())), ("b", make_pipeline(tidy(), forest))]
        extra: dict[str, Any] = {"voting": "soft"} if name == "VotingClassifier" else {"cv": 2}
        yield f"{name} of pipelines", partial(
            lambda name, pipelines, extra: _of_mixed(ESTIMATORS[name](pipelines, **extra)),
            name, pipelines, extra,
        )  # fmt: skip
    yield (
        "VotingClassifier(voting='hard')",
        lambda: _of_mixed(
            make_pipeline(
                tidy(), ESTIMATORS["VotingClassifier"]([*_several(), ("svm", LinearSVC())])
            )
        ),
    )
    yield (
        "CalibratedClassifierCV(method='isotonic')",
        lambda: _of_mixed(
            make_pipeline(
                tidy(), ESTIMATORS["CalibratedClassifierCV"](forest, method="isotonic", cv=2)
            )
        ),
    )
    for text, options in (
        ("kernel='poly', decision_function_shape='ovo'",
         {"kernel": "poly", "decision_function_shape": "ovo"}),
        ("break_ties=True", {"break_ties": True}),
        ("kernel='linear', gamma=0.1", {"kernel": "linear", "gamma": 0.1}),
    ):  # fmt: skip
        yield f"SVC({text})", partial(_vectors, wine, options)
        yield f"SVC({text}) of two classes", partial(_vectors, tumours, options)
    yield "SVC(kernel='sigmoid') of texts", _vectors_of_texts
    yield (
        "OneVsRestClassifier(LinearSVC())",
        lambda: _of_mixed(make_pipeline(tidy(), OneVsRestClassifier(LinearSVC()))),
    )
    yield (
        "BaggingClassifier(DecisionTreeClassifier())",
        lambda: _of_mixed(
            make_pipeline(
                tidy(), ESTIMATORS["BaggingClassifier"](DecisionTreeClassifier(), 5, random_state=0)
            )
        ),
    )


def cases() -> Cases:
    """Give every case: each estimator alone, each transformer before a linear model, and more."""
    found: dict[str, Callable[[], Case]] = {name: partial(alone, name) for name in ESTIMATORS}
    found |= {
        f"{name}, then a linear model": partial(before_linear, name)
        for name in ESTIMATORS
        if _is_transformer(name)
    }
    return found | dict(_combinations())


_NOT_NEW = "predicts nothing and transforms nothing for new rows"
_EACH_ROW = "solves a problem of its own for each row"
_COLUMNS = "takes something other than columns"
_LABELS = "is for labels, not for features"
_NONE = "has no converter"

WHY_NOT = {
    "AdditiveChi2Sampler": _NONE,
    "AgglomerativeClustering": _NOT_NEW,
    "ClassicalMDS": _NOT_NEW,
    "ClassifierChain": "gives several labels for each row",
    "DBSCAN": _NOT_NEW,
    "DictVectorizer": _COLUMNS,
    "DictionaryLearning": _EACH_ROW,
    "EmpiricalCovariance": _NOT_NEW,
    "FeatureHasher": _COLUMNS,
    "GraphicalLasso": _NOT_NEW,
    "GraphicalLassoCV": _NOT_NEW,
    "HDBSCAN": _NOT_NEW,
    "HashingVectorizer": "hashes words; TfidfVectorizer and CountVectorizer can be converted",
    "Isomap": _NONE,
    "KernelDensity": _NOT_NEW,
    "LabelBinarizer": _LABELS,
    "LabelEncoder": _LABELS,
    "LatentDirichletAllocation": _EACH_ROW,
    "LedoitWolf": _NOT_NEW,
    "LocallyLinearEmbedding": _EACH_ROW,
    "MDS": _NOT_NEW,
    "MinCovDet": _NOT_NEW,
    "MiniBatchDictionaryLearning": _EACH_ROW,
    "MiniBatchNMF": _EACH_ROW,
    "MultiLabelBinarizer": _LABELS,
    "NMF": _EACH_ROW,
    "NearestNeighbors": _NOT_NEW,
    "OAS": _NOT_NEW,
    "OPTICS": _NOT_NEW,
    "PatchExtractor": _COLUMNS,
    "PolynomialCountSketch": _NONE,
    "RadiusNeighborsTransformer": _NONE,
    "ShrunkCovariance": _NOT_NEW,
    "SparseCoder": _EACH_ROW,
    "SpectralBiclustering": _NOT_NEW,
    "SpectralClustering": _NOT_NEW,
    "SpectralCoclustering": _NOT_NEW,
    "SpectralEmbedding": _NOT_NEW,
    "TSNE": _NOT_NEW,
}
"""What is refused, alone and in pipelines, and why, in words for the reference."""


def why_not(name: str) -> str | None:
    """Tell why a case is refused; None where it converts."""
    return WHY_NOT.get(name.partition(",")[0])
