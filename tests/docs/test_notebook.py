"""The notebook of the tutorial runs from top to bottom, and its page shows what it shows."""

from __future__ import annotations

import importlib.util
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebook", ROOT / "tools" / "notebook.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


notebook = _tool()


def outputs(cell: Any) -> list[tuple[str, ...]]:
    """Give the form of what a cell shows: numbers differ a little from machine to machine.

    What is printed comes in one piece or in several, as it happens.
    """
    forms = [(o.output_type, *sorted(o.get("data", {}))) for o in cell.get("outputs", [])]
    return [form for form, _ in groupby(forms)]


def told(cell: Any) -> str:
    return "".join(o.get("text", "") or str(o.get("data", {})) for o in cell.get("outputs", []))


@pytest.fixture(scope="module")
def kept() -> Any:
    return nbformat.read(notebook.NOTEBOOK, as_version=4)


def test_the_page_is_made_from_the_notebook(kept: Any) -> None:
    expected = notebook.PAGE.read_text(encoding="utf-8")

    assert notebook.page(kept) == expected, "run: python tools/notebook.py"


def test_the_notebook_is_kept_without_traces_of_the_machine_it_ran_on(kept: Any) -> None:
    text = notebook.NOTEBOOK.read_text(encoding="utf-8")

    assert "execution_count" not in text or all(
        cell.execution_count is not None for cell in kept.cells if cell.cell_type == "code"
    )
    assert "/tmp" not in text
    assert str(ROOT) not in text


def test_the_notebook_runs_and_shows_what_its_kept_outputs_show(kept: Any) -> None:
    again = notebook.executed()

    pairs = list(zip(kept.cells, again.cells, strict=True))
    for before, now in pairs:
        assert outputs(now) == outputs(before), now.source
    shown = [told(now) for _, now in pairs if "submit_model(" in now.source]
    assert len(shown) == 4
    for text in shown:
        assert "predictions reproduced: yes" in text
