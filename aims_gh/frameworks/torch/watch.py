"""Follow a few rows through a model: what each layer gives, and which layers feed it.

What happens to the rows is watched, not the code read: any control flow will do. This module
imports PyTorch; import it inside functions.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

ACTIVATIONS = {
    "relu": "relu", "leaky_relu": "leaky_relu", "elu": "elu", "selu": "selu", "gelu": "gelu",
    "silu": "silu", "mish": "mish", "sigmoid": "sigmoid", "tanh": "tanh", "softplus": "softplus",
    "_softmax": "softmax", "_log_softmax": "log_softmax", "hardtanh": "hardtanh",
    "hardsigmoid": "hardsigmoid", "hardswish": "hardswish", "log_sigmoid_forward": "logsigmoid",
    "celu": "celu", "_prelu_kernel": "prelu", "glu": "glu", "relu6": "relu6",
}  # fmt: skip
"""Functions that follow a layer, by PyTorch's names for their operators."""


@dataclass(slots=True)
class Seen:
    """What was seen of one layer, the first time that it ran."""

    shape: tuple[int, ...] | None = None
    inputs: list[str] = field(default_factory=list)
    activation: str | None = None


def watched(model: Any, layers: dict[str, Any], inputs: Iterable[Any]) -> dict[str, Seen]:
    """Run a model, and tell what was seen of its layers, in the order in which they ran.

    Parameters
    ----------
    model : torch.nn.Module
    layers : dict of str to torch.nn.Module
        Which of its modules are layers, by name.
    inputs : tensors of shape (n, ...)
    """
    watch = _Watch()
    hooks = [hook for name, layer in layers.items() for hook in watch.hooks(name, layer)]
    fast = torch.backends.mha.get_fastpath_enabled()
    # The fast path of transformers runs no layer inside them.
    torch.backends.mha.set_fastpath_enabled(False)
    watch.__enter__()
    try:
        model(*inputs)
    finally:
        watch.close()
        torch.backends.mha.set_fastpath_enabled(fast)
        for hook in hooks:
            hook.remove()
    return watch.seen


class _Watch(TorchDispatchMode):  # type: ignore[misc]
    """Knows of every tensor from which layers it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Seen] = {}
        self._inside: list[str] = []
        self._sources: dict[int, tuple[weakref.ref[Any], tuple[str, ...]]] = {}

    def hooks(self, name: str, layer: Any) -> Iterator[Any]:
        yield layer.register_forward_pre_hook(
            lambda _, args, named: self._enter(name, (args, named)), with_kwargs=True
        )
        yield layer.register_forward_hook(lambda _, _args, output: self._leave(name, output))

    def close(self) -> None:
        """End watching, wherever the model stopped."""
        if not self._inside:
            self.__exit__(None, None, None)

    def _enter(self, name: str, given: Any) -> None:
        if not self._inside:
            # What happens inside does not matter, and would be computed step by step.
            self.__exit__(None, None, None)
        self._inside.append(name)
        if name not in self.seen:
            self.seen[name] = Seen(inputs=self._from(given))

    def _leave(self, name: str, output: Any) -> None:
        self._inside.pop()
        if self._inside:
            return  # part of a larger layer
        self.__enter__()
        tensors = list(_tensors(output))
        if tensors and self.seen[name].shape is None:
            self.seen[name].shape = tuple(tensors[0].shape)
        for tensor in tensors:
            self._note(tensor, (name,))

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        del types
        sources = tuple(self._from((args, kwargs)))
        output = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__.rstrip("_")
        if len(sources) == 1 and name in ACTIVATIONS:
            seen = self.seen[sources[0]]
            seen.activation = seen.activation or ACTIVATIONS[name]
        if sources:
            for tensor in _tensors(output):
                self._note(tensor, sources)
        return output

    def _note(self, tensor: Any, sources: tuple[str, ...]) -> None:
        self._sources[id(tensor)] = (weakref.ref(tensor), sources)

    def _from(self, given: Any) -> list[str]:
        """Name the layers that some tensors come from, each once, in their order."""
        found: dict[str, None] = {}
        for tensor in _tensors(given):
            kept = self._sources.get(id(tensor))
            if kept is not None and kept[0]() is tensor:
                found.update(dict.fromkeys(kept[1]))
        return list(found)


def _tensors(value: Any) -> Iterator[Any]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _tensors(item)
