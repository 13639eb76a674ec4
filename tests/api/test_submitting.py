"""What can be handed in from Python, and what is told about it."""

from __future__ import annotations

import hashlib
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from aims_gh import (
    Competition,
    Experiment,
    ModelPlayground,
    export_reproducibility_env,
    model_to_onnx,
)
from aims_gh.api.data import QuickstartData
from aims_gh.domain.evaluation import Evaluation
from aims_gh.errors import AimsError, SubmissionError
from aims_gh.flows.read import read_evaluation
from aims_gh.forge import MAIN, Change
from aims_gh.workspace import playground_file


def evaluation(pg: ModelPlayground, version: int = 1) -> Evaluation:
    return read_evaluation(pg._forge, pg._where, version)


@pytest.fixture(scope="module")
def linear(wine: QuickstartData) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(wine.X_train, wine.y_train)


@pytest.fixture(scope="module")
def network(wine: QuickstartData) -> Any:
    layers = MLPClassifier((64, 64), max_iter=400, random_state=0)
    return make_pipeline(StandardScaler(), layers).fit(wine.X_train, wine.y_train)


def test_the_result_unpacks_as_before_and_tells_the_rest(
    wines: ModelPlayground, linear: Any
) -> None:
    made = wines.submit_model(linear)
    version, url = made

    assert (version, url) == ("1", wines.playground_url)
    assert (made.version, made.proposal, made.reproduced) == ("1", 1, True)
    assert made.metrics is not None
    assert made.conversion is not None
    assert made.conversion.matching == made.conversion.rows
    assert "the ONNX file says the same as the model on 45 of 45 rows" in repr(made)
    assert "predictions reproduced: yes" in made._repr_html_()


def test_how_the_conversion_went_is_recorded(wines: ModelPlayground, linear: Any) -> None:
    wines.submit_model(linear)

    conversion = evaluation(wines).claims.conversion
    assert conversion is not None
    assert conversion.converter.startswith("skl2onnx ")
    assert conversion.largest_difference is not None
    assert conversion.largest_difference < 1e-4


def test_a_fitted_transformer_is_put_in_front_of_the_model(
    wines: ModelPlayground, wine: QuickstartData
) -> None:
    scale = StandardScaler().fit(wine.X_train)
    model = LogisticRegression().fit(scale.transform(wine.X_train), wine.y_train)

    made = wines.submit_model(model, preprocessor=scale)

    assert made.reproduced is True
    assert (wines.instantiate_model(1).predict(wine.X_test) == model.predict(
        scale.transform(wine.X_test))).all()  # fmt: skip


def test_an_onnx_graph_is_put_in_front_of_the_model(
    wines: ModelPlayground, wine: QuickstartData, tmp_path: Path
) -> None:
    scale = StandardScaler().fit(wine.X_train)
    model = LogisticRegression().fit(scale.transform(wine.X_train), wine.y_train)
    proto = model_to_onnx(scale, model_input=wine.X_train, onnx_timeout=False)
    onnx.save(proto, tmp_path / "scale.onnx")
    forms = [proto.SerializeToString(), tmp_path / "scale.onnx", proto]

    made = [
        wines.submit_model(model, preprocessor=form, onnx_timeout=False)  # type: ignore[arg-type]
        for form in forms
    ]

    assert [each.reproduced for each in made] == [True] * 3
    for version in (1, 2, 3):
        facts = evaluation(wines, version).facts
        assert facts is not None
        assert {"Scaler", "LinearClassifier"} <= set(facts.operators) or facts.num_params > 26


def logarithms(rows: pd.DataFrame) -> Any:
    return np.log1p(rows.to_numpy())


def test_a_plain_function_travels_as_text_and_its_model_is_not_run(
    wines: ModelPlayground, wine: QuickstartData
) -> None:
    model = LogisticRegression(max_iter=5000).fit(logarithms(wine.X_train), wine.y_train)

    made = wines.submit_model(model, preprocessor=logarithms, onnx_timeout=False)

    found = evaluation(wines)
    assert made.reproduced is None
    assert found.cost is None
    assert found.facts is not None
    assert found.claims.conversion is not None
    back = wines.instantiate_model(1)
    assert back.preprocessor is not None
    assert "def logarithms" in back.preprocessor
    assert "import numpy as np" in back.preprocessor
    said = back.predict(logarithms(wine.X_test))
    assert (said == model.predict(logarithms(wine.X_test))).all()


def test_a_playground_that_runs_models_refuses_a_python_preprocessor(
    tmp_path: Path, wine: QuickstartData
) -> None:
    pg = ModelPlayground("tabular", "classification", private=False)
    pg.create(
        f"{tmp_path}/c/w", eval_data=wine.y_test_labels, test_features=wine.X_test,
        evaluation="model", public_private_split=0,
    )  # fmt: skip
    model = LogisticRegression(max_iter=5000).fit(logarithms(wine.X_train), wine.y_train)

    with pytest.raises(SubmissionError, match=r"runs the model itself, and nobody's preprocessor"):
        pg.submit_model(model, preprocessor=logarithms)


def broken(rows: Any) -> Any:
    return rows["no such column"]


SCALE = 3.0


def closing_over(rows: Any) -> Any:
    return rows.to_numpy() * SCALE


class Nothing:
    """Neither fitted nor a function."""


@pytest.mark.parametrize(
    ("preprocessor", "message"),
    [
        (broken, "the preprocessor fails on the features: KeyError"),
        (closing_over, "SCALE"),
        (Nothing(), r"test_submitting\.Nothing cannot be a preprocessor"),
        ("preprocessor.zip", r"preprocessor\.zip is no ONNX file"),
        ("nowhere.onnx", r"there is no file nowhere\.onnx"),
        (b"no onnx", "not ONNX"),
    ],
)
def test_what_cannot_be_a_preprocessor_is_refused_with_the_reason(
    preprocessor: Any, message: str, wines: ModelPlayground, wine: QuickstartData
) -> None:
    model = LogisticRegression(max_iter=5000).fit(wine.X_train, wine.y_train)

    with pytest.raises(AimsError, match=message):
        wines.submit_model(model, preprocessor=preprocessor, onnx_timeout=False)

    assert wines.get_leaderboard().empty


@pytest.mark.parametrize("form", ["bytes", "path", "ModelProto"])
def test_an_onnx_file_predicts_for_itself(
    form: str, wines: ModelPlayground, wine: QuickstartData, linear: Any, tmp_path: Path
) -> None:
    proto = model_to_onnx(linear, model_input=wine.X_test, onnx_timeout=False)
    onnx.save(proto, tmp_path / "m.onnx")
    forms = {
        "bytes": proto.SerializeToString(),
        "path": str(tmp_path / "m.onnx"),
        "ModelProto": proto,
    }

    made = wines.submit_model(forms[form], return_metrics=True)

    assert made.reproduced is True
    assert made[2]["accuracy"] == (linear.predict(wine.X_test) == wine.y_test).mean()
    assert evaluation(wines).claims.conversion is None


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.pt", "model.keras"])
def test_a_file_that_is_a_program_is_never_opened(
    name: str, wines: ModelPlayground, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"

    class Payload:
        def __reduce__(self) -> Any:
            return (Path.touch, (trace,))

    (tmp_path / name).write_bytes(pickle.dumps(Payload()))

    with pytest.raises(SubmissionError, match=f"{name} is no ONNX file") as caught:
        wines.submit_model(tmp_path / name)

    assert "hand in the live model instead" in caught.value.hint
    assert not trace.exists()


PRECISIONS: tuple[Any, ...] = ("float16", "int8")


def test_a_model_is_made_smaller_and_what_that_does_is_told_and_recorded(
    wines: ModelPlayground, wine: QuickstartData, network: Any
) -> None:
    whole = wines.submit_model(network)
    small = [
        wines.submit_model(network, quantize=precision, onnx_timeout=False)
        for precision in PRECISIONS
    ]

    before = evaluation(wines).facts
    assert whole.reproduced is True
    for version, (precision, made) in enumerate(zip(PRECISIONS, small, strict=True), start=2):
        found = evaluation(wines, version)
        assert before and found.facts
        assert found.facts.bytes < 0.8 * before.bytes
        conversion = found.claims.conversion
        assert conversion is not None
        assert conversion.quantized == precision
        assert conversion.rows == len(wine.X_test)
        assert 0 < (conversion.largest_difference or 0) < 0.2
        assert f"reduced to {precision}, says the same as the model on" in repr(made)
        assert made.reproduced is True


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_forest_cannot_be_quantized_and_says_so(
    precision: Any, wines: ModelPlayground, wine: QuickstartData
) -> None:
    forest = RandomForestClassifier(5).fit(wine.X_train, wine.y_train)

    with pytest.raises(SubmissionError, match=f"{precision} makes this model of .* no smaller"):
        wines.submit_model(forest, quantize=precision, onnx_timeout=False)


def test_other_precisions_and_predictions_alone_cannot_be_quantized(
    wines: ModelPlayground, linear: Any, wine: QuickstartData
) -> None:
    with pytest.raises(SubmissionError, match="no 'int4' to quantize to"):
        wines.submit_model(linear, quantize="int4", onnx_timeout=False)  # type: ignore[arg-type]
    with pytest.raises(SubmissionError, match="no model to quantize"):
        wines.submit_model(None, None, wine.y_test, quantize="int8")


def test_a_model_that_is_too_large_is_refused_with_size_and_limit(
    wines: ModelPlayground, wine: QuickstartData
) -> None:
    path = playground_file("wines")
    wines._forge.record(
        lambda tree: Change("Less", {path: (tree.read(path) or b"") + b"limits: {bytes: 20000}\n"}),
        branch=MAIN,
    )
    large = RandomForestClassifier(100, random_state=0).fit(wine.X_train, wine.y_train)

    with pytest.raises(SubmissionError, match=r"[0-9,]+ bytes in all, the limit is 20,000") as told:
        wines.submit_model(large, onnx_timeout=False)

    assert "quantize" in told.value.hint


@pytest.mark.parametrize("timeout", [0, -1, True, math.nan])
def test_a_time_limit_that_is_none_is_refused(
    timeout: Any, wines: ModelPlayground, linear: Any
) -> None:
    with pytest.raises(AimsError, match="onnx_timeout is"):
        wines.submit_model(linear, onnx_timeout=timeout)


def test_without_a_time_limit_the_conversion_happens_here(
    wines: ModelPlayground, linear: Any
) -> None:
    assert wines.submit_model(linear, onnx_timeout=False).reproduced is True


def test_tokens_and_unknown_words_are_refused(wines: ModelPlayground, linear: Any) -> None:
    with pytest.raises(AimsError, match="token is not used here"):
        wines.submit_model(linear, token="ghp_secret", onnx_timeout=False)
    with pytest.raises(AimsError, match="input_dict has 'descripton'"):
        wines.submit_model(linear, input_dict={"descripton": "x"}, onnx_timeout=False)


def test_what_goes_along_is_recorded(
    wines: ModelPlayground, wine: QuickstartData, linear: Any, tmp_path: Path
) -> None:
    environment = export_reproducibility_env(7, tmp_path)
    notebook = tmp_path / "train.ipynb"
    notebook.write_text("{}")

    wines.submit_model(linear, onnx_timeout=False)
    wines.submit_model(
        linear,
        onnx_timeout=False,
        training_data=wine.X_train,
        reproducibility_env_filepath=environment,
        custom_metadata={"team": "blue", "folds": np.int64(5), "gap": 0.0},
        input_dict={"description": "scaled", "tags": "linear,small"},
        based_on="1",
        code=notebook,
    )

    found = evaluation(wines, 2)
    digest = hashlib.sha256(wine.X_train.to_csv(index=False).encode()).hexdigest()
    assert found.claims.training_data == digest
    assert found.claims.seed == 7
    assert {"scikit-learn", "numpy", "python"} <= set(found.claims.libraries)
    assert found.claims.metadata == {"team": "blue", "folds": 5, "gap": 0.0}
    assert (found.description, found.tags, found.based_on) == ("scaled", ("linear", "small"), 1)


def test_positions_of_arguments_are_those_that_users_of_aims_know(
    wines: ModelPlayground, linear: Any, wine: QuickstartData
) -> None:
    said = linear.predict(wine.X_test)
    experiment = Experiment(wines.playground_url, username="bob")

    wines.submit_model(linear, None, said, "experiment", wine.X_test, onnx_timeout=False)
    experiment.submit_model(linear, None, said, wine.X_test, None, {"team": "a"})

    assert [evaluation(wines, version).board for version in (1, 2)] == ["experiment"] * 2
    assert evaluation(wines, 2).claims.metadata == {"team": "a"}


def test_a_competition_sends_to_its_own_board(tmp_path: Path, wine: QuickstartData) -> None:
    pg = ModelPlayground("tabular", "classification", private=False)
    pg.create(f"{tmp_path}/c/w", eval_data=wine.y_test_labels)

    Competition(pg.playground_url).submit_model(None, None, wine.y_test)

    assert evaluation(pg).board == "competition"


def test_somebody_else_s_class_is_refused_with_what_can_be_handed_in(
    wines: ModelPlayground,
) -> None:
    with pytest.raises(SubmissionError, match=r"Nothing cannot be converted here") as caught:
        wines.submit_model(Nothing())

    assert "XGBoost" in caught.value.hint


def test_the_user_s_model_is_as_it_was(
    wines: ModelPlayground, linear: Any, wine: QuickstartData
) -> None:
    before = (pickle.dumps(linear.get_params()), linear.predict_proba(wine.X_test))

    wines.submit_model(linear, onnx_timeout=False)

    assert pickle.dumps(linear.get_params()) == before[0]
    assert (linear.predict_proba(wine.X_test) == before[1]).all()
