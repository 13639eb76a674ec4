"""A playground of wines, and models of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from wine_playground import wine_playground

from aims_gh import ModelPlayground, import_quickstart_data
from aims_gh.api.data import QuickstartData


@pytest.fixture(scope="session")
def wine() -> QuickstartData:
    """Thirteen measurements of 178 wines of three kinds."""
    return import_quickstart_data("wine")


@pytest.fixture
def wines(tmp_path: Path, wine: QuickstartData) -> ModelPlayground:
    """A playground that asks for the kind."""
    return wine_playground(tmp_path, wine)
