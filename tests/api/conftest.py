"""A playground of wines, and models of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aims_gh import ModelPlayground, import_quickstart_data
from aims_gh.api.data import QuickstartData


@pytest.fixture(scope="session")
def wine() -> QuickstartData:
    """Thirteen measurements of 178 wines of three kinds."""
    return import_quickstart_data("wine")


@pytest.fixture
def wines(tmp_path: Path, wine: QuickstartData) -> ModelPlayground:
    """A playground that asks for the kind, in an order that is not the alphabet's."""
    made = ModelPlayground("tabular", "classification", private=False, username="alice")
    made.create(
        f"{tmp_path}/course/wines",
        eval_data=wine.y_test_labels,
        test_features=wine.X_test,
        example_data=wine.example_data,
        labels=["class_2", "class_0", "class_1"],
        public_private_split=0,
    )
    return made
