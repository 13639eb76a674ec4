"""What an XGBoost model takes, and what it says."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.core.outputs import Said
from aims_gh.frameworks.sklearn import native


def rows(model: Any, features: Any) -> Any:
    """Give the columns that the model was trained on; as categories those that were such."""
    fitted = not hasattr(model, "__sklearn_is_fitted__") or model.__sklearn_is_fitted__()
    booster = (
        model if not hasattr(model, "get_booster") else model.get_booster() if fitted else None
    )
    chosen = native.with_columns(features, getattr(booster, "feature_names", None))
    kinds = getattr(booster, "feature_types", None) or ()
    if not hasattr(chosen, "columns") or len(kinds) != chosen.shape[1]:
        return chosen
    columns = [name for name, kind in zip(chosen.columns, kinds, strict=True) if kind == "c"]
    return chosen.astype(dict.fromkeys(columns, "category")) if columns else chosen


def said(model: Any, rows: Any) -> Said:
    """Ask the model.

    Raises
    ------
    SubmissionError
        If it is not fitted, or does not take the features.
    """
    if hasattr(model, "get_params"):
        return native.said(model, rows)
    import xgboost

    with native.asking(model):
        matrix = xgboost.DMatrix(rows, enable_categorical=True)
        return Said(numbers=np.asarray(model.predict(matrix), dtype=np.float64))
