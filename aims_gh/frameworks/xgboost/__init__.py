"""XGBoost: its classes in the manner of scikit-learn, and boosters of its native interface."""

from __future__ import annotations

from typing import Any

from aims_gh.frameworks.sklearn import rebuild as sklearn_rebuild
from aims_gh.frameworks.sklearn import weights, with_weights
from aims_gh.frameworks.sklearn.convert import candidates, parcel, prepare
from aims_gh.frameworks.xgboost.describe import architecture, claims
from aims_gh.frameworks.xgboost.native import rows, said

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
    """Build what `architecture` described, of XGBoost's and scikit-learn's classes alone."""
    return sklearn_rebuild(built, library="xgboost")
