"""A version as it is known after the reveal: what was sealed, in the place of what stood for it."""

from __future__ import annotations

from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.reveal import Contents, Opened


def after_reveal(evaluation: Evaluation, opened: Opened, *, rows: int) -> Evaluation:
    """Put exact scores on all rows, and what was in a sealed submission, into an evaluation.

    Parameters
    ----------
    rows : int
        How many the holdout has.
    """
    changes = {
        "scores": dict(opened.whole),
        "failures": {**evaluation.failures, **opened.failures},
        "intervals": {},  # they were of the public rows
        "rows": rows,
        "private": None,
    }
    found = evaluation.model_copy(update=changes)
    return _with_contents(found, opened.contents) if opened.contents else found


def _with_contents(evaluation: Evaluation, contents: Contents) -> Evaluation:
    digests = {"model": contents.model, "predictions": contents.predictions}
    told = {name: getattr(contents, name) for name in Contents.model_fields if name not in digests}
    return evaluation.model_copy(
        update={**told, "digests": evaluation.digests.model_copy(update=digests)}
    )
