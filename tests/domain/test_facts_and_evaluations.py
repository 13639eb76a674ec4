"""What was measured: reproduction, cost, scores, digests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from record_examples import COST, EVALUATION, EXAMPLES, FACTS, INTAKE, SHA

from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.model_facts import Cost, ModelFacts, Reproduction
from aims_gh.domain.proposal import Proposal
from aims_gh.domain.record import Problems
from aims_gh.domain.steps import Intake, Run, Score


@given(thousands=st.integers(1, 10_000), missing=st.integers(0, 3))
def test_a_model_reproduces_from_999_rows_in_a_thousand_and_not_from_one_less(
    thousands: int, missing: int
) -> None:
    rows = 1000 * thousands

    assert Reproduction(rows=rows, matching=rows - thousands).reproduced
    assert Reproduction(rows=rows, matching=rows).reproduced
    assert not Reproduction(rows=rows, matching=rows - thousands - 1 - missing).reproduced


@pytest.mark.parametrize(
    ("rows", "matching", "reproduced"),
    [(1, 1, True), (1, 0, False), (999, 998, False), (1000, 999, True), (1001, 1000, True)],
)
def test_few_rows_must_all_agree(rows: int, matching: int, reproduced: bool) -> None:
    assert Reproduction(rows=rows, matching=matching).reproduced is reproduced


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 0), ("version", "1a"), ("playground", "Titanic"), ("username", "a/b"),
        ("board", "private"), ("timestamp", "2026-01-01T00:00:00"), ("head", "main"),
        ("proposal", 0), ("submission", "../x"), ("rows", 0), ("scores", {"mse": None}),
        ("scores", {"mse": "good"}), ("marks", ["first"]), ("digests", {}), ("private", {}),
        ("schema_version", 2), ("description", "x" * 2001), ("based_on", 0), ("tags", [1]),
    ],
)  # fmt: skip
def test_an_evaluation_with_a_wrong_value_is_refused_and_the_key_named(
    key: str, value: Any
) -> None:
    written = json.loads(EVALUATION.to_json()) | {key: value}

    with pytest.raises(Problems, match=rf"^{key}"):
        Evaluation.from_value(written)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -float("inf")])
def test_a_score_is_finite(score: float) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Evaluation.model_validate(EVALUATION.model_dump() | {"scores": {"mse": score}})
    with pytest.raises(ValidationError, match="finite"):
        Score(scores={"mse": score})


@pytest.mark.parametrize(
    ("kind", "good", "key", "value"),
    [
        (Cost, COST, "latency_ms_per_1000", -1),
        (Cost, COST, "latency_ms_per_1000", float("inf")),
        (Cost, COST, "rows", 0),
        (ModelFacts, FACTS, "num_params", -1),
        (ModelFacts, FACTS, "operators", {"Gemm": "many"}),
        (Intake, INTAKE, "main", "main"),
        (Intake, INTAKE, "pushed", 1767225600),
        (Run, Run(), "scored", SHA.upper()),
    ],
)
def test_a_record_of_a_step_with_a_wrong_value_is_refused(
    kind: type[Any], good: Any, key: str, value: Any
) -> None:
    with pytest.raises(ValidationError, match=key):
        kind.model_validate(good.model_dump() | {key: value})


def test_the_author_of_a_proposal_is_a_login_and_no_path() -> None:
    with pytest.raises(Problems, match="author: a login is 1 to 39 letters, digits and hyphens"):
        Proposal.from_json(b'{"author": "../ada"}')


def test_defaults_are_not_shared_between_records() -> None:
    Score().scores["mse"] = 1.0

    assert Score().scores == {}


@pytest.mark.parametrize(
    ("name", "later"),
    [
        ("Evaluation", {"failures"}),
        ("Digests", {"metrics"}),
        ("PrivateScores", {"failures"}),
        ("Score", {"failures", "metrics"}),
        ("Limits", {"metric_seconds"}),
        ("MetricSpec", {"function"}),
    ],
)
def test_a_file_from_before_owners_had_metrics_of_their_own_is_still_read(
    name: str, later: set[str]
) -> None:
    example = EXAMPLES[name]
    value = {k: v for k, v in json.loads(example.to_json()).items() if k not in later}

    old = type(example).from_value(value)

    assert old.model_dump(exclude=later) == example.model_dump(exclude=later)
    assert not any(getattr(old, key) for key in later - {"metric_seconds"})
