"""What is being done, on one line that goes away: the only thing the library ever prints."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from aims_gh import settings

Say = Callable[[str], None]


@contextmanager
def progress(shown: bool = True) -> Iterator[Say]:
    """Show what is being done, where somebody is looking: in a terminal, or in a notebook.

    `AIMS_PROGRESS=off` turns it off everywhere.
    """
    if not (shown and settings.progress() and (sys.stderr.isatty() or _in_notebook())):
        yield lambda _: None
        return
    if _in_notebook():
        with _cell_output() as say:
            yield say
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as line:
        yield lambda what: line.update(Text(what))


@contextmanager
def _cell_output() -> Iterator[Say]:
    # rich's line needs ipywidgets in notebooks, and warns five times where they are missing.
    show: Any = import_module("IPython.display").display
    line = show({"text/plain": ""}, raw=True, display_id=True)
    try:
        yield lambda what: line.update({"text/plain": what}, raw=True)
    finally:
        line.update({"text/plain": ""}, raw=True)


def _in_notebook() -> bool:
    # Without importing IPython: if this is a notebook, it is there.
    found = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(found).__name__ == "ZMQInteractiveShell"
