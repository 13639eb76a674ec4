"""Make random numbers start from a seed, and keep note of what is installed."""

from __future__ import annotations

import importlib.metadata
import platform
import random
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from aims_gh.domain.environment import Environment
from aims_gh.domain.record import Problems
from aims_gh.errors import AimsError

ENVIRONMENT_FILE = "reproducibility.json"


def this_environment(seed: int, *, deterministic: bool) -> Environment:
    """Describe this process: its seed to be, Python, system, installed packages."""
    packages = {
        str(found.metadata["Name"])[:200]: str(found.version)[:200]
        for found in importlib.metadata.distributions()
        if found.metadata["Name"]
    }
    try:
        return Environment(
            seed=seed,
            deterministic=deterministic,
            python=platform.python_version(),
            platform=this_platform(),
            packages=dict(sorted(packages.items(), key=lambda item: item[0].lower())),
        )
    except ValueError:
        raise AimsError(
            f"{seed!r} is no seed", hint="a whole number from 0 to 4294967295"
        ) from None


def this_platform() -> str:
    """Name system and processor."""
    return f"{platform.system()} {platform.machine()}"


def write_environment(environment: Environment, folder: Path) -> Path:
    """Write `reproducibility.json` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ENVIRONMENT_FILE
    path.write_bytes(environment.to_json())
    return path


def read_environment(path: Path) -> Environment:
    """Read what `write_environment` wrote.

    Raises
    ------
    AimsError
        If it is something else: files of AIMS hold code, which is not run.
    """
    if path.is_dir():
        path = path / ENVIRONMENT_FILE
    try:
        return Environment.from_json(path.read_bytes())
    except FileNotFoundError:
        raise AimsError(
            f"there is no file {path}", hint="export_reproducibility_env(seed, folder) writes one"
        ) from None
    except Problems as problems:
        raise AimsError(
            f"{path.name} is not valid: {problems}",
            hint="export_reproducibility_env(seed, folder) writes one; files of aimodelshare hold "
            "code and are not used",
        ) from None


def apply_environment(environment: Environment) -> tuple[str, ...]:
    """Start random numbers from the seed, in every library that is imported.

    Returns
    -------
    tuple of str
        What was seeded.
    """
    seed = environment.seed
    random.seed(seed)
    np.random.seed(seed)
    done = ["random", "numpy"]
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
        if environment.deterministic:
            torch.use_deterministic_algorithms(True, warn_only=True)
        done.append("torch")
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(seed)
        if environment.deterministic:
            tensorflow.config.experimental.enable_op_determinism()
        done.append("tensorflow")
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(seed)
        done.append("keras")
    return tuple(done)


def differences(libraries: Mapping[str, str], platform_: str | None) -> list[str]:
    """Tell where this process is another than what a version was made with.

    Parameters
    ----------
    libraries : mapping of str to str
        As claimed with the version; `python` is one of them.
    """
    found = []
    for name, wanted in libraries.items():
        have = platform.python_version() if name == "python" else _installed(name)
        if have != wanted:
            found.append(f"{name} is {have or 'not installed'}, it was {wanted}")
    if platform_ and platform_ != this_platform():
        found.append(f"this is {this_platform()}, it was {platform_}")
    return found


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
