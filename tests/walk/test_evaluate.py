"""The walk from an open proposal to the board, on a real bare repository."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as oracle
from walk_classroom import Classroom, aims, csv_of

from aims_gh import settings
from aims_gh.core.holdout import Truth, truth_from_bytes
from aims_gh.core.seal import open_sealed
from aims_gh.domain.reveal import PrivateScores
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.read import read_evaluation
from aims_gh.flows.record import Outcome
from aims_gh.forge import LEDGER, Change
from aims_gh.workspace import Workspace

Guesses = Callable[[int], list[str]]


def drain(classroom: Classroom) -> list[Outcome]:
    return list(
        evaluate(
            classroom.forge,
            sandbox=settings.sandbox(),
            find_key=settings.keys().find,
            clock=settings.clock,
        )
    )


def opened_truth(classroom: Classroom, slug: str) -> Truth:
    with classroom.forge.tree() as main:
        workspace = Workspace(main)
        key = settings.keys().find(workspace.course().keys.score)
        assert key is not None
        sealed = workspace.file(f"playgrounds/{slug}/holdout/labels.age")
    return truth_from_bytes(open_sealed(sealed, [key], name="labels"))


def test_the_better_submission_leads_the_board(classroom: Classroom, guesses: Guesses) -> None:
    classroom.submit("animals", "alice", guesses(1))
    classroom.submit("animals", "bob", classroom.truth["animals"])

    outcomes = drain(classroom)

    assert [o.outcome for o in outcomes] == ["scored", "scored"]
    board = classroom.board("animals")
    assert board.columns["username"] == ["bob", "alice"]
    assert board.columns["rank"] == [1, 2]
    assert board.columns["accuracy"][0] == 1.0


def test_scores_are_scikit_learns_on_the_public_and_the_private_rows(
    classroom: Classroom, guesses: Guesses
) -> None:
    said = np.array(guesses(5))
    classroom.submit("animals", "alice", said)

    drain(classroom)

    found = read_evaluation(classroom.forge, classroom.address("animals"), 1)
    hidden = opened_truth(classroom, "animals").private
    truth = np.array(classroom.truth["animals"])
    key = settings.keys().find(_owner_key(classroom))
    assert key is not None and found.private is not None
    sealed = open_sealed(found.private.encode(), [key], name="private scores")
    private = PrivateScores.from_json(sealed)
    for scores, rows in (
        (found.scores, ~hidden),
        (private.private, hidden),
        (private.whole, np.ones(40, dtype=bool)),
    ):
        macro = {"average": "macro", "zero_division": 0}
        expected = {
            "accuracy": oracle.accuracy_score(truth[rows], said[rows]),
            "f1_score": oracle.f1_score(truth[rows], said[rows], **macro),
            "precision": oracle.precision_score(truth[rows], said[rows], **macro),
            "recall": oracle.recall_score(truth[rows], said[rows], **macro),
        }
        assert scores == pytest.approx(expected, rel=1e-12)
    assert found.rows == 20


def _owner_key(classroom: Classroom) -> str:
    with classroom.forge.tree() as main:
        return Workspace(main).course().keys.owners[0]


def test_a_short_submission_is_refused_told_why_and_closed(classroom: Classroom) -> None:
    number = classroom.submit("animals", "alice", classroom.truth["animals"][:-1])

    (outcome,) = drain(classroom)

    assert outcome.outcome == "refused"
    assert outcome.reason == "predictions.csv has 39 rows, the holdout has 40"
    (proposal,) = classroom.forge.proposals(state="closed")
    assert (proposal.number, proposal.label) == (number, "refused")
    (comment,) = proposal.comments
    assert "39 rows" in comment.body
    assert "features file" in comment.body


def test_an_unknown_label_names_its_row_and_the_labels(classroom: Classroom) -> None:
    said = list(classroom.truth["animals"])
    said[6] = "yeti"
    classroom.submit("animals", "alice", said)

    (outcome,) = drain(classroom)

    assert (
        outcome.reason == "predictions.csv has a label in row 7 that the playground does not know"
    )
    assert outcome.hint == "the labels are cat, dog, emu"


def test_a_second_run_changes_nothing(classroom: Classroom, guesses: Guesses) -> None:
    classroom.submit("animals", "alice", guesses(1))
    drain(classroom)
    before = classroom.git("for-each-ref")

    assert drain(classroom) == []
    assert classroom.git("for-each-ref") == before


def test_a_run_that_died_before_answering_is_repaired_without_a_second_evaluation(
    classroom: Classroom, guesses: Guesses
) -> None:
    number = classroom.submit("animals", "alice", guesses(1))
    open_meta = classroom.git("rev-parse", f"refs/pull/{number}/meta").decode().strip()
    drain(classroom)
    ledger = classroom.git("rev-parse", LEDGER)
    classroom.git("update-ref", f"refs/pull/{number}/meta", open_meta)  # as before the answer

    (outcome,) = drain(classroom)

    assert (outcome.outcome, outcome.version) == ("scored", 1)
    assert classroom.git("rev-parse", LEDGER) == ledger
    (proposal,) = classroom.forge.proposals(state="closed")
    assert proposal.label == "scored"


def test_versions_follow_the_forges_clock_and_ties_go_to_the_earlier(
    classroom: Classroom, guesses: Guesses
) -> None:
    same = guesses(3)
    for author in ("carol", "alice", "bob"):
        classroom.submit("animals", author, same)

    drain(classroom)

    board = classroom.board("animals")
    assert board.columns["username"] == ["carol", "alice", "bob"]
    assert board.columns["version"] == [1, 2, 3]
    assert board.columns["rank"] == [1, 1, 1]


def test_the_experiment_board_and_the_competition_board_hold_what_was_sent_to_them(
    classroom: Classroom, guesses: Guesses
) -> None:
    classroom.submit("animals", "alice", guesses(1), board="experiment")
    classroom.submit("animals", "bob", guesses(2), board="competition")
    classroom.submit("animals", "carol", guesses(3), board="all")

    drain(classroom)

    assert set(classroom.board("animals").columns["username"]) == {"alice", "carol"}
    assert set(classroom.board("animals", "competition").columns["username"]) == {"bob", "carol"}


def test_quotas_count_scored_submissions_only(classroom: Classroom, guesses: Guesses) -> None:
    edit_rules(classroom, "animals", "limits: {total: 2}\n")
    classroom.submit("animals", "alice", guesses(0)[:-1])  # refused, so it does not count
    for seed in (1, 2, 3):
        classroom.submit("animals", "alice", guesses(seed))
    classroom.submit("animals", "bob", guesses(4))

    outcomes = drain(classroom)

    by_number = {o.proposal: o.outcome for o in outcomes}
    assert by_number == {1: "refused", 2: "scored", 3: "scored", 4: "refused", 5: "scored"}
    assert "the limit is 2" in str(outcomes[[o.proposal for o in outcomes].index(4)].reason)


def test_after_closing_it_is_refused_or_marked_by_the_servers_clock(
    classroom: Classroom, guesses: Guesses
) -> None:
    closed = (settings.clock() - timedelta(hours=2)).isoformat()
    edit_rules(classroom, "animals", f'competition: {{closes: "{closed}"}}\n')
    edit_rules(classroom, "prices", f'competition: {{closes: "{closed}", late: mark}}\n')
    classroom.submit("animals", "alice", guesses(1))
    classroom.submit("prices", "alice", classroom.truth["prices"])

    first, second = drain(classroom)

    assert first.outcome == "refused"
    assert "closed" in str(first.reason)
    assert second.outcome == "scored"
    assert classroom.board("prices").columns["marks"] == [["late"]]


def test_an_owners_broken_rules_make_submissions_wait_not_fail(
    classroom: Classroom, guesses: Guesses
) -> None:
    edit_rules(classroom, "animals", "metrics: [acuracy]\n")
    classroom.submit("animals", "alice", guesses(1))
    classroom.submit("prices", "bob", classroom.truth["prices"])

    outcomes = {o.playground or o.author: o for o in drain(classroom)}

    assert outcomes["prices"].outcome == "scored"
    assert outcomes["animals"].outcome == "waiting"
    assert "no metric 'acuracy'" in str(outcomes["animals"].reason)
    assert [p.author for p in classroom.forge.proposals()] == ["alice"]


def edit_rules(classroom: Classroom, slug: str, lines: str) -> None:
    """Do what an owner does with an editor: replace keys of playground.yml on main."""
    path = f"playgrounds/{slug}/playground.yml"
    keys = {line.split(":")[0] for line in lines.splitlines()}

    def edit(tree: object) -> Change:
        old = tree.read(path).decode()  # type: ignore[attr-defined]
        kept, dropping = [], False
        for line in old.splitlines():
            if not line.startswith((" ", "-")):
                dropping = line.split(":")[0] in keys
            kept += [] if dropping else [line]
        return Change("Edit rules", {path: ("\n".join(kept) + "\n" + lines).encode()})

    classroom.forge.record(edit, branch="main")


def test_the_four_steps_apart_end_as_the_whole(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    classroom.submit("animals", "alice", guesses(1))
    classroom.submit("animals", "bob", guesses(2)[:-3])
    work = tmp_path / "work"

    aims("intake", classroom.path, "--out", work / "intake")
    aims("run", classroom.path, "--in", work / "intake", "--out", work / "run")
    aims("score", classroom.path, "--in", work / "run", "--out", work / "score")
    done = aims("record", classroom.path, "--in", work / "score", "--json")

    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert [o["outcome"] for o in outcomes] == ["scored", "refused"]
    assert classroom.board("animals").columns["username"] == ["alice"]
    assert drain(classroom) == []


def test_the_score_step_is_given_no_model(classroom: Classroom, tmp_path: Path) -> None:
    classroom.submit("prices", "alice", classroom.truth["prices"])
    work = tmp_path / "work"

    aims("intake", classroom.path, "--out", work / "intake")
    aims("run", classroom.path, "--in", work / "intake", "--out", work / "run")

    names = sorted(p.name for p in (work / "run").rglob("*") if p.is_file())
    assert names == ["intake.json", "run.json", "values.npy"]
    assert not list((work / "intake").iterdir())


def test_scoring_without_the_score_key_says_who_can(
    classroom: Classroom, guesses: Guesses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    classroom.submit("animals", "alice", guesses(1))
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "nobody"))

    done = aims("evaluate", classroom.path, check=False)

    assert done.returncode == 5
    assert "the score key of the course is not at hand" in done.stderr
    assert [p.state for p in classroom.forge.proposals()] == ["open"]


def test_predictions_changed_between_steps_are_noticed_and_not_scored(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    classroom.submit("animals", "alice", guesses(1))
    work = tmp_path / "work"
    aims("intake", classroom.path, "--out", work / "intake")
    aims("run", classroom.path, "--in", work / "intake", "--out", work / "run")
    codes = work / "run" / "1" / "codes.npy"
    array = np.load(codes)
    np.save(codes, (array + 1) % 3)

    aims("score", classroom.path, "--in", work / "run", "--out", work / "score")
    done = aims("record", classroom.path, "--in", work / "score", "--json")

    outcome = json.loads(done.stdout)
    assert outcome["outcome"] == "waiting"
    assert "changed between two steps" in outcome["reason"]
    assert [p.state for p in classroom.forge.proposals()] == ["open"]


def test_another_persons_folder_is_refused_with_the_path(classroom: Classroom) -> None:
    change = Change("Submit", {"submissions/animals/bob/x/predictions.csv": csv_of("p", ["cat"])})
    classroom.forge.propose(change, author="mallory", title="hello")

    (outcome,) = drain(classroom)

    assert outcome.outcome == "refused"
    assert "submissions/animals/bob/x/predictions.csv" in str(outcome.reason)


def test_an_owners_change_of_the_course_is_no_submission(classroom: Classroom) -> None:
    upkeep = Change("Mend the README", {"README.md": b"# Animals\n"})
    mixed = Change("Both", {"README.md": b"#\n", "submissions/animals/teacher/x/a.txt": b""})
    kept = classroom.forge.propose(upkeep, author="teacher", title="Mend the README").number
    for author, change in (("bob", upkeep), ("teacher", mixed)):
        classroom.forge.propose(change, author=author, title="x")

    outcomes = drain(classroom)

    assert [o.outcome for o in outcomes] == ["refused", "refused"]
    (open_still,) = classroom.forge.proposals()
    assert (open_still.number, open_still.comments) == (kept, ())
    assert drain(classroom) == []
