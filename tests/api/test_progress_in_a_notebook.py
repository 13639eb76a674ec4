"""In a notebook, what is being done stands under the cell, and nothing warns."""

from __future__ import annotations

import nbformat
from nbclient import NotebookClient

CELL = """
from aims_gh.api.progress import progress

with progress() as say:
    say("converting")
    say("[bold]sending")
"""


def test_progress_is_shown_and_goes_away_without_ipywidgets() -> None:
    hidden = "import sys\nsys.modules['ipywidgets'] = None"
    cells = [nbformat.v4.new_code_cell(source) for source in (hidden, CELL)]

    NotebookClient(nbformat.v4.new_notebook(cells=cells), kernel_name="python3").execute()

    assert [(o.output_type, o.data) for o in cells[1].outputs] == [
        ("display_data", {"text/plain": ""})
    ]
