"""What a CatBoost model takes, and what it says."""

from __future__ import annotations

from typing import Any

from aims_gh.frameworks.sklearn import native
from aims_gh.frameworks.sklearn.native import said

__all__ = ["rows", "said"]


def rows(model: Any, features: Any) -> Any:
    """Give the columns that the model was trained on."""
    names = list(model.feature_names_ or []) if model.is_fitted() else []
    if names == [str(place) for place in range(len(names))]:
        return native.with_columns(features, None)  # trained on an array
    return native.with_columns(features, names)
