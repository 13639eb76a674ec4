"""Networks of every kind, converted as users convert them: for the tests, and for the reference.

Run as a program, it converts those of one library, in a process of its own, and prints what came
of it as JSON: `python network_cases.py keras-tensorflow`. Keras computes with one backend in a
process, and TensorFlow takes seconds to import.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

BATCHES = (1, 2, 5, 64)
GROUPS = {"pytorch": "PyTorch", "keras-tensorflow": "Keras", "keras-torch": "Keras on PyTorch"}


@dataclass(frozen=True)
class Case:
    """A network, and rows for it."""

    name: str
    """What the reference calls it."""

    build: Callable[[], Any]
    rows: Callable[[], Any]
    refused: str | None = None
    """What the refusal says, where there is no ONNX for it."""

    tested: bool = True
    """Whether the tests convert it; the reference lists all."""


@dataclass(frozen=True)
class Outcome:
    """What came of a conversion: a row of the reference."""

    group: str
    name: str
    converter: str | None = None
    largest_difference: float | None = None
    """Between the network and the ONNX file, over all batches."""

    fixed_batch: bool = False
    operators: dict[str, int] = field(default_factory=dict)
    """Of the ONNX file, and how often each."""

    refusal: str | None = None
    expected_refusal: str | None = None

    @property
    def as_expected(self) -> bool:
        """Whether it converts for every batch, or is refused by the name of what is at fault."""
        if self.expected_refusal is not None:
            return self.expected_refusal in (self.refusal or "")
        alike = self.largest_difference is not None and self.largest_difference < 1e-5
        return self.refusal is None and alike and not self.fixed_batch


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(64, *shape)).astype(np.float32)


def tokens(length: int = 12, words: int = 20) -> np.ndarray:
    return np.random.default_rng(0).integers(0, words, size=(64, length))


def columns(**dtypes: str) -> pd.DataFrame:
    random = np.random.default_rng(0)
    made = {
        name: random.integers(0, 5, 64) if dtype == "int" else random.normal(size=64)
        for name, dtype in dtypes.items()
    }
    return pd.DataFrame(made)


def torch_cases() -> list[Case]:
    import torch.nn.functional as F
    from torch import cat, nn, zeros

    class Convolutional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)
            self.head = nn.Linear(36, 3)

        def forward(self, images: Any) -> Any:
            found = F.max_pool2d(F.relu(self.norm(self.conv(images))), 2)
            return self.head(found.view(found.size(0), -1))

    class Recurrent(nn.Module):
        def __init__(self, kind: Any, *, both: bool, given: bool = False) -> None:
            super().__init__()
            self.embed, self.given, self.gated = nn.Embedding(20, 8), given, kind is nn.LSTM
            self.inner = kind(8, 6, num_layers=2, batch_first=given, bidirectional=both)
            self.head = nn.Linear(12 if both else 6, 2)

        def forward(self, words: Any) -> Any:
            self.inner.flatten_parameters()
            if self.given:
                state = zeros(self.inner.num_layers, words.size(0), self.inner.hidden_size)
                return self.head(self.inner(self.embed(words), (state, state))[0][:, -1])
            steps, state = self.inner(self.embed(words).transpose(0, 1))
            last = (state[0] if self.gated else state)[-1]
            return self.head(cat([last, last], dim=1) if self.inner.bidirectional else steps[-1])

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(20, 8)
            self.encode = nn.TransformerEncoder(
                nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2
            )
            self.head = nn.Linear(8, 2)

        def forward(self, words: Any) -> Any:
            return self.head(self.encode(self.embed(words)).mean(dim=1)).softmax(dim=1)

    class Columns(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.head = nn.Embedding(5, 4), nn.Linear(6, 1)

        def forward(self, colour: Any, size: Any, weight: Any) -> Any:
            return self.head(cat([self.embed(colour), size, weight], dim=1))

    class Several(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = nn.Linear(4, 6), nn.Linear(6, 3)

        def forward(self, rows: Any) -> Any:
            inner = F.gelu(self.body(rows))
            return {"logits": self.head(inner), "features": (inner,)}

    class Deciding(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(4, 2)

        def forward(self, rows: Any) -> Any:
            found = self.head(rows)
            if rows.sum() > 0:
                return found
            return -found

    def perceptron(outputs: int, *last: Any) -> Callable[[], Any]:
        return lambda: nn.Sequential(
            nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5),
            nn.Linear(16, outputs), *last,
        )  # fmt: skip

    return [
        Case("Linear, BatchNorm1d, ReLU and Dropout in a Sequential", perceptron(3),
             lambda: columns(a="float", b="float", c="float", d="float")),
        Case("one logit for two classes", perceptron(1), lambda: numbers(4), tested=False),
        Case("Conv2d, BatchNorm2d and max_pool2d", Convolutional, lambda: numbers(1, 8, 8)),
        Case("Embedding and a bidirectional LSTM of two layers",
             lambda: Recurrent(nn.LSTM, both=True), lambda: tokens(60)),
        Case("LSTM with states given", lambda: Recurrent(nn.LSTM, both=False, given=True), tokens,
             tested=False),
        Case("Embedding and GRU", lambda: Recurrent(nn.GRU, both=False), tokens),
        Case("Embedding and RNN", lambda: Recurrent(nn.RNN, both=True), tokens),
        Case("TransformerEncoder", Encoder, tokens),
        Case("one argument of forward for each column", Columns,
             lambda: columns(colour="int", size="float", weight="float")),
        Case("a dictionary of tensors, the first of them", Several, lambda: numbers(4)),
        Case("an `if` that depends on the rows", Deciding, lambda: numbers(4),
             "what it does depends on the values in the rows in forward"),
    ]  # fmt: skip


def keras_cases(backend: str) -> list[Case]:
    import keras
    from keras import layers

    def dense() -> Any:
        return keras.Sequential(
            [layers.Dense(8, activation="relu"), layers.BatchNormalization(),
             layers.Dropout(0.2), layers.Dense(3, activation="softmax")]
        )  # fmt: skip

    def adapted() -> Any:
        scale = layers.Normalization()
        scale.adapt(5 * numbers(4) + 3)
        return keras.Sequential([layers.Input((4,)), scale, layers.Dense(1)])

    def branches() -> Any:
        rows = layers.Input((8, 8, 1))
        left = layers.Conv2D(4, 3, activation="relu")(rows)
        right = layers.Conv2D(4, 3, activation="gelu")(rows)
        found = layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(left + right))
        return keras.Model(rows, layers.Dense(3)(found))

    def named() -> Any:
        parts = [layers.Input((1,), name=name) for name in ("size", "weight")]
        found = layers.Dense(8, activation="relu")(layers.Concatenate()(parts))
        return keras.Model(parts, layers.Dense(1, activation="sigmoid")(found))

    def recurrent(layer: Any, masked: bool) -> Callable[[], Any]:
        return lambda: keras.Sequential(
            [layers.Input((4,)), layers.Embedding(20, 8, mask_zero=masked), layer(),
             layers.Dense(2, activation="softmax")]
        )  # fmt: skip

    def attentive() -> Any:
        words = layers.Input((4,))
        found = layers.Embedding(20, 8)(words)
        found = layers.LayerNormalization()(found + layers.MultiHeadAttention(2, 4)(found, found))
        return keras.Model(words, layers.Dense(2)(layers.GlobalAveragePooling1D()(found)))

    class Subclassed(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = layers.Dense(8, activation="relu"), layers.Dense(1)

        def call(self, rows: Any) -> Any:
            return self.head(self.body(rows))

    def half() -> Any:
        return keras.Sequential(
            [layers.Input((4,)), layers.Dense(8, dtype="mixed_float16", name="body"),
             layers.Dense(1, dtype="float32")]
        )  # fmt: skip

    def texts() -> Any:
        split = layers.TextVectorization(
            output_sequence_length=5, vocabulary=["good", "bad"], name="split"
        )
        return keras.Sequential(
            [layers.Input((1,), dtype="string"), split, layers.Embedding(4, 4), layers.Flatten(),
             layers.Dense(1)]
        )  # fmt: skip

    words = lambda: tokens(4)  # noqa: E731
    gru, lstm = lambda: layers.GRU(4), lambda: layers.LSTM(4, name="memory")
    shared = [
        Case("Dense, BatchNormalization and Dropout in a Sequential, never built", dense,
             lambda: numbers(4)),
        Case("a functional model with branches: Conv2D", branches, lambda: numbers(8, 8, 1)),
        Case("one input for each column", named, lambda: columns(weight="float", size="float"),
             tested=backend == "tensorflow"),
        Case("MultiHeadAttention", attentive, words, tested=backend == "tensorflow"),
        Case("a subclassed model", Subclassed, lambda: numbers(4), tested=backend == "tensorflow"),
        Case("mixed_float16", half, lambda: numbers(4), "layer body computes in float16"),
    ]  # fmt: skip
    if backend == "torch":
        return [
            *shared,
            Case("Embedding and GRU", recurrent(gru, False), words),
            Case("LSTM with a mask", recurrent(lstm, True), words,
                 "layer memory cannot be exported with PyTorch as backend"),
        ]  # fmt: skip
    return [
        *shared,
        Case("Normalization, adapted", adapted, lambda: 5 * numbers(4) + 3),
        Case("Embedding with a mask, and a bidirectional LSTM",
             recurrent(lambda: layers.Bidirectional(lstm()), True), words),
        Case("Embedding and GRU", recurrent(gru, False), words, tested=False),
        Case("TextVectorization", texts, lambda: pd.DataFrame({"text": ["good", "bad one"] * 32}),
             "there is no ONNX for layer split (StaticRegexReplace, StringSplitV2)"),
    ]  # fmt: skip


@dataclass(frozen=True)
class Group:
    """What came of the networks of one library, and which there are."""

    outcomes: list[Outcome]
    listed: dict[str, str | None]
    """All cases by name, and why those are refused that are."""


def cases(group: str) -> list[Case]:
    """Give the networks of one group."""
    return torch_cases() if group == "pytorch" else keras_cases(group.partition("-")[2])


def outcome(group: str, case: Case, seconds: float | None = None) -> Outcome:
    """Convert one, and run the file on batches of one row and of many."""
    from aims_gh.errors import SubmissionError
    from aims_gh.flows.convert import Tools, convert
    from aims_gh.flows.frames import as_file, head
    from aims_gh.runner.resident import Rows
    from aims_gh.runner.sandbox import Bounds, Sandbox

    sandbox, rows = Sandbox(), case.rows()
    try:
        made = convert(case.build(), rows, Tools(sandbox, Bounds(), seconds))
    except SubmissionError as error:
        return Outcome(group, case.name, refusal=error.message, expected_refusal=case.refused)
    assert made.claims.conversion is not None and made.said.numbers is not None
    largest = made.claims.conversion.largest_difference or 0.0
    with sandbox.open(made.content, Bounds()) as model:
        for count in BATCHES:
            (given,) = model.outputs(Rows(*as_file(head(rows, count))))
            wanted = made.said.numbers[:count]
            assert given.shape == wanted.shape, (case.name, count, given.shape)
            largest = max(largest, float(np.abs(given - wanted).max()))
        fixed = any(not isinstance(each.shape[0], str) for each in model.facts.inputs)
    converter = made.claims.conversion.converter
    return Outcome(group, case.name, converter, largest, fixed, model.facts.operators)


def converted(group: str) -> Group:
    """Convert those of one group that are tested, in a process of its own."""
    found = _asked(group, "tested")
    outcomes = [Outcome(**each) for each in found["outcomes"]]
    return Group(outcomes, dict(found["listed"]))


def outcomes(group: str) -> list[Outcome]:
    """Convert all of one group, in a process of its own."""
    return [Outcome(**each) for each in _asked(group, "all")["outcomes"]]


def listed(group: str) -> dict[str, str | None]:
    """Give the cases of one group by name, and why those are refused that are."""
    return dict(_asked(group, "names")["listed"])


def _asked(group: str, which: str) -> Any:
    env = dict(os.environ) | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run(
        [sys.executable, __file__, group, which],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return json.loads(printed.splitlines()[-1])


def main(group: str, which: str = "all") -> None:
    if group.startswith("keras-"):
        os.environ["KERAS_BACKEND"] = group.partition("-")[2]
    every = cases(group)
    found = []
    alone = which == "all" or group == "keras-torch"  # the others' own: test_network_walks
    wanted = [c for c in every if which == "all" or (which == "tested" and c.tested)]
    for place, case in enumerate(wanted):
        # The first in a process of its own, as users do; the others here, which takes half as long.
        found.append(asdict(outcome(group, case, seconds=120 if alone and not place else None)))
    print(json.dumps({"outcomes": found, "listed": [(c.name, c.refused) for c in every]}))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main(*sys.argv[1:])
