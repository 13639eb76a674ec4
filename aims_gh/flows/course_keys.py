"""The keys of a course: which are at hand, which are made, and what they open."""

from __future__ import annotations

from collections.abc import Mapping

from aims_gh.core.seal import Key, open_sealed
from aims_gh.domain.course import CourseKeys
from aims_gh.errors import SealError
from aims_gh.keyring import Keyring, Role
from aims_gh.workspace import Workspace, labels_file

ROLES: tuple[Role, ...] = ("score", "run", "owner")

KEY_OF: Mapping[Role, tuple[str, str]] = {
    "run": ("aims-run", "AIMS_RUN_KEY"),
    "score": ("aims-score", "AIMS_SCORE_KEY"),
}
"""The environment and the secret that hold a key on GitHub."""

DEPLOYING = "deploy"
"""The environment of the workflow that serves models; an owner may keep HF_TOKEN in it."""


def keys_at_hand(
    public: CourseKeys, keyring: Keyring, *, made_for: str | None = None
) -> dict[Role, Key] | None:
    """Find the keys that a course names; None where one is missing.

    Parameters
    ----------
    made_for : str, optional
        Only those that were made for this course, not for one that it was copied from.
    """
    wanted: dict[Role, str] = {"score": public.score, "run": public.run}
    if made_for is not None:
        own = {file.public for file in keyring.files() if _same(file.course, made_for)}
        if not set(wanted.values()) <= own:
            return None
    found = {role: keyring.find(key) for role, key in wanted.items()}
    keys = {role: key for role, key in found.items() if key is not None}
    return keys if len(keys) == len(wanted) else None


def own_keys(course: str, keyring: Keyring) -> dict[Role, Key]:
    """Find the keys that were made for a course which does not name them yet."""
    keys: dict[Role, Key] = {}
    for file in sorted(keyring.files(), key=lambda file: file.created):
        for role in ROLES:
            if file.role == role and _same(file.course, course):
                key = keyring.find(file.public)
                keys |= {role: key} if key else {}
    return keys


def _same(one: str, other: str) -> bool:
    # To GitHub, Alice/ML is alice/ml.
    return one.casefold() == other.casefold()


def locked_out(main: Workspace, score: Key) -> list[str]:
    """List the playgrounds whose answers a score key does not open."""
    shut = []
    for slug in main.slugs():
        sealed = main.tree.read(labels_file(slug))
        try:
            if sealed is not None:
                open_sealed(sealed, [score], name=labels_file(slug))
        except SealError:
            shut.append(slug)
    return shut
