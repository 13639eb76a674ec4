"""PyTorch: modules, as they are in memory."""

from aims_gh.frameworks.torch.architecture import architecture
from aims_gh.frameworks.torch.convert import candidates, parcel, prepare
from aims_gh.frameworks.torch.describe import claims
from aims_gh.frameworks.torch.native import rows, said
from aims_gh.frameworks.torch.rebuild import rebuild
from aims_gh.frameworks.torch.weights import weights, with_weights

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
