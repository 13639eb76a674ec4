"""What a scikit-learn model takes, and what it says."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.core.outputs import Said


def rows(model: Any, features: Any) -> Any:
    """Give the features as the model takes them: texts where it begins with a text vectorizer."""
    if _takes_texts(model) and getattr(features, "ndim", 1) == 2:
        if hasattr(features, "columns"):
            return features[features.columns[0]]
        return np.asarray(features)[:, 0]
    return features


def said(model: Any, rows: Any) -> Said:
    """Ask the model: labels and probabilities or scores, values, or transformed features."""
    if not hasattr(model, "predict"):
        transformed = model.transform(rows)
        dense = transformed.toarray() if hasattr(transformed, "toarray") else transformed
        return Said(numbers=np.asarray(dense, dtype=np.float64))
    predicted = np.asarray(model.predict(rows))
    if not hasattr(model, "classes_"):
        return Said(numbers=predicted.astype(np.float64))
    numbers = model.predict_proba(rows) if hasattr(model, "predict_proba") else None
    return Said(labels=predicted, numbers=numbers)


def _takes_texts(model: Any) -> bool:
    while hasattr(model, "steps"):
        model = model.steps[0][1]
    return hasattr(model, "build_analyzer")
