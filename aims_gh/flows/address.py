"""What people type for a playground, as apps and notebooks say it that everybody reads."""

from __future__ import annotations

from aims_gh.domain.address import Address, public_course
from aims_gh.domain.course import Course
from aims_gh.forge import Forge


def public_address(forge: Forge, course: Course, slug: str) -> Address:
    """Give what everybody types for a playground of a course."""
    return Address(public_course(forge.name, course.address), slug)
