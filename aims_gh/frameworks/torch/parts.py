"""What a PyTorch module is made of: its layers with their arguments, and tensors of its own."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from aims_gh.frameworks.torch.description import Kept, Own, Part, Tie
from aims_gh.frameworks.torch.tables import LAYERS, arguments
from aims_gh.frameworks.torch.values import Untold, written

_MAX_BUFFER_BYTES = 1_000_000


def is_layer(module: Any) -> bool:
    """Tell whether a module is one of PyTorch's own layers, on the list."""
    kind = type(module)
    return kind.__module__.startswith("torch.nn.modules") and kind.__name__ in LAYERS


def parts_of(model: Any) -> list[Part]:
    """List a module's layers, those that have two names under both.

    Raises
    ------
    Untold
        If somebody hooked in, or a layer has arguments that are nothing plain.
    """
    known: dict[int, str] = {}
    found = []
    layers = [(n, m) for n, m in model.named_modules(remove_duplicate=False) if is_layer(m)]
    names = [n for n, _ in layers]
    for name, module in model.named_modules(remove_duplicate=False):
        if any(getattr(module, f"_{kind}_hooks") for kind in ("forward", "forward_pre")):
            raise Untold("hooks")
        if not is_layer(module) or any(name.startswith(f"{outer}.") for outer in names):
            continue
        if not name:
            raise Untold("a layer alone")
        if id(module) in known:
            found.append(Part(name=name, same_as=known[id(module)]))
            continue
        known[id(module)] = name
        found.append(Part(name=name, layer=type(module).__name__, arguments=_arguments(module)))
    return found


def _arguments(layer: Any) -> dict[str, Any]:
    """Read a layer's constructor arguments off it, those that are not the defaults."""
    name = type(layer).__name__
    found = {}
    for each, default in arguments(name).items():
        value = _argument(layer, name, each)
        if type(value) is not type(default) or value != default:
            found[each] = value if isinstance(value, dict) else written(value, lambda _: None)
    return found


_ENCODER: dict[str, Callable[[Any], Any]] = {
    "d_model": lambda layer: layer.self_attn.embed_dim,
    "nhead": lambda layer: layer.self_attn.num_heads,
    "dim_feedforward": lambda layer: layer.linear1.out_features,
    "dropout": lambda layer: layer.dropout.p,
    "layer_norm_eps": lambda layer: layer.norm1.eps,
    "batch_first": lambda layer: layer.self_attn.batch_first,
    "bias": lambda layer: layer.linear1.bias is not None,
}


def _argument(layer: Any, name: str, each: str) -> Any:
    if name == "TransformerEncoderLayer" and each in _ENCODER:
        return _ENCODER[each](layer)
    if name == "TransformerEncoderLayer" and each == "activation":
        return _named_activation(layer.activation)
    if name == "TransformerEncoder" and each in ("encoder_layer", "norm"):
        inner = layer.layers[0] if each == "encoder_layer" else layer.norm
        return None if inner is None else _nested(inner)
    if name == "MultiheadAttention" and each in ("bias", "add_bias_kv"):
        return getattr(layer, "in_proj_bias" if each == "bias" else "bias_k") is not None
    value = getattr(layer, each)
    if each == "bias" and not isinstance(value, bool):
        return value is not None
    return value


def _nested(layer: Any) -> dict[str, Any]:
    if not is_layer(layer):
        raise Untold("a layer of one's own in an encoder")
    return {"layer": type(layer).__name__, "arguments": _arguments(layer)}


def _named_activation(activation: Any) -> str:
    import torch.nn.functional as functional

    for name in ("relu", "gelu"):
        if activation is getattr(functional, name):
            return name
    raise Untold("an activation of one's own")


def _outside_layers(model: Any) -> list[tuple[str, Any]]:
    """Give the modules of the user's own that hold tensors themselves."""
    return [
        (f"{name}." if name else "", module)
        for name, module in model.named_modules()
        if not is_layer(module) and not _inside_layer(model, name)
    ]


def _inside_layer(model: Any, name: str) -> bool:
    parts = name.split(".")
    return any(is_layer(model.get_submodule(".".join(parts[:i]))) for i in range(1, len(parts)))


def own_parameters(model: Any) -> list[Own]:
    """List the parameters that no layer holds."""
    return [
        Own(name=f"{prefix}{name}", shape=tuple(parameter.shape))
        for prefix, module in _outside_layers(model)
        for name, parameter in module.named_parameters(recurse=False)
    ]


def buffers(model: Any) -> list[Kept]:
    """List the buffers that no layer holds, with their numbers: forward cannot do without.

    Raises
    ------
    Untold
        If they are more than a megabyte.
    """
    found = []
    for prefix, module in _outside_layers(model):
        for name, buffer in module.named_buffers(recurse=False):
            array = buffer.detach().numpy()
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            found.append(
                Kept(
                    name=f"{prefix}{name}",
                    shape=tuple(buffer.shape),
                    dtype=str(buffer.dtype)[6:],
                    base64=base64.b64encode(little.tobytes()).decode(),
                    saved=name not in module._non_persistent_buffers_set,
                )
            )
    if sum(len(each.base64) for each in found) > _MAX_BUFFER_BYTES * 4 / 3:
        raise Untold("buffers of many numbers")
    return found


def ties(model: Any) -> list[Tie]:
    """Find parameters with two names, outside of modules that have two names themselves."""
    first: dict[int, str] = {}
    found = []
    modules = [(f"{n}." if n else "", m) for n, m in model.named_modules()]
    for prefix, module in modules:
        for name, parameter in module.named_parameters(recurse=False):
            if id(parameter) in first:
                found.append(Tie(name=f"{prefix}{name}", of=first[id(parameter)]))
            first.setdefault(id(parameter), f"{prefix}{name}")
    return found
