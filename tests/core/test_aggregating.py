"""Several metrics at once: ranks as SciPy's, and three rules that put them together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aims_gh.core.aggregate import Column, aggregate, ranks

scores = st.lists(st.none() | st.integers(-3, 3).map(float), min_size=1, max_size=12)


def columns_of(*lists: list[float | None], better: bool = True) -> list[Column]:
    return [Column(tuple(one), better) for one in lists]


@settings(max_examples=60, deadline=None)
@given(values=scores, better=st.booleans())
def test_ranks_are_those_of_scipy_with_gaps_last(
    values: list[float | None], *, better: bool
) -> None:
    keys = [np.inf if v is None else (-v if better else v) for v in values]

    found = ranks(Column(tuple(values), better))

    assert found == list(stats.rankdata(keys, method="average"))


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["mean", "median"]))
def test_standings_are_by_the_mean_or_median_of_ranks(data: st.DataObject, rule: str) -> None:
    length = data.draw(st.integers(1, 8))
    one = st.lists(st.integers(0, 3).map(float), min_size=length, max_size=length)
    lists = data.draw(st.lists(one, min_size=1, max_size=4))

    found = aggregate(columns_of(*lists), rule)

    table = [stats.rankdata([-v for v in values]) for values in lists]
    points = getattr(np, rule)(table, axis=0)
    assert [one.points for one in found] == pytest.approx(sorted(points))
    assert [one.points for one in found] == pytest.approx([points[one.place] for one in found])
    shared = stats.rankdata(points.round(9), method="min")
    assert [one.rank for one in found] == [shared[one.place] for one in found]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_borda_ranks_as_the_mean_rank_does_where_nothing_is_missing(data: st.DataObject) -> None:
    length = data.draw(st.integers(1, 8))
    one = st.lists(st.integers(0, 3).map(float), min_size=length, max_size=length)
    # One, two or four metrics: their means are exact, so that equals are equal.
    lists = data.draw(
        st.sampled_from([1, 2, 4]).flatmap(lambda n: st.lists(one, min_size=n, max_size=n))
    )

    by_points, by_mean = (aggregate(columns_of(*lists), rule) for rule in ("borda", "mean"))

    assert [(x.place, x.rank) for x in by_points] == [(x.place, x.rank) for x in by_mean]


def test_a_point_is_for_everybody_who_is_worse_and_half_for_an_equal() -> None:
    found = aggregate(columns_of([5, 4, 4, 1], [1, 2, 3, 4]), "borda")

    assert [(one.place, one.points) for one in found] == [(2, 3.5), (0, 3), (3, 3), (1, 2.5)]
    assert [one.rank for one in found] == [1, 2, 2, 4]


def test_a_gap_costs_the_last_rank_or_the_points() -> None:
    lists = [[0.9, None, None], [0.1, 0.9, 0.5]]

    by_mean, by_points = (aggregate(columns_of(*lists), rule) for rule in ("mean", "borda"))

    assert [(one.place, one.points) for one in by_mean] == [(1, 1.75), (0, 2), (2, 2.25)]
    assert [(one.place, one.points) for one in by_points] == [(0, 2), (1, 2), (2, 1)]


def test_of_equals_the_earlier_comes_first() -> None:
    found = aggregate(columns_of([1, 2, 1, 2]), "mean")

    assert [(one.place, one.rank) for one in found] == [(1, 1), (3, 1), (0, 3), (2, 3)]


def test_one_bad_metric_spoils_the_mean_and_not_the_median() -> None:
    columns = columns_of([9, 5, 1, 0], [9, 5, 1, 0], [0, 9, 5, 1])

    assert aggregate(columns, "median")[0].place == 0
    assert aggregate(columns, "mean")[0].place == 1


def test_not_a_number_is_missing() -> None:
    assert ranks(Column((float("nan"), 1.0), greater_is_better=True)) == [2, 1]


@pytest.mark.parametrize("lists", [[], [[1.0], [1.0, 2.0]]])
def test_columns_of_several_lengths_are_a_mistake(lists: list[list[float | None]]) -> None:
    with pytest.raises(ValueError, match="columns of one length"):
        aggregate(columns_of(*lists), "mean")
