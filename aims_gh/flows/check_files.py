"""Check what a course's files say: rules, keys, and the ledger against its evaluations."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aims_gh.core.final import derived
from aims_gh.core.readme import is_unwritten
from aims_gh.domain.course import Course
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.errors import AimsError, CourseError
from aims_gh.flows.check import Check, looking, right, unknown, wrong
from aims_gh.flows.course_keys import locked_out
from aims_gh.flows.rulings import read_rulings
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.keyring import Keyring
from aims_gh.workspace import Tree, Workspace, evaluation_file, leaderboard_file, playground_file


@dataclass(frozen=True, slots=True)
class Books:
    """A playground's ledger: its boards as they are, and as its evaluations make them."""

    slug: str
    evaluations: tuple[Evaluation, ...]
    stored: Leaderboard | None
    derived: Leaderboard

    @property
    def balanced(self) -> bool:
        """Whether the two are the same."""
        return self.stored == self.derived or (self.stored is None and not self.evaluations)


def check_files(forge: Forge, keyring: Keyring, *, now: datetime) -> Iterator[Check]:
    """Check the branch main, the keys on this machine, and the ledger."""
    with forge.tree(MAIN) as main:
        rules = Workspace(main)
        try:
            course = rules.course()
        except AimsError as error:
            yield wrong("course.yml", error.message, error.hint)
            return
        yield right("course.yml", course.title)
        slugs = rules.slugs()
        for slug in slugs:
            yield from looking(f"playground {slug}", partial(_playground, rules, slug, forge.name))
        yield from looking("keys", partial(_keys, course, rules, keyring, forge.name))
        with forge.tree(LEDGER) as ledger:
            for slug in slugs:
                what = f"ledger of {slug}"
                yield from looking(what, partial(_ledger, rules, Workspace(ledger), slug, now))
            for slug in sorted({path.partition("/")[0] for path in ledger.paths() if "/" in path}):
                if slug not in slugs:
                    found = "has evaluations, and main has no such playground"
                    fix = f"restore playgrounds/{slug} from the history of main"
                    yield wrong(f"ledger of {slug}", found, fix)


def rewrite_boards(forge: Forge) -> list[str]:
    """Derive every leaderboard from its evaluations again; tell which were others before."""
    written: list[str] = []
    with forge.tree(MAIN) as main:
        rules = Workspace(main)

        def edit(tree: Tree) -> Change | None:
            written.clear()
            files: dict[str, bytes | None] = {}
            for slug in rules.slugs():
                books = books_of(rules, Workspace(tree), slug)
                if not books.balanced:
                    files[leaderboard_file(slug)] = books.derived.to_json()
                    written.append(slug)
            message = f"Derive the leaderboards of {', '.join(written)} again"
            return Change(message, files) if files else None

        forge.record(edit)
    return written


def books_of(rules: Workspace, ledger: Workspace, slug: str) -> Books:
    """Derive a playground's boards from its evaluations.

    Raises
    ------
    CourseError
        If an evaluation is not valid, or is not the one its name says.
    """
    evaluations = tuple(ledger.evaluations(slug))
    for place, evaluation in enumerate(evaluations, start=1):
        named = ledger.tree.read(evaluation_file(slug, place))
        if (evaluation.version, evaluation.playground) != (place, slug) or named is None:
            raise CourseError(
                f"{evaluation_file(slug, place)} is missing, or is not version {place} of {slug}",
                hint="restore the ledger from its history: git log ledger -- "
                f"{slug}/evaluations shows who changed it",
            )
    try:
        stored = ledger.leaderboard(slug)
    except CourseError:
        stored = Leaderboard(playground=slug, boards={})
    playground = rules.playground(slug)
    # A board that the playground has no more is kept as it was.
    kept = {"final", *playground.boards}
    gone = {n: b for n, b in (stored.boards if stored else {}).items() if n not in kept}
    empty = Leaderboard(playground=slug, boards=gone)
    boards = derived(empty, playground, evaluations, read_rulings(rules, ledger, slug))
    return Books(slug, evaluations, stored, boards)


def _playground(rules: Workspace, slug: str, name: str) -> Iterator[Check]:
    playground = rules.playground(slug)
    if playground.waits_for_labels:
        fix = f"aims playground reseal {shlex.quote(name)}/{slug} --labels FILE"
        yield wrong(f"playground {slug}", "waits for its labels: nothing can be scored in it", fix)
        return
    found = f"{playground.task_type}, {playground.ranking_metric.name}"
    if is_unwritten(rules.readme(slug)):
        found += f"; what it is about is still to be written: playgrounds/{slug}/README.md"
    yield right(f"playground {slug}", found)


def _keys(course: Course, rules: Workspace, keyring: Keyring, name: str) -> Iterator[Check]:
    public = {"score": course.keys.score, "run": course.keys.run}
    for role, key in public.items():
        what = f"{role} key"
        if keyring.find(key) is None:
            yield wrong(
                what,
                f"{key}, which course.yml names, is not on this machine",
                f"copy it into {keyring.folder} from where it was made; where course.yml was "
                f"changed, restore it: git log main -- course.yml; only where this is a copy of "
                f"somebody's course: aims course adopt {shlex.quote(name)}",
            )
        else:
            yield right(what, key)
    if not any(keyring.find(key) for key in course.keys.owners):
        fix = "reveals need one: aims keys --create owner, and its public half into course.yml"
        yield unknown("owner key", "none of those in course.yml is on this machine", fix)
    score = keyring.find(course.keys.score)
    if score is None:
        return
    shut = locked_out(rules, score)
    for slug in shut:
        yield wrong(
            f"answers of {slug}",
            "are sealed to another key than the course's",
            f"bring its answers: aims playground reseal {shlex.quote(name)}/{slug} --labels FILE",
        )
    if not shut:
        yield right("answers", "open with the score key")


def _ledger(rules: Workspace, ledger: Workspace, slug: str, now: datetime) -> Iterator[Check]:
    books, what = books_of(rules, ledger, slug), f"ledger of {slug}"
    rulings = read_rulings(rules, ledger, slug)
    end = rulings.last_deadline(rules.playground(slug).competition)
    if end is not None and end <= now and not books.evaluations:
        # Where somebody was in time it is a competition that is over, as all are one day.
        yield unknown(
            f"deadline of {slug}",
            f"was {end:%Y-%m-%d %H:%M} UTC, and nothing was ever scored: is that meant?",
            f"to open it, set competition.closes in {playground_file(slug)}",
        )
    if books.balanced:
        yield right(what, f"{len(books.evaluations)} evaluations, and the boards they make")
        return
    yield wrong(
        what,
        f"{leaderboard_file(slug)} is not what its evaluations make",
        "aims doctor COURSE --repair writes it again",
    )
