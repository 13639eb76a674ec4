"""Attacks on the private part, by somebody who sees all that is public and knows this code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from contest import SLUG, Contest, contest
from walk_classroom import aims, csv_of

from aims_gh import settings
from aims_gh.core.holdout import truth_from_bytes
from aims_gh.core.seal import open_sealed
from aims_gh.core.split import draw_private
from aims_gh.forge import MAIN
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Workspace, evaluation_file, labels_file

TRIED = range(24)


def told(birds: Contest, number: int, version: int) -> tuple[object, ...]:
    """All that is public of a submission, but what is new with each."""
    value = json.loads(birds.ledger()[evaluation_file(SLUG, version)])
    own = ("version", "proposal", "head", "submission", "private", "digests")
    comment = birds.comment(number).partition("Rank")[0].replace(f"version {version}", "")
    return {key: item for key, item in value.items() if key not in own}, comment


def test_labels_are_not_recovered_by_changing_a_row_at_a_time(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", limits={})
    guess = birds.guesses(50, 50)
    other = {"jay": "owl", "owl": "jay"}
    every = [guess, *([*guess[:row], other[guess[row]], *guess[row + 1 :]] for row in TRIED)]
    numbers = [birds.submit("mallory", (0, 0), values=values) for values in every]

    versions = {o.proposal: o.version for o in birds.evaluate()}

    first, *rest = [told(birds, n, versions[n] or 0) for n in numbers]
    moved = [row for row, found in zip(TRIED, rest, strict=True) if found != first]
    assert moved == [row for row in TRIED if not birds.private[row]]
    assert 0 < len(moved) < len(TRIED)


@pytest.mark.parametrize("wrong", ["crow", "", "jay\x00", "0"])
def test_what_a_refusal_says_is_the_same_for_rows_of_both_parts(tmp_path: Path, wrong: str) -> None:
    birds = contest(tmp_path / "course")
    guess = birds.guesses(50, 50)
    rows = (int(np.flatnonzero(birds.private)[0]), int(np.flatnonzero(~birds.private)[0]))

    numbers = [
        birds.submit("mallory", (0, 0), values=[*guess[:row], wrong, *guess[row + 1 :]])
        for row in rows
    ]

    assert {outcome.outcome for outcome in birds.evaluate()} == {"refused"}
    private, public = (re.sub(r"\d+", "N", birds.comment(number)) for number in numbers)
    assert private == public


def test_which_rows_are_private_is_not_drawn_again_from_what_is_public(tmp_path: Path) -> None:
    """Whoever knows the code and every label lacks the seed, and no small or usual one is it."""
    truth = np.random.default_rng(5).choice(["jay", "owl"], size=60).tolist()
    (tmp_path / "y.csv").write_bytes(csv_of("y", truth))
    course = tmp_path / "course"
    aims("course", "new", course, "--title", "Birds")
    for slug in ("one", "two"):
        aims(
            "playground", "create", f"{course}/{slug}", "--task", "classification",
            "--labels", tmp_path / "y.csv", "--metric", "accuracy", "--private-fraction", "0.5",
        )  # fmt: skip

    masks = []
    with LocalForge.open(course).tree(MAIN) as main:
        rules = Workspace(main)
        key = settings.keys().find(rules.course().keys.score)
        assert key is not None
        for slug in ("one", "two"):
            opened = open_sealed(rules.file(labels_file(slug)), [key], name="labels")
            masks.append(truth_from_bytes(opened).private)
    first, second = masks
    codes = np.array([truth.index(label) > 0 for label in truth], dtype=np.int32)

    assert first.sum() == second.sum() == 30
    assert (first != second).any()
    drawn = {
        draw_private(codes, rows=60, fraction=0.5, seed=seed).tobytes()
        for seed in (*range(5_000), 2**31 - 1, 2**32 - 1, 0xDEADBEEF, 20_261_127)
    }
    assert len(drawn) > 4_900
    assert not drawn & {first.tobytes(), second.tobytes()}


def test_with_the_seed_the_rows_would_be_drawn_again(tmp_path: Path) -> None:
    """The attack above is the right one: where the seed is known, it finds every private row."""
    birds = contest(tmp_path / "course", seed=3)
    codes = np.array([label == "owl" for label in birds.truth], dtype=np.int32)

    drawn = draw_private(codes, rows=len(codes), fraction=0.5, seed=3)

    assert (drawn == birds.private).all()
