"""Architectures: written, read again, and never anything else built than what is on the list."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import catboost as cb
import lightgbm as lgb
import numpy as np
import pytest
import sklearn_cases
import xgboost as xgb
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.gaussian_process import GaussianProcessRegressor, kernels
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, RepeatedKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.library import library_of
from aims_gh.frameworks.sklearn import architecture, rebuild
from aims_gh.frameworks.sklearn.builders import public_name


def same(first: Any, second: Any) -> bool:
    """Tell whether two parameters are equal, estimators by their own parameters."""
    if hasattr(first, "get_params") and not isinstance(first, type):
        theirs = (first.get_params(deep=False), second.get_params(deep=False))
        return type(first) is type(second) and same(*theirs)
    if isinstance(first, dict):
        keys = list(first) == list(second)
        return keys and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        alike = type(first) is type(second) and len(first) == len(second)
        return alike and all(map(same, first, second))
    if isinstance(first, np.ndarray):
        numbers = first.dtype.kind == "f"
        return first.dtype == second.dtype and np.array_equal(first, second, equal_nan=numbers)
    if type(first).__module__.startswith("sklearn.") and hasattr(first, "__dict__"):
        return type(first) is type(second) and same(vars(first), vars(second))
    return first is second or first == second or (first != first and second != second)


def again(model: Any) -> Any:
    """Write a model's architecture as JSON, and build it again."""
    library = library_of(model)
    built = library.architecture(model)
    assert built is not None
    return library.rebuild(json.loads(json.dumps(built)))


@pytest.mark.parametrize("name", sklearn_cases.ESTIMATORS)
def test_every_estimator_is_built_again_with_the_same_parameters(name: str) -> None:
    with pytest.warns() if name.startswith("PassiveAggressive") else _quiet():
        model = sklearn_cases.estimator(name)

        assert same(again(model), model)


def _quiet() -> Any:
    import contextlib

    return contextlib.nullcontext()


VALUES = {
    "columns of many kinds": ColumnTransformer(
        [
            ("names", StandardScaler(), ["a", "b"]),
            ("places", OneHotEncoder(dtype=np.float32), slice(1, None, 2)),
            ("chosen", "passthrough", make_column_selector("^a", dtype_include=np.number)),
            ("flags", "drop", np.array([True, False])),
        ],
        transformer_weights={"names": np.float64(0.5)},
    ),
    "a search": GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"logisticregression__C": np.logspace(-2, 2, 5), "standardscaler": ["passthrough", None]},
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
    ),
    "a repeated split": GridSearchCV(
        LogisticRegression(), {"max_iter": range(5, 20, 5)}, cv=RepeatedKFold(n_splits=2)
    ),
    "a kernel": GaussianProcessRegressor(
        1.5 * kernels.RBF([1.0, 2.0]) ** 2 + kernels.WhiteKernel(1e-3)
    ),
    "a function of NumPy's": FunctionTransformer(np.log1p, inverse_func=np.expm1),
    "a score of scikit-learn's": SelectKBest(chi2, k="all"),
    "numbers that are none": OneHotEncoder(
        categories=[np.array([1.0, np.nan])], max_categories=None
    ),
    "XGBoost": xgb.XGBClassifier(n_estimators=3, missing=-1.0, tree_method="hist"),
    "LightGBM": lgb.LGBMRegressor(num_leaves=5, extra_trees=True),
    "CatBoost": cb.CatBoostClassifier(iterations=3, cat_features=[0, 1]),
}


@pytest.mark.parametrize("model", VALUES.values(), ids=VALUES)
def test_parameters_of_every_kind_come_back(model: Any) -> None:
    assert same(again(model), model)


def test_classes_are_named_as_their_users_import_them() -> None:
    assert public_name(LogisticRegression) == "sklearn.linear_model.LogisticRegression"
    assert public_name(xgb.XGBClassifier) == "xgboost.XGBClassifier"


class Distribution:
    """An object that scikit-learn only asks for numbers."""

    def rvs(self, random_state: Any = None) -> float:
        return 1.0


UNKNOWN = {
    "a function of one's own": (FunctionTransformer(lambda x: x), "the function"),
    "another library's function": (FunctionTransformer(json.dumps), "the function json.dumps"),
    "an object of one's own": (
        RandomizedSearchCV(LogisticRegression(), {"C": Distribution()}),
        "Distribution",
    ),
    "data": (OneHotEncoder(categories=[np.arange(20_000)]), "an array of 20,000 entries"),
    "a type of one's own": (OneHotEncoder(dtype=Distribution), "Distribution"),
}


@pytest.mark.parametrize(("model", "named"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_built_again_is_described_and_then_refused_by_name(
    model: Any, named: str
) -> None:
    built = json.loads(json.dumps(architecture(model)))

    with pytest.raises(SubmissionError) as caught:
        rebuild(built)

    assert named in caught.value.message
    assert caught.value.hint


def of(name: str, /, **arguments: Any) -> dict[str, Any]:
    return {"class": name, "arguments": arguments}


def deep(levels: int) -> Any:
    built: Any = of("sklearn.svm.SVC")
    for _ in range(levels):
        steps = [{"tuple": ["a", built]}]
        built = of("sklearn.pipeline.Pipeline", steps=steps)
    return built


def array(**changes: Any) -> dict[str, Any]:
    return of(
        "sklearn.preprocessing.OneHotEncoder",
        categories={"array": {"type": "<f8", "shape": [1], "entries": [1.0]} | changes},
    )


HOSTILE = {
    "a system call": of("os.system", command="touch {target}"),
    "a process": of("subprocess.Popen", args=["touch", "{target}"]),
    "eval": of("builtins.eval", source="open('{target}', 'w')"),
    "an import": of("importlib.import_module", name="antigravity"),
    "a helper of scikit-learn's": of("sklearn.utils._testing.TempMemmap", data=[1]),
    "a private path to a class": of("sklearn.svm._classes.SVC"),
    "a loader": of("sklearn.datasets.load_files", container_path="/"),
    "a cache that unpickles": of("joblib.Memory", location="{target}"),
    "a class of another library": of("xgboost.Booster"),
    "a function": of("sklearn.preprocessing.FunctionTransformer", func={"function": "os.system"}),
    "a function with a dot": of(
        "sklearn.preprocessing.FunctionTransformer", func={"function": "numpy.log1p"}
    ),
    "a type": of("sklearn.preprocessing.OneHotEncoder", dtype={"type": "os.PathLike"}),
    "a pickle's reduce": {"reduce": ["os.system", ["touch {target}"]]},
    "two kinds at once": {"tuple": [], "slice": []},
    "more keys": of("sklearn.svm.SVC") | {"module": "os"},
    "no arguments": {"class": "sklearn.svm.SVC", "arguments": None},
    "arguments it does not have": of("sklearn.svm.SVC", __class__="x"),
    "a dunder": of("sklearn.svm.SVC", __init__={"function": "exp"}),
    "a class that is a list": {"class": ["sklearn.svm.SVC"], "arguments": {}},
    "a number": 3,
    "a list": [of("sklearn.svm.SVC")],
    "a mapping": {"mapping": []},
    "nesting without end": deep(60),
    "a list without end": of("sklearn.svm.SVC", C=[0] * 200_000),
    "too many arguments": of("sklearn.svm.SVC", **{f"a{place}": 0 for place in range(1000)}),
    "an object array with a class": array(type="|O", entries=[of("os.system", command="ls")]),
    "an array of void": array(type="V1000000000"),
    "an array of records": array(type="i4,i4"),
    "an array of wide text": array(type="<U999999"),
    "a shape beyond memory": array(shape=[10**12]),
    "a negative shape": array(shape=[-1]),
    "a shape of text": array(shape="1"),
    "entries that do not fit": array(entries=["x"]),
    "more entries than are parameters": array(shape=[20_000], entries=[0.0] * 20_000),
    "a slice of four": of("sklearn.svm.SVC", C={"slice": [1, 2, 3, 4]}),
    "a range of text": of("sklearn.svm.SVC", C={"range": ["0", "1", "2"]}),
    "a range without a step": of("sklearn.svm.SVC", C={"range": [0, 1, 0]}),
    "a float of another name": of("sklearn.svm.SVC", C={"float": "1e400"}),
    "a scalar of nothing": of("sklearn.svm.SVC", C={"scalar": []}),
    "a key that is a list": of("sklearn.svm.SVC", C={"mapping": [[[], 1]]}),
    "a mapping of three": of("sklearn.svm.SVC", C={"mapping": [[1, 2, 3]]}),
    "a set": {"class": "sklearn.svm.SVC", "arguments": {"C": {1, 2}}},
}


@pytest.mark.parametrize("built", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_architecture_is_refused_and_nothing_runs(built: Any, tmp_path: Path) -> None:
    target = tmp_path / "ran"
    aimed = _aimed(built, str(target))

    with pytest.raises(SubmissionError) as caught:
        rebuild(aimed)

    assert len(caught.value.message) < 400
    assert not target.exists()


def _aimed(value: Any, target: str) -> Any:
    if isinstance(value, dict):
        return {key: _aimed(item, target) for key, item in value.items()}
    if isinstance(value, list) and len(value) < 100:
        return [_aimed(item, target) for item in value]
    return value.replace("{target}", target) if isinstance(value, str) else value


def test_nothing_is_imported_that_an_architecture_names() -> None:
    code = (
        "import sys\n"
        "from aims_gh.errors import SubmissionError\n"
        "from aims_gh.frameworks.sklearn import rebuild\n"
        "try: rebuild({'class': 'wsgiref.simple_server.WSGIServer', 'arguments': {}})\n"
        "except SubmissionError: print('wsgiref' in sys.modules)\n"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"


def test_boosted_trees_inside_a_pipeline_are_built_again() -> None:
    model = make_pipeline(StandardScaler(), xgb.XGBClassifier(max_depth=2))

    assert same(again(model), model)
