"""Make sure that the programs are there that the tests drive: Chromium, and R.

Silent where they are. On Debian or Ubuntu, as root or with sudo that asks for no password, installs
the system's packages; anywhere else says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NEEDED = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "r-base-core": ("Rscript",),
}
"""By the name of Debian's package, what it may be called on the PATH."""


def missing() -> list[str]:
    """Name the packages of which no program is there."""
    return [
        package
        for package, names in NEEDED.items()
        if not any(shutil.which(name) for name in names)
    ]


def install(packages: list[str]) -> None:
    """Install packages with apt-get, where that is possible."""
    if not shutil.which("apt-get"):
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if prefix and not shutil.which("sudo"):
        return
    # Through env, because sudo drops the environment.
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run([*apt, *step], stdout=sys.stderr, check=False)


def main() -> int:
    if packages := missing():
        install(packages)
    for package in missing():
        names = " or ".join(NEEDED[package])
        print(f"the tests need {names}: install the package {package}", file=sys.stderr)
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())
