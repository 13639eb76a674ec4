"""scikit-learn: estimators, and pipelines of them."""

from __future__ import annotations

from typing import Any

from aims_gh.frameworks.sklearn.architecture import architecture
from aims_gh.frameworks.sklearn.convert import candidates, parcel, prepare
from aims_gh.frameworks.sklearn.describe import claims
from aims_gh.frameworks.sklearn.native import rows, said
from aims_gh.frameworks.sklearn.rebuild import rebuild
from aims_gh.frameworks.sklearn.weights import loaded, weights

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


def with_weights(built: dict[str, Any] | None, content: bytes) -> Any:
    """Load a fitted model; its weights hold its architecture, too."""
    del built
    return loaded(content)
