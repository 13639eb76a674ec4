"""Open what the score step sealed of an evaluation."""

from __future__ import annotations

from collections.abc import Iterable

from aims_gh.core.seal import Key, open_sealed
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.record import Problems
from aims_gh.domain.reveal import PrivateScores
from aims_gh.errors import CourseError
from aims_gh.workspace import evaluation_file


def opened_scores(evaluation: Evaluation, keys: Iterable[Key]) -> PrivateScores:
    """Open the private scores of an evaluation.

    Raises
    ------
    SealError, CourseError
        If no key opens them, or what is sealed is not what the score step seals.
    """
    name = f"the private scores of {evaluation_file(evaluation.playground, evaluation.version)}"
    content = open_sealed((evaluation.private or "").encode("ascii"), keys, name=name)
    try:
        return PrivateScores.from_json(content)
    except Problems as problems:
        raise CourseError(
            f"{name} are not valid: {problems}", hint="restore the ledger from its history"
        ) from None
