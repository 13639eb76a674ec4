"""The files that a leaderboard's page reads: parts of the board, and a summary for charts."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest
from site_builders import board, evaluation, page, playground, site
from version_builders import on_the_ladder

from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.site.activity import recent
from aims_gh.site.board import board_view, column_keys, shown_columns
from aims_gh.site.downloads import playground_files
from aims_gh.site.parts import PART_ROWS, parts
from aims_gh.site.summary import MOST, pareto_front, summary
from aims_gh.site.view import playground_view


def made(scores: list[float | None], *, direction: str = "maximize", **columns: list[Any]) -> Board:
    """A board of these scores in the order of their submission, an hour apart."""
    many = len(scores)
    return Board(
        metric="m",
        direction="maximize" if direction == "maximize" else "minimize",
        metrics=("m",),
        columns={
            "rank": [None] * many,
            "version": list(range(1, many + 1)),
            "username": [f"user-{n}" for n in range(many)],
            "timestamp": [f"2026-11-{1 + n // 24:02}T{n % 24:02}:00:00Z" for n in range(many)],
            "m": scores,
            **columns,
        },
    )


def told(value: Board) -> dict[str, Any]:
    found = json.loads(summary({"experiment": value}))["boards"]["experiment"]
    assert isinstance(found, dict)
    return found


def test_the_parts_are_the_board_without_what_no_table_shows(crowd: Leaderboard) -> None:
    whole = crowd.boards["experiment"]

    read = [json.loads(part) for part in parts(whole, column_keys(shown_columns(whole)))]

    assert [part["from"] for part in read] == [0, PART_ROWS, 2 * PART_ROWS]
    assert {part["total"] for part in read} == {len(whole)}
    keys = set(read[0]["columns"])
    assert keys >= {"rank", "username", "version", "accuracy", "metadata"}
    assert not keys & {"submission", "proposal", "head"}
    for key in keys:
        joined = [value for part in read for value in part["columns"][key]]
        assert joined == whole.columns[key]


def test_an_empty_board_has_no_parts_and_no_charts() -> None:
    empty = Leaderboard(playground="x", boards={"experiment": made([])})

    shown = page("x", leaderboard=empty)
    paths = {str(p) for p, _ in playground_files(site(shown), shown, ())}

    assert [p for p in paths if "/boards/" in p] == []
    assert json.loads(summary(empty.boards)) == {"schema_version": 1, "boards": {}}


def test_the_summary_stays_as_small_however_many_submit(crowd: Leaderboard) -> None:
    thousand = board(playground(), 1_000)

    few, many = len(summary(thousand.boards)), len(summary(crowd.boards))

    assert many < 1.2 * few
    for found in json.loads(summary(crowd.boards))["boards"].values():
        sizes = [len(found[key]["version"]) for key in ("best", "sample")]
        sizes += [len(one["version"]) for one in found["against"].values()]
        assert max(sizes) <= MOST
        assert found["total"] == 12_000


def test_the_best_so_far_are_the_submissions_that_beat_all_before() -> None:
    found = told(made([0.5, 0.4, None, 0.7, 0.7, 0.9, 0.8]))

    assert found["best"]["version"] == [1, 4, 6]
    assert found["best"]["score"] == [0.5, 0.7, 0.9]
    assert found["sample"]["version"] == [1, 2, 4, 5, 6, 7]
    assert found["scored"] == 6


def test_where_lower_is_better_the_best_so_far_goes_down() -> None:
    found = told(made([5.0, 6.0, 2.0, 3.0], direction="minimize"))

    assert found["best"] == {
        "time": [1793491200, 1793498400],
        "score": [5.0, 2.0],
        "version": [1, 3],
        "username": ["user-0", "user-2"],
    }


def test_ever_better_scores_are_thinned_and_keep_their_ends() -> None:
    found = told(made([n / 700 for n in range(700)]))

    assert len(found["best"]["version"]) == MOST
    assert found["best"]["version"][0] == 1
    assert found["best"]["version"][-1] == 700
    assert found["best"]["score"] == sorted(found["best"]["score"])


@pytest.mark.parametrize("seed", range(5))
def test_the_front_is_what_comparing_all_pairs_finds(seed: int) -> None:
    dice = random.Random(seed)
    cost = [float(dice.randint(1, 30)) for _ in range(80)]
    score = [float(dice.randint(1, 30)) for _ in range(80)]

    front = set(pareto_front(np.array(cost), np.array(score)).tolist())

    points = list(zip(cost, score, strict=True))
    unbeaten = {
        (c, s)
        for c, s in points
        if not any(d <= c and t >= s and (d, t) != (c, s) for d, t in points)
    }
    assert {points[i] for i in front} == unbeaten
    assert len(front) == len(unbeaten)  # of equal points one


def test_the_whole_front_is_among_the_points_of_a_huge_board(crowd: Leaderboard) -> None:
    columns = crowd.boards["experiment"].columns
    known = [
        (v, c, s)
        for v, c, s in zip(
            columns["version"], columns["num_params"], columns["accuracy"], strict=True
        )
        if c is not None
    ]
    front = pareto_front(np.array([c for _, c, _ in known]), np.array([s for *_, s in known]))

    found = told(crowd.boards["experiment"])["against"]["num_params"]

    marked = {v for v, on in zip(found["version"], found["front"], strict=True) if on}
    assert marked == {known[i][0] for i in front}
    assert found["total"] == len(known)


def test_odd_values_are_no_points_of_a_chart() -> None:
    odd = made([0.5, True, "x", 0.7], num_params=[None, 3, 4, "many"])  # type: ignore[list-item]
    odd.columns["timestamp"][0] = "yesterday"

    found = told(odd)

    assert found["sample"]["version"] == [4]
    assert found["against"]["num_params"]["version"] == []


def test_what_sets_a_row_apart_stands_beside_the_name_and_a_baseline_is_not_an_owner_too() -> None:
    task = playground()
    made = [
        evaluation(1, task, username="teacher", marks=("baseline",)),
        evaluation(2, task, username="teacher", marks=()),
    ]
    view = board_view(
        "experiment", board(task, 0, *made).boards["experiment"], note="", owners=["teacher"]
    )

    asides = [row[1].aside for row in view.rows]

    assert asides == ["owner", "baseline"]


def test_on_the_ladder_news_tell_no_score_and_a_board_says_what_it_shows() -> None:
    before, after = (on_the_ladder("owls", revealed=r) for r in (False, True))

    told, later = ([event.sentence for event in recent(page)] for page in (before, after))

    assert told[0] == "lynn: version 3 in Owls"
    assert later[0].startswith("lynn: accuracy 0.9040, rank")
    views = [playground_view(page, site(page)) for page in (before, after)]
    notes = [{board.name: "best so far" in board.note for board in v.boards} for v in views]
    assert notes == [
        {"experiment": True, "competition": True},
        {"final": False, "experiment": False, "competition": False},
    ]
    assert [view.card.best.username for view in views if view.card.best] == ["red owls"] * 2


def test_shared_ranks_owners_and_intervals_are_shown_in_the_page() -> None:
    task = playground()
    twins = [
        evaluation(50 + n, task, username="Teacher", scores={"accuracy": 0.99}) for n in (0, 1)
    ]
    value = board(task, 3, *twins).boards["experiment"]
    ends = {"accuracy_low": [0.9] * 5, "accuracy_high": [0.995] * 4 + [None]}
    value = value.model_copy(update={"columns": value.columns | ends})

    view = board_view("experiment", value, note="", owners=["teacher"])

    keys = [column.key for column in view.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in view.rows]
    assert [row["rank"].text for row in rows][:3] == ["=1", "=1", "3"]
    assert [row["username"].aside for row in rows][:3] == ["owner", "owner", ""]
    assert [row["accuracy"].aside for row in rows][3:] == ["0.9000–0.9950", ""]
    assert view.legend >= {"tie", "owner"}
    assert {"accuracy_low", "accuracy_high"} <= set(column_keys(view.columns))
    assert not {"accuracy_low", "accuracy_high"} & set(keys)
