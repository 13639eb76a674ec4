"""What is measured."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics as peer

from aims_gh import settings
from aims_gh.api import Experiment
from aims_gh.core.metrics import compute_scores
from aims_gh.core.predictions import Predictions
from aims_gh.domain.address import Address
from aims_gh.domain.claims import Claims
from aims_gh.domain.leaderboard import (
    LEADING_COLUMNS,
    MODEL_COLUMNS,
    TRAILING_COLUMNS,
    Board,
    Leaderboard,
)
from aims_gh.domain.metric import MetricSpec
from aims_gh.flows.course import new_course
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.forge import Change
from aims_gh.forge.local import LocalForge
from tools.bench.measure import Row, alternate, process

CLASSES = 10


def scoring() -> Iterator[Row]:
    """Four metrics beside scikit-learn's four calls."""
    random = np.random.default_rng(0)
    specs = [MetricSpec(name=n) for n in ("accuracy", "f1_score", "precision", "recall")]
    macro = {"average": "macro", "zero_division": 0}
    for size, runs in ((10_000, 30), (1_000_000, 9)):
        truth = random.integers(0, CLASSES, size).astype(np.int32)
        said = np.where(random.random(size) < 0.8, truth, random.integers(0, CLASSES, size))
        predictions = Predictions(codes=said.astype(np.int32))

        def ours(truth=truth, predictions=predictions):
            labels = tuple(range(CLASSES))
            return compute_scores(specs, labels=labels, truth=truth, predictions=predictions)

        def theirs(truth=truth, said=said):
            return (
                peer.accuracy_score(truth, said),
                peer.f1_score(truth, said, **macro),
                peer.precision_score(truth, said, **macro),
                peer.recall_score(truth, said, **macro),
            )

        assert np.allclose(list(ours().values()), theirs(), rtol=1e-12)
        mine, other = alternate(ours, theirs, runs=runs)
        yield Row(
            f"4 metrics, {size:,} rows", "compute_scores", mine, "scikit-learn, 4 calls", other
        )


def course_in(folder: Path) -> tuple[LocalForge, Address]:
    forge = new_course(
        folder,
        title="Bench",
        description="",
        owners=("owner",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=settings.clock,
    )
    return forge, Address(str(folder), "task")


def board(folder: Path, rows: int = 10_000) -> Iterator[Row]:
    """A big board into a DataFrame, beside parsing the same bytes."""
    forge, address = course_in(folder / "board")
    rules = {"title": "Task", "task_type": "classification", "input_type": "tabular"}
    labels = Source("y.csv", b"y\n" + b"a\nb\n" * 20)
    create_playground(
        forge, "task", Draft(rules=rules, labels=labels), seed=1, templates=settings.templates()
    )
    content = _leaderboard(rows).to_json()
    forge.record(lambda _: Change("Bench", {"task/leaderboard.json": content}))
    pg = Experiment(str(address))

    def floor():
        return pd.DataFrame(json.loads(content)["boards"]["experiment"]["columns"])

    assert len(pg.get_leaderboard()) == rows
    mine, other = alternate(pg.get_leaderboard, floor, runs=9)
    size = f"{len(content) / 1e6:.1f} MB"
    yield Row(
        f"board of {rows:,} into pandas, {size}",
        "get_leaderboard",
        mine,
        "json.loads, DataFrame",
        other,
    )


def _leaderboard(rows: int) -> Leaderboard:
    random = np.random.default_rng(0)
    metrics = ("accuracy", "f1_score", "precision", "recall")
    names = (*LEADING_COLUMNS, *metrics, *MODEL_COLUMNS, *TRAILING_COLUMNS)
    columns: dict[str, list[object]] = {name: [None] * rows for name in names}
    columns |= {name: random.random(rows).tolist() for name in metrics}
    columns |= {
        "rank": list(range(1, rows + 1)),
        "version": random.permutation(rows).tolist(),
        "username": [f"user-{n % 500}" for n in range(rows)],
        "timestamp": ["2026-11-23T12:00:00Z"] * rows,
        "reproduced": [True] * rows,
        "ml_framework": ["sklearn"] * rows,
        "model_type": ["RandomForestClassifier"] * rows,
        "num_params": random.integers(1, 10**6, rows).tolist(),
        "memory_size": random.integers(1, 10**7, rows).tolist(),
        "latency_ms_per_1000": random.random(rows).tolist(),
        "marks": [[] for _ in range(rows)],
        "tags": [[] for _ in range(rows)],
        "metadata": [{"team": f"t{n % 100}"} for n in range(rows)],
        "submission": [f"20261123-120000-{n:08x}" for n in range(rows)],
        "proposal": list(range(1, rows + 1)),
        "head": [f"{n:040x}" for n in range(rows)],
    }
    one = Board(metric="accuracy", direction="maximize", metrics=metrics, columns=columns)
    return Leaderboard(playground="task", boards={"experiment": one, "competition": one})


_PEER = """
import io, json, sys
import pandas as pd, onnx, onnxruntime as ort
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
truth, said, X = (pd.read_csv(f) for f in sys.argv[1:4])
model = onnx.load(sys.argv[4])
weights = [onnx.numpy_helper.to_array(t) for t in model.graph.initializer]
facts = {"operators": [n.op_type for n in model.graph.node],
         "parameters": int(sum(w.size for w in weights))}
session = ort.InferenceSession(sys.argv[4])
session.run(None, {session.get_inputs()[0].name: X.to_numpy("float32")})
t, p = truth.iloc[:, 0], said.iloc[:, 0]
macro = dict(average="macro", zero_division=0)
print(json.dumps(facts | {"scores": [accuracy_score(t, p), f1_score(t, p, **macro),
      precision_score(t, p, **macro), recall_score(t, p, **macro)]}))
"""


def evaluation(folder: Path, rows: int = 10_000) -> Iterator[Row]:
    """One submission of 10,000 rows with a model of 1 MB, as a whole process."""
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier

    random = np.random.default_rng(0)
    features = random.normal(size=(rows, 20)).astype(np.float32)
    truth = np.where(features[:, 0] + features[:, 1] > 0, "yes", "no")
    model = MLPClassifier((480, 480), max_iter=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one round of training is meant to be too few
        model.fit(features[:500], truth[:500])
    network = to_onnx(model, features[:1], options={"zipmap": False}).SerializeToString()
    said = model.predict(features)
    forge, address = course_in(folder / "evaluation")
    files = folder / "peer"
    files.mkdir()
    frame = pd.DataFrame(features, columns=[f"x{n}" for n in range(20)])
    contents = {
        "truth.csv": _csv("y", truth),
        "said.csv": _csv("prediction", said),
        "X.csv": frame.to_csv(index=False).encode(),
        "model.onnx": network,
    }
    for name, content in contents.items():
        (files / name).write_bytes(content)
    rules = {"title": "Task", "task_type": "classification", "input_type": "tabular"}
    draft = Draft(
        rules=rules,
        labels=Source("truth.csv", contents["truth.csv"]),
        features=Source("X.csv", contents["X.csv"]),
    )
    create_playground(forge, "task", draft, seed=1, templates=settings.templates())

    def propose() -> None:
        parts = Parts(model=network, predictions=contents["said.csv"], claims=Claims())
        submit(forge, address, pack("task", parts, now=settings.clock()), author="alice")

    whole = process("-m", "aims_gh", "evaluate", address.course)

    peers = {
        "import numpy, onnxruntime": process("-c", "import numpy, onnxruntime"),
        "pandas + scikit-learn + onnx": process(
            "-c",
            _PEER,
            *(files / name for name in ("truth.csv", "said.csv", "X.csv", "model.onnx")),
        ),
    }
    size = f"{len(network) / 1e6:.1f} MB"
    for name, work in peers.items():
        mine, other = alternate(whole, work, runs=7, prepare=propose)
        yield Row(f"evaluate {rows:,} rows, {size}", "aims evaluate", mine, name, other)


def _csv(header: str, values) -> bytes:
    stream = io.StringIO()
    stream.write(header + "\n")
    stream.writelines(f"{value}\n" for value in values)
    return stream.getvalue().encode()


def help_text() -> Iterator[Row]:
    """Start of the command beside start of Python."""
    mine, other = alternate(process("-m", "aims_gh", "--help"), process("-c", "pass"), runs=15)
    yield Row("start", "aims --help", mine, "python -c pass", other)
