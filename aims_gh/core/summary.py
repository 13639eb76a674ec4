"""Sum up how predictions are wrong, without telling of any row."""

from __future__ import annotations

import math

import numpy as np

from aims_gh.core.part import Part
from aims_gh.domain.playground import Playground
from aims_gh.domain.summary import BINS, MOST_LABELS, Confusion, Residuals, Summary

FEWEST_ROWS = 20
"""Of fewer rows nothing is told: a sum of a handful is nearly the rows themselves."""


def summary(playground: Playground, part: Part) -> Summary | None:
    """Sum up what is wrong in the part that is scored in public.

    Parameters
    ----------
    part : Part
        The rows that the published scores cover.

    Returns
    -------
    Summary or None
        None where it would tell more than the scores do: where they are rounded, where features
        are hidden, where there are few rows, or many labels.
    """
    if untold(playground, len(part.answers)):
        return None
    if playground.task_type == "regression":
        return Summary(rows=len(part.answers), residuals=_residuals(part))
    return Summary(rows=len(part.answers), confusion=_confusion(playground, part))


def untold(playground: Playground, rows: int) -> str:
    """Say why nothing is told of how predictions are wrong; empty where it is told.

    Parameters
    ----------
    rows : int
        How many the published scores cover.
    """
    release = playground.competition.release
    if release != "exact":
        return f"with release: {release}, it would tell more than the scores do"
    if playground.features == "hidden":
        return "a model could write the hidden features into its predictions"
    if rows < FEWEST_ROWS:
        return f"of fewer than {FEWEST_ROWS} rows it would nearly be the rows themselves"
    if len(playground.labels) > MOST_LABELS:
        return f"with more than {MOST_LABELS} labels hardly a count is of more than one row"
    return ""


def _confusion(playground: Playground, part: Part) -> Confusion:
    many = len(playground.labels)
    assert part.predictions.codes is not None
    cells = part.answers.astype(np.int64) * many + part.predictions.codes
    counts = np.bincount(cells, minlength=many * many).reshape(many, many)
    return Confusion(labels=playground.labels, counts=tuple(tuple(map(int, row)) for row in counts))


def _residuals(part: Part) -> Residuals:
    assert part.predictions.values is not None
    errors = part.predictions.values - part.answers
    usual = math.sqrt(float(np.mean(np.square(errors))))
    step = _step(usual)
    # Counted in bins before anything is rounded, and cut off: no edge is any row's error.
    places = np.clip(np.floor(errors / step), -BINS // 2, BINS // 2 - 1).astype(np.int64)
    counts = np.bincount(places + BINS // 2, minlength=BINS)
    return Residuals(
        mean=_rounded(float(errors.mean()), usual),
        deviation=abs(_rounded(float(errors.std()), usual)),
        step=step,
        counts=tuple(map(int, counts)),
    )


def _step(usual: float) -> float:
    """Choose the width of a bin so that the bins reach three usual errors to each side."""
    if usual <= 0:
        return 1.0
    least = 3 * usual / (BINS // 2)
    power = math.floor(math.log10(least))
    for factor in (1, 2, 5, 10):
        step = float(f"{factor}e{power}")
        if step >= least:
            return step
    return float(f"1e{power + 1}")


def _rounded(value: float, usual: float) -> float:
    if usual <= 0:
        return 0.0
    unit = math.floor(math.log10(usual)) - 2
    return float(f"{round(value / 10.0**unit)}e{unit}")
