"""What is shown of scores decides how far somebody climbs who knows nothing of the task."""

from __future__ import annotations

import math

import numpy as np
import pytest
from core_builders import regression
from ladder_attacks import ATTACKS, RELEASES, Outcome, outcomes

from aims_gh.core.draws import Draws
from aims_gh.core.holdout import Truth
from aims_gh.core.predictions import Predictions
from aims_gh.core.resamples import draw_resamples
from aims_gh.core.score import score


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


def test_another_metric_beside_the_ranking_one_tells_answers_and_the_ladder_shows_none() -> None:
    rows, read = 400, 6
    answers = np.random.default_rng(4).integers(0, 10, rows).astype(np.float64)
    truth = Truth(answers, private=np.arange(rows) >= rows // 2)
    # In each of six rows another power of ten, so far apart that no sum carries over.
    said = np.zeros(rows)
    said[:read] = 10.0 ** np.arange(4, 4 + read)
    draws = Draws(draw_resamples(rows // 2, resamples=50, seed=1), None)

    def shown(release: str) -> dict[str, float]:
        rules = regression("median_absolute_error", "mse", competition={"release": release})
        return score(rules, truth, Predictions(values=said), draws=draws).scores

    squares = round(shown("rounded")["mse"] * (rows // 2))
    digits = math.ceil((sum(int(value) ** 2 for value in said) - squares) / 20_000)
    assert [int(digit) for digit in reversed(str(digits))][:read] == answers[:read].tolist()
    assert set(shown("ladder")) == {"median_absolute_error"}


def test_the_best_attack_on_the_ladder_gains_half_of_the_best_on_exact_scores(
    found: dict[tuple[str, str], Outcome],
) -> None:
    exact, ladder = (
        max(found[attack, release].public for attack in ATTACKS) for release in ("exact", "ladder")
    )

    assert exact > 0.60
    assert ladder - 0.5 < 0.6 * (exact - 0.5)
