"""Select: propose which of one's submissions shall count in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aims_gh.core.choice import check_choice
from aims_gh.domain.address import Address
from aims_gh.domain.proposal import Proposal
from aims_gh.domain.record import Problems
from aims_gh.domain.selection import Choice
from aims_gh.errors import SubmissionError
from aims_gh.flows.rulings import read_rulings
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.workspace import Workspace, choice_file


def select(
    forge: Forge, address: Address, versions: Sequence[int], *, author: str, now: datetime
) -> Proposal:
    """Propose a choice; it counts from the next evaluation on, by when it arrives.

    Raises
    ------
    SubmissionError
        Just as the evaluator would refuse it.
    """
    slug = address.slug
    try:
        choice = Choice.from_value({"versions": list(dict.fromkeys(versions))})
    except Problems as problems:
        raise SubmissionError(
            f"this cannot be chosen: {problems}", hint="name a few of your versions"
        ) from None
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        rules, results = Workspace(main), Workspace(ledger)
        rulings = read_rulings(rules, results, slug)
        board = results.leaderboard(slug)
        playground = rules.playground(slug)
        check_choice(choice, author, now, playground, rulings, board, address=address)
    title = f"Choose what counts in {slug}"
    files = {choice_file(slug, author): choice.to_yaml()}
    return forge.propose(Change(message=title, files=files), author=author, title=title)
