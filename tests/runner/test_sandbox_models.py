"""Honest models, as people export them, run in the sandbox and say what they say outside."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from runner_models import FLOAT, INT64, STRING, after_linear, linear, npy, proto, tensor, value

from aims_gh.errors import SubmissionError
from aims_gh.runner.sandbox import Bounds, ModelRun, Sandbox, Task

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's"),
    pytest.mark.filterwarnings("ignore"),  # of converters, which are not ours
]

BOUNDS = Bounds(seconds=30)
RANDOM = np.random.default_rng(7)
X = RANDOM.normal(size=(300, 4))
SANDBOX = Sandbox()
COLORS = ("red", "green", "blue")  # not in alphabetic order
WORDS = np.array(COLORS)[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]


def run(model, features: bytes, task: Task, name: str = "features.npy") -> ModelRun:
    data = model if isinstance(model, bytes) else model.SerializeToString()
    return SANDBOX.run(data, features, name, task, BOUNDS)


def classification(labels: tuple[str | int, ...], rows: int = 300, **more) -> Task:
    return Task("classification", labels, rows, features_public=True, **more)


REGRESSION = Task("regression", (), 300, features_public=True)


def converted(model, *, zipmap: bool | None = False, types=None, options=None) -> bytes:
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    return convert_sklearn(
        model,
        initial_types=types or [("x", FloatTensorType([None, 4]))],
        options=options if zipmap is None else {"zipmap": zipmap},
        target_opset={"": 18, "ai.onnx.ml": 3},
    ).SerializeToString()


def decoded(ran: ModelRun, labels) -> list:
    assert ran.predictions is not None
    assert ran.predictions.codes is not None
    return [labels[code] for code in ran.predictions.codes]


def pipeline(estimator):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), estimator)


def test_a_binary_classifier_with_whole_numbers_as_labels() -> None:
    from sklearn.linear_model import LogisticRegression

    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    model = pipeline(LogisticRegression()).fit(X, y)

    ran = run(converted(model), npy(X), classification((0, 1)))

    assert decoded(ran, (0, 1)) == model.predict(X).tolist()
    assert ran.predictions is not None
    assert ran.predictions.probabilities is not None
    assert np.allclose(ran.predictions.probabilities, model.predict_proba(X), atol=1e-5)
    # As skl2onnx writes it: a scaler of 4 + 4 numbers, two rows of 4 weights, two intercepts.
    assert ran.facts.num_params == 4 + 4 + 2 * 4 + 2
    assert ran.facts.operators["LinearClassifier"] == 1


@pytest.mark.parametrize("zipmap", [False, True])
def test_a_forest_with_words_as_labels_and_either_kind_of_probabilities(zipmap: bool) -> None:
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(10, random_state=0).fit(X.astype(np.float32), WORDS)

    ran = run(converted(model, zipmap=zipmap), npy(X), classification(COLORS))

    assert decoded(ran, COLORS) == model.predict(X.astype(np.float32)).tolist()
    assert ran.facts.tree_nodes == sum(tree.tree_.node_count for tree in model.estimators_)


def test_a_regression() -> None:
    from sklearn.ensemble import GradientBoostingRegressor

    model = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(X, X[:, 0] * X[:, 1])

    ran = run(converted(model, zipmap=None), npy(X), REGRESSION)

    assert ran.predictions is not None
    assert ran.predictions.values is not None
    assert np.allclose(ran.predictions.values, model.predict(X), atol=1e-5)
    assert ran.facts.tree_nodes > 100


@pytest.fixture(scope="module")
def table():
    import pandas as pd

    return pd.DataFrame(
        {
            "age": RANDOM.integers(18, 80, 300),
            "fare": RANDOM.normal(30, 9, 300).round(2),
            "port": RANDOM.choice(["S", "C", "Q"], 300),
        }
    )


@pytest.fixture(scope="module")
def per_column(table) -> tuple[bytes, list]:
    """One input per column, texts among them, and what the model says outside."""
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    y = np.where(table.fare + 10 * (table.port == "S") > 33, "yes", "no")
    model = make_pipeline(
        make_column_transformer((StandardScaler(), ["age", "fare"]), (OneHotEncoder(), ["port"])),
        LogisticRegression(),
    ).fit(table, y)
    types = [
        ("age", FloatTensorType([None, 1])),
        ("fare", FloatTensorType([None, 1])),
        ("port", StringTensorType([None, 1])),
    ]
    return converted(model, types=types), model.predict(table).tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_one_input_per_column_with_texts(table, per_column, kind: str) -> None:
    model, expected = per_column
    stream = io.BytesIO()
    if kind == "csv":
        table.to_csv(stream, index=False)
    else:
        table.to_parquet(stream)

    ran = run(model, stream.getvalue(), classification(("yes", "no")), f"test.{kind}")

    assert decoded(ran, ("yes", "no")) == expected
    assert [each.dtype for each in ran.facts.inputs] == ["float32", "float32", "string"]


def test_a_text_classifier_finds_its_locale_behind_the_door() -> None:
    from skl2onnx.common.data_types import StringTensorType
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    reviews = ["Good film", "BAD film", "very good", "so bad", "Good, good", "bad bad film"]
    stars = ["5", "1", "5", "1", "5", "1"]
    model = make_pipeline(TfidfVectorizer(token_pattern="[a-zA-Z0-9_]+"), LogisticRegression()).fit(
        reviews, stars
    )
    data = converted(
        model,
        zipmap=None,
        options={TfidfVectorizer: {"locale": "C.UTF-8"}},
        types=[("review", StringTensorType([None, 1]))],
    )

    features = ("review\n" + "".join(f'"{text}"\n' for text in reviews)).encode()
    ran = run(data, features, classification(("1", "5"), 6), "reviews.csv")

    assert decoded(ran, ("1", "5")) == stars


def test_a_network_as_torch_writes_it() -> None:
    model = proto(
        [
            helper.make_node("Gemm", ["input", "w1", "b1"], ["h"], transB=1),
            helper.make_node("Relu", ["h"], ["r"]),
            helper.make_node("Gemm", ["r", "w2", "b2"], ["logits"], transB=1),
        ],
        [value("input", FLOAT, "batch", 4)],
        [value("logits", FLOAT, "batch", 3)],
        [
            tensor("w1", RANDOM.normal(size=(8, 4)).astype(np.float32)),
            tensor("b1", RANDOM.normal(size=8).astype(np.float32)),
            tensor("w2", RANDOM.normal(size=(3, 8)).astype(np.float32)),
            tensor("b2", RANDOM.normal(size=3).astype(np.float32)),
        ],
    )
    weights = {t.name: np.array(t.float_data or np.frombuffer(t.raw_data, np.float32))
               for t in model.graph.initializer}  # fmt: skip
    hidden = np.maximum(X @ weights["w1"].reshape(8, 4).T + weights["b1"], 0)
    logits = hidden @ weights["w2"].reshape(3, 8).T + weights["b2"]

    ran = run(model, npy(X), classification(COLORS))

    assert ran.predictions is not None
    assert ran.predictions.codes is not None
    assert ran.predictions.codes.tolist() == logits.argmax(axis=1).tolist()
    assert ran.predictions.probabilities is None
    assert ran.facts.num_params == 8 * 4 + 8 + 3 * 8 + 3


@pytest.mark.parametrize("rows", [1, 300, 100])
def test_a_fixed_batch_runs_where_it_divides_the_rows(rows: int) -> None:
    ran = run(linear(rows), npy(X[:, :3]), REGRESSION)

    assert ran.predictions is not None
    assert ran.predictions.values is not None
    assert np.allclose(ran.predictions.values, X[:, :3] @ [1, 2, 3], atol=1e-5)


def test_many_batches_are_put_together_in_order() -> None:
    features = np.arange(75_000, dtype=np.float64).reshape(-1, 3)

    ran = run(linear(), npy(features), Task("regression", (), 25_000))

    assert ran.predictions is not None
    assert ran.predictions.values is not None
    assert np.array_equal(ran.predictions.values, (features @ [1, 2, 3]).astype(np.float32))


def test_images_go_to_a_convolution() -> None:
    images = RANDOM.integers(0, 255, size=(20, 1, 8, 8)).astype(np.uint8)
    model = proto(
        [
            helper.make_node("Conv", ["x", "w"], ["c"]),
            helper.make_node("GlobalAveragePool", ["c"], ["p"]),
            helper.make_node("Flatten", ["p"], ["y"]),
        ],
        [value("x", FLOAT, "n", 1, 8, 8)],
        [value("y", FLOAT, "n", 1)],
        [tensor("w", np.ones((1, 1, 8, 8), np.float32))],
    )

    ran = run(model, npy(images), Task("regression", (), 20))

    assert ran.predictions is not None
    assert ran.predictions.values is not None
    assert np.allclose(ran.predictions.values, images.reshape(20, -1).sum(axis=1), rtol=1e-5)


def test_chance_is_allowed() -> None:
    noise = helper.make_node("RandomNormalLike", ["s"], ["y"])

    ran = run(after_linear([noise]), npy(X[:, :3]), REGRESSION)

    assert ran.predictions is not None
    assert len(ran.predictions) == 300


def test_outputs_that_have_no_entry_per_row_are_left_out() -> None:
    model = linear()
    model.graph.node.append(helper.make_node("ReduceMean", ["y"], ["mean"], keepdims=0))
    model.graph.output.insert(0, value("mean", FLOAT))

    assert len(run(model, npy(X[:, :3]), REGRESSION).predictions or ()) == 300


def test_local_functions_run() -> None:
    from runner_models import nested_functions

    model = nested_functions(4)
    model.graph.node.append(helper.make_node("ReduceSum", ["y"], ["z"], keepdims=0, axes=[1]))
    model.graph.node[-1].ClearField("attribute")
    model.graph.node[-1].input.append("axes")
    model.graph.initializer.append(tensor("axes", np.array([1])))
    model.graph.output[0].CopyFrom(value("z", FLOAT, None, 1))

    ran = run(model, npy(X[:, :3]), REGRESSION)

    assert ran.facts.operators == {"Neg": 16, "ReduceSum": 1}


def test_without_a_number_of_rows_the_features_say_it() -> None:
    ran = run(linear(), npy(X[:17, :3]), Task("regression", (), None))

    assert ran.predictions is not None
    assert len(ran.predictions) == 17


def test_the_cost_is_measured_on_the_child_and_not_on_us() -> None:
    ballast = bytearray(300_000_000)

    cost = run(linear(), npy(X[:, :3]), REGRESSION).cost

    assert cost is not None
    assert cost.rows == 300
    assert 0 < cost.latency_ms_per_1000 < 1_000
    assert 30_000_000 < cost.peak_memory_bytes < 250_000_000 < len(ballast)


def test_onnxruntime_reports_nothing_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It would write below the home folder of the user database, not only of HOME."""
    import pwd

    homes = {Path(pwd.getpwuid(uid).pw_dir) for uid in (0, 65534)} | {Path.home()}
    traces = [home / ".cache" / "Microsoft" for home in homes]
    before = [trace.exists() for trace in traces]
    monkeypatch.setenv("HOME", str(tmp_path))

    run(linear(), npy(X[:, :3]), REGRESSION)

    assert [trace.exists() for trace in traces] == before
    assert list(tmp_path.iterdir()) == []


def test_missing_columns_are_named() -> None:
    model = proto(
        [helper.make_node("Add", ["age", "cabin"], ["y"])],
        [value("age", FLOAT, None, 1), value("cabin", FLOAT, None, 1)],
        [value("y", FLOAT, None, 1)],
    )

    with pytest.raises(SubmissionError) as refused:
        run(model, b"age,fare\n31,7.5\n", Task("regression", (), 1), "test.csv")

    assert refused.value.message == "the model failed while the features were being read"
    with pytest.raises(SubmissionError) as refused:
        run(model, b"age,fare\n31,7.5\n", Task("regression", (), 1, (), True), "test.csv")

    assert refused.value.message == (
        "the model has an input 'cabin', and the features have no such column; "
        "they have 'age', 'fare'"
    )


def test_features_that_cannot_be_read_are_the_owners_fault() -> None:
    with pytest.raises(SubmissionError) as refused:
        run(linear(), b"a,b,c\n1,2\n", Task("regression", (), 1, (), True), "test.csv")

    assert refused.value.message == (
        "the playground's own test.csv has 2 cells in row 1, the header has 3"
    )
    assert "owners" in refused.value.hint


def test_whole_numbers_and_texts_come_out_as_labels() -> None:
    positive = [
        helper.make_node("Greater", ["s", "zero"], ["above"]),
        helper.make_node("Cast", ["above"], ["code"], to=INT64),
        helper.make_node("Gather", ["names", "code"], ["y"]),
    ]
    names = helper.make_tensor("names", STRING, [2], [b"down", b"up"])
    model = after_linear(positive, tensor("zero", np.float32(0)), names, kind=STRING)

    ran = run(model, npy(X[:, :3]), classification(("up", "down")))

    up = (X[:, :3] @ [1, 2, 3]) > 0
    assert decoded(ran, ("up", "down")) == np.where(up, "up", "down").tolist()
