"""Wait until a Space runs, or tell why it does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aims_gh.errors import HostError
from aims_gh.host.huggingface_session import Session

if TYPE_CHECKING:
    from huggingface_hub import SpaceRuntime
    from huggingface_hub.hf_api import SpaceInfo

_BUSY = ("BUILDING", "RUNNING_BUILDING", "APP_STARTING", "RUNNING_APP_STARTING")
_FAILED = ("BUILD_ERROR", "RUNTIME_ERROR", "CONFIG_ERROR", "NO_APP_FILE")
_RESTING = ("PAUSED", "STOPPED", "SLEEPING")
BUILT_BADLY = ("BUILD_ERROR", "CONFIG_ERROR")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a Space is waited for, in seconds.

    Attributes
    ----------
    longest : float
        In all. Hugging Face itself gives up after 30 minutes, unless told otherwise.
    between : float
        Between two looks.
    answering : float
        For an app that runs to answer, and a page to be shown.
    settling : float
        After which a Space that shows no sign of building is taken to have built already.
    """

    longest: float = 2100
    between: float = 3
    settling: float = 60
    answering: float = 120


PATIENT = Waiting()


def await_running(
    asks: Session,
    space: str,
    commit: str,
    before: SpaceInfo,
    waiting: Waiting,
    say: Callable[[str], None],
) -> None:
    """Wait until a Space runs a commit.

    Just after a commit, Hugging Face may tell the stage of the one before. A stage counts
    where it names the commit, or follows a build, or shows no sign of one for a while.

    Parameters
    ----------
    before : SpaceInfo
        The Space as it was before the commit.

    Raises
    ------
    HostError
        If it fails, with the last lines of its log; or is not ready in time.
    """
    signs = () if before.runtime and before.runtime.stage in _BUSY else _BUSY
    begun, stage, counts, restarted = time.monotonic(), "", commit == before.sha, False
    while True:
        runtime = asks.runtime(space, between=waiting.between)
        if runtime.stage != stage:
            stage = str(runtime.stage)
            say(f"{space}: {_words(stage)}")
        passed = time.monotonic() - begun
        named = runtime.raw.get("sha") == commit and stage != "NO_APP_FILE"
        counts = counts or named or stage in signs or passed > waiting.settling
        if counts and stage == "RUNNING":
            return
        if counts and stage in _FAILED:
            raise _failed(asks, space, runtime)
        if counts and stage in _RESTING and not restarted:
            restarted = True
            with asks.asking(space, f"restart {space}"):
                asks.api.restart_space(space)
        if passed > waiting.longest:
            raise HostError(
                f"{space} is still {_words(stage)} after {passed:.0f} seconds",
                hint=f"its files are there and it may run yet: {asks.page(space)}",
            )
        time.sleep(waiting.between)


def _failed(asks: Session, space: str, runtime: SpaceRuntime) -> HostError:
    stage = str(runtime.stage)
    said = asks.shown(runtime.raw.get("errorMessage") or "")
    lines = asks.lines(space, build=stage in BUILT_BADLY)
    told = " | ".join(part for part in (said, lines) if part) or "its log is empty"
    kind = "build" if stage in BUILT_BADLY else "container"
    return HostError(
        f"{space} ended in {_words(stage)}: {told}",
        hint=f"the whole log: {asks.page(space)}?logs={kind}; the new files stand, and "
        "deploying an earlier version brings that back",
    )


def _words(stage: str) -> str:
    return stage.lower().replace("_", " ")
