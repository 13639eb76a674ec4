"""How large a model of the library is."""

from __future__ import annotations

from typing import Any

from aims_gh.frameworks.catboost.trees import Learned
from aims_gh.frameworks.sklearn.size import Size


def add_to(size: Size, model: Any) -> None:
    """Count the trees of a fitted model."""
    size.add_forest(Learned(model).forest())
