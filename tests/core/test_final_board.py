"""The final board: one row for each entrant, by what is private; baselines apart."""

from __future__ import annotations

from typing import Any

import pytest
from core_builders import HOUR, NOON, evaluation, playground

from aims_gh.core.final import derived
from aims_gh.core.rulings import Rulings
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.people import Teams
from aims_gh.domain.reveal import Opened, Reveal
from aims_gh.domain.selection import Selection

COMMIT = "c0" * 20


def scored(version: int, user: str, public: float, **more: Any) -> Evaluation:
    scores = {"accuracy": public, "recall": more.pop("recall", public)}
    return evaluation(
        version, username=user, scores=scores, timestamp=NOON + version * HOUR, **more
    )


def revealed(**private: tuple[float, float]) -> Reveal:
    """Open versions v1, v2 …, each with its private accuracy and recall."""
    versions = {
        int(name[1:]): Opened(
            private={"accuracy": accuracy, "recall": recall},
            whole={"accuracy": 0.5, "recall": 0.5},
            public={},
        )
        for name, (accuracy, recall) in private.items()
    }
    return Reveal(playground="titanic", at=NOON + 999 * HOUR, by="t", versions=versions)


def final(
    evaluations: list[Evaluation], reveal: Reveal, *columns: str, **more: Any
) -> list[tuple[Any, ...]]:
    rules = playground(metrics=("accuracy", "recall"), competition=more.pop("rules", {}))
    board = derived(
        Leaderboard(playground="titanic", boards={}),
        rules,
        evaluations,
        Rulings(reveal=reveal, **more),
    ).boards["final"]
    names = columns or ("rank", "username", "version")
    return [tuple(row[name] for name in names) for row in board.rows()]


def test_equal_private_scores_share_a_rank_and_the_earlier_stands_above() -> None:
    people = [scored(1, "ada", 0.5), scored(2, "bob", 0.9), scored(3, "eve", 0.7)]
    reveal = revealed(v1=(0.8, 0.8), v2=(0.8, 0.8), v3=(0.6, 0.6))

    found = final(people, reveal, "rank", "username", "public_rank", "shake_up")

    assert found == [(1, "ada", 3, 2), (1, "bob", 1, 0), (3, "eve", 2, -1)]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_best_of_those_that_count_is_taken(count: int) -> None:
    tries = [scored(1, "ada", 0.9), scored(2, "ada", 0.8), scored(3, "ada", 0.7)]
    reveal = revealed(v1=(0.1, 0.1), v2=(0.2, 0.2), v3=(0.3, 0.3))

    found = final(tries, reveal, "version", rules={"final_submissions": count})

    assert found == [(count,)]


def test_a_choice_is_filled_up_with_the_best_in_public() -> None:
    tries = [scored(1, "ada", 0.9), scored(2, "ada", 0.8), scored(3, "ada", 0.7)]
    reveal = revealed(v1=(0.5, 0.5), v2=(0.9, 0.9), v3=(0.1, 0.1))
    chosen = Selection(by="ada", at=NOON, versions=(3,), proposal=9, head=COMMIT)

    found = final(tries, reveal, "version", rules={"final_submissions": 2}, selections=(chosen,))

    assert found == [(1,)]  # of 3, which is chosen, and 1; not of 2


def test_a_team_has_one_row_and_any_member_chooses() -> None:
    tries = [scored(1, "ada", 0.9), scored(2, "bob", 0.8), scored(3, "eve", 0.1)]
    reveal = revealed(v1=(0.5, 0.5), v2=(0.4, 0.4), v3=(0.1, 0.1))
    teams = Teams(teams={"red": ("ada", "bob")})
    chosen = Selection(by="ADA", at=NOON, versions=(2,), proposal=9, head=COMMIT)

    found = final(tries, reveal, "rank", "team_name", "version", teams=teams, selections=(chosen,))

    assert found == [(1, "red", 2), (2, None, 3)]


def test_a_baseline_is_shown_without_a_rank() -> None:
    people = [scored(1, "teacher", 0.9, marks=("baseline",)), scored(2, "ada", 0.8)]
    reveal = revealed(v1=(0.9, 0.9), v2=(0.8, 0.8))

    found = final(people, reveal, "rank", "username", "marks")

    assert found == [(1, "ada", []), (None, "teacher", ["baseline"])]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("mean", [(1, "b", 1.5), (2, "a", 2.0), (3, "c", 2.5)]),
        ("median", [(1, "b", 1.5), (2, "a", 2.0), (3, "c", 2.5)]),
        ("borda", [(1, "b", 3.0), (2, "a", 2.0), (3, "c", 1.0)]),
    ],
)
def test_all_metrics_together_may_rank(rule: str, expected: list[tuple[int, str, float]]) -> None:
    people = [scored(1, "a", 0.5), scored(2, "b", 0.5), scored(3, "c", 0.5)]
    reveal = revealed(v1=(0.9, 0.2), v2=(0.8, 0.9), v3=(0.7, 0.3))

    by_first = final(people, reveal, "username")
    together = final(people, reveal, "rank", "username", "rank_points", rules={"ranking": rule})

    assert by_first == [("a",), ("b",), ("c",)]
    assert together == expected


def test_nobody_on_it_is_no_error() -> None:
    assert final([], revealed()) == []
