"""Evaluate: drain every open proposal that has no evaluation."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aims_gh.domain.steps import Intake
from aims_gh.flows.handoff import handoffs
from aims_gh.flows.intake import BATCH, Waiting, intake
from aims_gh.flows.record import Outcome, record
from aims_gh.flows.run import FindKey, Progress, no_progress, run
from aims_gh.flows.score import score
from aims_gh.forge import Forge
from aims_gh.runner.sandbox import Sandbox


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
class Ran:
    """What a job that runs models did."""

    taken: int
    waiting: tuple[Waiting, ...]
    """Proposals that cannot be decided now; they stay open."""

    more: bool
    """Whether something open was not taken: the time was up, or its turn comes after these."""


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
    taken: dict[int, Intake] = {}
    waiting: dict[int, Waiting] = {}
    later, nothing_left = False, False
    while not nothing_left and may_go_on():
        with tempfile.TemporaryDirectory(prefix="aims-") as folder:
            found = intake(forge, Path(folder), unrecorded=taken.values(), batch=batch)
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
            done = {handoff.intake.proposal for handoff in handoffs(target)}
            taken |= {item.proposal: item for item in found.intakes if item.proposal in done}
            later, nothing_left = found.later, not found.intakes
    undecided = tuple(item for number, item in waiting.items() if number not in taken)
    return Ran(len(taken), undecided, more=later or not nothing_left)


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
    for start in range(0, len(todo), batch):
        with tempfile.TemporaryDirectory(prefix="aims-") as folder:
            work = Path(folder)
            (work / "run").mkdir()
            for handoff in todo[start : start + batch]:
                shutil.move(handoff.folder, work / "run" / handoff.folder.name)
            score(forge, work / "run", work / "score", find_key=find_key, sandbox=sandbox)
            yield from record(forge, work / "score", now=clock())
