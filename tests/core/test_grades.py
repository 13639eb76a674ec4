"""Grades against an independent computation, and gradebooks as schools' systems read them."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aims_gh.core.gradebook import FORMATS, Column, Format, gradebook
from aims_gh.core.grades import NAMES, standing
from aims_gh.domain.leaderboard import Board
from aims_gh.domain.roster import Student


def board_of(rows: list[dict[str, Any]], *, maximize: bool = True) -> Board:
    names = list(rows[0])
    return Board(
        metric="score_of_it",
        direction="maximize" if maximize else "minimize",
        metrics=("score_of_it", "other"),
        columns={name: [row[name] for row in rows] for name in names},
    )


def row(version: int, login: str, score: float | None, *marks: str, **more: Any) -> dict[str, Any]:
    out = {"baseline", "disqualified", "late"} & set(marks)
    return {
        "version": version,
        "username": login,
        "timestamp": f"2026-03-01T{version // 60 % 24:02}:{version % 60:02}:00Z",
        "score_of_it": score,
        "other": 2.0,
        "rank": None if out or score is None else 1,
        "marks": list(marks),
        "tags": [],
    } | more


def a_class(*, seed: int, maximize: bool) -> tuple[Board, list[str]]:
    """Give a board of 120 students with late, disqualified, failed ones, and three baselines."""
    random = np.random.default_rng(seed)
    students = [f"s{n}" for n in range(120)]
    people = [*students[:-7], "visitor", "prof"]
    rows = []
    for version in range(1, 701):
        login = str(random.choice(people))
        marks = [
            str(m) for m in random.choice(["", "late", "disqualified"], 1, p=[0.8, 0.15, 0.05])
        ]
        score = None if random.random() < 0.03 else float(np.round(random.normal(0.7, 0.1), 2))
        rows.append(row(version, login.upper(), score, *filter(None, marks)))
    for place, value in enumerate((0.5, 0.7, 0.8)):
        for version in (701 + place, 711 + place):  # submitted again, and a little other
            shift = 0.0 if version > 710 else -0.2
            tags = {"tags": ["baseline", f"b{place}"]}
            rows.append(row(version, "prof", value + shift, "baseline", **tags))
    return board_of(rows, maximize=maximize), students


def by_pandas(board: Board, students: list[str], *, maximize: bool) -> pd.DataFrame:
    """Work out the same with pandas, in another way."""
    frame = pd.DataFrame(board.columns).dropna(subset=["score_of_it"])
    frame["login"] = frame["username"].str.lower()
    frame["value"] = frame["score_of_it"] * (1 if maximize else -1)
    for mark in ("baseline", "late", "disqualified"):
        frame[mark] = frame["marks"].map(lambda marks, mark=mark: mark in marks)
    baselines = frame[frame.baseline].sort_values("version")
    newest = baselines.groupby(baselines.tags.map(tuple)).tail(1)
    mine = frame[~frame.baseline & ~frame.disqualified & frame.login.isin(students)]
    ordered = mine.sort_values(["late", "value", "version"], ascending=[True, False, True])
    best = ordered.groupby("login").head(1).set_index("login")
    ranked = best[~best.late]
    best["better"] = [int((ranked.value > value).sum()) for value in best.value]
    best["everybody"] = len(ranked) + best.late.astype(int)
    best["percentile"] = 1 - best.better / (best.everybody - 1)
    best["rank_of"] = best.better + 1
    best["beaten"] = [int((newest.value < value).sum()) for value in best.value]
    best["count"] = mine.groupby("login").size()
    return best


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("maximize", [True, False])
def test_what_a_rule_may_name_equals_a_computation_with_pandas(seed: int, maximize: bool) -> None:
    board, students = a_class(seed=seed, maximize=maximize)
    expected = by_pandas(board, students, maximize=maximize)

    found = standing(board, students, owners=["Prof"])

    assert set(found.facts) == set(expected.index)
    assert found.others == ("VISITOR",)
    for login, facts in found.facts.items():
        theirs = expected.loc[login]
        assert set(facts) == {*NAMES, "score_of_it", "other"}
        assert facts["score"] == facts["score_of_it"] == theirs.score_of_it
        assert facts["rank"] == theirs["rank_of"]
        assert facts["percentile"] == pytest.approx(theirs.percentile, abs=1e-12)
        assert facts["on_time"] == float(not theirs.late)
        assert (facts["baselines"], facts["baselines_beaten"]) == (3.0, theirs.beaten)
        assert facts["submissions"] == theirs["count"]


def test_who_is_level_with_a_score_less_a_penalty_shares_its_place() -> None:
    # 41 of 60 rows, less 0.2, are 29 of 60; the board compares and keeps twelve digits of it.
    late = row(1, "ann", 41 / 60, "late", counted=round(41 / 60 - 0.2, 12), rank=1)
    board = board_of([late, row(2, "bob", 29 / 60, counted=None)])

    facts = standing(board, ["ann", "bob"], owners=["prof"]).facts

    assert [facts[login]["rank"] for login in ("ann", "bob")] == [1, 1]
    assert [facts[login]["percentile"] for login in ("ann", "bob")] == [1, 1]


def test_who_is_alone_is_the_best_and_equal_scores_share_a_place() -> None:
    alone = standing(board_of([row(1, "ann", 0.5)]), ["ann"], owners=[])
    rows = [row(1, "ann", 0.5), row(2, "bob", 0.5), row(3, "eve", 0.4)]
    three = standing(board_of(rows), ["ann", "bob", "eve"], owners=[])

    assert alone.facts["ann"]["percentile"] == 1.0
    assert [three.facts[n]["rank"] for n in ("ann", "bob", "eve")] == [1, 1, 3]
    assert [three.facts[n]["percentile"] for n in ("ann", "bob", "eve")] == [1, 1, 0]


def test_a_late_submission_counts_for_who_has_no_other() -> None:
    rows = [row(1, "ann", 0.5), row(2, "ann", 0.9, "late"), row(3, "bob", 0.8, "late")]

    found = standing(board_of(rows), ["ann", "bob", "eve"], owners=[]).facts

    assert (found["ann"]["score"], found["ann"]["on_time"]) == (0.5, 1.0)
    assert (found["bob"]["score"], found["bob"]["on_time"]) == (0.8, 0.0)
    assert "eve" not in found


def test_a_late_submission_that_the_experiment_board_ranks_counts_only_for_who_has_no_other() -> (
    None
):
    rows = [
        row(1, "ann", 0.9, "late", rank=1),
        row(2, "bob", 0.8, "late", rank=2),
        row(3, "eve", 0.7),
        row(4, "ann", 0.5),
    ]

    found = standing(board_of(rows), ["ann", "bob", "eve"], owners=[]).facts

    assert [found[n]["score"] for n in ("ann", "bob", "eve")] == [0.5, 0.8, 0.7]
    assert [found[n]["on_time"] for n in ("ann", "bob", "eve")] == [1, 0, 1]
    assert [found[n]["rank"] for n in ("ann", "bob", "eve")] == [2, 1, 1]
    assert {facts["ranked"] for facts in found.values()} == {2}


def test_a_late_submission_with_a_penalty_counts_beside_the_others() -> None:
    rows = [
        row(1, "ann", 0.9, "late", rank=1, counted=0.8),
        row(2, "ann", 0.7, counted=None),
        row(3, "bob", 0.9, "late", rank=4, counted=0.4),
        row(4, "bob", 0.6, counted=None),
    ]

    found = standing(board_of(rows), ["ann", "bob"], owners=[]).facts

    assert [found[n]["score"] for n in ("ann", "bob")] == [0.8, 0.6]
    assert [found[n]["on_time"] for n in ("ann", "bob")] == [0, 1]
    assert [found[n]["rank"] for n in ("ann", "bob")] == [1, 2]


def test_the_final_board_counts_the_submissions_of_the_competition_board() -> None:
    public = [row(1, "ann", 0.5), row(2, "bob", 0.6), row(3, "ann", 0.7), row(4, "ann", None)]
    final = [row(3, "ann", 0.4), row(2, "bob", 0.3)]

    found = standing(board_of(final), ["ann", "bob"], owners=[], scored=board_of(public)).facts

    assert [found[n]["submissions"] for n in ("ann", "bob")] == [2, 1]
    assert [found[n]["score"] for n in ("ann", "bob")] == [0.4, 0.3]


def test_what_a_team_handed_in_counts_for_each_of_its_members() -> None:
    rows = [row(1, "ann", 0.5), row(2, "bob", 0.9), row(3, "eve", 0.7), row(4, "dan", 0.6)]
    teams = {"ann": "us", "bob": "us", "cid": "us"}

    found = standing(
        board_of(rows),
        ["Ann", "Bob", "cid", "eve"],
        owners=[],
        entrant=lambda login: teams.get(login.lower(), login.lower()),
    )

    for login in ("ann", "bob", "cid"):
        facts = found.facts[login]
        assert (facts["score"], facts["rank"], facts["ranked"]) == (0.9, 1, 2)
        assert (facts["percentile"], facts["submissions"]) == (1.0, 2)
    assert (found.facts["eve"]["rank"], found.others) == (2, ("dan",))


def test_a_score_less_a_penalty_is_the_one_that_counts() -> None:
    rows = [row(1, "ann", 0.9, counted=0.6), row(2, "bob", 0.7, counted=None)]

    found = standing(board_of(rows), ["ann", "bob"], owners=[]).facts

    assert (found["ann"]["score"], found["ann"]["score_of_it"]) == (0.6, 0.9)
    assert (found["bob"]["rank"], found["ann"]["rank"]) == (1, 2)


# Gradebooks

ANN = Student(login="ann", name="Ann Bö", email="Ann@uni.example", id="s1", section="A")
BOB = Student(login="bob")
COLUMNS = [
    Column("Iris (4711)", 40, {"ann": 38.5, "bob": 0.0}),
    Column("Wine", 60, {"ann": 60.0, "bob": None}),
]


def table(kind: Format) -> list[list[str]]:
    return list(csv.reader(io.StringIO(gradebook([ANN, BOB], COLUMNS, kind).decode())))


def test_canvas_finds_the_points_possible_and_the_students() -> None:
    header, possible, ann, bob = table("canvas")

    assert header[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert header[5:] == ["Iris (4711)", "Wine"]
    assert (possible[0].strip(), possible[5:]) == ("Points Possible", ["40", "60"])
    assert ann == ["Ann Bö", "", "s1", "Ann@uni.example", "A", "38.5", "60"]
    assert bob == ["bob", "", "", "bob", "", "0", ""]


def test_moodle_gets_number_and_address_as_they_are_written() -> None:
    assert table("moodle") == [
        ["ID number", "Email address", "Full name", "Iris (4711)", "Wine"],
        ["s1", "Ann@uni.example", "Ann Bö", "38.5", "60"],
        ["", "", "bob", "0", ""],
    ]


def test_gradescope_gets_the_points_possible_beside_each_column() -> None:
    header, ann, _ = table("gradescope")

    assert header[:4] == ["Name", "SID", "Email", "Sections"]
    assert header[4:] == ["Iris (4711)", "Iris (4711) - Max Points", "Wine", "Wine - Max Points"]
    assert ann == ["Ann Bö", "s1", "Ann@uni.example", "A", "38.5", "40", "60", "60"]


def test_plain_csv_has_everything_and_the_sum() -> None:
    header, ann, bob = table("csv")

    assert header == ["login", "name", "email", "id", "section", "Iris (4711)", "Wine", "total"]
    assert (ann[-1], bob[-3:]) == ("98.5", ["0", "", "0"])


@pytest.mark.parametrize("kind", FORMATS)
def test_no_spreadsheet_runs_a_cell_of_a_gradebook(kind: Format) -> None:
    evil = '=HYPERLINK("http://x","y")'
    student = Student(login="eve", name=evil, email="+1", id="@x", section="-1")
    columns = [Column("=cmd|' /C calc'!A0", 10, {"eve": 1.0})]

    content = gradebook([student], columns, kind).decode()

    cells = [cell for line in csv.reader(io.StringIO(content)) for cell in line]
    assert any(evil in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
