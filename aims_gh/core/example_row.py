"""A row to show how a model is asked."""

from __future__ import annotations

from typing import Any

from aims_gh.domain.app import App


def example_row(app: App) -> dict[str, Any]:
    """Give the first example row, or what is told of each input, by column."""
    names = [item.name for item in app.inputs]
    row = app.examples[0] if app.examples else [item.example for item in app.inputs]
    return dict(zip(names, row, strict=True))


def shell_text(text: str) -> str:
    r"""Write JSON so that it can stand between a shell's single quotes, and in a page's code.

    Examples
    --------
    >>> print(shell_text('{"it\'s": 1}'))
    {"it\u0027s": 1}
    """
    return text.replace("'", "\\u0027").replace("`", "\\u0060")
