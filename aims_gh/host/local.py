"""Serve apps on this machine: each a process of its own, that only this machine reaches."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aims_gh.errors import HostError, MissingExtra
from aims_gh.host import Files, State
from aims_gh.host.asking import ask

LOOPBACK = "127.0.0.1"
_SECONDS = 90
_PATIENCE = 10
_LOG_LINES = 12
_DATA = ("README.md", "model.onnx", "app.json")
"""What a change of models writes anew, in this order."""

_REFUSED = re.compile("^the model was not changed: (.+)$", re.MULTILINE)
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class _Served:
    process: subprocess.Popen[bytes]
    place: Path
    url: str


class LocalHost:
    """Apps as processes, each with a folder and an environment of its own.

    An app is given neither tokens nor keys: of this process's variables it has the path alone.
    Use it as a context: at its end, all apps end.

    Parameters
    ----------
    port : int
        0 takes a free one.
    """

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self.by_hand: tuple[str, ...] = ()
        self._served: dict[str, _Served] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for name in list(self._served):
            self.remove(name)

    def push(self, name: str, files: Files) -> str:
        """Start an app in place of what has that name; give its address once it answers.

        Raises
        ------
        MissingExtra
            Where Gradio is not installed.
        HostError
            If it ends, or does not answer; with the last it printed.
        """
        if importlib.util.find_spec("gradio") is None:
            raise MissingExtra("serving a model with Gradio", extra="deploy")
        port = _free_port(self._port)
        self.remove(name)
        place = Path(tempfile.mkdtemp(prefix="aims-app-"))
        write(files, place / "app")
        (place / "home").mkdir()
        with (place / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "app.py"],
                cwd=place / "app",
                env=_environment(place / "home", port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us, who end it
            )
        served = _Served(process, place, f"http://{LOOPBACK}:{port}/")
        self._served[name] = served
        try:
            _await(served)
        except BaseException:
            self.remove(name)
            raise
        return served.url

    def swap(self, name: str, files: Files) -> str:
        """Put another model into an app that runs: same process, same address, no pause.

        Questions on their way are answered by the model that they came to.

        Raises
        ------
        HostError
            If the app does not take it up, or is another program. Then the old one answers on.
        """
        served = self._served[name]
        place = served.place / "app"
        changed = {path: new for path, new in files.items() if _content(place / path) != new}
        if others := sorted(changed.keys() - set(_DATA)):
            raise HostError(
                f"the app in that folder is another program: {', '.join(others[:5])}",
                hint="start it anew",
            )
        before = {path: _content(place / path) or b"" for path in changed}
        printed = (served.place / "log").stat().st_size
        try:
            _replace(place, changed)
            _await_model(served, files[_DATA[-1]], printed)
        except BaseException:
            _replace(place, before)
            raise
        return served.url

    def ask(self, url: str, endpoint: str, *data: Any) -> Any:
        """Ask an app."""
        return ask(url, endpoint, *data)

    def status(self, name: str) -> State:
        """Tell whether an app runs."""
        served = self._served.get(name)
        if served is None:
            return "absent"
        return "running" if served.process.poll() is None else "ended"

    def log(self, name: str) -> str:
        """Give the last lines that an app printed."""
        served = self._served.get(name)
        return _log(served) if served else ""

    def wait(self, name: str, seconds: float | None = None) -> bool:
        """Wait until an app ends; tell whether it has, after so many seconds at the most."""
        try:
            self._served[name].process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def remove(self, name: str) -> None:
        """End an app, and remove its folder; no harm where there is none."""
        served = self._served.pop(name, None)
        if served is None:
            return
        served.process.terminate()
        try:
            served.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            served.process.kill()
            served.process.wait()
        shutil.rmtree(served.place, ignore_errors=True)


def write(files: Files, folder: Path) -> None:
    """Write a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files beside those that are read now, and put them in their place: app.json last."""
    for name in sorted(files, key=_DATA.index):
        beside = folder / f".{name}.new"
        beside.write_bytes(files[name])
        beside.replace(folder / name)


def _await_model(served: _Served, described: bytes, printed: int) -> None:
    """Wait until an app answers by the model that is described."""
    wanted = json.loads(described)
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        told = ask(served.url, "info", seconds=_PATIENCE)
        if all(told.get(key) == wanted[key] for key in wanted if key != "examples"):
            return
        said = (served.place / "log").read_bytes()[printed:].decode("utf-8", "replace")
        if found := _REFUSED.search(said):
            raise HostError(f"the app keeps its model: {found[1]}", hint="the old one answers on")
        time.sleep(0.05)
    raise HostError(
        f"the app did not take the model up within {_SECONDS} seconds: {_log(served)}",
        hint="the old one answers on",
    )


def _environment(home: Path, port: int) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "GRADIO_TEMP_DIR": str(home / "gradio"),
        "GRADIO_SERVER_NAME": LOOPBACK,
        "GRADIO_SERVER_PORT": str(port),
        "HF_HUB_OFFLINE": "1",
        "NO_PROXY": LOOPBACK,
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",  # a crash says where, in the log
    }


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        # As servers do: a port whose connections have just ended is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, wanted))
        except (OSError, OverflowError) as error:
            raise HostError(
                f"cannot listen on {LOOPBACK}:{wanted}: {error}",
                hint="choose another port; 0 takes a free one",
            ) from error
        return int(probe.getsockname()[1])


def _await(served: _Served) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if served.process.poll() is not None:
            raise HostError(
                f"the app ended with {served.process.returncode}: {_log(served)}",
                hint="aims deploy … --out FOLDER writes it, to look at and start by hand",
            )
        try:
            with _OPENER.open(served.url, timeout=_PATIENCE):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise HostError(
        f"the app did not answer within {_SECONDS} seconds: {_log(served)}",
        hint="this machine may be busy: try again",
    )


def _log(served: _Served) -> str:
    text = (served.place / "log").read_text(encoding="utf-8", errors="replace")
    return " | ".join(text.split("\n")[-_LOG_LINES:]).strip(" |")
