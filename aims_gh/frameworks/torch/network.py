"""Modules of our own around a user's. Imports PyTorch: import it inside functions."""

from __future__ import annotations

from typing import Any

import torch

from aims_gh.frameworks.rows import first_tensor


class GivingOne(torch.nn.Module):  # type: ignore[misc]
    """A model that gives the first tensor of what another gives.

    Parameters
    ----------
    model : torch.nn.Module
    count : int
        How many tensors it gives.
    squeezes : bool
        Whether it gives one number for each row, and for a single row a number without any side:
        `squeeze` without an argument does.
    """

    def __init__(self, model: torch.nn.Module, count: int, *, squeezes: bool = False) -> None:
        super().__init__()
        self.model, self.count, self.squeezes = model, count, squeezes

    def forward(self, *rows: Any) -> Any:
        """Run the other."""
        found = first_tensor(self.model(*rows)).tensor
        return found.unsqueeze(-1) if self.squeezes else found
