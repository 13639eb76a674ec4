"""Models come back from the board, ready to use, and do no harm on the way.

They are converted here: that this happens in a process of its own is test_submitting's matter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from predict_playgrounds import csv_of, tides, winds
from sklearn.datasets import load_diabetes, load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from wine_playground import wine_playground

from aims_gh import ModelPlayground, settings
from aims_gh.api.data import QuickstartData
from aims_gh.api.model import OnnxModel
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.deploy import deployable
from aims_gh.flows.frames import read_file
from aims_gh.flows.read import predict
from aims_gh.forge import Change
from aims_gh.workspace import submission_folder


@pytest.fixture(scope="module")
def linear(wine: QuickstartData) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(wine.X_train, wine.y_train)


@pytest.fixture(scope="module")
def back(lasting_home: Path, wine: QuickstartData, linear: Any) -> OnnxModel:
    wines = wine_playground(lasting_home, wine)
    wines.submit_model(linear, onnx_timeout=False)
    found: OnnxModel = wines.instantiate_model(1)
    return found


def test_it_predicts_what_the_original_predicts(
    back: OnnxModel, linear: Any, wine: QuickstartData
) -> None:
    assert (back.predict(wine.X_test) == linear.predict(wine.X_test)).all()
    order = [list(linear.classes_).index(label) for label in back.labels]
    expected = linear.predict_proba(wine.X_test)[:, order]
    assert np.allclose(back.predict_proba(wine.X_test), expected, atol=1e-5)
    assert back.labels == ("class_2", "class_0", "class_1")
    assert np.allclose(back.transform(wine.X_test), linear.predict_proba(wine.X_test), atol=1e-5)


def test_rows_may_come_in_whatever_python_users_have(
    back: OnnxModel, linear: Any, wine: QuickstartData
) -> None:
    expected = linear.predict(wine.X_test).tolist()
    rows = wine.X_test
    forms = [
        rows.to_numpy(),
        rows.to_numpy().tolist(),
        rows[rows.columns[::-1]],
        rows.to_dict("list"),
        rows.to_dict("records"),
        rows.assign(unheard_of=1.0),
    ]

    assert [back.predict(form).tolist() for form in forms] == [expected] * len(forms)
    assert back.predict(rows.to_dict("records")[0]).tolist() == expected[:1]
    assert back.predict(rows.iloc[0].to_frame().T).tolist() == expected[:1]


def test_the_best_version_is_the_default(wines: ModelPlayground, linear: Any) -> None:
    poor = LogisticRegression(C=1e-9).fit(*_training(wines))
    wines.submit_model(poor, onnx_timeout=False)
    wines.submit_model(linear, onnx_timeout=False)

    assert wines.instantiate_model().version == 2


def _training(pg: ModelPlayground) -> tuple[Any, Any]:
    from aims_gh import import_quickstart_data

    data = import_quickstart_data("wine")
    return data.X_train, data.y_train


def test_wrong_rows_are_refused_and_the_next_answered(
    back: OnnxModel, wine: QuickstartData
) -> None:
    with pytest.raises(SubmissionError, match="takes rows of shape"):
        back.predict(np.zeros((2, 3)))

    assert len(back.predict(wine.X_test)) == len(wine.X_test)


def test_it_can_be_closed_and_opens_again_by_itself(back: OnnxModel, wine: QuickstartData) -> None:
    with back:
        first = back.predict(wine.X_test)
    assert back._running is None

    assert (back.predict(wine.X_test) == first).all()


def test_its_process_ends_with_it(back: OnnxModel, wine: QuickstartData) -> None:
    back.predict(wine.X_test)
    running = back._running
    assert running is not None

    back.close()

    assert not running.alive


def test_it_says_what_it_is(back: OnnxModel) -> None:
    assert repr(back).splitlines()[0] == "version 1 of wines: LogisticRegression by alice"
    assert "takes input float32[?, 13]" in repr(back)
    assert "<b>version 1 of wines" in back._repr_html_()
    assert back.to_onnx()[:1] == b"\x08"


def test_a_row_alone_is_answered_as_among_others(tmp_path: Path) -> None:
    one = winds()
    rows = read_file(one.rows, one.name, one.task)
    pg = ModelPlayground("tabular", "classification", private=False)
    pg.create(
        f"{tmp_path}/c/winds", eval_data=["calm", "storm", "gale", "storm"], test_features=rows,
        example_data=rows[:1], labels=list(one.task.labels), public_private_split=0,
    )  # fmt: skip
    pg.submit_model(one.model, None, ["calm", "storm", "gale", "storm"])

    with pg.instantiate_model(1) as back:
        alone, among = back.predict_proba(rows[:1]), back.predict_proba(rows)
    answers = predict(
        pg._forge, pg._where, csv_of(rows.columns, rows[:1].to_numpy()), "rows.csv",
        version=1, sandbox=settings.sandbox(),
    )  # fmt: skip
    tried = deployable(pg._forge, pg._where, 1, "browser", settings.sandbox())

    assert np.allclose(among, rows)
    assert np.allclose(alone, rows[:1])
    assert answers.predictions.probabilities == pytest.approx(alone)
    (example,) = tried.expected
    assert [*example.values()][1:] == pytest.approx([0.6, 0.3, 0.1])
    assert tried.app.model is not None
    assert tried.app.model.reading == "probabilities"


def test_log_odds_of_a_row_alone_are_no_probability(tmp_path: Path) -> None:
    one = tides()
    rows = read_file(one.rows, one.name, one.task)
    said = ["high", "low", "high"]
    pg = ModelPlayground("tabular", "classification", private=False)
    pg.create(
        f"{tmp_path}/c/tides", eval_data=said, test_features=rows, example_data=rows[:1],
        labels=list(one.task.labels), public_private_split=0,
    )  # fmt: skip
    pg.submit_model(one.model, None, said)

    with pg.instantiate_model(1) as back:
        alone, among = back.predict(rows[:1]), back.predict(rows)
    answers = predict(
        pg._forge, pg._where, csv_of(["level"], [[0.3]]), "rows.csv",
        version=1, sandbox=settings.sandbox(),
    )  # fmt: skip
    tried = deployable(pg._forge, pg._where, 1, "browser", settings.sandbox())

    assert among.tolist() == said
    assert alone.tolist() == ["high"]
    assert answers.rows() == [{"prediction": "high"}]
    assert list(tried.expected) == [{"prediction": "high"}]
    assert tried.app.model is not None
    assert tried.app.model.reading == "scores"


def test_a_model_without_probabilities_says_so(
    wines: ModelPlayground, wine: QuickstartData
) -> None:
    model = make_pipeline(StandardScaler(), LinearSVC()).fit(wine.X_train, wine.y_train)
    wines.submit_model(model, onnx_timeout=False)

    with pytest.raises(SubmissionError, match="version 1 gives no probabilities"):
        wines.instantiate_model(1).predict_proba(wine.X_test)


def test_predictions_alone_give_no_model(wines: ModelPlayground, wine: QuickstartData) -> None:
    wines.submit_model(None, None, wine.y_test)

    with pytest.raises(CourseError, match="version 1 of wines is predictions alone"):
        wines.instantiate_model(1)
    with pytest.raises(CourseError, match="no version of wines has a model yet"):
        wines.instantiate_model()


def test_regression_answers_every_row(tmp_path: Path) -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    pg = ModelPlayground("tabular", "regression", private=False)
    pg.create(f"{tmp_path}/c/d", eval_data=y[300:], test_features=X[300:])
    model = Ridge().fit(X[:300], y[:300])
    pg.submit_model(model, onnx_timeout=False)

    said = pg.instantiate_model(1).predict(X[300:])

    assert said.shape == (142,)
    assert np.allclose(said, model.predict(X[300:]), rtol=1e-5)


def test_texts_come_as_a_list_or_one_by_one(tmp_path: Path) -> None:
    texts = pd.DataFrame(
        {
            "text": [
                f"{word} film {n}" for n in range(30) for word in ("good", "bad", "Grand", "dull")
            ]
        }
    )
    answers = ["up" if text[0] in "gG" else "down" for text in texts["text"]]
    pg = ModelPlayground("text", "classification", private=False)
    pg.create(f"{tmp_path}/c/t", eval_data=answers, test_features=texts, public_private_split=0)
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts["text"], answers)
    pg.submit_model(model, onnx_timeout=False)
    back = pg.instantiate_model(1)

    for form in (texts, texts["text"], texts["text"].tolist(), texts["text"].to_numpy()):
        assert back.predict(form).tolist() == answers
    assert back.predict("a good film").tolist() == ["up"]


@pytest.mark.parametrize("suffix", [".png", ".bmp"])
def test_images_come_as_arrays_pictures_or_files(suffix: str, tmp_path: Path) -> None:
    from PIL import Image

    images, digits = load_digits(return_X_y=True)
    images = (images * 15).astype(np.float32)
    pg = ModelPlayground("image", "classification", private=False)
    pg.create(
        f"{tmp_path}/c/digits", eval_data=digits[1500:], test_features=images[1500:],
        public_private_split=0,
    )  # fmt: skip
    model = LogisticRegression(max_iter=300).fit(images[:1500], digits[:1500])
    pg.submit_model(model, onnx_timeout=False)
    back = pg.instantiate_model(1)
    pictures = [Image.fromarray(row.reshape(8, 8).astype(np.uint8)) for row in images[1500:1510]]
    paths = [tmp_path / f"{n}{suffix}" for n in range(10)]
    for picture, path in zip(pictures, paths, strict=True):
        picture.save(path)

    expected = model.predict(images[1500:1510]).tolist()

    assert back.predict(images[1500:1510]).tolist() == expected
    assert back.predict(pictures).tolist() == expected
    assert back.predict(paths).tolist() == expected
    assert back.predict(str(paths[0])).tolist() == expected[:1]
    assert back.predict(pictures[1].resize((16, 16))).shape == (1,)


def test_a_file_that_was_changed_after_scoring_is_not_used(
    wines: ModelPlayground, linear: Any, wine: QuickstartData
) -> None:
    wines.submit_model(linear, onnx_timeout=False)
    forge, where = wines._forge, wines._where
    path = f"{where.slug}/evaluations/1.json"

    def tamper(tree: Any) -> Change:
        content = tree.read(path)
        digest = wines.instantiate_model(1).evaluation.digests.model
        return Change("Tamper", {path: content.replace(str(digest).encode(), b"0" * 64)})

    forge.record(tamper)

    with pytest.raises(CourseError, match="is not the file that was scored"):
        wines.instantiate_model(1)


def test_a_model_that_runs_for_ever_is_stopped_and_the_notebook_lives(
    wines: ModelPlayground, wine: QuickstartData
) -> None:
    # It loops on one row and not on two: the evaluator, who has many, scored it.
    import onnx
    from onnx import TensorProto, helper

    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["v", "v"], ["w"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, [None, 3]),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, [None, 3]),
        ],
    )
    weights = [
        helper.make_tensor("w0", TensorProto.FLOAT, [13, 3], [0.0] * 39),
        helper.make_tensor("one", TensorProto.INT64, [], [1]),
        helper.make_tensor("many", TensorProto.INT64, [], [2**62]),
        helper.make_tensor("none", TensorProto.INT64, [], [0]),
        helper.make_tensor("first", TensorProto.INT64, [], [0]),
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "w0"], ["s"]),
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "first"], ["rows"]),
        helper.make_node("Equal", ["rows", "one"], ["single"]),
        helper.make_node("Where", ["single", "many", "none"], ["steps"]),
        helper.make_node("Loop", ["steps", "", "s"], ["y"], body=body),
    ]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 13])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 3])],
        weights,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    wines.submit_model(model, None, ["class_2"] * len(wine.X_test))
    back = wines.instantiate_model(1)
    back._stored = _in_a_hurry(back._stored)

    with pytest.raises(SubmissionError, match="was stopped after 2 s"):
        back.predict(wine.X_test.iloc[:1])

    assert back.predict(wine.X_test).shape == (45,)


def _in_a_hurry(stored: Any) -> Any:
    from dataclasses import replace

    limits = stored.playground.limits.model_copy(update={"seconds": 2})
    return replace(stored, playground=stored.playground.model_copy(update={"limits": limits}))


def test_files_beside_a_model_lie_where_its_manifest_says(
    wines: ModelPlayground, linear: Any
) -> None:
    wines.submit_model(linear, onnx_timeout=False)
    evaluation = wines.instantiate_model(1).evaluation
    folder = submission_folder("wines", "alice", evaluation.submission)

    with wines._forge.tree(evaluation.head) as tree:
        names = [path.rpartition("/")[2] for path in tree.paths(folder)]

    assert names == ["architecture.json", "model.onnx", "predictions.csv", "submission.yml"]
