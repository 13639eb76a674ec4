"""Metrics of the owner's own: a function from a notebook becomes a `metrics.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from aims_gh.core.source import function_source
from aims_gh.errors import CourseError

_FIRST = "# Written by aims_gh.export_eval_metric; calling it again writes it anew.\n"


def export_eval_metric(
    eval_metric_fxn: Callable[..., Any], directory: str | Path, name: str = "eval_metric"
) -> Path:
    """Write a function as the `metrics.py` of a playground.

    Parameters
    ----------
    eval_metric_fxn : function
        ``metric(y_true, y_pred)``, which gives a number, or a dict of numbers. What it needs is
        imported inside it, or is a module that it uses.
    directory : str or Path
        Where `metrics.py` is written.
    name : str
        A second name for the function, beside the one it is defined with.

    Returns
    -------
    Path
        Of the file, to be given to `create` as `eval_metric_filepath`.

    Raises
    ------
    AimsError
        If the function needs something that cannot go along, by name.
    CourseError
        If there is a `metrics.py` that something else has written.
    """
    if not name.isidentifier():
        raise CourseError(
            f"{name!r} is no name of a Python function", hint="letters, digits and underscores"
        )
    source = function_source(eval_metric_fxn)
    path = Path(directory) / "metrics.py"
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(_FIRST):
        raise CourseError(
            f"{path} is there already, and was written by hand",
            hint="choose another folder, or put the function into that file yourself",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    defined = eval_metric_fxn.__name__
    second = f"\n\n{name} = {defined}\n" if name != defined else ""
    path.write_text(f"{_FIRST}{source}{second}", encoding="utf-8")
    return path
