"""Rescore and verify: old scores stay readable, and every link of a score can be held."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from contest import CLOSES, HOUR, SLUG, Contest, contest
from walk_classroom import csv_of

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.core.holdout import Truth, truth_to_bytes
from aims_gh.core.seal import seal
from aims_gh.domain.record import dump_yaml
from aims_gh.errors import CourseError
from aims_gh.flows.rescore import Rescored, apply, rescore
from aims_gh.flows.reveal import reveal
from aims_gh.flows.verify import verify
from aims_gh.forge import LEDGER, MAIN, Change
from aims_gh.workspace import Tree, Workspace, evaluation_file, labels_file, playground_file


def again(birds: Contest, **options: object) -> Rescored:
    given = {"only": None, "shards": 1} | options
    return rescore(
        birds.forge,
        birds.address,
        sandbox=settings.sandbox,
        find_key=settings.keys().find,
        clock=lambda: birds.now,
        **given,  # type: ignore[arg-type]
    )


def count(birds: Contest, number: int) -> list[tuple[str, int, int | None, int | None]]:
    moves = apply(
        birds.forge,
        birds.address,
        number,
        by="teacher",
        reason="wrong labels",
        now=birds.now,
        find_key=settings.keys().find,
    )
    return [(m.board, m.version, m.before, m.after) for m in moves]


def correct_labels(birds: Contest, rows: list[int]) -> None:
    """Turn the answers of some rows round, as an owner who found them wrong."""
    flipped = [
        {"jay": "owl", "owl": "jay"}[label] if row in rows else label
        for row, label in enumerate(birds.truth)
    ]

    def edit(tree: Tree) -> Change:
        import hashlib

        import numpy as np
        import yaml

        workspace = Workspace(tree)
        keys, labels = workspace.course().keys, workspace.playground(SLUG).labels
        codes = np.array([labels.index(label) for label in flipped], dtype=np.int32)
        sealed = seal(truth_to_bytes(Truth(codes, birds.private)), (keys.score, *keys.owners))
        value = yaml.safe_load(tree.read(playground_file(SLUG)) or b"")
        value["holdout"]["labels_sha256"] = hashlib.sha256(sealed).hexdigest()
        files = {labels_file(SLUG): sealed, playground_file(SLUG): dump_yaml(value).encode()}
        return Change("Correct the labels", files)

    birds.forge.record(edit, branch=MAIN)
    birds.truth[:] = flipped


def test_a_rescore_is_shown_first_and_counts_when_it_is_applied(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    birds.scored("bob", (55, 60))
    birds.scored("eve", (20, 60))
    wrong = [row for row in range(200) if not birds.private[row]][50:70]
    correct_labels(birds, wrong)  # ada was right on ten of them, bob on five
    before = birds.ledger()

    typed = ["rescore", str(birds.address)]
    found = json.loads(CliRunner().invoke(aims, [*typed, "--shards", "2", "--json"]).stdout)
    shown = birds.standing("competition", "rank", "username", "accuracy")
    applied = CliRunner().invoke(aims, [*typed, "--apply", "1", "--reason", "wrong labels"])
    after = birds.ledger()

    assert (found["number"], found["count"], found["failed"]) == (1, 3, {})
    moves = [tuple(m.values())[1:] for m in found["moves"] if m["board"] == "competition"]
    assert moves == [
        (2, "bob", 2, 1, 0.55, 0.65),
        (1, "ada", 1, 2, 0.6, 0.6),
        (3, "eve", 3, 3, 0.2, 0.4),
    ]
    lines = [line.split()[1:] for line in applied.stdout.splitlines() if "competition" in line]
    assert lines == [[str(value) for value in move] for move in moves]
    assert shown == [(1, "ada", 0.6), (2, "bob", 0.55), (3, "eve", 0.2)]
    assert birds.standing("competition", "rank", "username", "accuracy") == [
        (1, "bob", 0.65),
        (2, "ada", 0.6),
        (3, "eve", 0.4),
    ]
    old = evaluation_file(SLUG, 1)
    assert after[old] == before[old]
    with pytest.raises(CourseError, match="counts already"):
        count(birds, 1)
    with pytest.raises(CourseError, match="has no rescore 7"):
        count(birds, 7)


def test_a_rescore_after_the_reveal_changes_the_final_board_too(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 70))
    birds.scored("bob", (60, 65))
    birds.at(CLOSES + HOUR)
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)
    wrong = [row for row in range(200) if birds.private[row]][65:75]
    correct_labels(birds, wrong)

    found = again(birds)
    count(birds, found.number)

    assert birds.standing("final", "rank", "username", "accuracy") == [
        (1, "bob", 0.75),
        (2, "ada", 0.7),
    ]


def test_only_some_can_be_scored_again(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    for right in (60, 61, 62):
        birds.scored("ada", (right, 60))

    found = again(birds, only=frozenset({2}))

    assert (found.count, found.moves) == (1, [])
    assert f"{SLUG}/rescores/1/2.json" in birds.ledger()
    with pytest.raises(CourseError, match="no such version"):
        again(birds, only=frozenset({9}))


def test_every_link_of_an_honest_score_holds(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))

    links = links_of(birds)

    assert set(links.values()) == {"yes"}
    assert list(links) == [
        "submitted files", "rules", "sealed labels", "evaluator", "predictions", "scores", "board",
    ]  # fmt: skip


def links_of(birds: Contest) -> dict[str, str]:
    keys = settings.keys().find
    found = verify(birds.forge, birds.address, 1, sandbox=settings.sandbox(), find_key=keys)
    return {link.name: link.state for link in found}


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"scores": {"accuracy": 0.99, "f1_score": 0.99}}, {"scores", "board"}),
        ({"digests.predictions": "ab" * 32}, {"submitted files"}),
        ({"digests.scored": "ab" * 32}, {"predictions"}),
    ],
)
def test_a_ledger_that_was_meddled_with_is_caught_at_the_link(
    tmp_path: Path, change: dict[str, object], broken: set[str]
) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    path = evaluation_file(SLUG, 1)

    def meddle(tree: Tree) -> Change:
        value = json.loads(tree.read(path) or b"")
        for key, new in change.items():
            outer, _, inner = key.partition(".")
            if inner:
                value[outer][inner] = new
            else:
                value[outer] = new
        return Change("Meddle", {path: json.dumps(value).encode()})

    birds.forge.record(meddle, branch=LEDGER)

    assert {name for name, state in links_of(birds).items() if state == "no"} == broken


def test_changed_rules_are_told_and_not_taken_for_a_lie(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    correct_labels(birds, [row for row in range(200) if not birds.private[row]][:9])

    links = links_of(birds)

    assert (links["sealed labels"], links["rules"], links["scores"]) == ("unknown",) * 3
    assert "no" not in links.values()


def test_files_that_are_gone_are_named_and_the_others_are_scored_again(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course")
    birds.scored("ada", (60, 60))
    birds.submit(
        "bob", (1, 1), values=csv_of("prediction", birds.guesses(2, 2)).decode().split()[1:]
    )
    birds.evaluate()
    path = evaluation_file(SLUG, 2)

    def lose(tree: Tree) -> Change:
        value = json.loads(tree.read(path) or b"")
        value["head"] = "0" * 40
        return Change("Lose", {path: json.dumps(value).encode()})

    birds.forge.record(lose, branch=LEDGER)
    found = again(birds)

    assert found.count == 1
    assert list(found.failed) == [2]
