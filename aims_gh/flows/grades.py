"""Grades: points for each student by the owners' rule, plain on their machine alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aims_gh.core.final import of_phase
from aims_gh.core.gradebook import Column, Format, gradebook
from aims_gh.core.grades import NAMES, Standing, standing
from aims_gh.core.rulings import Rulings, final_opens
from aims_gh.core.seal import Key, open_sealed, padded, seal
from aims_gh.domain.address import Address
from aims_gh.domain.course import Course
from aims_gh.domain.expression import Expression
from aims_gh.domain.grading import GradedPlayground, Grades, Grading, Regrade
from aims_gh.domain.leaderboard import Board
from aims_gh.domain.playground import Playground
from aims_gh.domain.record import Problems
from aims_gh.domain.roster import ClassRoster
from aims_gh.errors import CourseError
from aims_gh.flows.read import read_board
from aims_gh.flows.roster import owner_keys, read_roster
from aims_gh.flows.rulings import read_rulings
from aims_gh.forge import LEDGER, MAIN, Change, Forge
from aims_gh.workspace import GRADES_SEALED, GRADING_FILE, Tree, Workspace, parse_yaml

FindKey = Callable[[str], Key | None]


@dataclass(frozen=True, slots=True)
class Graded:
    """Points, and what they were worked out of."""

    course: Course
    roster: ClassRoster
    grading: Grading
    columns: Mapping[str, Column]
    """By playground."""

    counting: Mapping[str, str]
    """Which board counts, in words, by playground."""

    others: tuple[str, ...]
    """Logins on the boards that are on no roster; they get no grade."""

    def chosen(self, section: str | None, kind: Format) -> bytes:
        """Write the points of a section, or of everybody, as a school's system takes them."""
        students = [s for s in self.roster.students if section in (None, s.section)]
        return gradebook(students, list(self.columns.values()), kind)


@dataclass(frozen=True, slots=True)
class GradeChange:
    """A grade that is another than the one that was sealed."""

    login: str
    playground: str
    before: float | None
    after: float | None


def work_out(
    forge: Forge, *, find_key: FindKey, rule: str | None = None, missing: str | None = None
) -> Graded:
    """Work out everybody's points of what the boards say now.

    Parameters
    ----------
    rule, missing : str, optional
        Instead of what `grading.yml` says.

    Raises
    ------
    CourseError
        If there is no roster, or a rule will not do.
    SealError
        If no owner's key is at hand.
    """
    roster = read_roster(forge, find_key=find_key)
    with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
        rules, results = Workspace(main), Workspace(ledger)
        course, grading = rules.course(), _grading(main, rule, missing)
        graded = grading.playgrounds or {slug: GradedPlayground() for slug in rules.slugs()}
        playgrounds = {slug: rules.playground(slug) for slug in graded}
        rulings = {slug: read_rulings(rules, results, slug) for slug in graded}
    columns, counting, others = {}, {}, set()
    students = [student.login for student in roster.students]
    for slug, how in graded.items():
        address, ruled = Address(forge.name, slug), rulings[slug]
        counts = _counting(forge, address, how, playgrounds[slug], ruled)
        found = standing(
            counts.board,
            students,
            owners=course.owners,
            entrant=ruled.entrant,
            scored=counts.scored,
        )
        names = {*NAMES, *counts.board.metrics}
        got = _points(address, how, grading, roster, found, names)
        columns[slug] = Column(how.column or playgrounds[slug].title, how.points, got)
        counting[slug] = counts.told
        others |= set(found.others)
    in_order = tuple(sorted(others, key=str.lower))
    return Graded(course, roster, grading, columns, counting, in_order)


@dataclass(frozen=True, slots=True)
class _Counting:
    """The board that counts in a playground."""

    board: Board
    scored: Board | None
    """The board that has every submission, where `board` has one of each entrant."""

    told: str


def _counting(
    forge: Forge, address: Address, how: GradedPlayground, playground: Playground, rulings: Rulings
) -> _Counting:
    kind, rules = how.board or playground.boards[-1], playground.competition
    board, scored = read_board(forge, address, kind).board, None
    told = f"the {kind} board counts"
    if kind == "experiment":
        return _Counting(board, None, told)
    if kind == "final":
        scored = of_phase(read_board(forge, address, "competition").board, rules, rulings)
    else:
        board = of_phase(board, rules, rulings)
    if rules.final:
        told += f", of it the final phase alone, from {final_opens(rules):%Y-%m-%d %H:%M} UTC"
    if rulings.reveal and how.board is None:
        told += "; revealed: `board: final` in grading.yml takes the final board"
    return _Counting(board, scored, told)


def seal_grades(forge: Forge, graded: Graded, *, by: str, now: datetime, find_key: FindKey) -> int:
    """Seal the points to the owners; tell how many are others than before.

    The ledger's history says who did it, when, and how many changed; never what to. That is sealed
    too, a line for each grade that was another before.
    """
    changed = 0

    def edit(tree: Tree) -> Change | None:
        nonlocal changed
        before = _sealed(tree, graded.course, find_key)
        found = differences(before, graded)
        changed = len(found)
        if before is not None and not changed:
            return None
        grades = Grades(
            at=now,
            by=by,
            grading=graded.grading,
            points={slug: dict(column.got) for slug, column in graded.columns.items()},
            changes=(*before.changes, *_lines(found, by=by, now=now)) if before else (),
        )
        sealed = seal(padded(grades.to_json()), graded.course.keys.owners)
        students = len(graded.roster.students)
        message = f"Seal the grades of {students} students: {changed} changed (by {by})"
        return Change(message, {GRADES_SEALED: sealed})

    forge.record(edit)
    return changed


def _lines(changes: Iterable[GradeChange], *, by: str, now: datetime) -> Iterator[Regrade]:
    for change in changes:
        yield Regrade(
            at=now,
            by=by,
            login=change.login,
            playground=change.playground,
            before=change.before,
            after=change.after,
        )


def regrades(forge: Forge, *, find_key: FindKey) -> tuple[Regrade, ...]:
    """Read all that changed since grades were first sealed, oldest first.

    Raises
    ------
    CourseError
        If none were.
    """
    with forge.tree(MAIN) as main:
        course = Workspace(main).course()
    return _last_sealed(forge, course, find_key).changes


def changes_since(forge: Forge, graded: Graded, *, find_key: FindKey) -> list[GradeChange]:
    """Compare with what was sealed.

    Raises
    ------
    CourseError
        If nothing was.
    """
    return differences(_last_sealed(forge, graded.course, find_key), graded)


def _last_sealed(forge: Forge, course: Course, find_key: FindKey) -> Grades:
    with forge.tree(LEDGER) as ledger:
        found = _sealed(ledger, course, find_key)
    if found is None:
        raise CourseError("no grades were sealed yet", hint=f"aims grades {forge.name} --seal")
    return found


def differences(before: Grades | None, graded: Graded) -> list[GradeChange]:
    """List the grades that are others than before; what there was not counts as changed."""
    old = before.points if before else {}
    now = {slug: column.got for slug, column in graded.columns.items()}
    found = []
    for slug in sorted({*old, *now}):
        was, is_now = old.get(slug, {}), now.get(slug, {})
        for login in sorted({*was, *is_now}, key=str.lower):
            known = login in was and login in is_now
            if not known or was[login] != is_now[login]:
                found.append(GradeChange(login, slug, was.get(login), is_now.get(login)))
    return found


def _grading(main: Tree, rule: str | None, missing: str | None) -> Grading:
    content = main.read(GRADING_FILE)
    found = (
        Grading() if content is None else parse_yaml(Grading, content, GRADING_FILE, CourseError)
    )
    value = found.model_dump(mode="json") | ({"missing": missing} if missing else {})
    if rule is not None:
        value |= {"rule": rule}
        value["playgrounds"] = {s: p | {"rule": None} for s, p in value["playgrounds"].items()}
    try:
        return Grading.from_value(value)
    except Problems as problems:
        raise CourseError(f"this is no rule: {problems}", hint="aims grades --help") from None


def _points(
    address: Address,
    how: GradedPlayground,
    grading: Grading,
    roster: ClassRoster,
    found: Standing,
    names: set[str],
) -> dict[str, float | None]:
    text = how.rule or grading.rule
    try:
        rule = Expression.parse(text, names=names)
    except ValueError as error:
        raise _no_rule(address.slug, text, str(error)) from None
    got: dict[str, float | None] = {}
    for student in roster.students:
        facts = found.facts.get(student.login.lower())
        if facts is None:
            got[student.login] = 0.0 if grading.missing == "zero" else None
            continue
        try:
            share = rule.value(**facts)
        except CourseError as error:
            if not facts["baselines"] and re.search(r"\bbaselines\b", text):
                raise _no_rule(
                    address.slug,
                    text,
                    "it has no baselines",
                    hint=f"aims baseline {address}, or a rule of its own in {GRADING_FILE}",
                ) from None
            raise _no_rule(address.slug, text, f"for {student.login}: {error.message}") from None
        got[student.login] = round(how.points * max(share, 0.0), grading.decimals)
    return got


def _no_rule(
    slug: str,
    text: str,
    why: str,
    *,
    hint: str = "a rule gives a share of the points, as 0.5 + 0.5 * percentile does",
) -> CourseError:
    return CourseError(f"the rule {text!r} will not do for {slug}: {why}", hint=hint)


def _sealed(ledger: Tree, course: Course, find_key: FindKey) -> Grades | None:
    sealed = ledger.read(GRADES_SEALED)
    if sealed is None:
        return None
    content = open_sealed(sealed, owner_keys(course, find_key), name=GRADES_SEALED)
    try:
        return Grades.from_json(content)
    except Problems:
        return None  # of an older form: everything counts as changed
