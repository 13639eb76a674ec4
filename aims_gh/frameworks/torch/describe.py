"""What only the live PyTorch module knows: its layers, and what is trained in them."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np

from aims_gh.core.inert import plain
from aims_gh.domain.claims import Claims, Layer
from aims_gh.frameworks.rows import Inputs
from aims_gh.frameworks.torch.copies import bare, copied, undisturbed

_MAX_LAYERS = 2_000
_MAX_INPUTS = 100
_MAX_NAME = 200


def claims(model: Any, rows: Inputs | None = None) -> Claims:
    """Read a module's layers, their parameters, and how they are connected.

    A layer is a module that holds no others, or that holds parameters itself, which then has no
    shape of its own; attention is one layer. `depth` counts the layers with parameters. A model
    has learned by transfer if some of its parameters are frozen (`requires_grad` is false) and
    others are not. Optimizer, loss and epochs are not in a module, and so not told.

    Parameters
    ----------
    model : torch.nn.Module
    rows : Inputs, optional
        A few rows: shapes, connections and functional activations are seen on them.
    """
    import torch

    inner = bare(model)
    layers = table(inner, rows)
    frozen = {p.requires_grad for p in inner.parameters()} == {True, False}
    return Claims(
        ml_framework="pytorch",
        model_type=_name(_class_of(inner)),
        transfer_learning=frozen,
        deep_learning=True,
        depth=sum(layer.num_params > 0 for layer in layers),
        num_params=sum(p.numel() for p in inner.parameters()),
        trainable_params=sum(p.numel() for p in inner.parameters() if p.requires_grad),
        layers=tuple(layers[:_MAX_LAYERS]),
        libraries={
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        platform=f"{platform.system()} {platform.machine()}",
    )


def table(model: Any, rows: Inputs | None = None) -> list[Layer]:
    """List the layers, in the order in which they run, those that do not run last."""
    made = copied(model)
    named = _layers(made)
    seen, again = _seen(made, rows) if rows is not None and len(rows) else ({}, {})
    found = []
    for name in dict.fromkeys([*seen, *named]):
        layer_class = type(named[name]).__name__ if name else _class_of(model)
        notes = seen.get(name)
        shape = notes.shape if notes is not None else None
        other = again[name].shape if name in again else None
        found.append(
            Layer(
                name=_name(name or layer_class),
                type=_name(layer_class),
                output_shape=_free(shape, other) if shape and other else None,
                num_params=_held(named[name]),
                activation=notes.activation if notes else None,
                inputs=tuple(_name(each) for each in (notes.inputs if notes else ()))[:_MAX_INPUTS],
            )
        )
    return found


def _class_of(model: Any) -> str:
    described = getattr(model, "aims_description", {})  # of one that was rebuilt
    return str(described.get("model", type(model).__name__))


def _layers(model: Any) -> dict[str, Any]:
    """Name the modules that are layers."""
    import torch

    found: dict[str, Any] = {}
    inside: tuple[str, ...] = ()
    for name, module in model.named_modules():
        if name.startswith(inside) and inside:
            continue
        if isinstance(module, torch.nn.MultiheadAttention):
            inside = (*inside, f"{name}.")
        if _runs_alone(module) or any(True for _ in module.parameters(recurse=False)):
            found[name] = module
    return found


def _runs_alone(module: Any) -> bool:
    import torch

    return isinstance(module, torch.nn.MultiheadAttention) or not any(
        True for _ in module.children()
    )


def _held(layer: Any) -> int:
    import torch

    # The projection inside of attention is a module, which never runs as one.
    whole = isinstance(layer, torch.nn.MultiheadAttention)
    return sum(p.numel() for p in layer.parameters(recurse=whole))


def _seen(made: Any, rows: Inputs) -> tuple[dict[str, Any], dict[str, Any]]:
    """Watch a copy of the model on two rows and on three: sides that differ are free."""
    from aims_gh.frameworks.torch.watch import watched

    layers = {name: layer for name, layer in _layers(made).items() if _runs_alone(layer)}
    try:
        with undisturbed():
            two, three = (watched(made, layers, rows.exactly(count).values) for count in (2, 3))
    except Exception:  # noqa: BLE001  a table without shapes is no reason to refuse a model
        return {}, {}
    return two, three


def _free(two: tuple[int, ...], three: tuple[int, ...]) -> tuple[int | None, ...] | None:
    if len(two) != len(three):
        return None
    return tuple(side if side == other else None for side, other in zip(two, three, strict=True))


def _name(text: str) -> str:
    return plain(text)[:_MAX_NAME]
