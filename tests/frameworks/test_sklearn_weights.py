"""Weights: written with skops, and read without running anything."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from lightgbm_cases import cases as lightgbm_cases
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn_cases import mixed, wine
from xgboost_cases import cases as xgboost_cases

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.library import library_of
from aims_gh.frameworks.sklearn import weights, with_weights


def linear() -> LogisticRegression:
    return LogisticRegression(solver="newton-cholesky")


def refusal_of(content: bytes) -> SubmissionError:
    with pytest.raises(SubmissionError) as caught:
        with_weights(None, content)
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    "model",
    [linear(), SVC(), make_pipeline(StandardScaler(), PCA(3), linear())],
    ids=lambda model: type(model).__name__,
)
def test_a_model_says_the_same_after_being_written_and_read(model: Any) -> None:
    features, target = wine()
    model.fit(features, target)

    written = weights(model)
    read = with_weights(None, written.content)

    assert written.name == "weights.skops"
    assert np.array_equal(read.predict(features), model.predict(features))


def test_a_pipeline_with_words_says_the_same() -> None:
    features, target = mixed()
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["colour"]), (StandardScaler(), ["hue"])
    )
    model = make_pipeline(columns, linear()).fit(features, target)

    read = with_weights(None, weights(model).content)

    assert np.array_equal(read.predict_proba(features), model.predict_proba(features))


def test_what_could_not_be_read_again_is_not_written_and_named() -> None:
    model = RandomForestClassifier(3).fit(*wine())

    with pytest.raises(SubmissionError, match=r"not loaded: sklearn\.tree\._tree\.Tree"):
        weights(model)


@pytest.mark.parametrize(
    ("case", "named"),
    [
        (xgboost_cases()["XGBClassifier, two classes"], "xgboost.core.Booster"),
        (lightgbm_cases()["LGBMClassifier, two classes"], "lightgbm.basic.Booster"),
    ],
)
def test_boosted_trees_are_refused_by_name(case: Any, named: str) -> None:
    model = case().model

    with pytest.raises(SubmissionError, match=named):
        library_of(model).weights(model)


class Payload:
    """What unpickling would run."""

    def __init__(self, target: Path) -> None:
        self.target = str(target)

    def __reduce__(self) -> Any:
        return Path.touch, (Path(self.target),)


def test_an_object_with_a_payload_is_refused_and_nothing_runs(tmp_path: Path) -> None:
    target = tmp_path / "ran"
    model = FunctionTransformer(kw_args={"x": Payload(target)})
    content = skops.io.dumps(model)

    error = refusal_of(content)

    assert "not loaded: " in error.message
    assert "Payload" in error.message
    assert not target.exists()


def rewritten(content: bytes, change: Any) -> bytes:
    """Change the description inside an archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "schema.json":
                data = json.dumps(change(json.loads(data))).encode()
            new.writestr(entry, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("builtins", "eval"), ("subprocess", "Popen"), ("posix", "system")],
)
def test_a_file_that_names_a_function_is_refused(module: str, name: str) -> None:
    content = skops.io.dumps(FunctionTransformer(np.log1p))

    def change(schema: Any) -> Any:
        text = json.dumps(schema)
        described = json.loads(text)
        described["content"]["content"]["func"] = {
            "__class__": name, "__module__": module, "__loader__": "FunctionNode", "__id__": 1,
            "content": {"module_path": module, "function": name},
        }  # fmt: skip
        return described

    error = refusal_of(rewritten(content, change))

    assert f"{module}.{name}" in error.message or "cannot be read" in error.message


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", "{}")
        for place in range(12):
            archive.writestr(f"{place}.npy", b"\0" * 100_000_000)
    return stream.getvalue()


def test_an_archive_that_unfolds_without_bound_is_refused_before_it_is_unpacked() -> None:
    content = bomb()

    assert len(content) < 2_000_000
    assert "unpack to 1,200,000,002 bytes" in refusal_of(content).message


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\3\4", b"not an archive", b"\x80\x04\x95.", bytes(1000)],
    ids=["nothing", "a beginning", "text", "a pickle", "zeros"],
)
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    assert "cannot be read" in refusal_of(content).message
