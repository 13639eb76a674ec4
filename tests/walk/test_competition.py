"""Competitions: deadlines, teams, choices, the reveal; every rank from facts and rules of now."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from contest import CLOSES, DAY, HOUR, OPENS, SLUG, contest

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.core.final import derived
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.decide import decide, refresh
from aims_gh.flows.evaluate import is_unsettled
from aims_gh.flows.extend import extend
from aims_gh.flows.reveal import due, reveal
from aims_gh.flows.rulings import read_rulings
from aims_gh.forge import LEDGER, MAIN, Change, git
from aims_gh.workspace import Tree, Workspace, playground_file

MINUTE = HOUR / 60


def test_a_deadline_is_the_servers_clock_and_an_extension_moves_it_for_one(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", grace_minutes=10)
    extend(birds.forge, birds.address, "bob", CLOSES + DAY, by="teacher", reason="ill")

    birds.at(CLOSES + 9 * MINUTE)
    in_grace = birds.scored("ada", (60, 60))
    birds.at(CLOSES + HOUR)
    late, extended = birds.scored("ada", (70, 60)), birds.scored("bob", (65, 60))

    assert [in_grace.outcome, late.outcome, extended.outcome] == ["scored", "refused", "scored"]
    assert "closed 2026-12-08 12:10 UTC" in (late.reason or "")


def test_what_is_late_is_worked_out_again_when_rules_or_extensions_change(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", late="mark")
    birds.scored("ada", (60, 60))
    birds.at(CLOSES + DAY).scored("bob", (80, 60))
    marked = birds.standing("competition", "rank", "username", "marks")

    birds.rules(late="penalty", penalty="score - 0.3 * ceil(days)")
    refresh(birds.forge)
    punished = birds.standing("competition", "rank", "username", "counted")
    extend(birds.forge, birds.address, "BOB", CLOSES + 2 * DAY, by="teacher")
    excused = birds.standing("competition", "rank", "username", "marks")

    assert marked == [(1, "ada", []), (None, "bob", ["late"])]
    assert punished == [(1, "ada", None), (2, "bob", pytest.approx(0.5))]
    assert excused == [(1, "bob", []), (2, "ada", [])]
    assert birds.standing("experiment")[0] == (1, "bob")


def test_a_team_has_one_quota_and_one_row_in_the_end(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", limits={"per_day": 2, "total": 3})
    birds.write("teams.yml", {"teams": {"red": ["ada", "Bob"]}})

    first = birds.scored("ada", (60, 70))
    second = birds.at(birds.now + HOUR).scored("bob", (62, 40))
    third = birds.scored("ada", (64, 64))
    alone = birds.scored("eve", (50, 50))
    birds.at(CLOSES + HOUR)
    board = reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    assert [o.outcome for o in (first, second, third, alone)] == [
        "scored", "scored", "refused", "scored",
    ]  # fmt: skip
    assert (third.reason or "").startswith("red has 2 scored submissions in 24 hours")
    left = "0 of 2 scored submissions left in 24 hours, one more from 2026-12-02 13:00 UTC; 1 of 3"
    assert left in birds.comment(second.proposal)
    rows = [(r["rank"], r["username"], r["team_name"]) for r in board.rows()]
    assert rows == [(1, "eve", None), (2, "bob", "red")]


def test_the_last_try_of_a_team_is_whose_submission_arrives_first(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", limits={"total": 2})
    birds.write("teams.yml", {"teams": {"red": ["ada", "Bob"]}})
    birds.scored("bob", (60, 60))

    birds.select("ada", 1)
    first, second = birds.submit("ada", (61, 61)), birds.submit("bob", (62, 62))
    outcomes = {o.proposal: o.outcome for o in birds.evaluate()}

    assert (outcomes[first], outcomes[second]) == ("scored", "refused")


def test_a_team_that_is_too_large_submits_nothing_and_the_others_do(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", team_size=2)
    birds.write("teams.yml", {"teams": {"red": ["ada", "bob", "eve"], "blue": ["dan"]}})

    red, blue = birds.scored("ada", (60, 60)), birds.scored("dan", (60, 60))

    assert (red.outcome, blue.outcome) == ("refused", "scored")
    assert "team red has 3 members, 2 are allowed" in (red.reason or "")


def test_who_joins_a_team_brings_what_was_used_along(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", limits={"total": 2})
    birds.scored("ada", (60, 60))
    birds.scored("bob", (61, 61))
    birds.write("teams.yml", {"teams": {"red": ["ada", "bob"]}})

    more = birds.scored("ada", (62, 62))

    assert more.outcome == "refused"
    assert "red has 2 scored submissions in all" in (more.reason or "")


def test_a_refused_submission_costs_nothing(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", limits={"total": 1})

    broken = birds.scored("ada", (0, 0), values=["jay"] * 7)
    good = birds.scored("ada", (60, 60))

    assert [broken.outcome, good.outcome] == ["refused", "scored"]


def test_the_choice_counts_and_else_the_best_in_public(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    for author, right in (
        ("ada", (90, 10)),
        ("ada", (60, 80)),
        ("bob", (70, 70)),
        ("bob", (50, 90)),
    ):
        birds.scored(author, right)
    number = birds.select("ada", 2)
    (noted,) = birds.evaluate()
    birds.at(CLOSES + HOUR)

    board = reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    assert (noted.outcome, noted.proposal) == ("chosen", number)
    assert "version 2 will count in the end" in birds.comment(number)
    names = ("rank", "username", "version", "accuracy", "public_rank", "shake_up")
    assert [tuple(row[n] for n in names) for row in board.rows()] == [
        (1, "ada", 2, 0.8, 1, 0),
        (2, "bob", 3, 0.7, 2, 0),
    ]


@pytest.mark.parametrize(
    ("versions", "late", "what"),
    [
        ((2,), False, "not on the competition board as yours: 2"),
        ((1, 3), False, "2 versions are chosen, 1 may be"),
        ((1,), True, "closed, and choices with it"),
    ],
)
def test_a_choice_that_breaks_a_rule_is_refused(
    tmp_path: Path, versions: tuple[int, ...], late: bool, what: str
) -> None:
    birds = contest(tmp_path / "course")
    for author in ("ada", "bob", "ada"):
        birds.scored(author, (60, 60))
    birds.at(CLOSES + HOUR if late else birds.now)

    with pytest.raises(SubmissionError, match=what) as refused:
        birds.select("ada", *versions)

    assert late or f" {birds.address} " in refused.value.hint


def test_a_choice_that_was_sent_past_the_checks_is_refused_by_the_evaluator(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    number = birds.select("ada", 1)

    (outcome,) = birds.at(CLOSES + HOUR).evaluate()  # it arrived in time
    refused = birds.ledger()[f"{SLUG}/selections.jsonl"]

    assert (outcome.outcome, outcome.proposal) == ("chosen", number)
    assert json.loads(refused)["at"] == OPENS.replace(hour=13).isoformat().replace("+00:00", "Z")


def test_only_the_final_phase_counts_where_there_is_one(tmp_path: Path) -> None:
    final = {"opens": CLOSES + DAY, "closes": CLOSES + 2 * DAY, "total": 1}
    birds = contest(tmp_path / "course", final=final)
    birds.scored("ada", (90, 90))

    between = birds.at(CLOSES + HOUR).scored("ada", (91, 91))
    inside = birds.at(CLOSES + DAY + HOUR).scored("ada", (50, 50))
    too_many = birds.scored("ada", (51, 51))
    other = birds.scored("bob", (40, 60))
    birds.at(CLOSES + 3 * DAY)
    board = reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    assert [o.outcome for o in (between, inside, too_many, other)] == [
        "refused", "scored", "refused", "scored",
    ]  # fmt: skip
    assert "the final phase opens 2026-12-09 12:00 UTC" in (between.hint or "")
    assert [(r["username"], r["accuracy"]) for r in board.rows()] == [("bob", 0.6), ("ada", 0.5)]


def test_who_is_disqualified_has_no_rank_and_can_be_taken_back(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (90, 90))
    birds.scored("bob", (60, 60))
    why = {"by": "teacher", "reason": "copied", "now": birds.now}

    moves = decide(birds.forge, birds.address, 1, "disqualified", **why)
    out = birds.standing("competition", "rank", "username", "marks")
    with pytest.raises(CourseError, match="is disqualified"):
        decide(birds.forge, birds.address, 1, "disqualified", **why)
    typed = ("--reason", "she wrote it herself", "--as", "teacher", str(birds.address))
    wrong = CliRunner().invoke(aims, ["disqualify", *typed, "7"])
    again = CliRunner().invoke(aims, ["reinstate", *typed, "1"])

    assert out == [(1, "bob", []), (None, "ada", ["disqualified"])]
    assert {(m.version, m.before, m.after) for m in moves} == {(1, 1, None), (2, 2, 1)}
    assert (wrong.exit_code, again.exit_code) == (3, 0)
    assert "no version 7" in wrong.stderr
    assert again.stdout.startswith("version 1 counts again\n")
    assert birds.standing()[0] == (1, "ada")
    actions = [json.loads(x)["action"] for x in birds.ledger()[f"{SLUG}/audit.jsonl"].splitlines()]
    assert actions == ["disqualified", "reinstated"]


def test_owners_alone_decide_and_are_who_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    before, where = birds.ledger(), str(birds.address)
    more = ("--until", "2026-12-20T18:00:00Z")
    commands = [
        ("disqualify", where, "1", "--reason", "hers"),
        ("reinstate", where, "1", "--reason", "hers"),
        ("reveal", where),
        ("extend", where, "ada", *more),
        ("rescore", where, "--apply", "1"),
        ("baseline", where),
    ]

    refused = [CliRunner().invoke(aims, [*command, "--as", "ada"]) for command in commands]
    monkeypatch.setenv("AIMS_USER", "ada")
    refused.append(CliRunner().invoke(aims, list(commands[0])))
    monkeypatch.delenv("AIMS_USER")
    unchanged = birds.ledger() == before
    done = [CliRunner().invoke(aims, list(command)) for command in (commands[0], commands[3])]
    done.append(CliRunner().invoke(aims, [*commands[1], "--as", "Teacher"]))

    assert [found.exit_code for found in refused] == [3] * 7
    assert {found.stderr.splitlines()[0] for found in refused} == {
        "error: ada is no owner of course"
    }
    assert "--as teacher" in refused[0].stderr
    assert unchanged
    assert [found.exit_code for found in done] == [0] * 3
    lines = birds.ledger()[f"{SLUG}/audit.jsonl"].splitlines()
    assert [json.loads(line)["by"] for line in lines] == ["teacher", "teacher"]
    with birds.forge.tree(MAIN) as main:
        told = git.run(["log", "-1", "--format=%s", main.commit], repository=tmp_path / "course")
    assert told.decode().strip() == f"Give more time in {SLUG}, by teacher"


def test_the_reveal_waits_for_closing_extensions_and_what_is_not_decided(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    extend(birds.forge, birds.address, "bob", CLOSES + DAY, by="teacher")
    ask = {"find_key": settings.keys().find, "by": "teacher"}

    with pytest.raises(CourseError, match="open until 2026-12-09 12:00 UTC"):
        reveal(birds.forge, birds.address, now=CLOSES + HOUR, **ask)
    birds.at(CLOSES + HOUR).submit("bob", (70, 70))
    birds.at(CLOSES + 2 * DAY)
    with pytest.raises(CourseError, match="proposal 2"):
        reveal(birds.forge, birds.address, now=birds.now, **ask)
    birds.evaluate()
    reveal(birds.forge, birds.address, now=birds.now, **ask)
    with pytest.raises(CourseError, match="was revealed"):
        reveal(birds.forge, birds.address, now=birds.now, **ask)


def test_an_automatic_reveal_comes_with_the_first_evaluation_after_closing(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", reveal="automatic")
    birds.scored("ada", (60, 70))

    birds.at(CLOSES - HOUR).evaluate()
    before = set(birds.ledger())
    birds.at(CLOSES + HOUR).evaluate()
    after = set(birds.ledger())

    assert after - before == {f"{SLUG}/reveal.json", f"{SLUG}/audit.jsonl"}
    assert birds.standing("final", "rank", "accuracy") == [(1, 0.7)]
    assert birds.standing("experiment", "accuracy") == [(0.65,)]  # all rows, from now on


def test_after_the_reveal_the_competition_takes_nothing_and_the_experiment_goes_on(
    tmp_path: Path,
) -> None:
    birds = contest(tmp_path / "course", late="mark")
    birds.scored("ada", (60, 60))
    birds.at(CLOSES + HOUR)
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    birds.at(CLOSES + DAY)
    only, both = birds.scored("bob", (90, 90), board="competition"), birds.scored("bob", (90, 80))

    assert "the competition is over" in (only.reason or "")
    assert both.scores is not None and both.scores["accuracy"] == 0.85
    assert birds.standing("experiment") == [(1, "bob"), (2, "ada")]
    assert birds.standing() == birds.standing("final") == [(1, "ada")]


def test_every_board_can_be_derived_again_from_facts(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", late="penalty", penalty="score * 0.9 ** days")
    birds.write("teams.yml", {"teams": {"red": ["ada", "bob"]}})
    for author, right in (("ada", (60, 60)), ("bob", (70, 50)), ("eve", (65, 66))):
        birds.scored(author, right)
    birds.at(CLOSES + DAY).scored("dan", (99, 99))
    decide(birds.forge, birds.address, 2, "disqualified", by="t", reason="", now=birds.now)
    birds.at(CLOSES + 2 * DAY)
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    with birds.forge.tree(MAIN) as main, birds.forge.tree(LEDGER) as ledger:
        rules, results = Workspace(main), Workspace(ledger)
        again = derived(
            Leaderboard(playground=SLUG, boards={}),
            rules.playground(SLUG),
            results.evaluations(SLUG),
            read_rulings(rules, results, SLUG),
        )
        stored = results.leaderboard(SLUG)

    assert again == stored
    assert refresh(birds.forge) == []
    assert birds.standing("final") == [(1, "dan"), (2, "eve"), (3, "ada")]


def test_a_penalty_without_a_value_keeps_nobody_from_the_board(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", late="penalty", penalty="score - days / (1.55 - score)")
    birds.scored("ada", (60, 60))
    birds.rules(penalty="score / (0.6 - score)")  # no check of the rules sees what scores come

    birds.at(CLOSES + HOUR).submit("bob", (60, 60))
    birds.submit("eve", (61, 70))
    outcomes = birds.evaluate()

    assert {o.outcome for o in outcomes} <= {"scored", "waiting"}
    assert len(birds.ledger()) >= 3


def test_an_extension_reaches_into_the_final_phase(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", final={"closes": CLOSES + DAY})
    extend(birds.forge, birds.address, "ada", CLOSES + 3 * DAY, by="teacher")
    birds.at(CLOSES + HOUR).scored("bob", (50, 50))
    late = birds.at(CLOSES + 2 * DAY).scored("ada", (60, 60))
    birds.at(CLOSES + 4 * DAY)

    board = reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    assert late.outcome == "scored"
    assert [row["username"] for row in board.rows()] == ["ada", "bob"]


def test_the_final_phase_has_the_limits_of_the_playground_unless_it_has_its_own(
    tmp_path: Path,
) -> None:
    rules = {"final": {"closes": CLOSES + DAY}, "grace_minutes": 60}
    birds = contest(tmp_path / "course", limits={"total": 1}, **rules)

    in_grace = birds.at(CLOSES + HOUR / 2).scored("ada", (60, 60))
    first = birds.at(CLOSES + 2 * HOUR).scored("ada", (61, 61))
    second = birds.scored("ada", (62, 62))

    assert [o.outcome for o in (in_grace, first, second)] == ["scored", "scored", "refused"]


def test_the_last_choice_by_the_clock_counts_though_it_was_recorded_first(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 90))
    birds.scored("ada", (61, 10))
    birds.select("ada", 1)
    birds.at(birds.now + HOUR).select("ada", 2)
    birds.evaluate()
    birds.at(CLOSES + HOUR)

    board = reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    assert [row["version"] for row in board.rows()] == [2]


def test_what_nobody_can_decide_does_not_hold_the_reveal_up_for_ever(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", reveal="automatic")
    birds.scored("ada", (60, 60))
    number = birds.submit("bob", (70, 70))
    birds.at(CLOSES + HOUR)
    ask = {"find_key": settings.keys().find, "by": "t", "now": birds.now}

    soon, later = due(birds.forge, CLOSES + HOUR), due(birds.forge, CLOSES + 4 * DAY)
    with pytest.raises(CourseError, match=f"proposal {number}"):
        reveal(birds.forge, birds.address, **ask)
    board = reveal(birds.forge, birds.address, leave=[number], **ask)

    assert (soon, later) == ([], [SLUG])
    assert len(board) == 1


def test_a_closing_at_the_end_of_time_stops_no_run(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", grace_minutes=60)
    birds.rules(closes="9999-12-31T23:59:59Z")

    assert birds.scored("ada", (60, 60)).outcome == "scored"
    assert not is_unsettled(birds.forge, birds.now)


def test_a_metric_that_comes_back_has_its_scores_again(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    path = playground_file(SLUG)

    def with_metrics(*names: str) -> None:
        def edit(tree: Tree) -> Change:
            value = yaml.safe_load(tree.read(path) or b"") | {"metrics": list(names)}
            return Change("Metrics", {path: yaml.safe_dump(value, sort_keys=False).encode()})

        birds.forge.record(edit, branch=MAIN)
        refresh(birds.forge)

    with_metrics("f1_score")
    with_metrics("accuracy", "f1_score")

    assert birds.standing("competition", "rank", "accuracy") == [(1, 0.6)]


@pytest.mark.parametrize("reason", ["x" * 2001, "fine"])
def test_what_cannot_be_written_down_is_told_in_words(tmp_path: Path, reason: str) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    by = "teacher" if reason != "fine" else "no login"

    with pytest.raises(CourseError, match="cannot be written down"):
        decide(birds.forge, birds.address, 1, "disqualified", by=by, reason=reason, now=birds.now)
