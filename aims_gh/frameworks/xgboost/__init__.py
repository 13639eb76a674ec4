"""XGBoost: its classes in the manner of scikit-learn, and boosters of its native interface."""

from aims_gh.frameworks.sklearn import rebuild, weights, with_weights
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
