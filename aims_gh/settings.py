"""Settings: the only reader of the environment; picks adapters and keys."""

from __future__ import annotations

import getpass
import json
import os
import re
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import platformdirs

from aims_gh.core.seal import Key
from aims_gh.errors import CourseError
from aims_gh.forge import Forge, git
from aims_gh.forge.local import LocalForge
from aims_gh.keyring import Keyring
from aims_gh.runner.sandbox import Sandbox
from aims_gh.version import ACTION

ENVIRONMENT = {
    "AIMS_KEYS": "folder of the secret keys",
    "AIMS_SCORE_KEY": "the score key itself, as in a job of the course's Action",
    "AIMS_RUN_KEY": "the run key itself, likewise",
    "AIMS_USER": "who submits, where --as is not given",
    "AIMS_PROGRESS": "off: Python shows no progress in terminals and notebooks",
    "AIMS_SANDBOX": "strict (default on Linux) or best-effort (default elsewhere)",
    "AIMS_ACTION": "owner/repository/action@commit that courses call, not this version's",
    "GITHUB_OUTPUT": "file to which a step of the Action writes its outputs",
    "GITHUB_STEP_SUMMARY": "file to which a step of the Action writes its summary",
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


def action() -> str:
    """Name the Action at the commit this program was made of.

    `AIMS_ACTION` says it; or the file that a release carries; or pip, which notes what it
    fetched from a repository; or git, in a checkout.
    """
    given = os.environ.get("AIMS_ACTION")
    commit = _released() or _fetched() or _checked_out()
    if not (given or commit):
        raise CourseError(
            "this installation does not know which commit of aims-gh it is",
            hint="set AIMS_ACTION to aims-gh/aims-gh/action@COMMIT, or install a release",
        )
    return given or f"{ACTION}@{commit}"


def _released() -> str | None:
    file = Path(__file__).parent / "commit.txt"
    return file.read_text(encoding="ascii").strip() if file.is_file() else None


def _fetched() -> str | None:
    try:
        noted = metadata.distribution("aims-gh").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    commit = json.loads(noted or "{}").get("vcs_info", {}).get("commit_id")
    return commit if isinstance(commit, str) else None


def _checked_out() -> str | None:
    repository = Path(__file__).parent.parent / ".git"
    if not repository.exists():
        return None
    return git.run(["rev-parse", "HEAD"], repository=repository).decode().strip()


@dataclass(frozen=True, slots=True)
class Report:
    """Files in which GitHub takes a job's outputs and summary; None where there are none."""

    output: Path | None
    summary: Path | None


def report() -> Report:
    """Tell where a step of the Action reports to."""
    output, summary = (os.environ.get(f"GITHUB_{name}") for name in ("OUTPUT", "STEP_SUMMARY"))
    return Report(Path(output) if output else None, Path(summary) if summary else None)


def clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


def seed() -> int:
    """Draw a secret seed."""
    return secrets.randbits(256)
