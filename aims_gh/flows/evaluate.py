"""Evaluate: drain every open proposal that has no evaluation."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aims_gh.core.seal import FindKey
from aims_gh.domain.address import Address
from aims_gh.domain.steps import Intake
from aims_gh.errors import AimsError
from aims_gh.flows.confirm import contradicted
from aims_gh.flows.decide import is_stale, refresh
from aims_gh.flows.handoff import handoffs
from aims_gh.flows.intake import BATCH, Waiting, intake
from aims_gh.flows.record import Outcome, record
from aims_gh.flows.reveal import AUTOMATIC, due, left_out, reveal
from aims_gh.flows.run import Progress, no_progress, run
from aims_gh.flows.score import score
from aims_gh.forge import LEDGER, MAIN, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.workspace import Workspace


def evaluate(
    forge: Forge,
    *,
    sandbox: Sandbox,
    find_key: FindKey,
    clock: Callable[[], datetime],
    batch: int = BATCH,
    progress: Progress = no_progress,
) -> Iterator[Outcome]:
    """Take, run, score and record until nothing is open that can be decided.

    The state decides, not the call: run it twice, run two at once, kill it at any moment and
    run it again, and the ledger ends the same.

    Yields
    ------
    Outcome
        One per proposal, as soon as it is recorded and answered.
    """
    seen: set[tuple[int, str]] = set()
    waiting: dict[int, Waiting] = {}
    while True:
        with tempfile.TemporaryDirectory(prefix="aims-") as folder:
            work = Path(folder)
            taken = intake(forge, work / "intake", skip=seen, batch=batch)
            waiting |= {item.proposal.number: item for item in taken.waiting}
            if not taken.intakes:
                break
            seen |= {(item.proposal, item.head) for item in taken.intakes}
            run(
                forge,
                work / "intake",
                work / "run",
                sandbox=sandbox,
                find_key=find_key,
                progress=progress,
            )
            score(forge, work / "run", work / "score", find_key=find_key, sandbox=sandbox)
            yield from record(forge, work / "score", now=clock())
    settle(forge, find_key=find_key, now=clock())
    for item in waiting.values():
        yield Outcome(
            proposal=item.proposal.number,
            author=item.proposal.author,
            playground=item.playground,
            outcome="waiting",
            reason=item.reason.message,
            hint=item.reason.hint,
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """What was to be done without any proposal."""

    refreshed: tuple[str, ...]
    revealed: tuple[str, ...]
    failed: dict[str, str]
    """Playgrounds that are not revealed though they are due, and why."""


def settle(forge: Forge, *, find_key: FindKey, now: datetime) -> Settled:
    """Bring boards up to the rules of now, and reveal what is due.

    What goes wrong with one playground is told, and keeps no other from its reveal.
    """
    refreshed, revealed, failed = refresh(forge), list[str](), dict[str, str]()
    for slug in due(forge, now):
        where, leave = Address(forge.name, slug), left_out(forge, slug)
        reason = f"left out, as not decided: proposal {', '.join(map(str, leave))}" if leave else ""
        try:
            reveal(
                forge, where, find_key=find_key, by=AUTOMATIC, now=now, reason=reason, leave=leave
            )
        except AimsError as error:
            failed[slug] = f"{error.message} ({error.hint})"
        else:
            revealed.append(slug)
    return Settled(tuple(refreshed), tuple(revealed), failed)


def is_unsettled(forge: Forge, now: datetime) -> bool:
    """Tell whether `settle` would change anything; needs no key.

    Where that cannot be told, it is said to: the job that scores says what is wrong, and what was
    run is handed over all the same.
    """
    try:
        with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
            stale = is_stale(Workspace(main), Workspace(ledger))
        return stale or bool(due(forge, now))
    except (AimsError, OSError, ArithmeticError):
        return True


@dataclass(frozen=True, slots=True)
class Ran:
    """What a job that runs models did."""

    taken: int
    waiting: tuple[Waiting, ...]
    """Proposals that cannot be decided now; they stay open."""

    more: bool
    """Whether something open was not taken: the time was up, or its turn comes after these."""

    stopped: str | None = None
    """What broke off the run after these."""


def run_open(
    forge: Forge,
    target: Path,
    *,
    sandbox: Sandbox,
    find_key: FindKey,
    may_go_on: Callable[[], bool],
    batch: int = BATCH,
    progress: Progress = no_progress,
) -> Ran:
    """Take and run batch after batch, leaving a folder for score in `target` for each proposal.

    A proposal that moves on meanwhile is taken once: its new commit is for the next time.

    Parameters
    ----------
    may_go_on : callable
        Asked before each batch and each proposal.
    """
    target.mkdir(parents=True, exist_ok=True)
    looked_at: dict[int, Intake] = {}
    waiting: dict[int, Waiting] = {}
    later, left, stopped = False, True, None
    while left and not stopped and may_go_on():
        try:
            with tempfile.TemporaryDirectory(prefix="aims-") as folder:
                taken = _taken(looked_at, target)
                found = intake(forge, Path(folder), unrecorded=taken.values(), batch=batch)
                looked_at |= {item.proposal: item for item in found.intakes}
                waiting |= {item.proposal.number: item for item in found.waiting}
                run(
                    forge,
                    Path(folder),
                    target,
                    sandbox=sandbox,
                    find_key=find_key,
                    progress=progress,
                    may_go_on=may_go_on,
                )
                # What is opened meanwhile wakes another run: no second look is needed here.
                done = _taken(looked_at, target)
                left = len(found.intakes) >= batch or any(
                    item.proposal not in done for item in found.intakes
                )
                later = found.later
        except (AimsError, OSError) as error:
            # What is done is handed over all the same: the next run would begin with it again.
            if not _taken(looked_at, target):
                raise
            stopped = error.message if isinstance(error, AimsError) else str(error)
    for handoff in handoffs(target):
        if not handoff.has_run:  # what it broke off at
            shutil.rmtree(handoff.folder)
    taken = _taken(looked_at, target)
    undecided = tuple(item for number, item in waiting.items() if number not in taken)
    return Ran(len(taken), undecided, more=later or left, stopped=stopped)


def _taken(looked_at: Mapping[int, Intake], target: Path) -> dict[int, Intake]:
    """Tell which proposals are done with: their folders are whole."""
    done = {int(h.folder.name) for h in handoffs(target) if h.has_run}
    return {number: item for number, item in looked_at.items() if number in done}


def score_and_record(
    forge: Forge,
    source: Path,
    *,
    sandbox: Sandbox,
    find_key: FindKey,
    clock: Callable[[], datetime],
    batch: int = BATCH,
) -> Iterator[Outcome]:
    """Score the folders in `source`, oldest first, recording batch after batch.

    Who is stopped in between has lost one batch's work, and no evaluation.

    Yields
    ------
    Outcome
        One per proposal, as soon as it is recorded and answered.
    """
    todo = sorted(handoffs(source), key=lambda h: (h.intake.pushed, h.intake.proposal))
    odd = contradicted(forge, (handoff.intake for handoff in todo)) if todo else set()
    for handoff in todo:
        if handoff.intake.proposal in odd:
            yield _contradicted(handoff.intake)
    todo = [handoff for handoff in todo if handoff.intake.proposal not in odd]
    for start in range(0, len(todo), batch):
        with tempfile.TemporaryDirectory(prefix="aims-") as folder:
            work = Path(folder)
            (work / "run").mkdir()
            for handoff in todo[start : start + batch]:
                shutil.move(handoff.folder, work / "run" / handoff.folder.name)
            score(forge, work / "run", work / "score", find_key=find_key, sandbox=sandbox)
            yield from record(forge, work / "score", now=clock())


def _contradicted(intake: Intake) -> Outcome:
    return Outcome(
        proposal=intake.proposal,
        author=intake.author,
        playground=intake.playground,
        outcome="waiting",
        reason="the forge says otherwise whose proposal this is, or since when",
        hint="run the steps again from aims intake; nothing was recorded yet",
    )
