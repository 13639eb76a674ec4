"""Confirm: what the job that runs models says of a proposal must be what the forge says of it."""

from __future__ import annotations

from collections.abc import Iterable

from aims_gh.domain.proposal import Proposal
from aims_gh.domain.steps import Intake
from aims_gh.forge import Forge


def contradicted(forge: Forge, intakes: Iterable[Intake]) -> set[int]:
    """Give the numbers of proposals that are not as told.

    Hostile models run where these were written. Should one of them ever get out of its sandbox
    there, it still could not submit in another's name, nor before its proposal was opened.
    """
    told = {intake.proposal: intake for intake in intakes}
    known = {proposal.number: proposal for proposal in forge.proposals()}
    if told.keys() - known.keys():  # closed meanwhile
        known = {proposal.number: proposal for proposal in forge.proposals(state="all")}
    return {number for number, intake in told.items() if not _as_told(known.get(number), intake)}


def _as_told(proposal: Proposal | None, intake: Intake) -> bool:
    return (
        proposal is not None
        and proposal.author == intake.author
        and proposal.opened <= intake.pushed
    )
