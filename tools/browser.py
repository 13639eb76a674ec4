"""Make sure that there is a Chromium for the tests in a browser.

Silent where there is one. On Debian or Ubuntu, as root or with sudo that asks for no password,
installs the system's package; anywhere else says what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    """Give the path of the first browser that the tests can use."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> bool:
    """Install the package `chromium` with apt-get; tell whether that went well."""
    if not shutil.which("apt-get"):
        return False
    prefix = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    if prefix and not shutil.which("sudo"):
        return False
    # Through env, because sudo drops the environment.
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]
    steps = (
        [*apt, "update"],
        [*apt, "install", "--yes", "--no-install-recommends", "chromium"],
    )
    return all(
        subprocess.run(step, stdout=sys.stderr, check=False).returncode == 0 for step in steps
    )


def main() -> int:
    if find() or (install() and find()):
        return 0
    print(
        f"no browser for the tests: install Chromium, so that one of {', '.join(NAMES)} "
        "is on the PATH",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
