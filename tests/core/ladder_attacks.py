"""How far the public score can be raised without any knowledge of the task.

`python tests/core/ladder_attacks.py` prints the table of docs/explanation/scoring.md.

Labels are drawn by a coin, so no model is better than chance, and whatever the public rows show
above one half was taken from the scores. The attacker knows which rows are public, and how scores
are released: the worst case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from core_builders import playground

from aims_gh.core.ladder import Rung, climb, rounded
from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.core.resamples import draw_resamples

Codes = npt.NDArray[np.int32]
ROWS, SUBMISSIONS = 4_000, 400
PUBLIC = ROWS // 2
ACCURACY = playground(metrics=["accuracy"])
UNUSED = draw_resamples(PUBLIC, resamples=1, seed=1)  # the Ladder remembers rows, where it can
RELEASES = ("exact", "rounded", "ladder, as published", "ladder")


class Contest:
    """A playground whose labels were drawn by a coin, and how it shows scores."""

    def __init__(self, release: str, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.release = release
        self._truth = self.guess()
        self._best: Rung | None = None

    def guess(self) -> Codes:
        return self.random.integers(0, 2, ROWS, dtype=np.int32)

    def public(self, codes: Codes) -> float:
        return float((codes == self._truth)[:PUBLIC].mean())

    def private(self, codes: Codes) -> float:
        return float((codes == self._truth)[PUBLIC:].mean())

    def submit(self, codes: Codes) -> float:
        """Give the score that is shown."""
        if self.release == "exact":
            return self.public(codes)
        if self.release == "rounded":
            return rounded({"accuracy": self.public(codes)})["accuracy"]
        part = Part(self._truth[:PUBLIC], Predictions(codes=codes[:PUBLIC]))
        step = 0.0 if self.release == "ladder, as published" else 1.0
        self._best = climb(ACCURACY, part, UNUSED, self._best, step=step)
        return self._best.released


def boosting(contest: Contest) -> Codes:
    """Guess, keep what scores above chance, and let those vote (Blum & Hardt 2015, section 5)."""
    votes = np.zeros(ROWS, dtype=np.int64)
    before = 0.0
    for _ in range(SUBMISSIONS - 1):
        codes = contest.guess()
        shown = contest.submit(codes)
        if (
            shown > 0.5 and shown != before
        ):  # the Ladder shows the former score, which tells nothing
            votes += 2 * codes - 1
        before = shown
    majority = (votes > 0).astype(np.int32)
    contest.submit(majority)
    return majority


def changing(rows: int) -> Callable[[Contest], Codes]:
    """Change so many rows by chance, and keep the change if the score that is shown rises."""

    def attack(contest: Contest) -> Codes:
        codes = contest.guess()
        best = contest.submit(codes)
        for _ in range(SUBMISSIONS - 1):
            tried = codes.copy()
            tried[contest.random.choice(PUBLIC, rows, replace=False)] ^= 1
            shown = contest.submit(tried)
            if shown > best:
                codes, best = tried, shown
        return codes

    return attack


ATTACKS: dict[str, Callable[[Contest], Codes]] = {
    "boosting": boosting,
    "2 rows at a time": changing(2),
    "30 rows at a time": changing(30),
    "300 rows at a time": changing(300),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attack reached, on average over contests."""

    attack: str
    release: str
    public: float
    private: float


def outcomes(seeds: range) -> Iterator[Outcome]:
    for attack, run in ATTACKS.items():
        for release in RELEASES:
            contests = [Contest(release, seed) for seed in seeds]
            found = [(contest, run(contest)) for contest in contests]
            public, private = (
                float(np.mean([score(codes) for score, codes in pairs]))
                for pairs in (
                    [(contest.public, codes) for contest, codes in found],
                    [(contest.private, codes) for contest, codes in found],
                )
            )
            yield Outcome(attack, release, public, private)


def main() -> None:
    print("| attack | release | public rows | private rows |\n|---|---|---|---|")
    for found in outcomes(range(40)):
        print(
            f"| {found.attack} | {found.release} | {found.public:.1%} | {found.private:.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
