"""playground.yml: what an owner may write, and what a careless one is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError
from record_examples import EXAMPLES, KEY, NOON, PLAYGROUND, SHA

from aims_gh.domain.course import Course
from aims_gh.domain.metric import (
    CLASSIFICATION_METRICS,
    DEFAULT_METRICS,
    PROBABILITY_METRICS,
    REGRESSION_METRICS,
    MetricSpec,
)
from aims_gh.domain.playground import Playground
from aims_gh.domain.record import Problems

HEAD = f"""\
title: Titanic
input_type: tabular
task_type: classification
holdout: {{rows: 3, labels_sha256: {SHA}}}
"""


def read(text: str = "labels: [a, b]\n", head: str = HEAD) -> Playground:
    return Playground.from_yaml(f"{head}{text}".encode())


def problems(text: str, head: str = HEAD) -> str:
    with pytest.raises(Problems) as caught:
        read(text, head)
    return str(caught.value)


def test_a_playground_needs_no_more_than_its_task_and_its_holdout() -> None:
    playground = read()

    assert [metric.name for metric in playground.metrics] == [
        "accuracy", "f1_score", "precision", "recall",
    ]  # fmt: skip
    assert {metric.average for metric in playground.metrics} == {"macro"}
    assert {metric.zero_division for metric in playground.metrics} == {0}
    assert playground.evaluation == "predictions"
    assert playground.competition.private_fraction == 0.5
    assert playground.boards == ("experiment", "competition")
    assert playground.visibility == "public"


def test_regression_has_its_own_default_metrics_and_no_labels() -> None:
    head = HEAD.replace("classification", "regression")

    playground = read("", head)

    assert tuple(metric.name for metric in playground.metrics) == ("mse", "rmse", "mae", "r2")
    assert problems("labels: [a, b]", head) == "labels are for classification"


@pytest.mark.parametrize("empty", ["metrics: []", "metrics:", "metrics: ~"])
def test_no_metrics_means_the_default_ones(empty: str) -> None:
    playground = read(f"labels: [a, b]\n{empty}")

    assert tuple(metric.name for metric in playground.metrics) == DEFAULT_METRICS["classification"]


def test_without_a_private_part_there_is_no_competition_board() -> None:
    playground = read("labels: [a, b]\ncompetition: {private_fraction: 0}")

    assert playground.boards == ("experiment",)


def test_everything_wrong_is_said_at_once() -> None:
    said = problems(
        """\
labels: [yes, no]
titel: Titanic
limits: {bytes: 1 MB, seconds: 0, secnds: 5}
competition:
  private_fraction: 0.95
  closes: 2026-11-23 18:00
  sealed: perhaps
  reveal: never
visibility: secret
metrics: [acuracy, {name: f1_score, average: makro}]
"""
    )

    assert said.split("; ") == [
        'labels (line 5): put quotes around labels such as "yes", "no", "true", "false"',
        "metrics.0 (line 14): no metric 'acuracy'",
        "there are accuracy, f1_score, precision, recall, balanced_accuracy, matthews_corrcoef, "
        "log_loss, roc_auc, mse, rmse, mae, r2, median_absolute_error, mape",
        "one of your own needs function, too",
        "metrics.1.average (line 14): Input should be 'binary', 'micro', 'macro' or 'weighted'",
        "visibility (line 13): Input should be 'public' or 'private'",
        "limits.bytes (line 7): Input should be a valid integer, unable to parse string as an "
        "integer",
        "limits.seconds (line 7): Input should be greater than 0",
        "limits.secnds (line 7): no such key",
        "competition.private_fraction (line 9): Input should be less than or equal to 0.9",
        "competition.closes (line 10): an instant needs its time zone, as in "
        "2026-11-23T18:00:00+01:00",
        "competition.sealed (line 11): Input should be a valid boolean, unable to interpret input",
        "competition.reveal (line 12): Input should be 'manual' or 'automatic'",
        "titel (line 6): no such key",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("labels: [a]", "classification needs at least two labels"),
        ("labels: []", "classification needs at least two labels"),
        ("", "classification needs at least two labels"),
        ("labels: [a, b, a]", "each label only once"),
        ("labels: [1, '1']", "each label only once"),
        ("labels: [1, 1.0]", "each label only once"),
        ("labels: [a, no]", "labels (line 5): put quotes around labels"),
        ("labels: [on, off]", "labels (line 5): put quotes around labels"),
        ("labels: [1.5, 2]", "labels.0"),
        ("labels: [.nan, 2]", "labels.0"),
        ("labels: [a, ~]", "labels.1"),
        ("labels: [a, ]", "classification needs at least two labels"),
        ("labels: [2026-01-01, b]", "labels.0"),
        ("labels: a, b", "labels (line 5): Input should be a valid tuple"),
        ("labels: {a: b}", "labels (line 5): Input should be a valid tuple"),
    ],
)
def test_wrong_labels_are_refused(text: str, expected: str) -> None:
    assert problems(text).startswith(expected)


def test_labels_keep_the_owner_s_order_and_type() -> None:
    labels = read("labels: [b, 3, a, '1', 'no']").labels

    assert labels == ("b", 3, "a", "1", "no")


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ("[mse]", "mse is not a metric for classification"),
        ("[accuracy, accuracy]", "each metric only once"),
        ("[f1_score, {name: f1_score, average: micro}]", "each metric only once"),
        ("[{name: accuracy, average: micro}]", "accuracy takes no average"),
        ("[{name: accuracy, direction: minimize}]", "accuracy can only be maximized"),
        ("[{name: log_loss, direction: maximize}]", "log_loss can only be minimized"),
        ("[{name: f1_score, pos_label: a}]", "pos_label goes with average: binary"),
        ("[{name: recall, average: binary, pos_label: c}]", "recall: pos_label 'c' is not a label"),
        ("[{name: recall, zero_division: 0.5}]", "metrics.0.zero_division"),
        ("[{average: micro}]", "metrics.0.name (line 6): missing"),
        ("[{name: recall, beta: 2}]", "metrics.0.beta (line 6): no such key"),
        ("[[recall]]", "metrics.0 (line 6): Input should be a valid dictionary"),
        ("recall", "metrics (line 6): Input should be a valid tuple"),
    ],
)
def test_wrong_metrics_are_refused(metrics: str, expected: str) -> None:
    assert expected in problems(f"labels: [a, b]\nmetrics: {metrics}")


def test_the_binary_average_is_for_two_labels() -> None:
    metrics = "metrics: [{name: f1_score, average: binary}]"

    assert read(f"labels: [a, b]\n{metrics}").metrics[0].average == "binary"
    assert problems(f"labels: [a, b, c]\n{metrics}") == (
        "f1_score: average binary needs exactly two labels"
    )


def test_a_positive_label_is_found_by_value_and_type() -> None:
    metrics = "metrics: [{name: recall, average: binary, pos_label: 1}]"

    assert read(f"labels: [0, 1]\n{metrics}").metrics[0].pos_label == 1
    assert "pos_label 1 is not a label" in problems(f"labels: ['0', '1']\n{metrics}")


@pytest.mark.parametrize("name", CLASSIFICATION_METRICS + REGRESSION_METRICS)
def test_every_metric_knows_which_end_is_better(name: str) -> None:
    smaller = {"log_loss", "mse", "rmse", "mae", "median_absolute_error", "mape"}

    assert MetricSpec(name=name).greater_is_better is (name not in smaller)
    natural = "minimize" if name in smaller else "maximize"
    assert MetricSpec(name=name, direction=natural).direction == natural


def test_the_first_metric_ranks_and_probabilities_are_asked_for_where_needed() -> None:
    playground = read("labels: [a, b]\nmetrics: [recall, log_loss]")

    assert playground.ranking_metric.name == "recall"
    assert playground.needs_probabilities
    assert not read().needs_probabilities
    assert set(PROBABILITY_METRICS) < set(CLASSIFICATION_METRICS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("visibility: private", "visibility is private but participants is empty"),
        ("features: hidden", "features are hidden but holdout has no features_sha256"),
        ("features: hidden", "features are hidden, so evaluation can only be model"),
        ("visibility: private\nfeatures: hidden\nmetrics: [mse]", "mse is not a metric"),
        ("visibility: private\nfeatures: hidden\nmetrics: [mse]", "participants is empty"),
        ("participants: [a/b]\nvisibility: private", "participants.0 (line 6): a login is"),
        ("inputs: [{name: a, dtype: float64}]", "inputs.0.dtype (line 6): Input should be"),
        ("deploy: {targets: [heroku]}", "deploy.targets.0 (line 6): Input should be"),
        ("limits: {bytes: 100000000}", "limits.bytes (line 6): Input should be less than"),
        ("limits: {per_day: 0}", "limits.per_day (line 6): Input should be greater than"),
        ("holdout: {rows: 0}", "given more than once"),
        ("schema_version: 2", "schema_version (line 6): Input should be 1"),
        ("competition: {grace_minutes: -1}", "competition.grace_minutes (line 6)"),
        ("competition: {late: maybe}", "competition.late (line 6)"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(text: str, expected: str) -> None:
    assert expected in problems(f"labels: [a, b]\n{text}")


@pytest.mark.parametrize("closes", ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00"])
def test_a_competition_closes_after_it_opens_whatever_the_time_zone(closes: str) -> None:
    said = problems(
        f"labels: [a, b]\ncompetition:\n  opens: 2026-01-01T00:00:00Z\n  closes: {closes}\n"
    )

    assert said == "competition (line 6): closes must come after opens"


def test_a_number_of_the_day_is_no_deadline() -> None:
    said = problems("labels: [a, b]\ncompetition: {closes: 20261123}")

    assert said.startswith("competition.closes (line 6): an instant needs its time zone")


def test_a_deadline_is_the_same_moment_in_every_zone() -> None:
    here = read("labels: [a, b]\ncompetition: {closes: 2026-11-23T18:00:00+01:00}")
    there = read("labels: [a, b]\ncompetition: {closes: 2026-11-23T09:00:00-08:00}")

    assert here == there


def test_the_full_example_uses_every_key_of_the_file() -> None:
    written = json.loads(PLAYGROUND.to_json())

    assert set(written) == set(Playground.model_fields)
    assert PLAYGROUND.competition.opens == NOON


def test_a_course_needs_an_owner_s_key_and_real_keys() -> None:
    keys: dict[str, Any] = {"score": KEY, "run": KEY, "owners": []}
    with pytest.raises(ValidationError, match="at least 1 item"):
        Course.model_validate({"title": "x", "keys": keys})

    secret = "AGE-SECRET-KEY-1" + "Q" * 58
    with pytest.raises(Problems, match=r"keys\.score: String should match") as caught:
        Course.from_value({"title": "x", "keys": keys | {"score": secret, "owners": [KEY]}})

    assert "AGE-SECRET" not in str(caught.value)


def test_a_secret_key_that_slips_into_a_course_is_not_repeated_by_the_error() -> None:
    text = EXAMPLES["Course"].to_yaml().decode().replace(KEY, "AGE-SECRET-KEY-1" + "Q" * 58)

    with pytest.raises(Problems) as caught:
        Course.from_yaml(text.encode())

    assert "QQQQ" not in str(caught.value)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("{late: penalty}", "late: penalty and the expression penalty go together"),
        ("{late: penalty, penalty: score - day}", "day in column 9 is not known here"),
        ("{late: penalty, penalty: 9 ** 9 ** 9}", "competition.penalty: "),
        ("{late: penalty, penalty: score / (1 - score)}", "competition.penalty: "),
        ("{late: penalty, penalty: score + 0.1 * days}", "who is late gains"),
        (
            "{reveal: automatic, late: penalty, penalty: score - days, "
            "closes: 2026-12-01T12:00:00Z}",
            "how long the late count: late_until",
        ),
        ("{late: mark, penalty: score}", "late: penalty and the expression penalty go together"),
        ("{reveal: automatic}", "an automatic reveal needs closes"),
        ("{final: {closes: 2026-12-01T12:00:00Z}}", "a final phase comes after closes"),
        (
            "{closes: 2026-12-02T12:00:00Z, final: {closes: 2026-12-01T12:00:00Z}}",
            "final.closes must come after the final phase opens",
        ),
        (
            "{release: ladder}\nmetrics: [{name: cost, function: cost, direction: minimize}]",
            "the Ladder needs a built-in metric that ranks",
        ),
        ("{sealed: true}", "competition.sealed needs holdout.envelope"),
        ("{private_fraction: 0, release: ladder}", "competition.release needs a private part"),
        ("{private_fraction: 0, sealed: true}", "competition.sealed needs a private part"),
    ],
)
def test_rules_of_a_competition_that_do_not_fit_are_named(rules: str, expected: str) -> None:
    said = problems(f"competition: {rules}\n")

    assert expected in said
