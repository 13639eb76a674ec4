"""Recurrent layers as ONNX has them: one operator each, however long the sequence.

PyTorch's exporter runs through a sequence step by step, although it writes one operator in the
end: 50 s for a hundred steps, against 3. This module imports PyTorch; import it inside functions.
"""

from __future__ import annotations

import re
from typing import Any

import torch

from aims_gh.errors import SubmissionError

_GATES = {"LSTM": (0, 3, 1, 2), "GRU": (1, 0, 2), "RNN": (0,)}
"""ONNX's order of the gates, by their places in PyTorch's."""

_KINDS = {torch.nn.LSTM: "LSTM", torch.nn.GRU: "GRU", torch.nn.RNN: "RNN"}
_VERSION = 14
"""Of these operators, since the first opset that has it."""


def with_operators(model: torch.nn.Module) -> bool:
    """Put operators in the place of a model's recurrent layers; tell whether it has any.

    Layers that ONNX has no operator for, such as those with projections, stay.
    """
    if not hasattr(torch.onnx, "ops"):  # before PyTorch 2.8
        return False
    places = [
        (parent, name, part)
        for parent in model.modules()
        for name, part in parent.named_children()
        if type(part) in _KINDS and not part.proj_size
    ]
    for parent, name, part in places:
        setattr(parent, name, Recurrent(part))
    return bool(places)


class Recurrent(torch.nn.Module):  # type: ignore[misc]
    """An LSTM, GRU or RNN, for export alone: what it gives here are zeros of the right shape."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.kind = _KINDS[type(layer)]
        self._layer = layer  # for rows without a batch, and for whatever else is asked
        self._directions = 2 if layer.bidirectional else 1
        for level in range(layer.num_layers):
            for name, tensor in self._weights(layer, level).items():
                self.register_buffer(f"{name}{level}", tensor)

    def __getattr__(self, name: str) -> Any:
        own = name == "_layer" or re.fullmatch(r"[wrb]\d+", name)
        return super().__getattr__(name) if own else getattr(self._layer, name)

    def forward(self, rows: Any, state: Any = None) -> Any:
        """Give the outputs of all steps, and the last states, as the layer does."""
        if not isinstance(rows, torch.Tensor):
            raise SubmissionError(
                f"a packed sequence, as the {self.kind} takes, cannot be exported",
                hint="give the layer the padded rows; what comes after a row's end can be left out "
                "of the result with a mask",
            )
        if rows.dim() != 3:
            return self._layer(rows, state)
        steps = rows.transpose(0, 1) if self.batch_first else rows
        states = self._states(steps, state)
        last = []
        for level in range(self.num_layers):
            part = slice(level * self._directions, (level + 1) * self._directions)
            every, *ends = self._run(level, steps, [each[part] for each in states])
            steps = every.permute(0, 2, 1, 3).flatten(2)
            last.append(ends)
        joined = tuple(torch.cat(ends) for ends in zip(*last, strict=True))
        found = steps.transpose(0, 1) if self.batch_first else steps
        return found, joined if self.kind == "LSTM" else joined[0]

    def _states(self, steps: Any, state: Any) -> list[Any]:
        if state is not None:
            return list(state) if self.kind == "LSTM" else [state]
        shape = (self.num_layers * self._directions, steps.shape[1], self.hidden_size)
        return [steps.new_zeros(shape) for _ in range(2 if self.kind == "LSTM" else 1)]

    def _run(self, level: int, steps: Any, states: list[Any]) -> Any:
        weights = [getattr(self, f"{name}{level}", None) for name in ("w", "r", "b")]
        length, batch = steps.shape[:2]
        attributes: dict[str, Any] = {
            "hidden_size": self.hidden_size,
            "direction": "bidirectional" if self.bidirectional else "forward",
        }
        if self.kind == "GRU":
            attributes["linear_before_reset"] = 1
        if self.kind == "RNN":
            name = "Relu" if self.mode == "RNN_RELU" else "Tanh"
            attributes["activations"] = [name] * self._directions
        end = (self._directions, batch, self.hidden_size)
        shapes = [(length, *end), *[end] * len(states)]
        return torch.onnx.ops.symbolic_multi_out(
            self.kind,
            [steps, *weights, None, *states],
            attributes,
            dtypes=[steps.dtype] * len(shapes),
            shapes=shapes,
            version=_VERSION,
        )

    def _weights(self, layer: Any, level: int) -> dict[str, Any]:
        def both(name: str) -> Any:
            ways = ("", "_reverse")[: self._directions]
            return torch.stack([self._ordered(getattr(layer, f"{name}_l{level}{w}")) for w in ways])

        found = {"w": both("weight_ih"), "r": both("weight_hh")}
        if layer.bias:
            found["b"] = torch.cat([both("bias_ih"), both("bias_hh")], dim=1)
        return found

    def _ordered(self, weight: Any) -> Any:
        gates = _GATES[self.kind]
        parts = weight.detach().unflatten(0, (len(gates), self.hidden_size))
        return parts[list(gates)].flatten(0, 1)
