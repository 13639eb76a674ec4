"""The reference of models says what the tests hold the code to."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("frameworks", ROOT / "tools" / "frameworks.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


frameworks = _tool()


def why_not(library: str) -> dict[str, str | None]:
    """Read what the reference lists, and why what is refused is refused."""
    return {name: row.get("why") for name, row in frameworks.stored()[library].items()}


# Those of networks: test_networks_convert
@pytest.mark.parametrize("library", sorted({*frameworks.LIBRARIES} - {*frameworks.NETWORKS}))
def test_the_results_list_every_case_and_why_it_is_refused(library: str) -> None:
    expected = frameworks.expected(library)

    assert why_not(library) == expected, f"run: python tools/frameworks.py {library}"


def test_the_page_is_what_the_results_make_it() -> None:
    page = frameworks.PAGE.read_text(encoding="utf-8")

    assert page == frameworks.page(frameworks.stored()), "run: python tools/frameworks.py --page"
