"""Reveal: open what was sealed until a competition was over, and rank by it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from aims_gh.core import validate
from aims_gh.core.choice import locate_choice
from aims_gh.core.final import derived
from aims_gh.core.rulings import Rulings
from aims_gh.core.seal import FindKey, Key
from aims_gh.core.standing import groups_of
from aims_gh.domain.address import Address
from aims_gh.domain.competition import Competition
from aims_gh.domain.course import Course
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.playground import Playground
from aims_gh.domain.proposal import Proposal
from aims_gh.domain.reveal import Opened, PrivateScores, Reveal
from aims_gh.errors import CourseError, SealError, SubmissionError
from aims_gh.flows.decide import entry_of
from aims_gh.flows.record import lines_of
from aims_gh.flows.rulings import read_rulings
from aims_gh.flows.sealed import envelope_key
from aims_gh.flows.sealed_scores import opened_scores
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.workspace import (
    Tree,
    Workspace,
    audit_file,
    leaderboard_file,
    reveal_file,
)

PATIENCE = timedelta(days=3)
"""How long an automatic reveal waits for what cannot be decided."""

AUTOMATIC = "aims-gh"
"""Who reveals where the rules say that it happens by itself."""


def reveal(
    forge: Forge,
    address: Address,
    *,
    find_key: FindKey,
    by: str,
    now: datetime,
    reason: str = "",
    leave: Collection[int] = (),
) -> Board:
    """Open private scores and sealed submissions, and write the final board.

    Parameters
    ----------
    leave : collection of int
        Proposals that nobody waits for, though they are not decided.

    Returns
    -------
    Board
        The final one.

    Raises
    ------
    CourseError
        If nothing is private, it is revealed already, it is not closed yet, or something that
        arrived before closing is not decided.
    SealError
        If neither the score key nor an owner's is at hand.
    """
    slug = address.slug
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        rules = Workspace(main)
        rulings = read_rulings(rules, Workspace(ledger), slug)
        _check(rules.playground(slug), rulings, slug, now)
        open_ones = [n for n in undecided(forge, rules, rulings, slug) if n not in leave]
        if open_ones:
            numbers = ", ".join(map(str, open_ones))
            raise CourseError(
                f"not decided yet, though they arrived in time: proposal {numbers}",
                hint="score them first: aims evaluate COURSE says of each why it waits; close "
                "those that never can be, or leave them out: aims reveal --leave NUMBER",
            )
        return _record(forge, rules, slug, find_key, by=by, now=now, reason=reason)


def due(forge: Forge, now: datetime) -> list[str]:
    """List the playgrounds that are to be revealed by themselves, now."""
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        rules, results = Workspace(main), Workspace(ledger)
        return [slug for slug in rules.slugs() if _is_due(forge, rules, results, slug, now)]


def left_out(forge: Forge, slug: str) -> list[int]:
    """List what is not decided in a playground though it arrived in time."""
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        rules, results = Workspace(main), Workspace(ledger)
        return undecided(forge, rules, read_rulings(rules, results, slug), slug)


def _is_due(forge: Forge, rules: Workspace, results: Workspace, slug: str, now: datetime) -> bool:
    try:
        playground, rulings = rules.playground(slug), read_rulings(rules, results, slug)
    except CourseError:
        return False  # aims check names what is wrong with it
    last = rulings.last_deadline(playground.competition)
    if playground.competition.reveal != "automatic" or rulings.reveal is not None:
        return False
    if "competition" not in playground.boards or last is None or now <= last:
        return False
    # Who can keep a proposal open and undecided must not hold the reveal up for ever.
    return now > last + PATIENCE or not undecided(forge, rules, rulings, slug)


def _check(playground: Playground, rulings: Rulings, slug: str, now: datetime) -> None:
    if "competition" not in playground.boards:
        raise CourseError(
            f"nothing of {slug} is private, so there is nothing to reveal",
            hint="aims leaderboard shows its scores on all rows",
        )
    if rulings.reveal is not None:
        raise CourseError(
            f"{slug} was revealed on {rulings.reveal.at:%Y-%m-%d} by {rulings.reveal.by}",
            hint="aims leaderboard COURSE/SLUG --board final shows what came of it",
        )
    last = rulings.last_deadline(playground.competition)
    if last and now <= last:
        raise CourseError(
            f"{slug} is open until {last:%Y-%m-%d %H:%M} UTC, extensions included",
            hint="reveal after that; or close it now: competition.closes in playground.yml",
        )


def undecided(forge: Forge, rules: Workspace, rulings: Rulings, slug: str) -> list[int]:
    """List open proposals to a playground that arrived while it was open."""
    competition = rules.playground(slug).competition
    found = []
    for proposal in forge.proposals():
        changes = forge.changes(proposal, limit=validate.MAX_FILES)
        try:
            where = locate_choice(changes, proposal.author)
            where = where or validate.locate(changes, proposal.author).slug
        except SubmissionError:
            continue  # it is going to be refused
        if where == slug and _counts(forge, proposal, competition, rulings):
            found.append(proposal.number)
    return found


def _counts(forge: Forge, proposal: Proposal, competition: Competition, rulings: Rulings) -> bool:
    """Tell whether a proposal arrived while the playground took something."""
    if competition.late != "refuse" and competition.late_until is None:
        return True
    last = rulings.deadline(competition, proposal.author)
    ends = [last, competition.late_until, competition.final and competition.final.closes]
    end = max((each for each in ends if each), default=None)
    return end is None or forge.arrived(proposal, last).moment <= end


def _record(
    forge: Forge,
    rules: Workspace,
    slug: str,
    find_key: FindKey,
    *,
    by: str,
    now: datetime,
    reason: str,
) -> Board:
    course, playground = rules.course(), rules.playground(slug)
    keys = keys_of(course, find_key)
    envelope = envelope_key(rules, slug, find_key) if playground.holdout.envelope else None
    made: dict[str, Board] = {}

    def edit(tree: Tree) -> Change:
        ledger = Workspace(tree)
        rulings = read_rulings(rules, ledger, slug)
        _check(playground, rulings, slug, now)
        evaluations = ledger.evaluations(slug)
        shell = Reveal(
            playground=slug, at=now, by=by, envelope=envelope and envelope.secret, versions={}
        )
        found = revealed(shell, evaluations, playground, rulings, keys)
        entry = entry_of("revealed", by, now, reason)
        decided = replace(rulings, reveal=found, audit=(*rulings.audit, entry))
        empty = Leaderboard(playground=slug, boards={})
        board = derived(empty, playground, evaluations, decided)
        made["final"] = board.boards["final"]
        files = {
            reveal_file(slug): found.to_json(),
            audit_file(slug): lines_of(decided.audit),
            leaderboard_file(slug): board.to_json(),
        }
        return Change(f"Reveal {slug}", files)

    forge.record(edit)
    return made["final"]


def keys_of(course: Course, find_key: FindKey) -> list[Key]:
    """Give the keys at hand that open private scores; SealError where there is none."""
    keys = [found for key in (course.keys.score, *course.keys.owners) if (found := find_key(key))]
    if not keys:
        raise SealError(
            "neither the score key of the course nor an owner's is at hand",
            hint="aims keys shows yours; on GitHub the workflow evaluate reveals by itself",
        )
    return keys


def revealed(
    shell: Reveal,
    evaluations: Sequence[Evaluation],
    playground: Playground,
    rulings: Rulings,
    keys: Iterable[Key],
) -> Reveal:
    """Fill a reveal: open what evaluations have sealed, and tell which cannot be told apart."""
    held = list(keys)
    sealed = {
        e.version: opened_scores(e, held)
        for e in evaluations
        if e.private and e.timestamp <= shell.at
    }
    public = {e.version: e.scores for e in evaluations}
    opened = {version: _opened(found, public[version]) for version, found in sealed.items()}
    found = shell.model_copy(update={"versions": opened})
    empty = Leaderboard(playground=shell.playground, boards={})
    final = derived(empty, playground, evaluations, replace(rulings, reveal=found)).boards["final"]
    order = [
        version
        for version, rank in zip(final.columns["version"], final.columns["rank"], strict=True)
        if rank is not None
    ]
    replicates = {version: sealed[version].replicates for version in order}
    groups = groups_of(replicates, playground.ranking_metric)
    grouped = {
        version: each.model_copy(update={"group": groups.get(version)})
        for version, each in opened.items()
    }
    return found.model_copy(update={"versions": grouped})


def _opened(found: PrivateScores, public: dict[str, float]) -> Opened:
    return Opened(
        private=found.private,
        whole=found.whole,
        public=found.public or public,
        failures=found.failures,
        intervals=found.intervals,
        contents=found.contents,
    )
