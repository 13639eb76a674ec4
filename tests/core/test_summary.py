"""Sums over rows: right, and silent wherever they would tell of a row."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from core_builders import SHA, playground, regression
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from aims_gh.core.holdout import Truth
from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.core.score import score
from aims_gh.core.summary import FEWEST_ROWS, summary
from aims_gh.domain.playground import Holdout

THREE = ("a", "b", "c")
HIDDEN = {
    "features": "hidden",
    "evaluation": "model",
    "holdout": Holdout(rows=10, labels_sha256=SHA, features_sha256=SHA),
}


def coded(answers: Any, said: Any) -> Part:
    codes = np.asarray(said, np.int32)
    return Part(np.asarray(answers, np.int32), Predictions(codes=codes))


def valued(answers: Any, said: Any) -> Part:
    return Part(np.asarray(answers, float), Predictions(values=np.asarray(said, float)))


def test_confusions_are_scikit_learns() -> None:
    dice = np.random.default_rng(1)
    answers, said = dice.integers(0, 3, 200), dice.integers(0, 3, 200)

    found = summary(playground(labels=THREE), coded(answers, said))

    assert found
    assert found.confusion
    assert found.rows == 200
    assert found.residuals is None
    assert found.confusion.labels == THREE
    assert np.array_equal(found.confusion.counts, confusion_matrix(answers, said))


def test_errors_are_counted_in_round_steps_around_zero() -> None:
    errors = np.random.default_rng(2).normal(0.4, 1.7, 5_000)

    found = summary(regression(), valued(np.zeros(5_000), errors))

    assert found
    assert found.residuals
    assert (found.rows, found.confusion) == (5_000, None)
    assert found.residuals.mean == pytest.approx(errors.mean(), abs=0.005)
    assert found.residuals.deviation == pytest.approx(errors.std(), abs=0.005)
    assert found.residuals.step == 1.0
    edges = [-np.inf, *range(-9, 10), np.inf]
    assert found.residuals.counts == tuple(np.histogram(errors, edges)[0])


@pytest.mark.parametrize("scale", [1e-150, 1e-9, 0.003, 1.0, 7e5, 1e99])
def test_steps_fit_errors_of_any_size(scale: float) -> None:
    errors = np.random.default_rng(3).normal(0, scale, 1_000)

    found = summary(regression(), valued(np.zeros(1_000), errors))

    assert found
    assert found.residuals
    assert sum(found.residuals.counts) == 1_000
    assert 0.29 * scale < found.residuals.step < 0.81 * scale
    assert f"{found.residuals.step:e}"[:8] in {"1.000000", "2.000000", "5.000000"}


def test_perfect_predictions_lie_in_the_bin_above_zero() -> None:
    found = summary(regression(), valued(np.arange(30), np.arange(30)))

    assert found
    assert found.residuals
    assert (found.residuals.mean, found.residuals.deviation) == (0.0, 0.0)
    assert found.residuals.counts == (*[0] * 10, 30, *[0] * 9)


@given(row=st.floats(-1e6, 1e6), place=st.integers(0, 39))
def test_no_number_told_is_the_error_or_the_answer_of_a_row(row: float, place: int) -> None:
    answers = np.linspace(3.1, 9.7, 40) + np.pi / 1000
    said = answers + np.linspace(-1, 1, 40) * np.e
    said[place] = row

    found = summary(regression(), valued(answers, said))

    assert found
    assert found.residuals
    told = {found.residuals.mean, found.residuals.deviation, found.residuals.step} - {0.0}
    assert told.isdisjoint({*answers, *(said - answers)})
    assert all(len(f"{number:e}".split("e")[0].rstrip("0")) <= 5 for number in told)


@pytest.mark.parametrize("rows", [FEWEST_ROWS - 1, FEWEST_ROWS])
def test_a_handful_of_rows_is_not_summed_up(rows: int) -> None:
    zeros = np.zeros(rows)

    for rules, part in (
        (playground(), coded(zeros, zeros)),
        (regression(), valued(zeros, zeros)),
    ):
        assert (summary(rules, part) is not None) is (rows >= FEWEST_ROWS)


@pytest.mark.parametrize("many", [50, 51])
def test_more_labels_than_fifty_are_not_told(many: int) -> None:
    rules = playground(labels=tuple(f"l{place}" for place in range(many)))

    assert (summary(rules, coded(np.zeros(99), np.zeros(99))) is not None) is (many <= 50)


@pytest.mark.parametrize("closed", [{"competition": {"release": "rounded"}}, HIDDEN])
def test_with_rounded_scores_or_hidden_features_nothing_is_told(closed: dict[str, Any]) -> None:
    hundred = np.arange(100) % 2

    assert summary(playground(**closed), coded(hundred, hundred)) is None
    assert summary(regression(**closed), valued(hundred, hundred)) is None


@pytest.mark.parametrize("release", ["exact", "rounded"])
def test_private_rows_change_nothing_in_what_is_told(release: str) -> None:
    rules = playground(labels=THREE, competition={"release": release})
    private = np.arange(90) % 3 == 0
    answers = (np.arange(90) % 2).astype(np.int32)
    truth = Truth(answers, private)

    found = [
        score(rules, truth, Predictions(codes=np.where(private, other, answers).astype(np.int32)))
        for other in range(3)
    ]

    assert found[0].summary == found[1].summary == found[2].summary
    if release == "rounded":
        assert found[0].summary is None
    else:
        assert found[0].summary
        assert found[0].summary.rows == found[0].rows == 60
        assert json.loads(found[0].summary.to_json())["confusion"]["counts"][0] == [30, 0, 0]
