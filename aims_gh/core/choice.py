"""A choice: which submissions a participant wants to count in the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from aims_gh.core.rulings import Rulings
from aims_gh.domain.address import Address
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.playground import Playground
from aims_gh.domain.proposal import ChangedFile
from aims_gh.domain.selection import SELECTION_FILE, Choice
from aims_gh.errors import SubmissionError

_CHOICE = re.compile(
    r"submissions/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)/([A-Za-z0-9-]{1,39})/"
    + re.escape(SELECTION_FILE)
)


def locate_choice(changes: Sequence[ChangedFile], author: str) -> str | None:
    """Give the playground in which a proposal says what shall count; None where it does not.

    Such a proposal has one file, and nothing else.
    """
    if len(changes) != 1 or changes[0].kind != "file":
        return None
    match = _CHOICE.fullmatch(changes[0].path)
    return match.group(1) if match and match.group(2) == author else None


def check_choice(
    choice: Choice,
    author: str,
    arrived: datetime,
    playground: Playground,
    rulings: Rulings,
    board: Leaderboard | None,
    *,
    address: Address,
) -> None:
    """Hold a choice against the rules.

    Parameters
    ----------
    address : Address
        Of the playground, for what is told.

    Raises
    ------
    SubmissionError
        If it comes too late, is too much, or names what is not the entrant's own.
    """
    rules = playground.competition
    if "competition" not in playground.boards:
        raise SubmissionError(
            "this playground has no competition, so there is nothing to choose",
            hint="every submission stands on its experiment board",
        )
    late = rulings.days_late(rules, author, arrived) > 0
    if rulings.reveal or late:
        raise SubmissionError(
            "the competition is closed, and choices with it",
            hint="what was chosen before counts; else what was best in public",
        )
    if len(choice.versions) > rules.final_submissions:
        raise SubmissionError(
            f"{len(choice.versions)} versions are chosen, {rules.final_submissions} may be",
            hint=f"aims select {address} takes at most {rules.final_submissions}",
        )
    columns = board.boards["competition"].columns if board else {}
    users = zip(columns.get("version", ()), columns.get("username", ()), strict=True)
    entrant = rulings.entrant(author)
    own = {version for version, user in users if rulings.entrant(user) == entrant}
    strange = sorted(set(choice.versions) - own)
    if strange:
        raise SubmissionError(
            f"not on the competition board as yours: {', '.join(map(str, strange))}",
            hint=f"aims leaderboard {address} --board competition lists your versions",
        )
