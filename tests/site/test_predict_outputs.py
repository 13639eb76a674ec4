"""What a model's outputs mean is the same in the browser's script as in Python."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import numpy as np
import pytest
from site_builders import TEMPLATES

from aims_gh.core.predictions import predictions_from_outputs
from aims_gh.domain.model_facts import Reading
from aims_gh.errors import SubmissionError

ASK = """
import { joined, predictions } from "%s";
let text = "";
for await (const part of process.stdin) text += part;
const answers = JSON.parse(text).map(({ parts, app, rows }) => {
  try {
    const runs = parts.map(({ outputs, rows }) => ({ rows, outputs: outputs.map((each) => ({
      ...each,
      data: each.type === "int64" ? each.data.map(BigInt)
        : each.data.map((value) => (value === "nan" ? NaN : value)),
    })) }));
    return predictions(joined(runs), app, rows);
  } catch (problem) {
    return { problem: problem.message };
  }
});
process.stdout.write(JSON.stringify(answers));
"""
TYPES = {"f4": "float32", "f8": "float64", "i8": "int64", "b1": "bool", "i4": "int32"}
SORTED = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5], [0.1, 0.8, 0.1]], dtype="f4")

NO_PROBABILITIES = np.array([[-1, -2, -3], [0.2, 0.9, 0.4], [0, 0, 0], [-1, 3, 0.5]], dtype="f4")


def texts(*values: str) -> Any:
    return np.array(values, dtype=object)


# The owner's labels, and what the model gives.
CASES: dict[str, tuple[list[str | int], list[Any]]] = {
    "probabilities sorted by label": (["c", "a", "b"], [texts("a", "b", "c", "b"), SORTED]),
    "probabilities in the owner's order": (["c", "a", "b"], [texts("c", "a", "b", "a"), SORTED]),
    "probabilities alone": (["c", "a", "b"], [SORTED]),
    "probabilities before labels": (["c", "a", "b"], [SORTED, texts("a", "b", "c", "b")]),
    "the owner's order, where more rows look sorted": (
        ["c", "a", "b"],
        [texts("a", "b", "c", "a"), SORTED],
    ),
    "sorted, where more rows look otherwise": (
        ["c", "a", "b"],
        [texts("c", "a", "b", "b"), SORTED],
    ),
    "labels alone": (["c", "a", "b"], [texts("a", "b", "c", "b")]),
    "letters beyond the usual": (["z", "\U0001f600", "\uffee"], [texts(*"zzzz"), SORTED]),
    "numbers as labels": ([10, 9, 2], [np.array([2, 9, 10, 9]), SORTED]),
    "numbers as a column": ([1, 0], [np.array([[1], [0], [1], [1]], dtype="i8")]),
    "truth values": ([0, 1], [np.array([True, False, True, True])]),
    "truth values by name": (["False", "True"], [np.array([1, 0, 0, 1])]),
    "one probability": (["no", "yes"], [np.array([[0.2], [0.5], [0.500001], [1]], dtype="f4")]),
    "a mean of probabilities": (["no", "yes"], [np.array([0.3, -5e-7, 1 + 1e-7, 0.6])]),
    "log-odds": (["no", "yes"], [np.array([-2.5, 0, 0.1, 3], dtype="f8")]),
    "log-odds of a batch beside labels": (
        ["no", "yes"],
        [texts("yes", "no", "no", "yes"), np.array([-2.5, 0, 0.1, 3], dtype="f4")],
    ),
    "log-odds that look probable": (["no", "yes"], [np.array([0.3, 0, 0.1, 1], dtype="f4")]),
    "log-odds that look probable beside labels": (
        ["no", "yes"],
        [texts("yes", "no", "no", "yes"), np.array([0.3, 0, 0.1, 1], dtype="f4")],
    ),
    "scores that look probable": (["c", "a", "b"], [SORTED]),
    "scores that look probable beside labels": (
        ["c", "a", "b"],
        [texts("a", "b", "c", "b"), SORTED],
    ),
    "a probability that is none": (["no", "yes"], [np.array([-2.5, 0, 0.3, 3], dtype="f8")]),
    "probabilities that are none": (["c", "a", "b"], [NO_PROBABILITIES]),
    "sorted probabilities that are none": (
        ["c", "a", "b"],
        [texts("a", "b", "c", "b"), NO_PROBABILITIES],
    ),
    "scores": (["c", "a", "b"], [SORTED * 4 - 2]),
    "scores beside labels": (["c", "a", "b"], [texts("a", "b", "c", "b"), SORTED * 4 - 2]),
    "rounded probabilities": (["c", "a", "b"], [SORTED + np.float32(0.0002)]),
    "an axis of one": (["c", "a", "b"], [SORTED.reshape(4, 3, 1)]),
    "something without rows": (["c", "a", "b"], [np.array(3.0, dtype="f4"), SORTED]),
    "an unknown label": (["c", "a"], [texts("a", "b", "c", "b")]),
    "nothing that fits": (["c", "a"], [SORTED]),
    "no number": (["c", "a", "b"], [np.where(SORTED > 0.75, np.nan, SORTED)]),
    "values": ([], [np.array([[1.5], [2], [-3], [0]], dtype="f4")]),
    "values in a row": ([], [np.array([1.5, 2, -3, 0], dtype="f8")]),
    "whole values": ([], [np.array([1, 2, -3, 0], dtype="i4")]),
    "no value": ([], [SORTED]),
    "values too large": ([], [np.array([1.5, 2, -3e101, 0], dtype="f8")]),
}


# What the model's evaluation says, where it does.
READINGS: dict[str, Reading] = {
    "the owner's order, where more rows look sorted": "probabilities",
    "sorted, where more rows look otherwise": "sorted",
    "log-odds that look probable": "scores",
    "log-odds that look probable beside labels": "scores",
    "scores that look probable": "scores",
    "scores that look probable beside labels": "scores",
    "a probability that is none": "probabilities",
    "probabilities that are none": "probabilities",
    "sorted probabilities that are none": "sorted",
}


def as_script(array: Any) -> dict[str, Any]:
    kind = "string" if array.dtype.kind == "O" else TYPES[array.dtype.str[1:]]
    flat = ["nan" if value != value else value for value in array.ravel().tolist()]
    return {"type": kind, "dims": list(array.shape), "data": flat}


def case(labels: list[str | int], outputs: list[Any], reading: Reading | None) -> dict[str, Any]:
    """The same outputs, three rows in a first run and one in a second."""
    task = "classification" if labels else "regression"
    pieces = [(slice(0, 3), 3), (slice(3, 4), 1)]
    parts = [
        {"rows": rows, "outputs": [as_script(a[at] if a.ndim else a) for a in outputs]}
        for at, rows in pieces
    ]
    app = {"task_type": task, "labels": labels, "model": {"reading": reading}}
    return {"parts": parts, "app": app, "rows": 4}


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    node = shutil.which("node")
    assert node, "Node.js is needed, as for building the website"
    program = ASK % (TEMPLATES / "assets/predict/outputs.js").as_uri()
    asked = json.dumps([case(*given, READINGS.get(name)) for name, given in CASES.items()])
    done = subprocess.run(
        [node, "--input-type=module", "-e", program],
        input=asked, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_the_script_reads_outputs_as_python_does(name: str, answers: dict[str, Any]) -> None:
    labels, outputs = CASES[name]
    kept = [array for array in outputs if array.ndim]
    found = answers[name]

    try:
        said = predictions_from_outputs(
            kept,
            task_type="classification" if labels else "regression",
            labels=labels,
            reading=READINGS.get(name),
        )
    except SubmissionError:
        assert "problem" in found
        return

    assert "problem" not in found
    if said.values is not None:
        assert found["values"] == pytest.approx(said.values.tolist())
        return
    assert said.codes is not None
    assert found["codes"] == said.codes.tolist()
    if said.probabilities is None:
        assert "probabilities" not in found
    else:
        assert np.array(found["probabilities"]) == pytest.approx(said.probabilities, abs=1e-12)
