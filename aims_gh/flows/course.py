"""Start a course on this machine: a bare repository, with its keys outside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from string import Template

from aims_gh.core.seal import Key
from aims_gh.core.yaml_keys import with_keys
from aims_gh.domain.course import Course, Roster, Upstream
from aims_gh.domain.record import Problems
from aims_gh.errors import CourseError
from aims_gh.flows.course_keys import ROLES
from aims_gh.forge.local import LocalForge
from aims_gh.keyring import Keyring, Role
from aims_gh.workspace import COURSE_FILE


def new_course(
    path: Path,
    *,
    title: str,
    description: str,
    owners: tuple[str, ...],
    keyring: Keyring,
    templates: Path,
    clock: Callable[[], datetime],
) -> LocalForge:
    """Make a course at `path`.

    Keys are kept first: a course whose keys were lost could never be scored.

    Raises
    ------
    CourseError
        If a title or login will not do.
    ForgeError
        If there is something at `path` already.
    """
    LocalForge.check_free(path)
    keys = {role: Key.new() for role in ROLES}
    course = describe_course(title, description, owners, keys)
    for role in ROLES:
        keyring.keep(keys[role], role, course=str(path.absolute()), now=clock())
    files = starting_files(course, templates)
    return LocalForge.create(path, files, f"Start the course {title}")


def describe_course(
    title: str,
    description: str,
    owners: tuple[str, ...],
    keys: Mapping[Role, Key],
    *,
    roster: Roster = Roster(),  # noqa: B008  frozen
    address: str = "",
    upstream: Upstream | None = None,
) -> Course:
    """Write down what a course is.

    Raises
    ------
    CourseError
        If a title or login will not do.
    """
    public = {"score": keys["score"].public, "run": keys["run"].public}
    try:
        return Course.from_value(
            {
                "title": title,
                "description": description,
                "owners": owners,
                "roster": roster,
                "keys": public | {"owners": (keys["owner"].public,)},
                "address": address,
                "upstream": upstream,
            }
        )
    except Problems as problems:
        raise CourseError(
            f"the course cannot be described so: {problems}",
            hint="owners are logins, as in --owner alice; the title has up to 200 characters",
        ) from None


def starting_files(course: Course, templates: Path) -> dict[str, bytes]:
    """Give the files that every course starts with."""
    folder = templates / "course"
    words = {"title": course.title, "description": course.description}
    return {
        COURSE_FILE: course.to_yaml(),
        "README.md": _fill(folder / "README.md", words),
        "mkdocs.yml": (folder / "mkdocs.yml").read_bytes(),
    }


def addressed(content: bytes, course: Course) -> bytes:
    """Write a course's address into its `course.yml`, and leave the rest as it is written."""
    edited = with_keys(content, {"address": course.address})
    try:
        if Course.from_yaml(edited) == course:
            return edited
    except Problems:
        pass
    return course.to_yaml()


def _fill(template: Path, words: dict[str, str]) -> bytes:
    return Template(template.read_text(encoding="utf-8")).safe_substitute(words).encode("utf-8")
