"""The README of a new playground: what it asks of the owner, until they have written it."""

from __future__ import annotations

import re

REQUEST = """\
Say here what the task is about: where the data come from, what each column means, what a good
answer is worth, and what is not allowed.
"""


def without_request(readme: str) -> str:
    r"""Drop the paragraph that is for the owner alone.

    Examples
    --------
    >>> without_request(f"# Cars\n\nWhat is it worth?\n\n{REQUEST}")
    '# Cars\n\nWhat is it worth?\n\n'
    """
    words = r"\s+".join(map(re.escape, REQUEST.split()))
    return re.sub(rf"^{words}[ \t]*(?:\r?\n|\Z)", "", readme, flags=re.MULTILINE)


def is_unwritten(readme: str) -> bool:
    """Tell whether the owner has yet to say what the task is about."""
    return without_request(readme) != readme
