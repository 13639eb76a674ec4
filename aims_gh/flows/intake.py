"""Intake: open proposals without an evaluation, checked as far as reading can."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aims_gh.core import validate
from aims_gh.core.turns import in_turn
from aims_gh.domain.names import Version
from aims_gh.domain.playground import Playground
from aims_gh.domain.proposal import ChangedFile, Proposal
from aims_gh.domain.steps import Intake, Refusal
from aims_gh.domain.submission import Submission
from aims_gh.errors import SubmissionError
from aims_gh.flows.handoff import Handoff
from aims_gh.flows.trouble import trouble_with
from aims_gh.forge import LEDGER, MAIN, Arrival, Forge
from aims_gh.workspace import SUBMISSIONS, Tree, Workspace, course_with_roster, parse_yaml

BATCH = 50
"""Proposals that are recorded together: a crash costs at most their evaluation, never facts."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that cannot be decided now, and why; it stays open."""

    proposal: Proposal
    playground: str | None
    reason: Refusal


@dataclass(frozen=True, slots=True)
class Taken:
    """What an intake found: folders to work on, and proposals that have to wait."""

    intakes: tuple[Intake, ...]
    waiting: tuple[Waiting, ...]

    later: bool
    """Whether there are proposals whose turn comes when those taken now are recorded."""


def intake(
    forge: Forge,
    work: Path,
    *,
    skip: Collection[tuple[int, str]] = (),
    unrecorded: Collection[Intake] = (),
    batch: int = BATCH,
) -> Taken:
    """Write a folder below `work` for each open proposal, up to `batch` of them.

    Parameters
    ----------
    forge : Forge
    work : Path
        An empty or absent folder.
    skip : collection of (number, head)
        Proposals that need no second look.
    unrecorded : collection of Intake
        What was taken before and is not on the ledger yet. It counts as used of people's limits,
        and these proposals are not taken again, whatever their head is now.
    batch : int
    """
    work.mkdir(parents=True, exist_ok=True)
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        desk = _Desk(forge, Workspace(main), Workspace(ledger), work, unrecorded)
        taken = {item.proposal for item in unrecorded}
        proposals = [
            p for p in forge.proposals() if (p.number, p.head) not in skip and p.number not in taken
        ]
        for proposal in in_turn(
            proposals, author=lambda p: p.author, order=lambda p: (p.opened, p.number)
        ):
            if len(desk.intakes) >= batch:
                break
            desk.take(proposal)
        return Taken(tuple(desk.intakes), tuple(desk.waiting), desk.later)


class _Desk:
    """One sitting over the open proposals."""

    def __init__(
        self,
        forge: Forge,
        main: Workspace,
        ledger: Workspace,
        work: Path,
        unrecorded: Collection[Intake],
    ) -> None:
        self._forge, self._main, self._work = forge, main, work
        self._course = course_with_roster(main, ledger)
        self._boards = Boards(ledger)
        self._playgrounds: dict[str, Playground] = {}
        self._pending = Counter(
            (item.playground or "", item.author.lower())
            for item in unrecorded
            if item.submission and not item.recorded
        )
        self.intakes: list[Intake] = []
        self.waiting: list[Waiting] = []
        self.later = False

    def take(self, proposal: Proposal) -> None:
        """Check one proposal and keep what came of it."""
        facts = {
            "proposal": proposal.number,
            "author": proposal.author,
            "head": proposal.head,
            "pushed": proposal.pushed,
            "main": self._main.tree.commit,
        }
        slug = None
        try:
            changes = self._forge.changes(proposal, limit=validate.MAX_FILES)
            if self._is_upkeep(proposal, changes):
                return
            folder = validate.locate(changes, proposal.author)
            slug = folder.slug
            found = self._check(proposal, folder)
        except Exception as error:  # noqa: BLE001  one proposal must not stop the others
            trouble = trouble_with(proposal.number, error)
            if trouble.waiting:
                self.waiting.append(Waiting(proposal, slug, trouble.waiting))
                return
            found = {"playground": slug, "refusal": trouble.refusal}
        if found is not None:
            result = Intake(**{**facts, **found})
            Handoff(self._work / str(proposal.number)).write(result)
            self.intakes.append(result)

    def _is_upkeep(self, proposal: Proposal, changes: Sequence[ChangedFile]) -> bool:
        """Tell whether an owner proposes a change of the course: that is for people to decide."""
        owners = {login.lower() for login in self._course.owners}
        submits = any(change.path.startswith(f"{SUBMISSIONS}/") for change in changes)
        return proposal.author.lower() in owners and bool(changes) and not submits

    def _check(self, proposal: Proposal, folder: validate.Folder) -> dict[str, object] | None:
        playground = self._playground(folder.slug)
        recorded = self._boards.recorded(folder.slug).get((proposal.number, proposal.head))
        if recorded:
            return {"playground": folder.slug, "recorded": recorded}
        closes = validate.deadline(playground.competition)
        arrival = self._forge.arrived(proposal, closes)
        admission = self._admit(proposal, arrival, folder.slug, playground)
        if admission.wait:
            self.later = True
            return None
        with self._forge.tree(proposal.head) as proposed:
            submission = self._read(proposed, folder, playground)
            validate.check_baseline(submission, proposal.author, self._course)
            self._keep(proposed, folder, playground, submission, proposal.number)
        self._pending[folder.slug, proposal.author.lower()] += 1
        return {
            "playground": folder.slug,
            "pushed": arrival.moment,
            "submission": submission,
            "late": admission.late,
        }

    def _playground(self, slug: str) -> Playground:
        if slug not in self._main.slugs():
            there = ", ".join(self._main.slugs())
            raise SubmissionError(
                f"the course has no playground {slug!r}", hint=f"its playgrounds: {there}"
            )
        if slug not in self._playgrounds:
            self._playgrounds[slug] = self._main.playground(slug)
        return self._playgrounds[slug]

    def _admit(
        self, proposal: Proposal, arrival: Arrival, slug: str, playground: Playground
    ) -> validate.Admission:
        author = proposal.author
        return validate.admit(
            author,
            arrival.moment,
            course=self._course,
            playground=playground,
            scored=self._boards.scored(slug).get(author.lower(), ()),
            pending=self._pending[slug, author.lower()],
            since=None if arrival.exact else proposal.opened,
        )

    def _read(self, proposed: Tree, folder: validate.Folder, playground: Playground) -> Submission:
        limit = validate.MAX_MANIFEST_BYTES
        manifest = Workspace(proposed).submission_manifest(folder.path, limit=limit)
        submission = parse_yaml(Submission, manifest or b"", "submission.yml", SubmissionError)
        validate.check_manifest(submission, folder, playground)
        return submission

    def _keep(
        self,
        proposed: Tree,
        folder: validate.Folder,
        playground: Playground,
        submission: Submission,
        number: int,
    ) -> None:
        """Copy out what will be read or run: size before content, digest before use."""
        handoff = Handoff(self._work / str(number))
        for file in (submission.model, submission.predictions):
            if file is None:
                continue
            content = proposed.read(f"{folder.path}/{file.path}", limit=playground.limits.bytes)
            if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
                raise SubmissionError(
                    f"{file.path} is not the file whose digest the manifest gives",
                    hint="make the submission again: aims submit",
                )
            validate.check_content(file.path, content)
            handoff.write_file(file.path, content)


class Boards:
    """What the ledger knows already, looked up once per playground."""

    def __init__(self, ledger: Workspace) -> None:
        self._ledger = ledger
        self._recorded: dict[str, dict[tuple[int, str], Version]] = {}
        self._scored: dict[str, dict[str, list[datetime]]] = {}

    def recorded(self, slug: str) -> dict[tuple[int, str], Version]:
        """Give the version of each proposal and head commit that has an evaluation."""
        self._load(slug)
        return self._recorded[slug]

    def scored(self, slug: str) -> dict[str, list[datetime]]:
        """Give, by login in small letters, when scored submissions arrived."""
        self._load(slug)
        return self._scored[slug]

    def _load(self, slug: str) -> None:
        if slug in self._recorded:
            return
        board = self._ledger.leaderboard(slug)
        boards = board.boards.values() if board else ()
        rows = {row["version"]: row for columns in boards for row in columns.rows()}
        self._recorded[slug] = {(r["proposal"], r["head"]): v for v, r in rows.items()}
        scored: dict[str, list[datetime]] = {}
        for row in rows.values():
            moment = datetime.fromisoformat(row["timestamp"])
            scored.setdefault(row["username"].lower(), []).append(moment)
        self._scored[slug] = scored
