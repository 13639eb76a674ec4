"""Status: what is open, what was run, and how much room GitHub's limits leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from aims_gh.flows.check_hosting import EVALUATE
from aims_gh.flows.intake import Boards
from aims_gh.forge import LEDGER, MAIN, Forge
from aims_gh.forge.administration import Administration, Allowance, Run
from aims_gh.workspace import Workspace

CONTENT_PER_HOUR = 500
"""Comments, labels and the like that GitHub takes from one account in an hour."""

WRITES_PER_ANSWER = 2
_HOUR = timedelta(hours=1)
_RUNS = 5


@dataclass(frozen=True, slots=True)
class Open:
    """An open proposal."""

    number: int
    author: str
    title: str
    arrived: datetime
    state: Literal["queued", "waiting", "scored"]
    """`queued` for the next run; `waiting`: a run looked at it and left it open, its log says
    why; `scored`: it stands on the ledger, and the answer is still to be written."""


@dataclass(frozen=True, slots=True)
class Headroom:
    """How much more may be written and asked for."""

    answered: int
    """Evaluations of the last hour."""

    content_left: int
    """Comments and closings that are left of the hour's, at two for each answer."""

    requests: Allowance
    """Of the token that asks; a course's Action has its own thousand an hour."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a course is doing."""

    course: str
    proposals: tuple[Open, ...]
    runs: tuple[Run, ...]
    headroom: Headroom | None
    evaluations: int

    @property
    def queued(self) -> int:
        """How many the next run will take."""
        return sum(p.state == "queued" for p in self.proposals)


def status(forge: Forge, administration: Administration | None, *, now: datetime) -> Status:
    """Sum up how a course is doing; in a folder there are no runs and no limits."""
    runs = administration.runs(EVALUATE, limit=_RUNS) if administration else ()
    looked = [run.started for run in runs if run.conclusion in ("success", "failure")]
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as tree:
        slugs, ledger = Workspace(main).slugs(), Workspace(tree)
        boards = Boards(ledger)
        versions = {key: v for slug in slugs for key, v in boards.recorded(slug).items()}
        answered = sum(_answered(ledger, slug, since=now - _HOUR) for slug in slugs)
    open_ones = []
    for proposal in forge.proposals():
        seen = bool(looked) and proposal.pushed < looked[0]
        known = (proposal.number, proposal.head) in versions
        state: Literal["queued", "waiting", "scored"] = "waiting" if seen else "queued"
        open_ones.append(
            Open(
                proposal.number,
                proposal.author,
                proposal.title,
                proposal.pushed,
                "scored" if known else state,
            )
        )
    headroom = None
    if administration is not None:
        left = max(CONTENT_PER_HOUR - WRITES_PER_ANSWER * answered, 0)
        headroom = Headroom(answered, left, administration.allowance())
    return Status(forge.name, tuple(open_ones), runs, headroom, len(versions))


def _answered(ledger: Workspace, slug: str, *, since: datetime) -> int:
    """Count the evaluations since a moment, from the last one back."""
    paths = ledger.tree.paths(f"{slug}/evaluations")
    names = (path.rpartition("/")[2].removesuffix(".json") for path in paths)
    count = 0
    for version in sorted((int(name) for name in names if name.isdecimal()), reverse=True):
        if ledger.evaluation(slug, version).evaluated < since:
            break
        count += 1
    return count
