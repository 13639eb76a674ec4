"""scikit-learn: estimators, and pipelines of them."""

from aims_gh.frameworks.sklearn.convert import candidates, parcel, prepare
from aims_gh.frameworks.sklearn.describe import claims
from aims_gh.frameworks.sklearn.native import rows, said

__all__ = ["candidates", "claims", "parcel", "prepare", "rows", "said"]
