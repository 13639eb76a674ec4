"""What a LightGBM model takes, and what it says."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.core.outputs import Said
from aims_gh.frameworks.lightgbm.trees import learned_by
from aims_gh.frameworks.sklearn import native


def rows(model: Any, features: Any) -> Any:
    """Give the columns that the model was trained on; texts as the categories they are to it."""
    booster = getattr(model, "booster_", model)
    names = booster.feature_name() if hasattr(booster, "feature_name") else None
    if names and names[0] == "Column_0":
        names = None  # trained on an array
    chosen = native.with_columns(features, names)
    if not hasattr(chosen, "columns") or not getattr(booster, "pandas_categorical", None):
        return chosen
    import pandas

    made = {}
    for place, values in learned_by(model).categories.items():
        column = chosen.columns[place]
        made[column] = pandas.Categorical(chosen[column], categories=values)
    return chosen.assign(**made)


def said(model: Any, rows: Any) -> Said:
    """Ask the model.

    Raises
    ------
    SubmissionError
        If it is not fitted, or does not take the features.
    """
    if hasattr(model, "get_params"):
        return native.said(model, rows)
    with native.asking(model):
        return Said(numbers=np.asarray(model.predict(rows), dtype=np.float64))
