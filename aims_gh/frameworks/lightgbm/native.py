"""What a LightGBM model takes, and what it says."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.core.outputs import Said
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

    stored = booster.pandas_categorical
    infos = booster.dump_model(num_iteration=1)["feature_infos"].values()
    places = [
        place
        for place, (dtype, info) in enumerate(zip(chosen.dtypes, infos, strict=True))
        if info["values"] or getattr(dtype, "kind", "O") == "O"
    ]
    if len(places) != len(stored):
        return chosen  # and LightGBM will say what it misses
    columns = [chosen.columns[place] for place in places]
    return chosen.assign(
        **{
            column: pandas.Categorical(chosen[column], categories=values)
            for column, values in zip(columns, stored, strict=True)
        }
    )


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
