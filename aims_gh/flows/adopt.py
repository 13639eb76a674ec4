"""Adopt: make a course of one's own of somebody's, in a folder on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aims_gh.core.seal import Key
from aims_gh.domain.course import Course, Roster, Upstream
from aims_gh.errors import AimsError
from aims_gh.flows.copies import (
    OpenForge,
    TakenOver,
    confirmed,
    copied_files,
    take_over,
    upstream_of,
    would_lose,
)
from aims_gh.flows.course import describe_course
from aims_gh.flows.course_keys import ROLES, keys_at_hand, own_keys
from aims_gh.flows.workflows import FOLDER
from aims_gh.forge import LEDGER, MAIN, Change
from aims_gh.forge.local import LocalForge
from aims_gh.keyring import Keyring, Role
from aims_gh.workspace import Tree, Workspace


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the new owner asks for; what is None stays as it was."""

    owners: tuple[str, ...]
    title: str | None = None
    description: str = ""
    upstream: str | None = None
    """Which course it is a copy of, where nothing tells."""

    confirm: str = ""
    """Its path, typed again: what is in it may go, though it may be no copy."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of a copy."""

    course: str
    keys: str
    resealed: tuple[str, ...]
    waiting: tuple[str, ...]
    upstream: Upstream | None


@dataclass(frozen=True, slots=True)
class Means:
    """What adopting takes from this machine."""

    keyring: Keyring
    clock: Callable[[], datetime]
    open_forge: OpenForge


def adopt(path: Path, wishes: Wishes, means: Means) -> Adopted:
    """Give a copy of a course keys, an owner and a board of its own; done once, it is left alone.

    Keys are kept first: a course whose keys were lost could never be scored. Results come away
    before `course.yml` names the new keys, so that a course that is one's own has none of them.

    Raises
    ------
    ForgeError
        If there is no course at `path`.
    CourseError
        If a login or title will not do; or there are results, and it may be no copy.
    """
    forge, keyring = LocalForge.open(path), means.keyring
    with forge.tree(MAIN) as main:
        there = Workspace(main).course()
        if keys_at_hand(there.keys, keyring, made_for=forge.name) is not None:
            return _as_it_is(forge, there, Workspace(main), keyring)
        address = wishes.upstream or there.address or forge.origin()
        if not confirmed(forge.name, wishes.confirm):
            moved = _moved_here(forge, there, keyring)
            if moved and there.upstream is not None:
                return _as_it_is(forge, there, Workspace(main), keyring)
            if moved or address is None:
                _check_empty(forge)
        keys, new = _keys(forge.name, keyring)
        upstream = upstream_of(main, address, means.open_forge) if address else None
        course = _course(there, wishes, keys, upstream)
        taken = take_over(main, course, keyring.find, forge.name)
    _keep(keys, new, forge.name, means)
    forge.start_over()

    def edit(tree: Tree) -> Change:
        nonlocal taken
        taken = take_over(tree, course, keyring.find, forge.name)
        # Should it go to GitHub, the first course's workflows must not be given its keys.
        workflows: dict[str, bytes | None] = dict.fromkeys(tree.paths(FOLDER))
        return Change(f"Adopt the course {course.title}", taken.files | workflows)

    forge.record(edit, branch=MAIN)
    forge.forget_origin()  # from now on it is no copy
    return _adopted(forge.name, taken, upstream, keyring)


def adopt_new(path: Path, source: str, wishes: Wishes, means: Means) -> Adopted:
    """Make a course at `path` of what is on the `main` of another: copy and adopt in one.

    Its history is not taken along.

    Raises
    ------
    ForgeError
        If there is something at `path`, or no course at `source`.
    CourseError
        If a login or title will not do.
    """
    LocalForge.check_free(path)
    forge, name = means.open_forge(source), str(path.absolute())
    with forge.tree(MAIN) as main:
        there, upstream = Workspace(main).course(), Upstream(address=forge.name, commit=main.commit)
    keys, new = _keys(name, means.keyring)
    course = _course(there, wishes, keys, upstream)
    taken = copied_files(forge, course, means.keyring.find, name)
    _keep(keys, new, name, means)
    files = {path: content for path, content in taken.files.items() if content is not None}
    LocalForge.create(path, files, f"Start the course {course.title}, made of {there.title}")
    return _adopted(name, taken, upstream, means.keyring)


def _moved_here(forge: LocalForge, course: Course, keyring: Keyring) -> bool:
    """Tell whether this is the course that the keys at hand were made for, at another path.

    It is where no other folder is: it was moved, it is named by a link, or the keys were copied
    from another machine.
    """
    if keys_at_hand(course.keys, keyring) is None:
        return False
    score = course.keys.score
    places = [Path(file.course) for file in keyring.files() if file.public == score]
    here = Path(forge.name).resolve()
    return all(p.is_absolute() and (p.resolve() == here or not _has(p, score)) for p in places)


def _has(path: Path, score: str) -> bool:
    """Tell whether the course with this score key is at `path`."""
    try:
        with LocalForge(path).tree(MAIN) as main:
            return Workspace(main).course().keys.score == score
    except AimsError:
        return False


def _check_empty(forge: LocalForge) -> None:
    """Refuse to delete what may be the only results there are."""
    with forge.tree(LEDGER) as ledger:
        results = any(path != "README.md" for path in ledger.paths())
    if results or forge.proposals(state="all"):
        raise would_lose(forge.name, "submissions or results")


def _keys(name: str, keyring: Keyring) -> tuple[dict[Role, Key], list[Role]]:
    """Find the keys that a try that was broken off has kept; make the others."""
    kept = own_keys(name, keyring)
    new = [role for role in ROLES if role not in kept]
    return {role: Key.new() for role in new} | kept, new


def _keep(keys: dict[Role, Key], new: list[Role], name: str, means: Means) -> None:
    for role in new:
        means.keyring.keep(keys[role], role, course=name, now=means.clock())


def _course(
    there: Course, wishes: Wishes, keys: dict[Role, Key], upstream: Upstream | None
) -> Course:
    return describe_course(
        wishes.title or there.title,
        wishes.description or there.description,
        wishes.owners,
        keys,
        roster=Roster(policy=there.roster.policy),
        upstream=upstream,
    )


def _adopted(name: str, taken: TakenOver, upstream: Upstream | None, keyring: Keyring) -> Adopted:
    return Adopted(name, str(keyring.folder), taken.resealed, taken.waiting, upstream)


def _as_it_is(forge: LocalForge, course: Course, rules: Workspace, keyring: Keyring) -> Adopted:
    waiting = tuple(slug for slug in rules.slugs() if rules.playground(slug).waits_for_labels)
    return Adopted(forge.name, str(keyring.folder), (), waiting, course.upstream)
