"""What only the live CatBoost object knows."""

from aims_gh.frameworks.sklearn.architecture import architecture
from aims_gh.frameworks.sklearn.describe import claims

__all__ = ["architecture", "claims"]
