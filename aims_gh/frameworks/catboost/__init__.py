"""CatBoost: its classes in the manner of scikit-learn, trained on numbers."""

from aims_gh.frameworks.catboost.describe import architecture, claims
from aims_gh.frameworks.catboost.native import rows, said
from aims_gh.frameworks.sklearn import rebuild, weights, with_weights
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
