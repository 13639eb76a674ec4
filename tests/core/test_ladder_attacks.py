"""What is shown of scores decides how far somebody climbs who knows nothing of the task."""

from __future__ import annotations

import pytest
from ladder_attacks import ATTACKS, RELEASES, Outcome, outcomes


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Outcome]:
    return {(one.attack, one.release): one for one in outcomes(range(2))}


def test_no_attack_learns_anything_of_the_private_rows(
    found: dict[tuple[str, str], Outcome],
) -> None:
    # Two contests of 2,000 rows: a standard error of 0.008.
    assert len(found) == len(ATTACKS) * len(RELEASES)
    assert all(abs(one.private - 0.5) < 0.03 for one in found.values())


@pytest.mark.parametrize("attack", ATTACKS)
def test_exact_scores_and_rounded_ones_are_climbed_alike(
    found: dict[tuple[str, str], Outcome], attack: str
) -> None:
    exact, rounded = found[attack, "exact"], found[attack, "rounded"]

    assert exact.public > 0.54
    assert rounded.public == pytest.approx(exact.public, abs=0.015)


def test_voting_guesses_climb_far_on_exact_scores_and_hardly_on_the_ladder(
    found: dict[tuple[str, str], Outcome],
) -> None:
    exact, ladder = (found["boosting", release].public for release in ("exact", "ladder"))

    assert exact > 0.585
    assert ladder < 0.54


@pytest.mark.parametrize("attack", ["2 rows at a time", "30 rows at a time"])
def test_the_ladder_as_published_is_climbed_in_small_steps_and_ours_is_not(
    found: dict[tuple[str, str], Outcome], attack: str
) -> None:
    published, ours = (found[attack, release].public for release in RELEASES[2:])

    assert published > 0.56
    assert ours < 0.53


def test_the_best_attack_on_the_ladder_gains_half_of_the_best_on_exact_scores(
    found: dict[tuple[str, str], Outcome],
) -> None:
    exact, ladder = (
        max(found[attack, release].public for attack in ATTACKS) for release in ("exact", "ladder")
    )

    assert exact > 0.60
    assert ladder - 0.5 < 0.6 * (exact - 0.5)
