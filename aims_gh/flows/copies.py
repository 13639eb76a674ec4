"""A copy of a course: what is taken over into a course of its own, and what is left behind."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aims_gh.core.notebook import readdressed
from aims_gh.core.seal import Key, open_sealed, seal
from aims_gh.domain.address import public_course
from aims_gh.domain.course import Course, Upstream
from aims_gh.domain.playground import Playground
from aims_gh.errors import AimsError, CourseError, SealError
from aims_gh.flows.amend import edited
from aims_gh.flows.sealed import new_envelope
from aims_gh.forge import MAIN, Forge
from aims_gh.workspace import (
    COURSE_FILE,
    Tree,
    Workspace,
    envelope_file,
    extensions_file,
    features_file,
    labels_file,
    playground_file,
    starter_file,
    teams_file,
)

FindKey = Callable[[str], Key | None]
OpenForge = Callable[[str], Forge]

_NOT_COPIED = ".github/"
"""Workflows are those of this version, not somebody else's."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What becomes of the files of somebody's course."""

    files: dict[str, bytes | None]
    resealed: tuple[str, ...]
    """Playgrounds whose answers were at hand: they are sealed to the new keys."""

    waiting: tuple[str, ...]
    """Playgrounds that need labels anew."""


def original_of(course: Course, name: str) -> str | None:
    """Tell which course a repository on GitHub is a copy of; None: it is the course itself.

    Examples
    --------
    >>> from aims_gh.domain.course import CourseKeys
    >>> keys = CourseKeys.model_construct(score="", run="", owners=())
    >>> original_of(Course.model_construct(address="alice/ml", keys=keys), "bob/ml")
    'alice/ml'
    """
    here = course.address.casefold() == name.casefold()
    return course.address if course.address and not here else None


def confirmed(name: str, typed: str) -> bool:
    """Tell whether the owner typed the course's name again."""
    return bool(typed) and typed.casefold() == name.casefold()


def would_lose(name: str, what: str) -> CourseError:
    """Say what adopting would take away from what may be the only place where it is."""
    again = f"aims course adopt {shlex.quote(name)} --confirm {shlex.quote(name)}"
    return CourseError(
        f"{name} has {what}, and it may be no copy: adopting takes them away",
        hint="where it is the course itself, copy its keys here from where they were made (aims "
        f"keys shows the folder); where they may go: {again}",
    )


def take_over(main: Tree, course: Course, find_key: FindKey, name: str) -> TakenOver:
    """Work out the files that make of somebody's course one's own.

    Answers that one of the old owner's keys at hand opens are sealed again, with the same private
    part: the same rows stay secret in both courses. Of others nothing is kept; their playgrounds
    wait for labels. No list of people is taken along.

    Parameters
    ----------
    main : Tree
        The copy, as it is.
    course : Course
        What `course.yml` will say.
    name : str
        As its forge calls it: starter notebooks submit to it.
    """
    rules = Workspace(main)
    old = rules.course()
    files: dict[str, bytes | None] = {COURSE_FILE: course.to_yaml()}
    resealed: list[str] = []
    waiting: list[str] = []
    for slug in rules.slugs():
        playground = rules.playground(slug)
        sealed = _resealed(main, slug, playground, old, course, find_key)
        (waiting if sealed is None else resealed).append(slug)
        own = (*main.paths(playground_file(slug, "holdout")), *people_files(slug))
        files |= {path: None for path in own if main.read(path) is not None}
        names = {"labels": labels_file(slug), "features": features_file(slug)}
        files |= {names[kind]: content for kind, content in (sealed or {}).items()}
        keys = left_behind(playground, course, sealed)
        add_envelope(slug, playground, course, keys, files)
        path = playground_file(slug)
        made = playground.model_dump(mode="json", exclude_defaults=True) | keys
        files[path] = edited(rules.file(path), keys, Playground.from_value(made))
        notebook = main.read(starter_file(slug))
        if notebook is not None:
            files[starter_file(slug)] = readdressed(
                notebook, f"{public_course(name, course.address)}/{slug}"
            )
    return TakenOver(files, tuple(resealed), tuple(waiting))


def copied_files(source: Forge, course: Course, find_key: FindKey, name: str) -> TakenOver:
    """Give every file of a new course that is made of another one's `main`."""
    with source.tree(MAIN) as main:
        taken = take_over(main, course, find_key, name)
        paths = [path for path in main.paths() if not path.startswith(_NOT_COPIED)]
        files: dict[str, bytes | None] = {}
        for path in paths:
            content = taken.files[path] if path in taken.files else main.read(path)
            if content is not None:
                files[path] = content
    return TakenOver(files | {COURSE_FILE: course.to_yaml()}, taken.resealed, taken.waiting)


def people_files(slug: str) -> tuple[str, ...]:
    """Name the files of a playground that are about people, whether they are there or not."""
    return teams_file(slug), extensions_file(slug)


def upstream_of(main: Tree, address: str, open_forge: OpenForge) -> Upstream | None:
    """Find out from which commit of which course a copy was made; None where nobody can tell.

    A fork has the commits of the course itself. A copy of a template has commits of its own: of
    it the course's newest commit is taken, from which it was made a moment ago.
    """
    try:
        forge = open_forge(address)
        try:
            with forge.tree(main.commit) as found:
                commit = found.commit
        except AimsError:
            with forge.tree(MAIN) as found:
                commit = found.commit
    except AimsError:
        return None
    return Upstream(address=forge.name, commit=commit)


def _resealed(
    main: Tree, slug: str, playground: Playground, old: Course, new: Course, find_key: FindKey
) -> dict[str, bytes] | None:
    """Seal to the new keys what the old ones open; None where they do not, or are not here."""
    wanted = {"labels": (labels_file(slug), old.keys.score, new.keys.score)}
    if playground.features == "hidden":
        wanted["features"] = (features_file(slug), old.keys.run, new.keys.run)
    found: dict[str, bytes] = {}
    for kind, (path, before, after) in wanted.items():
        sealed = main.read(path)
        keys = [key for public in (before, *old.keys.owners) if (key := find_key(public))]
        if sealed is None or not keys:
            return None
        try:
            content = open_sealed(sealed, keys, name=path)
        except SealError:
            return None
        found[kind] = seal(content, (after, *new.keys.owners))
    return found


def left_behind(
    playground: Playground, course: Course, sealed: dict[str, bytes] | None
) -> dict[str, Any]:
    """Give the keys of a playground that do not come along: its sealed files, and its people."""
    digests = {f"{kind}_sha256": _sha256(content) for kind, content in (sealed or {}).items()}
    keys: dict[str, Any] = {"holdout": {"rows": playground.holdout.rows} | digests}
    if playground.participants:
        keys["participants"] = list(course.owners)
    if playground.features == "hidden" and playground.data.features:
        data = playground.data.model_dump(mode="json", exclude_defaults=True)
        file, content = data.pop("features"), (sealed or {}).get("features")
        if content is not None:
            data["features"] = file | {"sha256": _sha256(content), "bytes": len(content)}
        keys["data"] = data
    return keys


def add_envelope(
    slug: str,
    playground: Playground,
    course: Course,
    keys: dict[str, Any],
    files: dict[str, bytes | None],
) -> None:
    """Make a key of its own for sealed submissions: the other course's would open these too."""
    if playground.competition.sealed:
        to = (course.keys.run, course.keys.score, *course.keys.owners)
        keys["holdout"]["envelope"], files[envelope_file(slug)] = new_envelope(to)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
