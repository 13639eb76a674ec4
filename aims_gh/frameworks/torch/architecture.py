"""Describe a PyTorch module as plain data, where its forward can be traced symbolically."""

from __future__ import annotations

import base64
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from aims_gh.core.inert import plain
from aims_gh.domain.record import Problems
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.torch.copies import bare, copied, undisturbed
from aims_gh.frameworks.torch.description import Call, Description, Kept, Own, Part, Tie
from aims_gh.frameworks.torch.tables import LAYERS, METHODS, arguments, names_of_functions
from aims_gh.frameworks.torch.values import Untold, written

_MAX_BUFFER_BYTES = 1_000_000


def architecture(model: Any) -> dict[str, Any] | None:
    """Describe how to build a module again, untrained.

    Its forward is traced symbolically (`torch.fx`), for inference; layers of ``torch.nn``, and
    common functions and methods of tensors, can be told. None where anything else is in it:
    loops and decisions that depend on the rows, functions of other libraries, hooks, or layers
    that are parametrized.
    """
    from aims_gh.frameworks.torch.rebuild import as_built
    from aims_gh.frameworks.torch.rebuilt import Rebuilt

    inner = bare(model)
    if isinstance(inner, Rebuilt):
        return dict(inner.aims_description)
    made = copied(inner)
    try:
        # A default device would become a part of the calls.
        with warnings.catch_warnings(), undisturbed(processor=False):
            warnings.simplefilter("ignore")
            described = _described(made, type(inner).__name__)
        built = described.model_dump(mode="json", exclude_defaults=True)
        fits = as_built(built, device="meta")
    except Untold:
        return None
    except (SubmissionError, Problems):  # the builder would refuse it: too large, for example
        return None
    except Exception:  # noqa: BLE001  symbolic tracing raises whatever the user's code makes of it
        return None
    shapes = [{k: v.shape for k, v in each.state_dict().items()} for each in (made, fits)]
    return built if shapes[0] == shapes[1] else None


def _described(model: Any, name: str) -> Description:
    graph, needed = _traced(model)
    dtypes = {p.dtype for p in model.parameters()}
    if len(dtypes) > 1:
        raise Untold("parameters of several types")
    dtype = str(next(iter(dtypes), "torch.float32"))[6:]
    inputs = [n for n in graph.nodes if n.op == "placeholder" and n.target in needed]
    fixed = _fixed(graph, needed)
    if len(inputs) < len(needed):
        raise Untold("any number of inputs")
    steps = [n for n in graph.nodes if n.op not in ("placeholder", "output") and n not in fixed]
    (output,) = (n for n in graph.nodes if n.op == "output")
    return Description(
        model=plain(name)[:200],
        dtype=dtype,
        inputs=tuple(n.name for n in inputs),
        parts=tuple(_parts(model)),
        parameters=tuple(_own_parameters(model)),
        buffers=tuple(_buffers(model)),
        ties=tuple(_ties(model)),
        calls=tuple(_call(node) for node in steps),
        output=written(output.args[0], _result),
    )


def _traced(model: Any) -> tuple[Any, list[str]]:
    """Trace forward as it is called with the arguments that it cannot do without."""
    import torch.fx

    class Tracer(torch.fx.Tracer):  # type: ignore[misc]
        def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
            del module_qualified_name
            return _is_layer(m)

    parameters = inspect.signature(model.forward).parameters.values()
    fixed = {p.name: p.default for p in parameters if p.default is not p.empty}
    if fixed and len(fixed) == len(parameters):
        fixed.pop(next(iter(fixed)))
    needed = [p.name for p in parameters if p.name not in fixed]
    return Tracer().trace(model, concrete_args=fixed or None), needed


def _fixed(graph: Any, needed: list[str]) -> set[Any]:
    """Find what `torch.fx` adds for arguments that are fixed: checks of their values."""
    found: set[Any] = set()
    for node in graph.nodes:
        given = node.op == "placeholder" and node.target not in needed
        if given or any(each in found for each in node.all_input_nodes):
            found.add(node)
    return found


def _is_layer(module: Any) -> bool:
    kind = type(module)
    return kind.__module__.startswith("torch.nn.modules") and kind.__name__ in LAYERS


def _parts(model: Any) -> list[Part]:
    known: dict[int, str] = {}
    found = []
    layers = [(n, m) for n, m in model.named_modules(remove_duplicate=False) if _is_layer(m)]
    names = [n for n, _ in layers]
    for name, module in model.named_modules(remove_duplicate=False):
        if any(getattr(module, f"_{kind}_hooks") for kind in ("forward", "forward_pre")):
            raise Untold("hooks")
        if not _is_layer(module) or any(name.startswith(f"{outer}.") for outer in names):
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
    if not _is_layer(layer):
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
        if not _is_layer(module) and not _inside_layer(model, name)
    ]


def _inside_layer(model: Any, name: str) -> bool:
    parts = name.split(".")
    return any(_is_layer(model.get_submodule(".".join(parts[:i]))) for i in range(1, len(parts)))


def _own_parameters(model: Any) -> list[Own]:
    return [
        Own(name=f"{prefix}{name}", shape=tuple(parameter.shape))
        for prefix, module in _outside_layers(model)
        for name, parameter in module.named_parameters(recurse=False)
    ]


def _buffers(model: Any) -> list[Kept]:
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


def _ties(model: Any) -> list[Tie]:
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


def _result(value: Any) -> str | None:
    import torch.fx

    return value.name if isinstance(value, torch.fx.Node) else None


def _call(node: Any) -> Call:
    what: dict[str, str] = {}
    if node.op == "call_module":
        what["layer"] = node.target
    elif node.op == "call_method" and node.target in METHODS:
        what["method"] = node.target
    elif node.op == "call_function" and id(node.target) in names_of_functions():
        what["function"] = names_of_functions()[id(node.target)]
    elif node.op == "get_attr":
        what["tensor"] = node.target
    else:
        raise Untold(str(node.target))
    named = {k: written(v, _result) for k, v in node.kwargs.items() if not k.startswith("_")}
    given = tuple(written(value, _result) for value in node.args)
    return Call(name=node.name, arguments=given, named=named, **what)
