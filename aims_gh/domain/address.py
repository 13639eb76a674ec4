"""Where a playground is: ``COURSE/SLUG``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aims_gh.errors import CourseError


@dataclass(frozen=True, slots=True)
class Address:
    """A playground in a course.

    Attributes
    ----------
    course : str
        A local path, as the user wrote it.
    slug : str
        The playground's folder name.
    """

    course: str
    slug: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Split ``COURSE/SLUG`` at its last slash.

        Examples
        --------
        >>> Address.parse("aims-demo/course/breast-cancer")
        Address(course='aims-demo/course', slug='breast-cancer')
        """
        course, _, slug = text.replace("\\", "/").rstrip("/").rpartition("/")
        if not course or not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?", slug):
            raise CourseError(
                f"{text!r} is not a playground's address",
                hint="write COURSE/SLUG, for example aims-demo/course/breast-cancer; "
                "a slug has small letters, digits and hyphens",
            )
        return cls(course, slug)

    def __str__(self) -> str:
        return f"{self.course}/{self.slug}"
