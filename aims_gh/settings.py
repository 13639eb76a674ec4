"""Settings: the only reader of the environment; picks adapters and keys."""

from __future__ import annotations

import getpass
import os
import re
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from aims_gh.core.seal import Key
from aims_gh.errors import CourseError
from aims_gh.forge import Forge
from aims_gh.forge.local import LocalForge
from aims_gh.keyring import Keyring
from aims_gh.runner.sandbox import Sandbox

ENVIRONMENT = {
    "AIMS_KEYS": "folder of the secret keys",
    "AIMS_SCORE_KEY": "the score key itself, as in a job of the course's Action",
    "AIMS_RUN_KEY": "the run key itself, likewise",
    "AIMS_USER": "who submits, where --as is not given",
    "AIMS_PROGRESS": "off: Python shows no progress in terminals and notebooks",
    "AIMS_SANDBOX": "strict (default on Linux) or best-effort (default elsewhere)",
}
"""Every variable that is read, and what for."""


def keyring() -> Keyring:
    """Give the folder of secret keys: `AIMS_KEYS`, or the user's configuration folder."""
    folder = os.environ.get("AIMS_KEYS")
    return Keyring(Path(folder) if folder else platformdirs.user_config_path("aims-gh") / "keys")


@dataclass(frozen=True, slots=True)
class Keys:
    """Where secret keys are looked for: the environment first, then the keyring."""

    given: tuple[Key, ...]
    keyring: Keyring

    def find(self, public: str) -> Key | None:
        """Give the key whose public half this is, if it is at hand."""
        for key in self.given:
            if key.public == public:
                return key
        return self.keyring.find(public)


def keys() -> Keys:
    """Collect the keys at hand."""
    secret = (os.environ.get(name) for name in ("AIMS_SCORE_KEY", "AIMS_RUN_KEY"))
    return Keys(tuple(Key.from_secret(text) for text in secret if text), keyring())


def forge(course: str) -> Forge:
    """Open a course by what the user typed."""
    if course.startswith(("http://", "https://", "git@", "github:")):
        raise CourseError(
            f"{course} is not on this machine, and only local courses can be opened",
            hint="aims course new PATH makes a local course; courses on GitHub are not there yet",
        )
    return LocalForge.open(Path(course))


def strict() -> bool:
    """Tell whether models run only where the machine can lock them in: on Linux, by default."""
    default = "strict" if sys.platform == "linux" else "best-effort"
    return os.environ.get("AIMS_SANDBOX", default) != "best-effort"


def sandbox() -> Sandbox:
    """Give the sandbox: strict on Linux, the best there is elsewhere."""
    return Sandbox(strict=strict(), hidden=[keyring().folder])


def progress() -> bool:
    """Tell whether progress may be shown."""
    return os.environ.get("AIMS_PROGRESS", "on").lower() not in ("off", "0", "no", "false")


def user() -> str:
    """Tell who is at the keyboard: `AIMS_USER`, or the system's login in the shape of one."""
    name = os.environ.get("AIMS_USER") or getpass.getuser()
    return re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-")[:39] or "me"


def templates() -> Path:
    """Find `site_templates`: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).parent
    inside = package / "_site_templates"
    return inside if inside.is_dir() else package.parent / "site_templates"


def clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def seed() -> int:
    """Draw a secret seed."""
    return secrets.randbits(256)
