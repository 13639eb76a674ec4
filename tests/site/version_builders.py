"""Versions with all that the pages of models can show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from site_builders import DIGEST, NOON, board, evaluation, playground

from aims_gh.core.final import derived
from aims_gh.core.rulings import Rulings
from aims_gh.domain.audit import AuditEntry
from aims_gh.domain.claims import Claims
from aims_gh.domain.evaluation import Digests, Evaluation
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.model_facts import Cost, ModelFacts, Reproduction
from aims_gh.domain.people import Teams
from aims_gh.domain.playground import Playground
from aims_gh.domain.reveal import Contents, Opened, Reveal
from aims_gh.domain.summary import Summary
from aims_gh.site.pages import PlaygroundPage

DIGITS = playground(
    title="Handwritten digits",
    input_type="image",
    labels=["zero", "one", "two", "three", "four"],
    competition={"private_fraction": 0.5, "closes": "2026-11-23T13:50:00Z", "late": "mark"},
)
HOUSES = playground(
    title="House prices",
    task_type="regression",
    labels=[],
    competition={"private_fraction": 0},
)


def network(filters: int = 32, *, dropout: bool = True, optimizer: str = "Adam") -> dict[str, Any]:
    """A convolutional network, as its author describes it and as it was read."""
    middle = [{"name": "drop", "type": "Dropout", "output_shape": [None, filters]}]
    sizes = {"conv1": 10 * filters, "conv2": 9 * filters**2, "head": 5 * filters + 5}
    layers = [
        {
            "name": "conv1", "type": "Conv2d", "output_shape": [None, filters, 26, 26],
            "num_params": sizes["conv1"], "activation": "relu", "inputs": ["input"],
        },
        {"name": "pool", "type": "MaxPool2d", "output_shape": [None, filters, 13, 13]},
        {
            "name": "conv2", "type": "Conv2d", "output_shape": [None, filters, 11, 11],
            "num_params": sizes["conv2"], "activation": "relu", "inputs": ["pool"],
        },
        {"name": "flat", "type": "Flatten", "output_shape": [None, filters * 121]},
        *(middle if dropout else []),
        {
            "name": "head", "type": "Linear", "output_shape": [None, 5],
            "num_params": sizes["head"], "activation": "softmax",
        },
    ]  # fmt: skip
    claims = {
        "ml_framework": "pytorch",
        "model_type": "DigitNet",
        "deep_learning": True,
        "transfer_learning": False,
        "depth": len(layers),
        "num_params": sum(sizes.values()),
        "trainable_params": sum(sizes.values()),
        "optimizer": optimizer,
        "loss": "CrossEntropyLoss",
        "epochs": 12,
        "parameters": [
            {"name": "filters", "value": filters, "default": 16, "changed": filters != 16},
            {"name": "lr", "value": 0.001, "default": 0.001, "changed": False},
        ],
        "layers": layers,
        "libraries": {"torch": "2.6.0", "numpy": "2.4.6"},
        "platform": "Linux x86_64",
        "seed": 7,
        "training_data": "ab" * 32,
        "conversion": {
            "converter": "torch.onnx 2.6, float32",
            "rows": 64,
            "matching": 64,
            "largest_difference": 2.4e-7,
        },
        "metadata": {"team": "a", "augmented": True},
    }
    graph = {
        "nodes": ["Conv", "Relu", "MaxPool", "Conv", "Relu", "Flatten", "Gemm", "Softmax"],
        "edges": [[0, 1], [1, 2], [2, 3], [3, 4], [4, 5], [5, 6], [6, 7]],
        "inputs": [[0]],
        "outputs": [7],
    }
    facts = {
        "bytes": 4 * sum(sizes.values()) + 900,
        "ir_version": 10,
        "producer": "pytorch",
        "producer_version": "2.6.0",
        "opsets": {"ai.onnx": 18},
        "operators": {"Conv": 2, "Flatten": 1, "Gemm": 1, "MaxPool": 1, "Relu": 2, "Softmax": 1},
        "num_params": sum(sizes.values()),
        "inputs": [{"name": "image", "dtype": "float32", "shape": ["rows", 1, 28, 28]}],
        "outputs": [{"name": "digit", "dtype": "float32", "shape": ["rows", 5]}],
        "graph": graph,
    }
    return {
        "claims": Claims.from_value(claims),
        "facts": ModelFacts.from_value(facts),
        "cost": Cost(latency_ms_per_1000=12.5, peak_memory_bytes=180_000_000, rows=400),
        "reproduction": Reproduction(rows=400, matching=400, largest_difference=1e-7),
    }


def told(step: str, name: str, value: Any, default: Any) -> dict[str, Any]:
    """One hyper-parameter."""
    changed = value != default
    return {"step": step, "name": name, "value": value, "default": default, "changed": changed}


def pipeline(penalty: float = 1.0) -> dict[str, Any]:
    """A pipeline of scikit-learn, as its author describes it."""
    claims = {
        "ml_framework": "sklearn",
        "model_type": "LogisticRegression",
        "num_params": 320,
        "steps": [
            {"name": "scale", "type": "StandardScaler"},
            {"name": "model", "type": "LogisticRegression"},
        ],
        "parameters": [
            told("scale", "with_mean", True, True),
            told("model", "C", penalty, 1.0),
            told("model", "solver", "saga", "lbfgs"),
            told("model", "max_iter", 100, 100),
        ],
        "libraries": {"scikit-learn": "1.9.0"},
    }  # fmt: skip
    return {"claims": Claims.from_value(claims)}


def confusion(seed: int) -> Summary:
    """Counts of five labels, better for a higher seed."""
    wrong = [[(3 * i + 5 * j + seed) % 7 for j in range(5)] for i in range(5)]
    counts = [
        [60 + seed if i == j else value for j, value in enumerate(row)]
        for i, row in enumerate(wrong)
    ]
    value = {
        "rows": sum(map(sum, counts)),
        "confusion": {"labels": list(DIGITS.labels), "counts": counts},
    }
    return Summary.from_value(value)


def residuals() -> Summary:
    counts = [0, 1, 0, 2, 4, 9, 17, 30, 52, 71, 66, 48, 29, 15, 8, 4, 1, 0, 1, 2]
    value = {
        "rows": sum(counts),
        "residuals": {"mean": -0.21, "deviation": 3.4, "step": 1.0, "counts": counts},
    }
    return Summary.from_value(value)


def digits() -> list[Evaluation]:
    """Seven versions: networks that build on each other, a pipeline, and bare predictions."""
    many: list[dict[str, Any]] = [
        {"username": "ada", "summary": confusion(1), **network(16)},
        {"username": "ada", "summary": confusion(4), "based_on": 1, **network(32)},
        {"username": "grace-hopper", "summary": confusion(6), "based_on": 2, **network(64)},
        {"username": "radia", "summary": confusion(2), **pipeline(0.1)},
        {"username": "radia", "summary": confusion(3), "based_on": 4, **pipeline(10.0)},
        {"username": "lynn", "facts": None, "cost": None, "reproduction": None, "claims": Claims()},
        {
            "username": "ada", "summary": confusion(5), "based_on": 2, "marks": ("late",),
            "description": "Without dropout.\nLonger training.", "tags": ("ablation",),
            **network(32, dropout=False, optimizer="SGD"),
            "reproduction": Reproduction(rows=400, matching=310, largest_difference=0.4),
        },
    ]  # fmt: skip
    plain = {"playground": "digits", "facts": None, "cost": None, "reproduction": None}
    scores = [0.91, 0.94, 0.9725, 0.88, 0.885, 0.2, 0.93]
    made = []
    for version, (changes, score) in enumerate(zip(many, scores, strict=True), start=1):
        rated = {"accuracy": score, "f1_score": score - 0.01, "precision": score, "recall": score}
        base = plain | {"scores": rated, "rows": 400, "marks": (), "tags": ()}
        made.append(evaluation(version, DIGITS, **(base | changes)))
    return made


def page_of(
    slug: str,
    task: Playground,
    evaluations: Iterable[Evaluation],
    attached: Mapping[int, Mapping[str, bytes]] | None = None,
) -> PlaygroundPage:
    """Give a playground's page with its versions."""
    made = list(evaluations)
    ranked: Leaderboard = board(task, 0, *made, slug=slug)
    return PlaygroundPage(
        slug,
        task,
        "# A task\n\nWhat is it?\n",
        ranked,
        f"ada/course/{slug}",
        evaluations=lambda: [(e.version, e.to_json()) for e in made],
        attached=lambda: tuple((attached or {}).items()),
    )


def on_the_ladder(slug: str, *, revealed: bool) -> PlaygroundPage:
    """A competition of a team and a sealed submission that is disqualified; or its end."""
    task = playground(
        title="Owls", holdout={"rows": 250, "labels_sha256": DIGEST, "envelope": "age1" + "q" * 58},
        competition={"private_fraction": 0.5, "release": "ladder", "closes": "2026-11-23T12:40:00Z",
                     "late": "penalty", "penalty": "score - 0.02", "sealed": True},
    )  # fmt: skip
    bare: dict[str, Any] = {
        "playground": slug, "private": "sealed", "rows": 125, "scores": {"accuracy": 0.976},
        "facts": None, "cost": None, "reproduction": None, "claims": Claims(), "marks": (),
    }  # fmt: skip
    bundle = Digests(bundle=DIGEST, labels=DIGEST, playground=DIGEST)
    made = [
        evaluation(1, task, username="ada", **bare),
        evaluation(2, task, username="bob", digests=bundle, **bare),
        evaluation(3, task, username="lynn", **bare),
    ]
    scores = {"public": {"accuracy": 0.896}, "private": {"accuracy": 0.912}}
    shown = scores | {"whole": {"accuracy": 0.904}, "intervals": {"accuracy": (0.85, 0.955)}}
    told = Contents(claims=Claims(model_type="OpenedForest"), facts=network()["facts"])
    opened = {
        version: Opened.model_validate(shown | {"contents": told if version == 2 else None})
        for version in (1, 2, 3)
    }
    after = Reveal(playground=slug, at=NOON + timedelta(days=1), by="teacher", versions=opened)
    out = AuditEntry(
        action="disqualified", version=2, by="teacher", at=NOON, reason="<b>copied</b>"
    )
    rulings = Rulings(
        teams=Teams(teams={"red owls": ("ada", "bob")}),
        audit=(out,), reveal=after if revealed else None,
    )  # fmt: skip
    boards = derived(Leaderboard(playground=slug, boards={}), task, made, rulings)
    return replace(
        page_of(slug, task, made), leaderboard=boards, reasons={2: out.reason},
        opened=opened if revealed else {},
    )  # fmt: skip


def notebook(*cells: Mapping[str, Any]) -> bytes:
    return json.dumps({"cells": list(cells), "nbformat": 4}).encode()


def code(source: str, *outputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}
