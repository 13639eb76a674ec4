"""What boosted trees are fitted to: real data with gaps, words and categories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from framework_cases import Case
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn_cases import diabetes, mixed, texts, tumours, wine

__all__ = ["diabetes", "mixed", "texts", "tumours", "wine"]

NAMES = np.array(["barolo", "grignolino", "barbera"])


def fitted(model: Any, features: Any, target: Any, **options: Any) -> Case:
    """Fit, and ask about the same rows."""
    return Case(model.fit(features, target, **options), features)


def array(features: pd.DataFrame) -> np.ndarray[Any, Any]:
    """Give the numbers without the names of their columns."""
    return features.to_numpy()


def with_gaps() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Give the tumours with some numbers missing."""
    features, target = tumours()
    holes = array(features).copy()
    holes[::7, 3] = np.nan
    holes[::5, 0] = np.nan
    return holes, target


def with_categories() -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Give numbers beside two columns of categories, of words and of whole numbers, with gaps."""
    features, target = diabetes()
    quarters = pd.qcut(features["bmi"], 4, labels=["thin", "lean", "stout", "heavy"])
    frame = pd.DataFrame(
        {
            "build": quarters.cat.reorder_categories(["stout", "thin", "heavy", "lean"]),
            "age": features["age"],
            "decade": pd.Categorical((features["s5"] * 100).astype(int)),
        }
    )
    frame.loc[::9, "build"] = np.nan
    return frame, target


def preprocessed(model: Any, *, dense: bool = True) -> Pipeline:
    """Put a model behind columns of numbers and of words."""
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=not dense)
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["magnesium", "hue"]),
            ("words", words, ["colour", "strong (>13 %)"]),
        ],
        sparse_threshold=0 if dense else 1,
    )
    return make_pipeline(columns, model)


def inside(model: Any) -> dict[str, Any]:
    """Put a classifier into other estimators of scikit-learn's."""
    linear = ("linear", LogisticRegression(solver="newton-cholesky"))
    return {
        "in a Pipeline, with words": preprocessed(model),
        "in a VotingClassifier": preprocessed(
            VotingClassifier([("trees", model), linear], voting="soft")
        ),
        "in a StackingClassifier": preprocessed(
            StackingClassifier([("trees", model), linear], cv=2)
        ),
        "in a CalibratedClassifierCV": preprocessed(CalibratedClassifierCV(model, cv=2)),
        "in a GridSearchCV": GridSearchCV(preprocessed(model), {}, cv=2),
    }
