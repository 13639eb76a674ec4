"""A module that was built from a description. Imports PyTorch: import it inside functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.fx

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.torch.tables import ATTRIBUTES, DROPOUTS, functions
from aims_gh.frameworks.torch.values import filled


@dataclass(frozen=True, slots=True)
class Step:
    """One call of forward, checked."""

    name: str
    kind: str
    """`layer`, `function`, `method` or `tensor`."""

    target: str
    arguments: tuple[Any, ...]
    named: dict[str, Any]


class Rebuilt(torch.nn.Module):  # type: ignore[misc]
    """Runs the calls of a description, one after the other: no text of it becomes code.

    Attributes
    ----------
    aims_description : dict
        What it was built from.
    aims_inputs : tuple of str
        The names of what forward takes.
    """

    def __init__(self, description: dict[str, Any], inputs: tuple[str, ...]) -> None:
        super().__init__()
        # Names that no layer of a participant's has.
        self.aims_description, self.aims_inputs = description, inputs
        self.aims_steps: tuple[Step, ...] = ()
        self.aims_output: Any = None

    def extra_repr(self) -> str:
        """Name the class that was described."""
        return f"like {self.aims_description.get('model')}"

    def forward(self, *rows: Any) -> Any:
        """Do what the described module's forward does."""
        if len(rows) != len(self.aims_inputs):
            raise TypeError(f"forward takes {len(self.aims_inputs)} tensors, not {len(rows)}")
        results = dict(zip(self.aims_inputs, rows, strict=True))
        for step in self.aims_steps:
            given = filled(step.arguments, results)
            results[step.name] = self._aims_run(step, given, filled(step.named, results))
        return filled(self.aims_output, results)

    def _aims_run(self, step: Step, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if step.kind == "layer":
            return self.get_submodule(step.target)(*given, **named)
        if step.kind == "tensor":
            return _tensor(self, step.target)
        if step.kind == "method":
            _check(isinstance(given[0], torch.Tensor), step.target)
            return getattr(given[0], step.target)(*given[1:], **named)
        if step.target == "getattr":
            _check(isinstance(given[0], torch.Tensor) and given[1] in ATTRIBUTES, "getattr")
            return getattr(given[0], given[1])
        if step.target in DROPOUTS and named.get("training") is False:
            named["training"] = self.training
        function: Callable[..., Any] = functions()[step.target]
        return function(*given, **named)


def _tensor(module: Any, name: str) -> Any:
    parent, _, last = name.rpartition(".")
    return getattr(module.get_submodule(parent), last)


def _check(fits: bool, name: str) -> None:
    if not fits:
        raise SubmissionError(
            f"the architecture calls {name} on what is no tensor",
            hint="it is used as aims_gh wrote it, or not at all",
        )
