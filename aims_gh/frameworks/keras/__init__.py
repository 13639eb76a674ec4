"""Keras 3: models on TensorFlow or PyTorch, as they are in memory."""

from aims_gh.frameworks.keras.architecture import architecture, rebuild
from aims_gh.frameworks.keras.convert import candidates, parcel, prepare
from aims_gh.frameworks.keras.describe import claims
from aims_gh.frameworks.keras.native import rows, said
from aims_gh.frameworks.keras.weights import weights, with_weights

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
