"""The Ladder: a score moves only beyond chance, and what is remembered for it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from core_builders import playground, regression
from hypothesis import given, settings
from hypothesis import strategies as st

from aims_gh.core.ladder import Rung, climb, rounded
from aims_gh.core.metrics import compute_scores
from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.core.resamples import draw_resamples
from aims_gh.core.uncertainty import uncertainty
from aims_gh.domain.metric import CLASSIFICATION_METRICS, REGRESSION_METRICS
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError

ROWS = 1_000
DRAWN = draw_resamples(ROWS, resamples=200, seed=3)
ACCURACY = playground(metrics=["accuracy"])
RULES = [
    *(playground(metrics=[name]) for name in CLASSIFICATION_METRICS),
    *(regression(name) for name in REGRESSION_METRICS),
]


def right_in(number: int, *, starting: int = 0, rows: int = ROWS) -> Part:
    """So many rows right, from a place on; all the others wrong."""
    codes = np.zeros(rows, dtype=np.int32)
    codes[np.arange(starting, starting + number) % rows] = 1
    return Part(np.ones(rows, dtype=np.int32), Predictions(codes=codes))


def off_by(noise: float, rules: Playground, *, seed: int = 1, rows: int = ROWS) -> Part:
    """Predictions for any metric: the less noise, the better."""
    random = np.random.default_rng(seed)
    truth = np.random.default_rng(0).normal(size=rows) + 3
    said = truth + noise * random.normal(size=rows)
    if rules.task_type == "regression":
        return Part(truth, Predictions(values=said))
    second = 1 / (1 + np.exp(-(said - 3)))
    probabilities = np.column_stack([1 - second, second])
    codes = (second > 0.5).astype(np.int32)
    return Part((truth > 3).astype(np.int32), Predictions(codes=codes, probabilities=probabilities))


def test_the_first_score_is_shown() -> None:
    rung = climb(ACCURACY, right_in(612), DRAWN, None)

    assert rung.released == 0.612


@pytest.mark.parametrize(
    ("first", "second", "moves"),
    [
        # As in figure 2 of the paper: the deviation of the differences, over the root of the
        # rows. Twenty rows more and none less: a gain of 0.020 beside an error of 0.0044.
        (right_in(600), right_in(620), True),
        # One row more: 0.001 is not more than its own error, 0.001.
        (right_in(600), right_in(601), False),
        (right_in(600), right_in(602), True),
        # Twenty more right, but 780 rows differ: the error is 0.028.
        (right_in(600), right_in(620, starting=600), False),
        (right_in(600), right_in(640, starting=600), True),
        (right_in(600), right_in(590), False),
        (right_in(600), right_in(600), False),
    ],
)
def test_as_published_a_score_moves_by_more_than_one_standard_error_of_the_difference(
    first: Part, second: Part, *, moves: bool
) -> None:
    best = climb(ACCURACY, first, DRAWN, None, step=0)

    found = climb(ACCURACY, second, DRAWN, best, step=0)

    apart = (first.predictions.codes != second.predictions.codes).astype(float)
    gain = float(second.predictions.codes.mean() - first.predictions.codes.mean())
    signed = apart * np.where(second.predictions.codes == 1, 1, -1)
    assert moves == (gain > 1.000001 * signed.std(ddof=1) / math.sqrt(ROWS))
    assert (found is not best) == moves
    assert found.released == (second.predictions.codes.mean() if moves else 0.6)


def test_the_example_of_its_authors_goes_as_they_say() -> None:
    # README of Ladder.jl: three submissions, of which one more right is no improvement, two are.
    truth = np.array([1, 0, 1, 1, 1, 0], np.int32)
    drawn, best, shown = draw_resamples(6, seed=1), None, []
    for said in ([0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0]):
        part = Part(truth, Predictions(codes=np.array(said, np.int32)))
        best = climb(ACCURACY, part, drawn, best, step=0)
        shown.append(1 - best.released)

    assert shown == pytest.approx([2 / 3, 2 / 3, 1 / 3])


@pytest.mark.parametrize(("more", "moves"), [(2, False), (15, False), (16, True), (40, True)])
def test_a_score_moves_by_more_than_one_standard_error_of_its_own(more: int, moves: bool) -> None:
    # 600 of 1,000 rows have a standard error of 15.5 rows.
    best = climb(ACCURACY, right_in(600), DRAWN, None)

    found = climb(ACCURACY, right_in(600 + more), DRAWN, best)

    assert found.released == (0.6 + more / ROWS if moves else 0.6)


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.metrics[0].name)
def test_every_built_in_metric_climbs_by_what_is_better_alone(rules: Playground) -> None:
    (spec,) = rules.metrics
    worse, better = off_by(1.0, rules), off_by(0.4, rules)

    first = climb(rules, worse, DRAWN, None)
    second = climb(rules, better, DRAWN, first)
    third = climb(rules, worse, DRAWN, second)
    again = climb(rules, better, DRAWN, second)

    score = compute_scores(
        rules.metrics,
        labels=rules.labels,
        truth=better.answers,
        predictions=better.predictions,
    )[spec.name]
    assert (second.released > first.released) == spec.greater_is_better
    assert second.exact == score
    assert second.released == pytest.approx(score, rel=0.05)
    assert third is second
    assert again is second


@pytest.mark.parametrize("name", ["mse", "rmse", "log_loss"])
def test_what_is_shown_of_a_metric_without_bounds_is_no_finer_than_its_error(name: str) -> None:
    rules = playground(metrics=[name]) if name == "log_loss" else regression(name)

    rung = climb(rules, off_by(1.0, rules), DRAWN, None)

    assert rung.released != rung.exact
    assert round(rung.released, 3) == rung.released
    assert rung.released == pytest.approx(rung.exact, rel=0.01)


def test_more_rows_than_are_remembered_one_by_one_climb_by_their_resamples() -> None:
    rows = 20_000
    drawn, rules = draw_resamples(rows, resamples=100, seed=1), regression("rmse")
    first = climb(rules, off_by(1.0, rules, rows=rows), drawn, None)

    same = climb(rules, off_by(0.999, rules, seed=2, rows=rows), drawn, first)
    better = climb(rules, off_by(0.9, rules, rows=rows), drawn, first)

    assert first.kind == "replicates"
    assert len(first.to_bytes()) < 500
    assert same is first
    assert better.released < first.released


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.metrics[0].name)
def test_what_is_remembered_survives_being_written(rules: Playground) -> None:
    rung = climb(rules, off_by(1.0, rules), DRAWN, None)

    read = Rung.from_bytes(rung.to_bytes())

    assert (read.released, read.exact, read.kind) == (rung.released, rung.exact, rung.kind)
    assert np.array_equal(read.values, rung.values, equal_nan=True)
    assert climb(rules, off_by(1.0, rules), DRAWN, read) is read


def test_a_right_or_wrong_row_is_a_bit() -> None:
    assert len(climb(ACCURACY, right_in(5), DRAWN, None).to_bytes()) < ROWS / 8 + 50


def test_what_is_remembered_is_not_shown_by_accident() -> None:
    assert repr(climb(ACCURACY, right_in(612), DRAWN, None)) == "Rung(released=0.612, kind='right')"


WRITTEN = [
    Rung(0.5, 0.5, "right", np.ones(30, np.bool_), 1.0).to_bytes(),
    Rung(0.5, 0.5, "losses", np.ones(9, np.float32), 2.0).to_bytes(),
    Rung(0.5, 0.5, "replicates", np.full(9, np.nan, np.float32), 1.0).to_bytes(),
]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_junk_is_refused_and_never_more(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(WRITTEN))
    place = data.draw(st.integers(0, len(good)))
    junk = data.draw(st.binary(max_size=60))
    content = data.draw(
        st.sampled_from([junk, good[:place], good + junk, good[:place] + junk + good[place + 1 :]])
    )

    try:
        rung = Rung.from_bytes(content)
    except CourseError:
        return
    assert math.isfinite(rung.released)
    assert len(rung.values) < 1_000


def test_other_rows_than_those_remembered_are_told() -> None:
    best = climb(ACCURACY, right_in(5), DRAWN, None)

    with pytest.raises(CourseError, match="about other rows"):
        climb(ACCURACY, right_in(5, rows=30), draw_resamples(30, seed=1), best)


def test_a_metric_of_the_owners_own_does_not_climb() -> None:
    own = {"name": "cost", "function": "cost", "direction": "minimize"}

    with pytest.raises(CourseError, match="a metric of the owner's own"):
        climb(playground(metrics=[own]), right_in(5), DRAWN, None)


def test_what_is_shown_never_gets_worse() -> None:
    rules, random = regression("mse"), np.random.default_rng(6)
    best = None
    shown = []
    for _ in range(60):
        best = climb(rules, off_by(random.uniform(0.2, 1.2), rules), DRAWN, best)
        shown.append(best.released)

    assert all(after <= before for before, after in pairwise(shown))
    assert len(set(shown)) > 3


@pytest.mark.parametrize("name", REGRESSION_METRICS)
@pytest.mark.parametrize("truth", [0.0, 5e-324, 1e60])
@pytest.mark.parametrize("said", [[1e100, -1e100], [0, 1e100], [1e100, 1e100]])
def test_the_largest_errors_that_are_accepted_climb_and_are_sure_of_something(
    name: str, truth: float, said: list[float]
) -> None:
    rules, drawn = regression(name), draw_resamples(40, resamples=50, seed=2)
    part = Part(np.resize([truth, 0.0], 40), Predictions(values=np.resize(said, 40)))

    rung = Rung.from_bytes(climb(rules, part, drawn, None).to_bytes())
    (interval,) = uncertainty(rules, part, drawn).intervals.values()

    assert math.isfinite(rung.released)
    assert climb(rules, part, drawn, rung) is rung
    assert all(map(math.isfinite, interval))


def test_one_row_climbs_from_wrong_to_right() -> None:
    drawn = draw_resamples(1, seed=1)
    wrong = climb(ACCURACY, right_in(0, rows=1), drawn, None)

    assert climb(ACCURACY, right_in(1, rows=1), drawn, wrong).released == 1
    assert climb(regression(), Part(np.ones(1), Predictions(values=np.ones(1))), drawn, None)


def test_rounded_scores_have_three_decimals() -> None:
    assert rounded({"f1_score": 0.81256, "mse": 1234.56789}) == {
        "f1_score": 0.813,
        "mse": 1234.568,
    }
