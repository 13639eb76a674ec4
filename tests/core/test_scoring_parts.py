"""Scoring: public and private part apart, and nothing private in what is shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from core_builders import playground, regression
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.holdout import Truth
from aims_gh.core.predictions import Predictions
from aims_gh.core.score import check_metrics, score
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError, SubmissionError

RULES = playground(metrics=("accuracy",))
NONE, SOME = [False] * 4, [False, True, False, True]


def truth(answers: list[Any], private: list[bool]) -> Truth:
    kind = np.float64 if isinstance(answers[0], float) else np.int32
    return Truth(np.array(answers, kind), np.array(private))


def said(*codes: int) -> Predictions:
    return Predictions(codes=np.array(codes, np.int32))


def test_with_nothing_private_all_rows_are_scored_and_nothing_is_sealed() -> None:
    found = score(RULES, truth([0, 1, 1, 0], NONE), said(0, 1, 1, 1))

    assert (found.scores, found.rows, found.private) == ({"accuracy": 0.75}, 4, None)


def test_what_is_shown_covers_the_public_rows_alone() -> None:
    found = score(RULES, truth([0, 1, 1, 0], SOME), said(0, 0, 1, 0))

    assert (found.scores, found.rows) == ({"accuracy": 1.0}, 2)
    assert found.private is not None
    assert found.private.private == {"accuracy": 0.5}
    assert found.private.whole == {"accuracy": 0.75}


@given(private=st.lists(st.sampled_from([0, 1]), min_size=2, max_size=2))
def test_no_prediction_for_a_private_row_changes_what_is_shown(private: list[int]) -> None:
    codes = [0, private[0], 0, private[1]]

    found = score(RULES, truth([0, 1, 1, 0], SOME), said(*codes))

    assert found.scores == {"accuracy": 0.5}
    assert found.private is not None
    assert found.private.private == {"accuracy": (private[0] + 1 - private[1]) / 2}


@pytest.mark.parametrize(("release", "shown"), [("exact", 2 / 3), ("rounded", 0.667)])
def test_public_scores_are_rounded_where_the_owner_wants_it(release: str, shown: float) -> None:
    rules = playground(metrics=("accuracy",), competition={"release": release})
    answers = truth([0, 0, 0, 1, 1, 1], [False] * 3 + [True] * 3)

    found = score(rules, answers, said(0, 0, 1, 1, 1, 0))

    assert found.scores == {"accuracy": shown}
    assert found.private is not None
    assert found.private.private == {"accuracy": 2 / 3}


def test_probabilities_are_cut_to_the_part_too() -> None:
    rules = playground(metrics=("log_loss",))
    chances = np.array([[0.5, 0.5], [0.1, 0.9], [0.5, 0.5], [0.9, 0.1]])
    predictions = Predictions(chances.argmax(axis=1).astype(np.int32), chances)

    found = score(rules, truth([0, 1, 1, 0], SOME), predictions)

    assert found.scores["log_loss"] == pytest.approx(np.log(2))
    assert found.private is not None
    assert found.private.private["log_loss"] == pytest.approx(-np.log(0.9))


def test_numbers_are_scored_in_their_unit() -> None:
    found = score(
        regression("mae"),
        truth([1.0, 2.0, 3.0, 4.0], SOME),
        Predictions(values=np.array([2.0, 2.0, 3.0, 14.0])),
    )

    assert found.scores == {"mae": 0.5}
    assert found.private is not None
    assert found.private.private == {"mae": 5.0}


@pytest.mark.parametrize("count", [3, 5])
def test_a_wrong_number_of_predictions_is_refused_and_no_score_made_up(count: int) -> None:
    # The original accepted such rows with scores of None (AIMS_API.md, 2.4, 1).
    with pytest.raises(SubmissionError, match=f"{count} predictions, the holdout has 4 rows"):
        score(RULES, truth([0, 1, 1, 0], SOME), said(*[0] * count))


def test_a_score_beyond_all_numbers_is_the_participant_s_fault_and_no_infinity() -> None:
    answers = truth([1.0, 2.0, 3.0, 4.0], NONE)

    with pytest.raises(SubmissionError):
        score(regression("mse"), answers, Predictions(values=np.full(4, 1e300)))


@pytest.mark.parametrize(
    ("rules", "answers"),
    [
        (regression("r2"), truth([1.0, 2.0, 3.0, 4.0], [False, False, False, True])),
        (regression("r2"), truth([1e300, -1e300, 1.0, 2.0], NONE)),
        (playground(metrics=("roc_auc",)), truth([0, 0, 1, 0], SOME)),
    ],
)
def test_a_metric_that_a_part_cannot_have_is_the_owner_s_fault_and_found_at_once(
    rules: Playground, answers: Truth
) -> None:
    with pytest.raises(CourseError, match=rules.metrics[0].name):
        check_metrics(rules, answers)


def test_metrics_that_every_part_can_have_pass() -> None:
    check_metrics(
        playground(metrics=("accuracy", "log_loss", "roc_auc")), truth([0, 0, 1, 1], SOME)
    )
    check_metrics(regression("mse", "r2", "mape"), truth([1.0, 2.0, 3.0, 4.0], SOME))
