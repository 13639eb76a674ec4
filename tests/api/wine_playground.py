"""A playground that asks for the kind of a wine, in an order that is not the alphabet's."""

from __future__ import annotations

from pathlib import Path

from aims_gh import ModelPlayground
from aims_gh.api.data import QuickstartData


def wine_playground(folder: Path, wine: QuickstartData) -> ModelPlayground:
    """Make it in a folder."""
    made = ModelPlayground("tabular", "classification", private=False, username="alice")
    made.create(
        f"{folder}/course/wines",
        eval_data=wine.y_test_labels,
        test_features=wine.X_test,
        example_data=wine.example_data,
        labels=["class_2", "class_0", "class_1"],
        public_private_split=0,
    )
    return made
