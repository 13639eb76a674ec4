"""Modules of our own around a user's. Imports PyTorch: import it inside functions."""

from __future__ import annotations

from typing import Any

import torch

from aims_gh.frameworks.rows import first_tensor


class GivingOne(torch.nn.Module):  # type: ignore[misc]
    """A model that gives the first tensor of what another gives."""

    def __init__(self, model: torch.nn.Module, count: int) -> None:
        super().__init__()
        self.model = model
        self.count = count
        """How many tensors the other gives."""

    def forward(self, *rows: Any) -> Any:
        """Run the other."""
        return first_tensor(self.model(*rows)).tensor
