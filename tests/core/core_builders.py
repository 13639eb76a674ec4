"""Small records for tests of core: valid, with whatever a test wants changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aims_gh.domain.course import Course, CourseKeys, Roster
from aims_gh.domain.evaluation import Digests, Evaluation
from aims_gh.domain.model_facts import Cost, ModelFacts, Reproduction
from aims_gh.domain.playground import Competition, Holdout, Limits, Playground
from aims_gh.domain.submission import Submission, SubmittedFile

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
SHA = "ab" * 32
COMMIT = "c0" * 20
PUBLIC = "age1" + "q" * 58

COST = Cost(latency_ms_per_1000=1.5, peak_memory_bytes=200_000_000, rows=10)
FACTS = ModelFacts(
    bytes=321, ir_version=8, opsets={"ai.onnx": 17}, operators={"Gemm": 2, "Relu": 1},
    num_params=42, inputs=(), outputs=(),
)  # fmt: skip


def playground(
    *,
    competition: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
    **changes: Any,
) -> Playground:
    base = {
        "title": "Titanic",
        "input_type": "tabular",
        "task_type": "classification",
        "labels": ("no", "yes"),
        "holdout": Holdout(rows=10, labels_sha256=SHA),
        "competition": Competition(**(competition or {})),
        "limits": Limits(**(limits or {})),
    }
    return Playground.model_validate(base | changes)


def regression(*metrics: str, **changes: Any) -> Playground:
    return playground(task_type="regression", labels=(), metrics=metrics or ("mse",), **changes)


def course(owners: tuple[str, ...] = ("Teacher",), **roster: Any) -> Course:
    keys = CourseKeys(score=PUBLIC, run=PUBLIC, owners=(PUBLIC,))
    return Course(title="ML", owners=owners, roster=Roster(**roster), keys=keys)


def evaluation(version: int = 1, **changes: Any) -> Evaluation:
    base = {
        "version": version,
        "playground": "titanic",
        "username": "Ada",
        "board": "all",
        "timestamp": NOON,
        "evaluated": NOON,
        "evaluator": "aims-gh 0",
        "proposal": version,
        "head": COMMIT,
        "submission": f"s{version}",
        "digests": Digests(scored=SHA, labels=SHA, playground=SHA),
        "scores": {"accuracy": 0.5, "f1_score": 0.5, "precision": 0.5, "recall": 0.5},
        "rows": 10,
    }
    return Evaluation.model_validate(base | changes)


def reproduction(matching: int, rows: int = 1000) -> Reproduction:
    return Reproduction(rows=rows, matching=matching)


def file(path: str, size: int = 10) -> SubmittedFile:
    return SubmittedFile(path=path, sha256=SHA, bytes=size)


def submission(**changes: Any) -> Submission:
    base = {
        "id": "forest",
        "playground": "titanic",
        "created": NOON,
        "predictions": file("predictions.csv"),
    }
    return Submission.model_validate(base | changes)
