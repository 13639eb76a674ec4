"""Boards: rank, ties and direction; the same board however its evaluations arrived."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from core_builders import COST, DAY, FACTS, HOUR, NOON, SECOND, evaluation, playground, regression
from core_builders import reproduction as reproduced
from hypothesis import given, settings
from hypothesis import strategies as st

from aims_gh.core.rank import extend, leaderboard
from aims_gh.domain.claims import Claims
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import (
    LEADING_COLUMNS,
    MODEL_COLUMNS,
    TRAILING_COLUMNS,
    Board,
    Leaderboard,
)
from aims_gh.domain.playground import Playground

ACCURACY = playground(metrics=("accuracy",))
MSE = regression("mse")


def scored(
    version: int, score: float | None, *, after: timedelta = SECOND, **more: Any
) -> Evaluation:
    scores = {} if score is None else {"accuracy": score, "mse": score}
    return evaluation(version, scores=scores, timestamp=NOON + after, **more)


def board(rules: Playground, *evaluations: Evaluation, name: Any = "experiment") -> Board:
    return leaderboard("titanic", rules, evaluations).boards[name]


def ranks(found: Board) -> list[tuple[int, int | None]]:
    return list(zip(found.columns["version"], found.columns["rank"], strict=True))


def test_the_largest_accuracy_and_the_smallest_error_lead() -> None:
    evaluations = [scored(1, 0.5), scored(2, 0.9), scored(3, 0.1)]

    best_first = board(ACCURACY, *evaluations)
    least_first = board(MSE, *evaluations)

    assert ranks(best_first) == [(2, 1), (1, 2), (3, 3)]
    assert (best_first.metric, best_first.direction) == ("accuracy", "maximize")
    assert ranks(least_first) == [(3, 1), (1, 2), (2, 3)]
    assert (least_first.metric, least_first.direction) == ("mse", "minimize")


def test_the_first_metric_ranks_and_no_mean_of_ranks() -> None:
    rules = regression("mae", "mse")
    one = evaluation(1, scores={"mae": 1.0, "mse": 9.0})
    two = evaluation(2, scores={"mae": 2.0, "mse": 1.0})

    assert ranks(board(rules, two, one)) == [(1, 1), (2, 2)]
    assert ranks(board(regression("mse", "mae"), two, one)) == [(2, 1), (1, 2)]


def test_another_submission_never_turns_two_others_round() -> None:
    # Mean ranks did (AIMS_API.md, 2.2).
    rules = playground(metrics=("accuracy", "f1_score"))
    first = evaluation(1, scores={"accuracy": 0.900, "f1_score": 0.80})
    second = evaluation(2, scores={"accuracy": 0.890, "f1_score": 0.81})

    for decoy in ({"accuracy": 0.895, "f1_score": 0.1}, {"accuracy": 0.1, "f1_score": 0.805}):
        found = board(rules, first, second, evaluation(3, scores=decoy))

        assert found.columns["version"].index(1) < found.columns["version"].index(2)


def test_equal_scores_share_a_rank_and_the_earlier_one_stands_first() -> None:
    found = board(
        ACCURACY,
        scored(1, 0.5, after=3 * SECOND),
        scored(2, 0.5, after=1 * SECOND),
        scored(3, 0.9, after=9 * SECOND),
        scored(4, 0.5, after=2 * SECOND),
        scored(5, 0.1, after=0 * SECOND),
    )

    assert ranks(found) == [(3, 1), (2, 2), (4, 2), (1, 2), (5, 5)]


@pytest.mark.parametrize("fraction", [1, 500_000, 999_999])
def test_the_earlier_one_is_told_by_parts_of_a_second_too(fraction: int) -> None:
    whole = scored(1, 0.5, after=SECOND)
    later = scored(2, 0.5, after=SECOND + timedelta(microseconds=fraction))

    assert ranks(board(ACCURACY, later, whole)) == [(1, 1), (2, 1)]


def test_at_the_same_moment_the_lower_version_stands_first() -> None:
    assert ranks(board(ACCURACY, scored(10, 0.5), scored(9, 0.5))) == [(9, 1), (10, 1)]


def test_without_the_ranking_score_a_row_comes_last_and_has_no_rank() -> None:
    found = board(ACCURACY, scored(1, None), scored(2, 0.0), scored(3, None, after=-DAY))

    assert ranks(found) == [(2, 1), (3, None), (1, None)]
    assert found.columns["accuracy"] == [0.0, None, None]


def test_a_board_of_unranked_rows_alone_has_no_rank_at_all() -> None:
    assert ranks(board(ACCURACY, scored(2, None), scored(1, None))) == [(1, None), (2, None)]


def test_nought_is_a_score_and_better_than_less() -> None:
    assert ranks(board(ACCURACY, scored(1, -0.5), scored(2, 0.0))) == [(2, 1), (1, 2)]
    assert ranks(board(MSE, scored(1, 0.5), scored(2, 0.0), scored(3, -0.0))) == [
        (2, 1), (3, 1), (1, 3),
    ]  # fmt: skip


def test_nothing_that_is_nought_or_false_becomes_null() -> None:
    # The original turned every 0 into NaN and dropped the column (AIMS_API.md, 2.4, 5).
    claims = Claims(depth=0, epochs=0, deep_learning=False, metadata={"gap": 0.0, "on": False})
    found = board(
        ACCURACY,
        evaluation(
            1,
            scores={"accuracy": 0.0},
            claims=claims,
            facts=FACTS.model_copy(update={"num_params": 0, "bytes": 0}),
            cost=COST.model_copy(update={"latency_ms_per_1000": 0.0, "peak_memory_bytes": 0}),
            reproduction=reproduced(0),
        ),
    )

    (row,) = found.rows()
    for name in ("accuracy", "depth", "epochs", "num_params", "memory_size",
                 "latency_ms_per_1000", "peak_memory_bytes"):  # fmt: skip
        assert (name, row[name]) == (name, 0)
    assert (row["deep_learning"], row["reproduced"]) == (False, False)
    assert row["metadata"] == {"gap": 0.0, "on": False}


def test_the_columns_are_the_ones_people_know_in_one_order() -> None:
    found = board(playground(metrics=("recall", "accuracy")), evaluation(1))

    assert tuple(found.columns) == (
        *LEADING_COLUMNS, "recall", "accuracy", *MODEL_COLUMNS, *TRAILING_COLUMNS,
    )  # fmt: skip
    assert found.metrics == ("recall", "accuracy")
    assert tuple(board(ACCURACY).columns) == tuple(board(ACCURACY, evaluation(1)).columns)


def test_a_row_says_what_the_evaluation_says() -> None:
    claims = Claims(ml_framework="sklearn", model_type="SVC", optimizer="smo", loss="hinge")
    (row,) = board(
        ACCURACY,
        evaluation(
            7, timestamp=NOON, claims=claims, facts=FACTS, cost=COST, based_on=3,
            marks=("baseline",), tags=("a", "b"), reproduction=reproduced(1000),
        ),
    ).rows()  # fmt: skip

    assert row["version"] == 7
    assert row["username"] == "Ada"
    assert row["timestamp"] == "2026-11-23T12:00:00Z"
    assert row["num_params"] == 42
    assert row["memory_size"] == 321
    assert row["reproduced"] is True
    assert (row["ml_framework"], row["model_type"]) == ("sklearn", "SVC")
    assert (row["optimizer"], row["loss"]) == ("smo", "hinge")
    assert (row["marks"], row["based_on"], row["tags"]) == (["baseline"], 3, ["a", "b"])
    assert (row["submission"], row["proposal"]) == ("s7", 7)


def test_a_participant_s_own_keys_stay_in_their_own_column() -> None:
    (row,) = board(ACCURACY, evaluation(1, claims=Claims(metadata={"team": "x"}))).rows()

    assert row["metadata"] == {"team": "x"}
    assert "team" not in row


def test_private_scores_are_on_no_board() -> None:
    sealed = "-----BEGIN AGE ENCRYPTED FILE-----"

    written = leaderboard("titanic", ACCURACY, [evaluation(1, private=sealed)]).to_json()

    assert b"AGE ENCRYPTED" not in written
    assert b"private" not in written


def test_a_submission_is_on_the_boards_it_asked_for() -> None:
    evaluations = [
        scored(1, 0.1, board="experiment"),
        scored(2, 0.2, board="competition"),
        scored(3, 0.3, board="all"),
    ]

    found = leaderboard("titanic", ACCURACY, evaluations)

    assert list(found.boards) == ["experiment", "competition"]
    assert found.boards["experiment"].columns["version"] == [3, 1]
    assert found.boards["competition"].columns["version"] == [3, 2]


def test_where_nothing_is_private_there_is_one_board() -> None:
    rules = playground(metrics=("accuracy",), competition={"private_fraction": 0})

    found = leaderboard("titanic", rules, [scored(1, 0.1, board="competition"), scored(2, 0.2)])

    assert list(found.boards) == ["experiment"]
    assert found.boards["experiment"].columns["version"] == [2]


def test_before_the_first_evaluation_the_boards_are_empty() -> None:
    found = leaderboard("titanic", ACCURACY, [])

    assert [len(each) for each in found.boards.values()] == [0, 0]
    assert Leaderboard.from_json(found.to_json()) == found


def test_a_metric_added_later_is_null_for_those_who_came_before() -> None:
    before = leaderboard("titanic", ACCURACY, [scored(1, 0.5)])
    rules = playground(metrics=("accuracy", "recall"))

    after = extend(before, rules, [evaluation(2, scores={"accuracy": 0.4, "recall": 0.0})])

    found = after.boards["experiment"]
    assert found.columns["recall"] == [None, 0.0]
    assert found.metrics == ("accuracy", "recall")
    assert ranks(found) == [(1, 1), (2, 2)]


def test_when_another_metric_ranks_the_old_rows_are_ranked_by_it() -> None:
    rules = regression("mse", "mae")
    old = [
        evaluation(1, scores={"mse": 1.0, "mae": 5.0}),
        evaluation(2, scores={"mse": 2.0, "mae": 4.0}),
    ]
    before = leaderboard("titanic", rules, old)
    assert ranks(before.boards["experiment"]) == [(1, 1), (2, 2)]

    after = extend(before, regression("mae", "mse"), [])

    assert ranks(after.boards["experiment"]) == [(2, 1), (1, 2)]
    assert after == leaderboard("titanic", regression("mae", "mse"), old)


@st.composite
def crowds(draw: st.DrawFn) -> list[Evaluation]:
    count = draw(st.integers(0, 9))
    return [
        scored(
            version,
            draw(st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0]), st.floats(-1e9, 1e9))),
            after=draw(st.sampled_from([SECOND, HOUR, DAY]))
            + timedelta(microseconds=draw(st.integers(0, 3))),
            board=draw(st.sampled_from(["experiment", "competition", "all"])),
            claims=Claims(metadata=draw(st.sampled_from([{}, {"a": 1.0}, {"b": None}]))),
            facts=draw(st.sampled_from([None, FACTS])),
        )
        for version in range(1, count + 1)
    ]


@settings(max_examples=60, deadline=None)
@given(crowd=crowds(), rules=st.sampled_from([ACCURACY, MSE]), data=st.data())
def test_in_pieces_in_any_order_and_through_files_the_board_is_the_same(
    crowd: list[Evaluation], rules: Playground, data: st.DataObject
) -> None:
    whole = leaderboard("titanic", rules, crowd).to_json()
    shuffled = data.draw(st.permutations(crowd))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(crowd)), max_size=4)))

    grown = Leaderboard(playground="titanic", boards={})
    for start, stop in zip([0, *cuts], [*cuts, len(crowd)], strict=True):
        grown = extend(grown, rules, shuffled[start:stop])
        grown = Leaderboard.from_json(grown.to_json())

    assert grown.to_json() == whole


@settings(max_examples=60, deadline=None)
@given(crowd=crowds(), rules=st.sampled_from([ACCURACY, MSE]))
def test_a_rank_is_one_more_than_the_number_of_better_scores(
    crowd: list[Evaluation], rules: Playground
) -> None:
    found = board(rules, *crowd)
    metric = rules.ranking_metric
    scores = [row[metric.name] for row in found.rows() if row[metric.name] is not None]

    for row in found.rows():
        score = row[metric.name]
        if score is None:
            assert row["rank"] is None
        else:
            better = [s for s in scores if (s > score if metric.greater_is_better else s < score)]
            assert row["rank"] == len(better) + 1
