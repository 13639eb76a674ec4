"""Playgrounds with real, tiny models, one for each kind of input, and what Python says of rows."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from site_builders import DIGEST, evaluation, page, playground

from aims_gh.core.predictions import Predictions, predictions_from_outputs
from aims_gh.core.table import read_table
from aims_gh.domain.evaluation import Digests
from aims_gh.domain.model_facts import ModelFacts, Reading, TensorFacts
from aims_gh.domain.playground import Playground
from aims_gh.flows.app import Chosen, described
from aims_gh.flows.owner_data import inputs_of
from aims_gh.runner.feeds import feeds
from aims_gh.runner.inference import Model
from aims_gh.site.pages import PlaygroundPage

VERSION = 12
HOSTILE = '<img src=x onerror=alert(1)>=1+1"\u202e'


@dataclass(frozen=True, slots=True)
class Played:
    """A playground, its model, and its public rows as a file."""

    slug: str
    task: Playground
    model: bytes
    name: str
    rows: bytes

    def page(self) -> PlaygroundPage:
        digests = Digests(
            model=hashlib.sha256(self.model).hexdigest(),
            scored=DIGEST,
            labels=DIGEST,
            playground=DIGEST,
        )
        reading = self._read(self.rows, self.name).reading
        facts = facts_of(self.model).model_copy(update={"reading": reading})
        found = evaluation(VERSION, self.task, username="ada", facts=facts, digests=digests)
        app = described(
            self.task,
            self.slug,
            f"ada/course/{self.slug}",
            Chosen(found),
            read_table(self.rows, self.name),
        )
        made = page(self.slug, task=self.task, rows=1)
        return replace(made, app=app, model=self.model)

    def says(self, rows: bytes, name: str) -> Predictions:
        """What the server side says, by the code that the sandbox runs."""
        return self._read(rows, name, self._read(self.rows, self.name).reading)

    def _read(self, rows: bytes, name: str, reading: Reading | None = None) -> Predictions:
        model = Model(self.model)
        names = [item.name for item in self.task.inputs]
        given = feeds(read_table(rows, name), model.inputs, names)
        outcome = model.run(given, output_bytes=10**8, text=1000, progress=lambda *_: None)
        return predictions_from_outputs(
            outcome.outputs,
            task_type=self.task.task_type,
            labels=self.task.labels,
            reading=reading,
        )

    def example(self) -> Predictions:
        """What it says of the first public row."""
        if self.name.endswith(".npy"):
            return self.says(npy(np.load(io.BytesIO(self.rows))[:1]), "rows.npy")
        header, first, *_ = csv.reader(io.StringIO(self.rows.decode()))
        return self.says(csv_of(header, [first]), "rows.csv")


def csv_of(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *rows])
    return stream.getvalue().encode()


def npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def facts_of(model: bytes) -> ModelFacts:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    names = {"tensor(float)": "float32", "tensor(double)": "float64"}

    def tensors(found: Sequence[Any]) -> tuple[TensorFacts, ...]:
        return tuple(
            TensorFacts(
                name=each.name,
                dtype=names.get(each.type, each.type[7:-1]),
                shape=tuple(each.shape),
            )
            for each in found
        )

    return ModelFacts(
        bytes=len(model),
        ir_version=8,
        opsets={"ai.onnx": 17},
        operators={"Gemm": 1},
        num_params=10,
        inputs=tensors(session.get_inputs()),
        outputs=tensors(session.get_outputs()),
    )


def _task(rows: bytes, name: str, **changes: Any) -> Playground:
    kind = changes["input_type"]
    found = inputs_of(read_table(rows, name), show=True, input_type=kind)
    given = changes.pop("told", {})
    inputs = [item | given for item in found]
    if changes["task_type"] == "regression":
        changes["labels"] = []
    return playground(inputs=inputs, data={}, **changes)


def _converted(model: Any, rows: Any) -> bytes:
    from aims_gh.frameworks.sklearn.convert import candidates, parcel

    return next(iter(candidates(parcel(model, rows)))).content


def people() -> Played:
    """Columns of every kind, and labels that are not in the order of the alphabet."""
    import pandas as pd
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    dice = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age (years)": dice.integers(18, 90, 40),
            "income": dice.uniform(0, 9e4, 40).round(2),
            "city": dice.choice(["Basel", "Köln", "Łódź"], 40),
            "member": dice.choice([True, False], 40),
        }
    )
    answer = np.where(frame["age (years)"] + frame.income / 1e3 > 90, "yes", "no")
    columns = make_column_transformer(
        (OneHotEncoder(), ["city"]), (StandardScaler(), ["age (years)", "income", "member"])
    )
    model = make_pipeline(columns, LogisticRegression()).fit(frame, answer)
    rows = frame.to_csv(index=False).encode()
    task = _task(
        rows, "rows.csv", title="People", input_type="tabular", task_type="classification",
        labels=["yes", "no"],
    )  # fmt: skip
    return Played("people", task, _converted(model, frame), "rows.csv", rows)


def moods() -> Played:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    texts = [
        "A good film, well acted", "what a bad film", "good, good plot; great fun",
        "Bad acting and a BAD plot", "Größter Ärger: bad", "great fun, good music",
    ]  # fmt: skip
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=9))
    model.fit(texts, ["up", "down"] * 3)
    rows = csv_of(["review"], [[text] for text in texts])
    task = _task(
        rows, "rows.csv", title="Moods", input_type="text", task_type="classification",
        labels=["up", "down"],
    )  # fmt: skip
    return Played("moods", task, _converted(model, texts), "rows.csv", rows)


def digits() -> Played:
    """Eight by eight pixels from 0 to 16, in one line; labels are whole numbers."""
    from sklearn.datasets import load_digits
    from sklearn.linear_model import RidgeClassifier

    images, answers = load_digits(return_X_y=True)
    model = RidgeClassifier().fit(images, answers)  # gives scores that are no probabilities
    rows = npy(images.astype(np.float32)[:60])
    task = _task(
        rows, "rows.npy", title="Digits", input_type="image", task_type="classification",
        labels=list(range(10)),
    )  # fmt: skip
    return Played("digits", task, _converted(model, images), "rows.npy", rows)


def _onnx(nodes: list[Any], values: dict[str, Any], inputs: list[Any], outputs: list[Any]) -> bytes:
    initializers = [numpy_helper.from_array(array, name) for name, array in values.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, initializers)
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    return bytes(model.SerializeToString())


def _tensor(name: str, *sides: Any, kind: int = TensorProto.FLOAT) -> Any:
    return helper.make_tensor_value_info(name, kind, list(sides))


def photos() -> Played:
    """A convolution on coloured pictures, channels first."""
    dice = np.random.default_rng(1)
    nodes = [
        helper.make_node("Conv", ["x", "filter"], ["c"], kernel_shape=[3, 3]),
        helper.make_node("GlobalAveragePool", ["c"], ["g"]),
        helper.make_node("Flatten", ["g"], ["f"]),
        helper.make_node("Softmax", ["f"], ["p"]),
    ]
    values = {"filter": (dice.normal(size=(3, 3, 3, 3)) / 200).astype(np.float32)}
    model = _onnx(nodes, values, [_tensor("x", "n", 3, 12, 16)], [_tensor("p", "n", 3)])
    rows = npy(dice.integers(0, 256, (4, 3, 12, 16)))
    task = _task(
        rows, "rows.npy", title="Photos", input_type="image", task_type="classification",
        labels=["sky", "sea", "sand"],
    )  # fmt: skip
    return Played("photos", task, model, "rows.npy", rows)


def clips() -> Played:
    """Four small coloured pictures in a row: how bright they are, of three labels."""
    weights = np.zeros((4 * 6 * 8 * 3, 3), dtype=np.float32)
    weights[:, 0], weights[:, 2] = -1e-3, 1e-3
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("Gemm", ["f", "weights", "bias"], ["g"]),
        helper.make_node("Softmax", ["g"], ["p"]),
    ]
    values = {"weights": weights, "bias": np.array([73.4, 1, -73.4], dtype=np.float32)}
    model = _onnx(nodes, values, [_tensor("x", "n", 4, 6, 8, 3)], [_tensor("p", "n", 3)])
    rows = npy(np.random.default_rng(4).integers(0, 256, (3, 4, 6, 8, 3)))
    task = _task(
        rows, "rows.npy", title="Clips", input_type="video", task_type="classification",
        labels=["night", "dusk", "day"],
    )  # fmt: skip
    return Played("clips", task, model, "rows.npy", rows)


def reels() -> Played:
    """Any number of coloured pictures of any size: how bright they are, as a number."""
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[1, 2, 3, 4], keepdims=0)]
    sides = ["n", "time", 3, "height", "width"]
    model = _onnx(nodes, {}, [_tensor("x", *sides)], [_tensor("y", "n")])
    rows = npy(np.random.default_rng(5).integers(0, 256, (2, 3, 3, 6, 8)))
    task = _task(rows, "rows.npy", title="Reels", input_type="video", task_type="regression")
    free = [item.model_copy(update={"shape": (-1, 3, -1, -1)}) for item in task.inputs]
    return Played("reels", task.model_copy(update={"inputs": tuple(free)}), model, "rows.npy", rows)


def sounds() -> Played:
    """One number for each recording: the probability of the second of two labels."""
    time = np.arange(800) / 8000
    tone = np.sin(2 * np.pi * 440 * time).astype(np.float32).reshape(800, 1)
    nodes = [
        helper.make_node("MatMul", ["x", "tone"], ["m"]),
        helper.make_node("Mul", ["m", "scale"], ["s"]),
        helper.make_node("Sigmoid", ["s"], ["p"]),
    ]
    values = {"tone": tone, "scale": np.array(0.01, dtype=np.float32)}
    model = _onnx(nodes, values, [_tensor("x", None, 800)], [_tensor("p", None, 1)])
    noise = np.random.default_rng(2).normal(0, 0.1, (3, 800))
    noise[1] += tone[:, 0]
    rows = npy(noise.clip(-1, 1).astype(np.float32))
    task = _task(
        rows, "rows.npy", title="Sounds", input_type="audio", task_type="classification",
        labels=["noise", "tone"], told={"sample_rate": 8000},
    )  # fmt: skip
    return Played("sounds", task, model, "rows.npy", rows)


def waves() -> Played:
    """Twenty steps of two values; takes exactly one row at a time, in doubles."""
    weights = np.linspace(-1, 1, 40).reshape(40, 1)
    nodes = [
        helper.make_node("Flatten", ["x"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["y"]),
    ]
    double = TensorProto.DOUBLE
    model = _onnx(
        nodes,
        {"w": weights},
        [_tensor("x", 1, 20, 2, kind=double)],
        [_tensor("y", 1, 1, kind=double)],
    )
    rows = npy(np.random.default_rng(3).normal(size=(3, 20, 2)))
    task = _task(rows, "rows.npy", title="Waves", input_type="timeseries", task_type="regression")
    return Played("waves", task, model, "rows.npy", rows)


def houses() -> Played:
    """Columns by name, of whole numbers and truth values; text between quotes in a name."""
    inputs = [
        _tensor("rooms", None, 1, kind=TensorProto.INT64),
        _tensor("area", None, 1),
        _tensor("garden", None, 1, kind=TensorProto.BOOL),
    ]
    nodes = [
        helper.make_node("Cast", ["rooms"], ["r"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["garden"], ["g"], to=TensorProto.FLOAT),
        helper.make_node("Concat", ["r", "area", "g"], ["all"], axis=1),
        helper.make_node("MatMul", ["all", "w"], ["y"]),
    ]
    weights = np.array([[10.5], [2.25], [33]], dtype=np.float32)
    model = _onnx(nodes, {"w": weights}, inputs, [_tensor("y", None, 1)])
    rows = csv_of(
        ["rooms", "area", "garden"],
        [[3, 81.5, True], [1, 22.125, False], [5, 160.75, True], [2, 50.5, False]],
    )
    task = _task(rows, "rows.csv", title="Houses", input_type="tabular", task_type="regression")
    return Played("houses", task, model, "rows.csv", rows)


def winds() -> Played:
    """A label and, in the owner's order, what was given: the first row alone looks sorted."""
    labels = ["calm", "storm", "gale"]
    texts = helper.make_tensor("texts", TensorProto.STRING, [3], [each.encode() for each in labels])
    nodes = [
        helper.make_node("Constant", [], ["labels"], value=texts),
        helper.make_node("ArgMax", ["x"], ["best"], axis=1, keepdims=0),
        helper.make_node("Gather", ["labels", "best"], ["label"]),
        helper.make_node("Identity", ["x"], ["p"]),
    ]
    outputs = [_tensor("label", None, kind=TensorProto.STRING), _tensor("p", None, 3)]
    model = _onnx(nodes, {}, [_tensor("x", None, 3)], outputs)
    rows = csv_of(
        ["north", "east", "south"],
        [[0.6, 0.3, 0.1], [0.1, 0.7, 0.2], [0.2, 0.1, 0.7], [0.2, 0.5, 0.3]],
    )
    task = _task(
        rows, "rows.csv", title="Winds", input_type="tabular", task_type="classification",
        labels=labels,
    )  # fmt: skip
    return Played("winds", task, model, "rows.csv", rows)


def tides() -> Played:
    """One number, the log-odds of the second of two labels: the first alone looks probable."""
    nodes = [helper.make_node("Identity", ["x"], ["odds"])]
    model = _onnx(nodes, {}, [_tensor("x", None, 1)], [_tensor("odds", None, 1)])
    rows = csv_of(["level"], [[0.3], [-2], [3]])
    task = _task(
        rows, "rows.csv", title="Tides", input_type="tabular", task_type="classification",
        labels=["low", "high"],
    )  # fmt: skip
    return Played("tides", task, model, "rows.csv", rows)


def hostile() -> Played:
    """Names and labels that would like to be more than text."""
    name = f"{HOSTILE} name"
    nodes = [helper.make_node("Identity", ["x"], ["p"])]
    model = _onnx(nodes, {}, [_tensor("x", None, 2)], [_tensor("p", None, 2)])
    rows = csv_of([name, "other"], [[0.25, 0.75], [0.5, 0.5]])
    task = _task(
        rows, "rows.csv", title="Hostile", input_type="tabular", task_type="classification",
        labels=["=HYPERLINK(1)", HOSTILE],
    )  # fmt: skip
    return Played("hostile", task, model, "rows.csv", rows)


EVERY: tuple[Callable[[], Played], ...] = (
    people, moods, digits, photos, clips, sounds, waves, houses, winds, tides,
    hostile,
)  # fmt: skip
