"""Intake: open proposals without an evaluation, checked as far as reading can."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aims_gh.core import validate
from aims_gh.core.choice import check_choice, locate_choice
from aims_gh.core.rulings import Rulings
from aims_gh.core.turns import in_turn
from aims_gh.domain.address import Address
from aims_gh.domain.names import Version
from aims_gh.domain.playground import Playground
from aims_gh.domain.proposal import ChangedFile, Proposal
from aims_gh.domain.selection import SELECTION_FILE, Choice
from aims_gh.domain.steps import Intake, Refusal
from aims_gh.domain.submission import Submission
from aims_gh.errors import SubmissionError
from aims_gh.flows.handoff import Handoff
from aims_gh.flows.rulings import entrants_of, read_rulings
from aims_gh.flows.trouble import trouble_with
from aims_gh.forge import LEDGER, MAIN, Arrival, Forge
from aims_gh.workspace import (
    SUBMISSIONS,
    Tree,
    Workspace,
    choice_file,
    course_with_roster,
    parse_yaml,
)

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
        rules = Workspace(main)
        desk, entrants = (
            _Desk(forge, rules, Workspace(ledger), work, unrecorded),
            entrants_of(rules),
        )
        taken = {item.proposal for item in unrecorded}
        proposals = [
            p for p in forge.proposals() if (p.number, p.head) not in skip and p.number not in taken
        ]
        for proposal in in_turn(
            proposals, entrants=lambda p: entrants(p.author), order=lambda p: (p.opened, p.number)
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
        self._ledger = ledger
        self._playgrounds: dict[str, Playground] = {}
        self._rulings: dict[str, Rulings] = {}
        self._pending = Counter(
            self._entry(item.playground or "", item.author)
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
            if slug := locate_choice(changes, proposal.author):
                found: dict[str, object] | None = self._check_choice(proposal, slug)
            else:
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
        rulings = self._rules(folder.slug)
        arrival = self._arrived(proposal, playground, rulings)
        admission = self._admit(proposal, arrival, folder.slug, playground)
        if admission.wait:
            self.later = True
            return None
        with self._forge.tree(proposal.head) as proposed:
            submission = self._read(proposed, folder, playground)
            validate.check_baseline(submission, proposal.author, self._course)
            validate.check_open(submission, rulings)
            handoff = Handoff(self._work / str(proposal.number))
            limit = playground.limits.bytes
            keep_files(proposed, folder.path, submission, handoff, limit=limit)
        self._pending[self._entry(folder.slug, proposal.author)] += 1
        return {"playground": folder.slug, "pushed": arrival.moment, "submission": submission}

    def _check_choice(self, proposal: Proposal, slug: str) -> dict[str, object]:
        """Check what a participant wants to count in the end."""
        playground, rulings = self._playground(slug), self._rules(slug)
        arrival = self._arrived(proposal, playground, rulings)
        path = choice_file(slug, proposal.author)
        with self._forge.tree(proposal.head) as proposed:
            content = proposed.read(path, limit=validate.MAX_MANIFEST_BYTES)
        choice = parse_yaml(Choice, content or b"", SELECTION_FILE, SubmissionError)
        board = self._ledger.leaderboard(slug)
        check_choice(
            choice,
            proposal.author,
            arrival.moment,
            playground,
            rulings,
            board,
            address=Address(self._forge.name, slug),
        )
        return {"playground": slug, "pushed": arrival.moment, "choice": choice}

    def _arrived(self, proposal: Proposal, playground: Playground, rulings: Rulings) -> Arrival:
        closes = rulings.deadline(playground.competition, proposal.author)
        return self._forge.arrived(proposal, closes)

    def _entry(self, slug: str, author: str) -> tuple[str, str]:
        known = slug in self._main.slugs()
        return slug, self._rules(slug).entrant(author) if known else author.lower()

    def _rules(self, slug: str) -> Rulings:
        if slug not in self._rulings:
            self._rulings[slug] = read_rulings(self._main, self._ledger, slug)
        return self._rulings[slug]

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
        author, rulings = proposal.author, self._rules(slug)
        return validate.admit(
            author,
            arrival.moment,
            course=self._course,
            playground=playground,
            rulings=rulings,
            scored=self._boards.scored(slug, rulings).get(rulings.entrant(author), ()),
            pending=self._pending[self._entry(slug, author)],
            since=None if arrival.exact else proposal.opened,
        )

    def _read(self, proposed: Tree, folder: validate.Folder, playground: Playground) -> Submission:
        limit = validate.MAX_MANIFEST_BYTES
        manifest = Workspace(proposed).submission_manifest(folder.path, limit=limit)
        submission = parse_yaml(Submission, manifest or b"", "submission.yml", SubmissionError)
        validate.check_manifest(submission, folder, playground)
        return submission


def keep_files(
    proposed: Tree, folder: str, submission: Submission, handoff: Handoff, *, limit: int
) -> None:
    """Copy out what will be read or run: size before content, digest before use.

    Raises
    ------
    SubmissionError
        If a file is not the one that the manifest names.
    """
    for file in (submission.model, submission.predictions, submission.bundle):
        if file is None:
            continue
        content = proposed.read(f"{folder}/{file.path}", limit=limit)
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
        self._rows: dict[str, list[dict[str, Any]]] = {}

    def recorded(self, slug: str) -> dict[tuple[int, str], Version]:
        """Give the version of each proposal and head commit that has an evaluation."""
        return {(row["proposal"], row["head"]): row["version"] for row in self._all(slug)}

    def scored(self, slug: str, rulings: Rulings) -> dict[str, list[datetime]]:
        """Give, by entrant, when scored submissions arrived."""
        scored: dict[str, list[datetime]] = {}
        for row in self._all(slug):
            moment = datetime.fromisoformat(row["timestamp"])
            scored.setdefault(rulings.entrant(row["username"]), []).append(moment)
        return scored

    def _all(self, slug: str) -> list[dict[str, Any]]:
        if slug not in self._rows:
            board = self._ledger.leaderboard(slug)
            found = board.boards.values() if board else ()
            by_version = {row["version"]: row for columns in found for row in columns.rows()}
            self._rows[slug] = list(by_version.values())
        return self._rows[slug]
