"""What is public before the reveal: the public part alone, as exactly as the rules say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from contest import SLUG, Contest, contest

from aims_gh import settings
from aims_gh.core.seal import open_sealed
from aims_gh.flows.rescore import rescore
from aims_gh.flows.verify import verify
from aims_gh.workspace import Workspace, evaluation_file

OWN = ("version", "proposal", "head", "submission", "timestamp", "evaluated", "private", "digests")
"""What differs between two submissions whatever they say."""


def told(birds: Contest, version: int) -> dict[str, Any]:
    value = json.loads(birds.ledger()[evaluation_file(SLUG, version)])
    return {key: item for key, item in value.items() if key not in OWN}


def sealed_length(birds: Contest, version: int) -> int:
    """Tell how long the sealed content is; age itself adds noise of random length."""
    armour = json.loads(birds.ledger()[evaluation_file(SLUG, version)])["private"]
    with birds.forge.tree() as main:
        key = settings.keys().find(Workspace(main).course().keys.score)
    assert key is not None
    return len(open_sealed(armour.encode(), [key], name="scores"))


@pytest.mark.parametrize("release", ["exact", "rounded", "ladder"])
def test_rows_of_the_private_part_change_no_public_byte(tmp_path: Path, release: str) -> None:
    birds = contest(tmp_path / "course", release=release)
    # The attack of whoever looks for labels row by row: the same in public, another in private.
    numbers = [birds.scored("mallory", (60, right)).proposal for right in (0, 1, 100)]

    first = told(birds, 1)

    assert [told(birds, version) for version in (2, 3)] == [first, first]
    assert len({sealed_length(birds, version) for version in (1, 2, 3)}) == 1
    lines = [
        birds.comment(number).replace(f"version {n}", "") for n, number in enumerate(numbers, 1)
    ]
    assert len({line.partition("Rank")[0] for line in lines}) == 1
    columns = birds.board().columns
    assert len(set(columns["accuracy"])) == len(set(columns["f1_score"])) == 1
    assert ("f1_score" in first["scores"]) == (release != "ladder")


def test_exact_scores_come_with_intervals_and_rounded_ones_without(tmp_path: Path) -> None:
    exact = contest(tmp_path / "exact")
    rounded = contest(tmp_path / "rounded", release="rounded")
    for birds in (exact, rounded):
        birds.scored("ada", (61, 60))

    shown = exact.board().rows()[0]

    assert (shown["accuracy_low"], shown["accuracy_high"]) == (0.507, 0.706)  # Clopper-Pearson
    assert shown["f1_score_low"] < shown["f1_score"] < shown["f1_score_high"]
    assert "accuracy_low" not in rounded.board().columns


def test_the_ladder_shows_the_best_so_far_until_a_new_one_is_clearly_better(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", release="ladder")
    steps = [birds.scored("ada", (right, right)) for right in (60, 62, 40, 80)]
    other = birds.scored("bob", (62, 62))

    shown = [step.scores["accuracy"] for step in steps if step.scores]

    assert shown == [0.6, 0.6, 0.6, 0.8]
    assert other.scores is not None and other.scores["accuracy"] == 0.62
    assert "clearly better" in birds.comment(steps[1].proposal)
    assert [set(step.scores or ()) for step in steps] == [{"accuracy"}] * 4
    assert set(birds.board().columns["f1_score"]) == {None}


def test_the_ladder_remembers_a_team_and_not_its_members(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", release="ladder")
    birds.write("teams.yml", {"teams": {"red": ["ada", "bob"]}})

    birds.scored("ada", (60, 60))
    second = birds.scored("bob", (62, 60))

    assert second.scores is not None and second.scores["accuracy"] == 0.6


def test_the_ladder_is_not_lowered_by_what_arrived_earlier_and_is_scored_later(
    tmp_path: Path,
) -> None:
    birds = contest(tmp_path / "course", release="ladder")
    high = birds.scored("ada", (90, 60))
    low = birds.scored("ada", (55, 60))
    middle = birds.scored("ada", (80, 60))

    found = rescore(
        birds.forge, birds.address, only={2}, shards=1, sandbox=settings.sandbox,
        find_key=settings.keys().find, clock=lambda: birds.now,
    )  # fmt: skip
    again = json.loads(birds.ledger()[f"{SLUG}/rescores/{found.number}/2.json"])
    links = verify(
        birds.forge, birds.address, 3, sandbox=settings.sandbox(), find_key=settings.keys().find
    )

    assert [o.scores["accuracy"] for o in (high, low, middle) if o.scores] == [0.9, 0.9, 0.9]
    assert again["scores"]["accuracy"] == 0.9
    assert {link.state for link in links} == {"yes"}
