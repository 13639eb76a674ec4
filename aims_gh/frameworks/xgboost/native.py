"""What an XGBoost model takes, and what it says."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.core.outputs import Said
from aims_gh.frameworks.sklearn import native


def rows(model: Any, features: Any) -> Any:
    """Give the columns that the model was trained on; texts as the categories they are to it."""
    native_booster = not hasattr(model, "get_params")
    names = model.feature_names if native_booster else getattr(model, "feature_names_in_", None)
    chosen = native.with_columns(features, names)
    if not hasattr(chosen, "columns"):
        return chosen
    texts = [name for name, dtype in chosen.dtypes.items() if _is_text(dtype)]
    return chosen.astype(dict.fromkeys(texts, "category")) if texts else chosen


def _is_text(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") == "O" and str(dtype) != "category"


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
