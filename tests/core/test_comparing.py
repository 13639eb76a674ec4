"""Versions side by side, and a model beside what was submitted with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from core_builders import COST, FACTS, evaluation
from core_builders import reproduction as reproduced
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.compare import Line, compare, reproduction
from aims_gh.core.predictions import Predictions
from aims_gh.domain.claims import Claims


def values(*numbers: float) -> Predictions:
    return Predictions(values=np.array(numbers, np.float64))


def classes(codes: list[int], probabilities: Any = None) -> Predictions:
    matrix = None if probabilities is None else np.array(probabilities, np.float64)
    return Predictions(codes=np.array(codes, np.int32), probabilities=matrix)


@pytest.mark.parametrize(
    ("found", "differs"),
    [
        ((1, 1), False),
        ((1, 2), True),
        ((1, None), True),
        ((None, None), False),
        ((None, 0), True),
        ((0, 0.0), False),
        (("a", "a", "b"), True),
        ((1,), False),
        ((), False),
    ],
)
def test_a_line_differs_where_any_version_disagrees(found: tuple[Any, ...], differs: bool) -> None:
    assert Line("model", "x", found).differs is differs


def test_everything_known_is_lined_up_in_the_order_asked_for() -> None:
    forest = evaluation(
        1, scores={"accuracy": 0.5}, facts=FACTS, cost=COST, reproduction=reproduced(1000),
        claims=Claims(model_type="Forest", parameters={"depth": 3, "seed": 0},
                      metadata={"team": "a"}),
    )  # fmt: skip
    linear = evaluation(
        2, scores={"accuracy": 0.0, "recall": 1.0}, username="Bob",
        claims=Claims(model_type="Linear", parameters={"alpha": 1.0, "seed": 0}),
    )  # fmt: skip

    lines = {(line.group, line.name): line.values for line in compare([linear, forest])}

    assert lines["scores", "accuracy"] == (0.0, 0.5)
    assert lines["scores", "recall"] == (1.0, None)
    assert lines["model", "username"] == ("Bob", "Ada")
    assert lines["model", "model_type"] == ("Linear", "Forest")
    assert lines["model", "num_params"] == (None, 42)
    assert lines["model", "memory_size"] == (None, 321)
    assert lines["model", "latency_ms_per_1000"] == (None, 1.5)
    assert lines["model", "reproduced"] == (None, True)
    assert lines["Forest", "depth"] == (None, 3)
    assert lines["Forest", "seed"] == (None, 0)
    assert lines["Linear", "alpha"] == (1.0, None)
    assert lines["operators", "Gemm"] == (None, 2)
    assert lines["metadata", "team"] == (None, "a")


def test_lines_of_one_group_stand_together_whichever_version_has_them() -> None:
    one = evaluation(1, claims=Claims(parameters={"a": 1}, metadata={"x": 1}))
    two = evaluation(2, claims=Claims(parameters={"b": 1}, metadata={"y": 1}), facts=FACTS)

    groups = [line.group for line in compare([one, two])]

    changes = [
        group for group, before in zip(groups, [None, *groups], strict=False) if group != before
    ]
    assert len(changes) == len(set(changes))
    assert changes[0] == "scores"


def test_one_version_or_none_is_no_error() -> None:
    assert compare([]) == []
    assert not any(line.differs for line in compare([evaluation(1)]))
    assert not any(line.differs for line in compare([evaluation(1), evaluation(1)]))


def test_equal_values_all_match() -> None:
    found = reproduction(values(1, 2, 3), values(1, 2, 3))

    assert (found.rows, found.matching, found.largest_difference) == (3, 3, 0.0)
    assert found.reproduced


@pytest.mark.parametrize(("factor", "matching"), [(0.99, 2), (1.01, 0)])
def test_values_match_within_a_ten_thousandth_of_the_spread_and_of_themselves(
    factor: float, matching: int
) -> None:
    submitted = values(-5.0, 5.0)
    tolerance = 1e-4 * 5.0 + 1e-4 * 5.0

    model = values(-5.0 + factor * tolerance, 5.0 - factor * tolerance)

    found = reproduction(model, submitted)
    assert found.matching == matching
    assert found.largest_difference == pytest.approx(factor * tolerance)


@pytest.mark.parametrize("level", [1.0, 1e-8, 1e8, -3.0])
def test_predictions_that_are_all_the_same_are_compared_by_their_size(level: float) -> None:
    submitted = values(*[level] * 4)

    same = reproduction(values(*[level * (1 + 1e-4)] * 4), submitted)
    other = reproduction(values(*[level * 1.01] * 4), submitted)

    assert (same.matching, other.matching) == (4, 0)


def test_predictions_that_are_all_nought_are_compared_by_one() -> None:
    assert reproduction(values(5e-5, 0), values(0, 0)).matching == 2
    assert reproduction(values(2e-4, 0), values(0, 0)).matching == 1


def test_single_precision_is_no_difference() -> None:
    submitted = values(*np.random.default_rng(0).normal(73_519.1, 900, 1_000))

    rounded = Predictions(values=np.asarray(submitted.values).astype(np.float32).astype(np.float64))

    assert reproduction(rounded, submitted).reproduced


@pytest.mark.parametrize(
    ("model", "submitted"),
    [
        ((1e308,), (-1e308,)),
        ((1.0, 2.0), (1e200, -1e200)),
        ((1e308, 1e308), (1.0, 2.0)),
        ((5e-324,), (0.0,)),
        ((0.0, 1.0), (5e-324, 5e-324)),
        ((1.7e308, -1.7e308), (-1.7e308, 1.7e308)),
    ],
)
def test_the_largest_numbers_there_are_overflow_nowhere(
    model: tuple[float, ...], submitted: tuple[float, ...]
) -> None:
    found = reproduction(values(*model), values(*submitted))

    assert np.isfinite(found.largest_difference or 0)
    assert found.matching < found.rows or max(map(abs, model)) < 1e-300
    assert found.to_json()


@given(
    pairs=st.lists(
        st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=1, max_size=5
    )
)
def test_any_two_finite_predictions_can_be_compared_and_written_down(
    pairs: list[tuple[float, float]],
) -> None:
    model, submitted = zip(*pairs, strict=True)

    found = reproduction(values(*model), values(*submitted))

    assert 0 <= found.matching <= found.rows == len(pairs)
    assert type(found).from_json(found.to_json()) == found
    assert reproduction(values(*submitted), values(*submitted)).matching == len(pairs)


def test_labels_must_be_the_same() -> None:
    found = reproduction(classes([0, 1, 2, 2]), classes([0, 1, 1, 2]))

    assert (found.rows, found.matching, found.largest_difference) == (4, 3, None)


def test_a_tie_of_the_model_may_fall_either_way() -> None:
    tied = classes([0, 0], [[0.5, 0.5, 0.0], [0.6, 0.4, 0.0]])

    assert reproduction(tied, classes([1, 1])).matching == 1
    assert reproduction(tied, classes([2, 0])).matching == 1


def test_the_likeliest_label_is_no_tie_with_the_label_that_the_model_gives() -> None:
    # A model whose labels contradict its probabilities: what counts is what it says.
    contradicting = classes([0, 0], [[0.1, 0.9], [0.2, 0.8]])

    assert reproduction(contradicting, classes([1, 1])).matching == 0
    assert reproduction(contradicting, classes([0, 0])).matching == 2


@pytest.mark.parametrize(("difference", "matching"), [(0.0009, 1), (0.0011, 0)])
def test_probabilities_agree_within_a_thousandth(difference: float, matching: int) -> None:
    submitted = classes([0], [[0.75, 0.25]])
    model = classes([0], [[0.75 - difference, 0.25 + difference]])

    found = reproduction(model, submitted)

    assert found.matching == matching
    assert found.largest_difference == pytest.approx(difference)


def test_probabilities_on_one_side_alone_are_not_compared() -> None:
    with_them, without = classes([0, 1], [[0.9, 0.1], [0.1, 0.9]]), classes([0, 1])

    for model, submitted in ((with_them, without), (without, with_them)):
        found = reproduction(model, submitted)

        assert (found.matching, found.largest_difference) == (2, None)
