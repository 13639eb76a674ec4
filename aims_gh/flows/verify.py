"""Verify: follow a version from its files to its place on the board, link by link."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from aims_gh.core.seal import FindKey
from aims_gh.domain.address import Address
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.playground import Playground
from aims_gh.domain.steps import Run, Score
from aims_gh.errors import AimsError
from aims_gh.flows.handoff import Handoff
from aims_gh.flows.rescore import Part, prepare
from aims_gh.flows.run import run
from aims_gh.flows.score import score
from aims_gh.forge import LEDGER, MAIN, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.version import __version__
from aims_gh.workspace import Workspace, labels_file, metrics_file, playground_file

CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain from files to board."""

    name: str
    state: Literal["yes", "no", "unknown"]
    found: str


def verify(
    forge: Forge, address: Address, version: int, *, sandbox: Sandbox, find_key: FindKey
) -> list[Link]:
    """Hold every link of a version against what it was made from.

    Returns
    -------
    list of Link
        From the submitted files to the board. Where one breaks, those that need it are left out.

    Raises
    ------
    CourseError
        If there is no such version.
    """
    with forge.tree(LEDGER) as ledger:
        evaluation = Workspace(ledger).evaluation(address.slug, version)
    with TemporaryDirectory(prefix="aims-") as folder:
        return list(_links(forge, address, evaluation, Path(folder), sandbox, find_key))


def _links(
    forge: Forge,
    address: Address,
    evaluation: Evaluation,
    work: Path,
    sandbox: Sandbox,
    find_key: FindKey,
) -> Iterator[Link]:
    prepare(forge, address, Part({evaluation.version}), work / "intake")
    refusal = Handoff(work / "intake" / str(evaluation.version)).intake.refusal
    if refusal:
        yield Link("submitted files", "no", refusal.message)
        return
    yield Link("submitted files", "yes", f"commit {evaluation.head[:12]}, digests as recorded")
    same = list(_rules(forge, address.slug, evaluation))
    yield from same
    (ran,) = run(forge, work / "intake", work / "run", sandbox=sandbox, find_key=find_key)
    yield _predictions(ran, evaluation, work / "run")
    if ran.refusal or ran.waiting:
        return
    try:
        # What came after the reveal was scored on all rows, with nothing private.
        again = evaluation.private is not None
        (scored,) = score(
            forge, work / "run", work / "score", find_key=find_key, sandbox=sandbox, again=again
        )
    except AimsError as error:
        yield Link("scores", "unknown", error.message)
    else:
        changed = any(link.state != "yes" for link in same)
        yield _scores(scored, evaluation, changed=changed)
    yield _board(forge, address.slug, evaluation)


def _rules(forge: Forge, slug: str, evaluation: Evaluation) -> Iterator[Link]:
    """Hold rules, labels and program against those it was scored by."""
    told = evaluation.digests
    with forge.tree(MAIN) as main:
        files = (
            ("rules", playground_file(slug), told.playground),
            ("sealed labels", labels_file(slug), told.labels),
            ("own metrics", metrics_file(slug), told.metrics),
        )
        for name, path, digest in files:
            if digest is None:
                continue
            content = main.read(path)
            if content is not None and hashlib.sha256(content).hexdigest() == digest:
                yield Link(name, "yes", path)
            else:
                yield Link(name, "unknown", f"{path} was changed since: aims rescore")
    ours = f"aims-gh {__version__}"
    state: Literal["yes", "unknown"] = "yes" if evaluation.evaluator == ours else "unknown"
    yield Link("evaluator", state, f"{evaluation.evaluator}, here {ours}")


def _predictions(ran: Run, evaluation: Evaluation, work: Path) -> Link:
    reason = ran.refusal or ran.waiting
    if reason:
        return Link("predictions", "no" if ran.refusal else "unknown", reason.message)
    digest = Handoff(work / str(evaluation.version)).predictions().sha256()
    if evaluation.digests.scored is None:
        return Link("predictions", "unknown", "their digest is not told: hidden or sealed")
    if digest == evaluation.digests.scored:
        return Link("predictions", "yes", "made again, the same to the last bit")
    if evaluation.digests.predictions is None:
        return Link("predictions", "unknown", "the model says something else on this machine")
    return Link("predictions", "no", "are not those that were scored")


def _scores(scored: Score, evaluation: Evaluation, *, changed: bool) -> Link:
    reason = scored.refusal or scored.waiting
    if reason:
        return Link("scores", "unknown", reason.message)
    told, now = evaluation.scores, scored.scores
    apart = [n for n in told if n not in now or abs(told[n] - now[n]) > CLOSE]
    if not apart:
        return Link("scores", "yes", "computed again, the same")
    names = ", ".join(apart)
    if changed:
        return Link("scores", "unknown", f"{names}: other by the rules or labels of now")
    return Link("scores", "no", f"{names}: computed again, other than recorded")


def _board(forge: Forge, slug: str, evaluation: Evaluation) -> Link:
    with forge.tree(LEDGER) as ledger, forge.tree(MAIN) as main:
        board, playground = Workspace(ledger).leaderboard(slug), Workspace(main).playground(slug)
        revealed = Workspace(ledger).reveal(slug)
    if board is None:
        return Link("board", "no", "there is none")
    whole = revealed.versions.get(evaluation.version) if revealed else None
    for name, rows in board.boards.items():
        for row in rows.rows() if name in playground.boards else []:
            if row["version"] != evaluation.version:
                continue
            told = evaluation.scores
            if whole:
                told = whole.whole if name == "experiment" else whole.public
            if not _agree(playground, row, told):
                return Link("board", "no", f"the {name} board shows other scores")
    return Link("board", "yes", "shows these scores")


def _agree(playground: Playground, row: dict[str, object], told: dict[str, float]) -> bool:
    return all(row.get(m.name) == told.get(m.name) for m in playground.metrics)
