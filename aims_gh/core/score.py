"""Score predictions against the holdout, public and private part apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aims_gh.core.holdout import Truth
from aims_gh.core.metrics import compute_scores
from aims_gh.core.predictions import LARGEST, Predictions
from aims_gh.core.split import Mask
from aims_gh.domain.evaluation import PrivateScores
from aims_gh.domain.playground import Playground
from aims_gh.errors import CourseError, SubmissionError


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of one submission.

    Attributes
    ----------
    scores : dict of str to float
        On the public part, or on all rows where nothing is private.
    rows : int
        How many rows that is.
    private : PrivateScores or None
        To be sealed.
    """

    scores: dict[str, float]
    rows: int
    private: PrivateScores | None


def score(playground: Playground, truth: Truth, predictions: Predictions) -> Scored:
    """Compute every metric of the playground.

    Raises
    ------
    SubmissionError
        If the predictions do not fit the holdout or a score overflows.
    CourseError
        If a metric is undefined on this holdout.
    """
    if len(predictions) != len(truth):
        raise SubmissionError(
            f"there are {len(predictions)} predictions, the holdout has {len(truth)} rows",
            hint="give one prediction for every row of the features file, in its order",
        )
    whole = _compute(playground, truth.answers, predictions)
    if not truth.private.any():
        return Scored(whole, len(truth), None)
    public = ~truth.private
    public_scores = _on(playground, truth, predictions, public)
    if playground.competition.release == "rounded":
        public_scores = {name: round(value, 3) for name, value in public_scores.items()}
    private = PrivateScores(private=_on(playground, truth, predictions, truth.private), whole=whole)
    return Scored(public_scores, int(public.sum()), private)


def check_metrics(playground: Playground, truth: Truth) -> None:
    """Make sure that every metric is defined on every part, before anybody submits.

    Raises
    ------
    CourseError
        Naming the metric.
    """
    count = len(playground.labels)
    if count:
        codes = truth.answers.astype(np.int32)
        probabilities = np.full((len(truth), count), 1 / count)
        score(playground, truth, Predictions(codes=codes, probabilities=probabilities))
    else:
        score(playground, truth, Predictions(values=truth.answers.astype(np.float64)))
        try:
            score(playground, truth, Predictions(values=np.full(len(truth), LARGEST)))
        except SubmissionError as error:
            raise CourseError(
                f"the answers are too large, or too close together: {error.message}",
                hint="write them in another unit, so that they are nearer to 1",
            ) from None


def _on(playground: Playground, truth: Truth, said: Predictions, rows: Mask) -> dict[str, float]:
    part = Predictions(**{name: array[rows] for name, array in said.arrays().items()})
    return _compute(playground, truth.answers[rows], part)


def _compute(
    playground: Playground, answers: npt.NDArray[np.generic], predictions: Predictions
) -> dict[str, float]:
    return compute_scores(
        playground.metrics, labels=playground.labels, truth=answers, predictions=predictions
    )
