"""A transformer and a model as one pipeline."""

from __future__ import annotations

from typing import Any


def joined(preprocessor: Any, model: Any) -> Any:
    """Put a fitted transformer in front of a fitted model; neither is fitted again."""
    from sklearn.pipeline import Pipeline

    return Pipeline([("preprocessor", preprocessor), ("model", model)])
