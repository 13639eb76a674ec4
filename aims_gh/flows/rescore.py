"""Rescore: evaluate again what was evaluated, by the rules, labels and evaluator of now."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from aims_gh.core.final import derived
from aims_gh.core.inert import plain
from aims_gh.core.rulings import Rulings
from aims_gh.core.seal import FindKey
from aims_gh.core.validate import MAX_MANIFEST_BYTES
from aims_gh.domain.address import Address
from aims_gh.domain.audit import AuditEntry
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.playground import Playground
from aims_gh.domain.steps import Intake, Refusal
from aims_gh.domain.submission import Submission
from aims_gh.errors import AimsError, CourseError, SubmissionError
from aims_gh.flows.decide import Move, changed, entry_of
from aims_gh.flows.handoff import Handoff, handoffs
from aims_gh.flows.intake import keep_files
from aims_gh.flows.record import lines_of, scored_by
from aims_gh.flows.reveal import keys_of, revealed
from aims_gh.flows.rulings import read_rulings
from aims_gh.flows.run import Progress, no_progress, run
from aims_gh.flows.score import score
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.runner.sandbox import Sandbox
from aims_gh.workspace import (
    Tree,
    Workspace,
    audit_file,
    leaderboard_file,
    parse_yaml,
    rescored_file,
    reveal_file,
    submission_folder,
)

_AHEAD = 50
"""Commits that are fetched together."""


@dataclass(frozen=True, slots=True)
class Rescored:
    """What a rescore found; nothing of it counts yet."""

    number: int
    count: int
    failed: dict[int, str]
    """Versions that keep their old score, and why."""

    moves: list[Move]
    """What would change if it counted."""


def rescore(
    forge: Forge,
    address: Address,
    *,
    only: Collection[int] | None,
    shards: int,
    sandbox: Callable[[], Sandbox],
    find_key: FindKey,
    clock: Callable[[], datetime],
    progress: Progress = no_progress,
) -> Rescored:
    """Score versions again, and keep the new scores beside the old ones.

    Parameters
    ----------
    only : collection of int or None
        Which versions; None: all.
    shards : int
        How many models run at once.

    Raises
    ------
    CourseError
        If there is nothing to score again.
    SealError
        If a key is missing.
    """
    with tempfile.TemporaryDirectory(prefix="aims-") as folder:
        work = Path(folder)
        prepare(forge, address, Part(only), work / "intake")
        _run(forge, work, shards, sandbox, find_key, progress)
        score(forge, work / "run", work / "score", find_key=find_key, sandbox=sandbox(), again=True)
        return keep(forge, address, work / "score", find_key=find_key, now=clock())


@dataclass(frozen=True, slots=True)
class Part:
    """Which versions a job takes.

    Attributes
    ----------
    only : collection of int or None
        None: all.
    shard, shards : int
        The first of four jobs is 1 of 4.
    """

    only: Collection[int] | None = None
    shard: int = 1
    shards: int = 1

    def has(self, version: int) -> bool:
        """Tell whether a version is in it; jobs need not agree on which versions there are."""
        mine = version % self.shards == self.shard - 1
        return mine and (self.only is None or version in self.only)


def versions_of(text: str | None) -> frozenset[int] | None:
    """Read a list of versions.

    Raises
    ------
    CourseError
        If it is none.

    Examples
    --------
    >>> sorted(versions_of("3,5-7") or ())
    [3, 5, 6, 7]
    """
    if not text:
        return None
    chosen: set[int] = set()
    for part in text.split(","):
        found = re.fullmatch(r"\s*(\d{1,7})(?:-(\d{1,7}))?\s*", part)
        if found is None:
            raise CourseError(
                f"{plain(part)[:40]!r} is no version", hint="versions are written as in 3,5-9"
            )
        chosen |= set(range(int(found[1]), int(found[2] or found[1]) + 1))
    return frozenset(chosen)


def prepare(forge: Forge, address: Address, part: Part, work: Path) -> int:
    """Write a folder below `work` for each version, as intake does for a proposal.

    Where its files cannot be read any more, the folder says why.

    Returns
    -------
    int
        How many.
    """
    slug = address.slug
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        limit = Workspace(main).playground(slug).limits.bytes
        commit = main.commit
        chosen = [e for e in Workspace(ledger).evaluations(slug) if part.has(e.version)]
    if not chosen and part.shards == 1:
        raise CourseError(
            f"{slug} has no such version to score again",
            hint="aims leaderboard lists the versions there are",
        )
    work.mkdir(parents=True, exist_ok=True)
    for place, evaluation in enumerate(chosen):
        handoff = Handoff(work / str(evaluation.version))
        also = [e.head for e in chosen[place + 1 : place + _AHEAD]]
        try:
            _take(forge, evaluation, handoff, commit, limit, also)
        except AimsError as error:
            shutil.rmtree(handoff.folder, ignore_errors=True)
            reason = Refusal(message=error.message, hint=error.hint)
            handoff.write(_intake(evaluation, commit, refusal=reason))
    return len(chosen)


def _take(
    forge: Forge,
    evaluation: Evaluation,
    handoff: Handoff,
    main: str,
    limit: int,
    also: list[str],
) -> None:
    folder = submission_folder(evaluation.playground, evaluation.username, evaluation.submission)
    with forge.tree(evaluation.head, also=also) as proposed:
        manifest = Workspace(proposed).submission_manifest(folder, limit=MAX_MANIFEST_BYTES)
        submission = parse_yaml(Submission, manifest or b"", "submission.yml", SubmissionError)
        _check_same(evaluation, submission)
        keep_files(proposed, folder, submission, handoff, limit=limit)
    handoff.write(_intake(evaluation, main, submission=submission))


def _intake(evaluation: Evaluation, main: str, **found: Submission | Refusal) -> Intake:
    return Intake(
        proposal=evaluation.proposal,
        author=evaluation.username,
        head=evaluation.head,
        pushed=evaluation.timestamp,
        playground=evaluation.playground,
        main=main,
        recorded=evaluation.version,
        **found,
    )


def _check_same(evaluation: Evaluation, submission: Submission) -> None:
    """Make sure that it is what was scored then."""
    told = evaluation.digests
    files = (submission.model, submission.predictions, submission.bundle)
    if [file and file.sha256 for file in files] != [told.model, told.predictions, told.bundle]:
        raise CourseError(
            "the files of its commit are not those that were scored",
            hint="the ledger names their digests: aims verify COURSE/SLUG VERSION",
        )


def _run(
    forge: Forge,
    work: Path,
    shards: int,
    sandbox: Callable[[], Sandbox],
    find_key: FindKey,
    progress: Progress,
) -> None:
    """Run all that `prepare` left, so many at once."""
    todo = list(handoffs(work / "intake"))
    done = [0] * shards

    def one(shard: int) -> None:
        part = work / f"shard-{shard}"
        part.mkdir()
        for handoff in todo[shard::shards]:
            shutil.move(handoff.folder, part / handoff.folder.name)

        def tell(count: int, _: int) -> None:
            done[shard] = count
            progress(sum(done), len(todo))

        run(forge, part, work / "run", sandbox=sandbox(), find_key=find_key, progress=tell)

    (work / "run").mkdir()
    with ThreadPoolExecutor(shards) as pool:  # each model has a process of its own
        list(pool.map(one, range(shards)))


def keep(
    forge: Forge,
    address: Address,
    scored: Path,
    *,
    find_key: FindKey,
    now: datetime,
) -> Rescored:
    """Commit new scores beside the old ones, and tell what they would change."""
    slug, wrong = address.slug, dict[int, str]()
    made: dict[int, Handoff] = {}
    for handoff in handoffs(scored):
        reason = handoff.score.refusal or handoff.score.waiting
        if reason:
            wrong[int(handoff.folder.name)] = reason.message
        else:
            made[int(handoff.folder.name)] = handoff
    found = Rescored(0, len(made), wrong, [])
    with forge.tree(MAIN) as main:
        rules = Workspace(main)
        playground = rules.playground(slug)

        def edit(tree: Tree) -> Change:
            nonlocal found
            ledger = Workspace(tree)
            number = max(ledger.rescores(slug), default=0) + 1
            old = {e.version: e for e in ledger.evaluations(slug)}
            hidden = playground.features == "hidden"
            _check_told(made, old)
            new = {
                version: scored_by(handoff, version, now, hidden=hidden).model_copy(
                    update={"marks": old[version].marks}
                )
                for version, handoff in made.items()
            }
            if not new:
                raise CourseError(
                    f"nothing could be scored again: {'; '.join(sorted(set(wrong.values())))}",
                    hint="mend that, and try again; nothing was changed",
                )
            entry = _entry(number, "aims-gh", now, "")
            moves = _after(rules, ledger, playground, (old | new).values(), entry, find_key)[1]
            found = replace(found, number=number, moves=moves)
            files = {rescored_file(slug, number, v): e.to_json() for v, e in new.items()}
            return Change(f"Score {len(new)} of {slug} again, to look at", files)

        forge.record(edit)
    return found


def _check_told(made: Mapping[int, Handoff], old: Mapping[int, Evaluation]) -> None:
    """Hold what the job that runs models says against the ledger: it ran hostile models."""
    for version, handoff in made.items():
        intake, known = handoff.intake, old.get(version)
        told = (intake.proposal, intake.head, intake.author, intake.pushed, intake.recorded)
        if known is None or told != (
            *(known.proposal, known.head, known.username, known.timestamp),
            version,
        ):
            raise CourseError(
                f"what was run for version {version} is not what the ledger has",
                hint="run it again; nothing was changed",
            )


def apply(
    forge: Forge,
    address: Address,
    number: int,
    *,
    by: str,
    reason: str,
    now: datetime,
    find_key: FindKey,
) -> list[Move]:
    """Let a rescore count from now on.

    Raises
    ------
    CourseError
        If there is none of that number, or it counts already.
    """
    slug, moves = address.slug, list[Move]()
    with forge.tree(MAIN) as main:
        rules = Workspace(main)
        playground = rules.playground(slug)

        def edit(tree: Tree) -> Change:
            ledger = Workspace(tree)
            _check_number(ledger, slug, number)
            entry = _entry(number, by, now, reason)
            old = {e.version: e for e in ledger.evaluations(slug)}
            new = {e.version: e for e in ledger.rescored(slug, number)}
            files, moves[:] = _after(
                rules, ledger, playground, (old | new).values(), entry, find_key
            )
            return Change(f"Let rescore {number} of {slug} count", files)

        forge.record(edit)
    return moves


def _check_number(ledger: Workspace, slug: str, number: int) -> None:
    there = ledger.rescores(slug)
    if number not in there:
        raise CourseError(
            f"{slug} has no rescore {number}",
            hint=f"there are: {', '.join(map(str, there))}" if there else "aims rescore makes one",
        )
    if any(e.rescore == number for e in ledger.audit(slug)):
        raise CourseError(
            f"rescore {number} of {slug} counts already", hint="aims audit shows since when"
        )


def _entry(number: int, by: str, now: datetime, reason: str) -> AuditEntry:
    return entry_of("rescored", by, now, reason, rescore=number)


def _after(
    rules: Workspace,
    ledger: Workspace,
    playground: Playground,
    evaluations: Iterable[Evaluation],
    entry: AuditEntry,
    find_key: FindKey,
) -> tuple[dict[str, bytes | None], list[Move]]:
    """Work out the ledger's files as they are once a rescore counts, and what changes on boards."""
    found = sorted(evaluations, key=lambda e: e.version)
    slug = found[0].playground
    rulings = read_rulings(rules, ledger, slug)
    decided = replace(rulings, audit=(*rulings.audit, entry))
    files: dict[str, bytes | None] = {}
    if rulings.reveal:
        keys = keys_of(rules.course(), find_key)
        made = revealed(rulings.reveal, found, playground, decided, keys)
        decided = replace(decided, reveal=made)
        files[reveal_file(slug)] = made.to_json()
    after = _boards(slug, playground, found, decided)
    before = ledger.leaderboard(slug) or Leaderboard(playground=slug, boards={})
    files |= {audit_file(slug): lines_of(decided.audit), leaderboard_file(slug): after.to_json()}
    return files, changed(before, after)


def _boards(
    slug: str, playground: Playground, evaluations: list[Evaluation], rulings: Rulings
) -> Leaderboard:
    return derived(Leaderboard(playground=slug, boards={}), playground, evaluations, rulings)
