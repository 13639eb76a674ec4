"""Where a playground is: ``COURSE/SLUG``."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from aims_gh.errors import CourseError

_URL = re.compile(r"(?P<server>https?://[^/@\s]+)/(?P<path>[^?#]*)(?:[?#].*)?")
_GIT = re.compile(r"git@(?P<host>[^/:@\s]+):(?P<path>.+)")
_SHORT = re.compile(
    r"(?P<owner>[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}))/(?P<name>(?!\.{1,2}$)[A-Za-z0-9._-]{1,100})"
)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on GitHub.

    Attributes
    ----------
    name : str
        ``owner/name``.
    server : str or None
        The address of the GitHub it is on, where the user wrote it.
    """

    name: str
    server: str | None = None

    @classmethod
    def parse(cls, text: str) -> Repository | None:
        """Read ``owner/name`` or the URL of a repository; None for what is neither.

        Examples
        --------
        >>> Repository.parse("https://github.com/ada/course.git")
        Repository(name='ada/course', server='https://github.com')
        >>> Repository.parse("ada/course")
        Repository(name='ada/course', server=None)
        """
        server, path = None, text
        if match := _URL.fullmatch(text):
            server, path = match["server"], match["path"]
        elif match := _GIT.fullmatch(text):
            server, path = f"https://{match['host']}", match["path"]
        elif text.startswith("github:"):
            server, path = "https://github.com", text.removeprefix("github:")
        if server is not None:
            path = "/".join(path.strip("/").removesuffix(".git").split("/")[:2])
        match = _SHORT.fullmatch(path)
        return cls(path, server) if match else None


def public_course(name: str, github: str = "") -> str:
    """Give what others type for a course: never the path of somebody's machine.

    Parameters
    ----------
    name : str
        As its forge calls it: a repository on GitHub, or the path of a folder.
    github : str
        The repository that a folder belongs to, as its `course.yml` says; empty: to none.

    Returns
    -------
    str
        Of a folder, its own name behind ``./``, which no repository on GitHub can have.

    Examples
    --------
    >>> public_course("https://github.com/ada/ml"), public_course("/home/ada/tasks/../ml-2026/")
    ('ada/ml', './ml-2026')
    >>> public_course("/home/ada/ml-2026", "ada/ml")
    'ada/ml'
    """
    repository = Repository.parse(name)
    if repository is not None:
        return repository.name
    folder = posixpath.normpath(name.replace("\\", "/"))
    return github or f"./{posixpath.basename(folder)}"


@dataclass(frozen=True, slots=True)
class Address:
    """A playground in a course.

    Attributes
    ----------
    course : str
        A local path, ``owner/name`` or a URL, as the user wrote it.
    slug : str
        The playground's folder name.
    """

    course: str
    slug: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Split ``COURSE/SLUG`` at its last slash.

        The address bar of a browser that shows the playground's folder on GitHub will do.

        Examples
        --------
        >>> Address.parse("aims-demo/course/breast-cancer")
        Address(course='aims-demo/course', slug='breast-cancer')
        >>> Address.parse("https://github.com/ada/course/tree/main/playgrounds/iris")
        Address(course='https://github.com/ada/course', slug='iris')
        """
        course, _, slug = text.replace("\\", "/").rstrip("/").rpartition("/")
        if match := re.fullmatch(r"(https?://[^/]+/[^/]+/[^/]+)/tree/[^/]+/playgrounds", course):
            course = match[1]
        if not course or not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", slug):
            raise CourseError(
                f"{text!r} is not a playground's address",
                hint="write COURSE/SLUG, for example aims-demo/course/breast-cancer; "
                "a slug has small letters, digits and hyphens",
            )
        return cls(course, slug)

    def __str__(self) -> str:
        return f"{self.course}/{self.slug}"

    def public(self) -> Address:
        """Give what others type for it, as `public_course` does."""
        return Address(public_course(self.course), self.slug)


def same_playground(one: str, other: str) -> bool:
    """Tell whether two addresses are of one playground, however they are written.

    Examples
    --------
    >>> same_playground("ada/ml/cars", "https://github.com/Ada/ml/cars")
    True
    >>> same_playground("ada/ml/cars", "/home/ada/ml/cars"), same_playground("", "")
    (False, False)
    """
    try:
        both = [str(Address.parse(text.casefold()).public()) for text in (one, other)]
    except CourseError:
        return False
    return both[0] == both[1]
