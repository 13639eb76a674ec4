"""A Keras model as PyTorch's exporter takes it. Imports PyTorch: import it inside functions."""

from __future__ import annotations

from typing import Any

import torch

from aims_gh.frameworks.keras.models import call
from aims_gh.frameworks.rows import first_tensor


class Calling(torch.nn.Module):  # type: ignore[misc]
    """Calls a Keras model for inference, and gives its first tensor."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, *rows: Any) -> Any:
        """Call the model."""
        return first_tensor(call(self.model, rows)).tensor
