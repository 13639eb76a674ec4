"""Where a playground is: ``COURSE/SLUG``."""

from __future__ import annotations

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


def public_course(course: str) -> str:
    """Give what others may read of where a course is: of a path from the root, the folder alone.

    Examples
    --------
    >>> public_course("/home/ada/ml-2026/"), public_course("work/ml-2026"), public_course("ada/ml")
    ('ml-2026', 'work/ml-2026', 'ada/ml')
    """
    course = course.rstrip("/\\")
    return re.sub(r"\A(?:/|[A-Za-z]:[/\\]).*[/\\]|\A/", "", course)


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
