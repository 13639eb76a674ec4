"""How large a model of the library is."""

from __future__ import annotations

from typing import Any

from aims_gh.frameworks.sklearn.size import Size
from aims_gh.frameworks.xgboost.trees import learned_by


def add_to(size: Size, model: Any) -> None:
    """Count the trees of a fitted model, or the weights of a linear one."""
    learned = learned_by(model)
    if learned.is_linear:
        size.numbers += learned.weights.size
    else:
        size.add_forest(learned.forest())
