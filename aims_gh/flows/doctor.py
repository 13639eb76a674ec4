"""Doctor: look at everything that a course needs, and say what is wrong with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime

from aims_gh.flows.check import Check, looking, right, unknown, wrong
from aims_gh.flows.check_files import check_files
from aims_gh.flows.check_hosting import check_hosting, check_pins, check_token
from aims_gh.forge import MAIN, Forge
from aims_gh.forge.administration import Administration
from aims_gh.keyring import Keyring


def examine_machine(keyring: Keyring) -> Iterator[Check]:
    """Look at what every course needs of this machine."""
    git = shutil.which("git")
    if git:
        yield right("git", git)
    else:
        yield unknown("git", "is not there", "courses in a folder need it: git-scm.com")
    loose = keyring.open_to_others()
    if loose:
        yield wrong("keyring", f"{loose[0]} can be read by others", f"chmod 600 '{loose[0]}'")
    else:
        yield right("keyring", f"{len(keyring.files())} keys in {keyring.folder}")


def examine_local(
    forge: Forge, keyring: Keyring, workflows: Mapping[str, bytes], *, now: datetime
) -> Iterator[Check]:
    """Look at a course in a folder; it may have no workflows, and needs none."""
    yield from check_files(forge, keyring, now=now)
    with forge.tree(MAIN) as main:
        if main.paths(".github/workflows"):
            yield from check_pins(main, workflows, forge.name)


def examine_hosted(
    forge: Forge,
    administration: Administration,
    keyring: Keyring,
    workflows: Mapping[str, bytes],
    *,
    now: datetime,
) -> Iterator[Check]:
    """Look at a course on GitHub, and at what surrounds it."""
    yield from check_token(administration)
    hosted = administration.repository()
    if hosted is None:
        yield wrong(
            "repository",
            f"there is none called {forge.name} that this token may see",
            f"spell it as OWNER/NAME; aims course new {forge.name} makes one",
        )
        return
    yield from check_hosting(administration, hosted, now=now)

    def files() -> Iterator[Check]:
        yield from check_files(forge, keyring, now=now)
        with forge.tree(MAIN) as main:
            yield from check_pins(main, workflows, forge.name)

    yield from looking("files", files, needed=True)
