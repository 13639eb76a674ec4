"""CatBoost: its classes in the manner of scikit-learn, trained on numbers."""

from __future__ import annotations

from typing import Any

from aims_gh.frameworks.catboost.describe import architecture, claims
from aims_gh.frameworks.catboost.native import rows, said
from aims_gh.frameworks.sklearn import rebuild as sklearn_rebuild
from aims_gh.frameworks.sklearn import weights, with_weights
from aims_gh.frameworks.sklearn.convert import candidates, parcel, prepare

__all__ = [
    "architecture",
    "candidates",
    "claims",
    "parcel",
    "prepare",
    "rebuild",
    "rows",
    "said",
    "weights",
    "with_weights",
]


def rebuild(built: dict[str, Any]) -> Any:
    """Build what `architecture` described, of CatBoost's and scikit-learn's classes alone."""
    return sklearn_rebuild(built, library="catboost")
