"""Trouble with one proposal: whose fault it is, so that the others go on."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from aims_gh.domain.steps import Refusal
from aims_gh.errors import AimsError, RunnerError, SubmissionError

logger = logging.getLogger(__name__)
INTERNAL = "internal error"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a proposal gets no score now.

    Attributes
    ----------
    refusal : Refusal or None
        The participant's fault: the proposal is told so and closed.
    waiting : Refusal or None
        Somebody else's fault: it stays open and keeps its place.
    """

    refusal: Refusal | None = None
    waiting: Refusal | None = None


def trouble_with(proposal: int, error: Exception) -> Trouble:
    """Decide whose fault an error is.

    One proposal that makes this program stumble must not keep everybody else's from being
    scored, so even a bug only makes that proposal wait. A machine that cannot run models at all
    is nobody's proposal's fault: that error goes on.
    """
    if isinstance(error, RunnerError):
        raise error
    if isinstance(error, AimsError):
        told = Refusal(message=error.message, hint=error.hint)
        if isinstance(error, SubmissionError):
            return Trouble(refusal=told)
        return Trouble(waiting=told)
    logger.debug("proposal %s", proposal, exc_info=error)
    what = f"{INTERNAL} ({type(error).__name__})"
    return Trouble(
        waiting=Refusal(message=what, hint="run aims -v evaluate and report what it says")
    )
