"""Metrics of the owner's own in playground.yml: what may be written, and what a mistake is told."""

from __future__ import annotations

import pytest
from record_examples import SHA

from aims_gh.domain.leaderboard import LEADING_COLUMNS, MODEL_COLUMNS, TRAILING_COLUMNS
from aims_gh.domain.metric import CLASSIFICATION_METRICS, REGRESSION_METRICS, MetricSpec
from aims_gh.domain.playground import Playground
from aims_gh.domain.record import Problems

HEAD = f"""\
title: Titanic
input_type: tabular
task_type: classification
labels: [a, b]
holdout: {{rows: 3, labels_sha256: {SHA}}}
"""


def read(metrics: str) -> Playground:
    return Playground.from_yaml(f"{HEAD}metrics: {metrics}".encode())


def test_columns_of_the_owner_s_own_stand_beside_built_in_ones() -> None:
    playground = read(
        "[f1_score, {name: cost, function: cost, direction: minimize}, "
        "{name: gap, function: fairness, direction: minimize}, "
        "{name: worst, function: fairness, direction: maximize}]"
    )

    assert [m.name for m in playground.built_in_metrics] == ["f1_score"]
    assert [(m.name, m.function) for m in playground.own_metrics] == [
        ("cost", "cost"), ("gap", "fairness"), ("worst", "fairness"),
    ]  # fmt: skip
    assert [m.greater_is_better for m in playground.metrics] == [True, False, False, True]


def test_one_of_them_may_rank_and_serves_either_task() -> None:
    own = "[{name: cost, function: cost, direction: minimize}]"
    regression = HEAD.replace("classification", "regression").replace("labels: [a, b]\n", "")

    for head in (HEAD, regression):
        playground = Playground.from_yaml(f"{head}metrics: {own}".encode())
        assert playground.ranking_metric.name == "cost"
        assert not playground.ranking_metric.greater_is_better
        assert not playground.needs_probabilities


def test_it_survives_being_written_and_read() -> None:
    playground = read("[{name: Cost_2, function: _cost, direction: maximize}]")

    assert Playground.from_yaml(playground.to_yaml()) == playground
    assert Playground.from_json(playground.to_json()) == playground


COLUMNS = {*LEADING_COLUMNS, *MODEL_COLUMNS, *TRAILING_COLUMNS}


@pytest.mark.parametrize(
    "name", sorted({*COLUMNS, *CLASSIFICATION_METRICS, *REGRESSION_METRICS, "Rank", "F1_Score"})
)
def test_the_name_of_another_column_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is a column of the board already"):
        MetricSpec(name=name, function="f", direction="minimize")


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("{name: cost, function: cost}", "cost needs direction: maximize or minimize"),
        ("{name: cost, direction: minimize}", "one of your own needs function, too"),
        ("{name: a b, function: f, direction: minimize}", "a name is 1 to 40 letters"),
        ("{name: '', function: f, direction: minimize}", "a name is 1 to 40 letters"),
        ("{name: 1st, function: f, direction: minimize}", "a name is 1 to 40 letters"),
        (f"{{name: {'x' * 41}, function: f, direction: minimize}}", "a name is 1 to 40 letters"),
        ("{name: äh, function: f, direction: minimize}", "a name is 1 to 40 letters"),
        ("{name: cost, function: a.b, direction: minimize}", "'a.b' is no name of a Python"),
        ("{name: cost, function: '', direction: minimize}", "'' is no name of a Python"),
        ("{name: cost, function: lambda, direction: minimize}", "'lambda' is no name"),
        ("{name: cost, function: 'f()', direction: minimize}", "is no name of a Python"),
        ("{name: cost, function: 7, direction: minimize}", "metrics.0.function"),
        ("{name: c, function: f, direction: up}", "metrics.0.direction"),
        ("{name: c, function: f, direction: minimize, average: micro}", "average: not for a"),
        ("{name: c, function: f, direction: minimize, pos_label: a}", "pos_label: not for a"),
        ("{name: c, function: f, direction: minimize, zero_division: 1}", "zero_division: not"),
    ],
)
def test_a_mistake_is_told_with_its_line(metric: str, expected: str) -> None:
    with pytest.raises(Problems) as caught:
        read(f"[{metric}]")

    assert expected in str(caught.value)
    assert "metrics.0" in str(caught.value)
    assert "(line 6)" in str(caught.value)


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(Problems, match="each metric only once"):
        read(
            "[{name: a, function: f, direction: minimize}, "
            "{name: a, function: g, direction: minimize}]"
        )


def test_everything_wrong_with_a_metric_is_said_at_once() -> None:
    with pytest.raises(Problems) as caught:
        read("[{name: rank, function: 1x, average: micro}]")

    for part in ("column of the board already", "'1x' is no name", "needs direction", "average:"):
        assert part in str(caught.value)
