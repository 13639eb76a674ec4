"""Acting: which owner does what owners alone do."""

from __future__ import annotations

from pathlib import PurePath

from aims_gh.errors import CourseError
from aims_gh.forge import MAIN, Forge
from aims_gh.workspace import Workspace


def acting_owner(forge: Forge, said: str | None, *, here: str) -> str:
    """Tell which owner acts, as `course.yml` spells the login.

    Whoever can write a course in a folder can do all of it: this keeps honest people from a
    mistake, and what is written down from naming somebody who decides nothing.

    Parameters
    ----------
    said : str or None
        Who somebody says they are. None: `here` where that is an owner, else the first one.
    here : str
        The login of this machine.

    Raises
    ------
    CourseError
        If they say they are somebody who is no owner.
    """
    with forge.tree(MAIN) as main:
        owners = Workspace(main).course().owners
    known = {login.lower(): login for login in owners}
    if not known:
        return said or here
    if said is None:
        return known.get(here.lower(), owners[0])
    if said.lower() not in known:
        raise CourseError(
            f"{said} is no owner of {PurePath(forge.name).name}",
            hint=f"--as {owners[0]}, or username={owners[0]!r} in Python; course.yml lists "
            "the owners",
        )
    return known[said.lower()]
