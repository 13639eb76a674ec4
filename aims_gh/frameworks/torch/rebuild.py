"""Build a PyTorch module from its description: from layers on a list, with fresh numbers."""

from __future__ import annotations

import base64
import binascii
import math
import re
import warnings
from typing import Any

import numpy as np

from aims_gh.core.inert import plain
from aims_gh.domain.record import Problems
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.torch.copies import one_line
from aims_gh.frameworks.torch.description import Call, Description, Kept, Part
from aims_gh.frameworks.torch.tables import (
    ATTRIBUTES,
    METHODS,
    arguments,
    functions,
    layer_class,
)
from aims_gh.frameworks.torch.values import read

MAX_NUMBERS = 250_000_000
"""Of a module's parameters and buffers together: a gigabyte."""

_MAX_LEVELS = 200
_MAX_MODULES = 10_000
_DEVIATION = 0.02
_CHOICE = re.compile(r"[a-z][a-z_-]{0,20}")
"""A text that a constructor takes: the name of one of a few ways."""

_UNCHANGED = "it is used as aims_gh wrote it, or not at all"


def rebuild(built: dict[str, Any]) -> Any:
    """Build a module, untrained: layers start as PyTorch starts them.

    Parameters that a user's own module held are drawn from a normal distribution of deviation
    0.02, for nobody but that module knows how they should start; all can be trained.

    Raises
    ------
    SubmissionError
        If it is no description of a module, names anything that is not on the lists, or would
        be larger than a gigabyte.
    """
    as_built(built, device="meta")  # counts, without memory for a single number
    return as_built(built, device="cpu")


def as_built(built: dict[str, Any], *, device: str) -> Any:
    """Build on a device; on `meta`, nothing but names and shapes."""
    import torch

    from aims_gh.frameworks.torch.rebuilt import Rebuilt

    described = _read(built)
    module = Rebuilt(dict(built), described.inputs)
    try:
        with torch.device(device), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # advice about arguments, which somebody else chose
            modules = 0
            for part in described.parts:
                layer = _layer_of(part, module)
                modules += sum(1 for _ in layer.modules())
                if modules > _MAX_MODULES:
                    raise _wrong(f"it has more than {_MAX_MODULES:,} layers")
                _put(module, part.name, layer)
            for own in described.parameters:
                _check_size(math.prod(own.shape))
                tensor = torch.empty(own.shape)
                _put(module, own.name, torch.nn.Parameter(tensor.normal_(0, _DEVIATION)))
            module.to(getattr(torch, described.dtype))
            for kept in described.buffers:
                _put_buffer(module, kept, _numbers(kept).to(device))
            for tie in described.ties:
                _put(module, tie.name, module.get_parameter(tie.of))
            _check_size(sum(t.numel() for t in [*module.parameters(), *module.buffers()]))
    except SubmissionError:
        raise
    except Exception as error:  # noqa: BLE001  whatever a constructor says to strange arguments
        raise _wrong(one_line(error)) from None
    module.aims_steps = _steps(described, module)
    module.aims_output = _output(described)
    return module


def _read(built: dict[str, Any]) -> Description:
    try:
        return Description.from_value(built)
    except (Problems, RecursionError) as problems:
        raise _wrong(one_line(problems)) from None


def _layer_of(part: Part, module: Any) -> Any:
    if part.same_as is not None:
        return module.get_submodule(part.same_as)
    return _layer(part.layer or "", part.arguments, 0)


def _layer(name: str, given: dict[str, Any], depth: int) -> Any:
    kind = layer_class(name)
    if kind is None:
        raise _wrong(f"{plain(name)[:60]!r} is no layer that is built here")
    allowed = arguments(name)
    values = {}
    for each, value in given.items():
        if each not in allowed:
            raise _wrong(f"{name} takes no {plain(each)[:60]!r}")
        if isinstance(value, dict) and "layer" in value:
            values[each] = _inner(name, value, depth)
            continue
        values[each] = read(value, frozenset())
        if isinstance(values[each], str) and not _CHOICE.fullmatch(values[each]):
            raise _wrong(f"{name} takes no {each} of that name")
        if each == "num_layers" and values[each] > _MAX_LEVELS:
            raise _wrong(f"{name} of {values[each]} levels")
    return kind(**values)


def _inner(outer: str, value: dict[str, Any], depth: int) -> Any:
    """Build the layer inside of an encoder."""
    inner = value.get("arguments", {})
    if outer != "TransformerEncoder" or depth or not isinstance(inner, dict):
        raise _wrong(f"{outer} takes no layer")
    return _layer(str(value["layer"]), inner, depth + 1)


def _put(module: Any, name: str, thing: Any) -> None:
    """Put a layer or parameter in its place, in modules that hold nothing else."""
    import torch

    *path, last = name.split(".")
    for step in path:
        if step not in module._modules:
            module.add_module(step, torch.nn.Module())
        module = module.get_submodule(step)
    if isinstance(thing, torch.nn.Parameter):
        module.register_parameter(last, thing)
    else:
        module.add_module(last, thing)


def _put_buffer(module: Any, kept: Kept, tensor: Any) -> None:
    import torch

    *path, last = kept.name.split(".")
    for step in path:
        if step not in module._modules:
            module.add_module(step, torch.nn.Module())
        module = module.get_submodule(step)
    module.register_buffer(last, tensor, persistent=kept.saved)


def _numbers(kept: Kept) -> Any:
    import torch

    try:
        content = base64.b64decode(kept.base64, validate=True)
    except binascii.Error:
        raise _wrong(f"the buffer {kept.name} is no base64") from None
    dtype = np.dtype(kept.dtype).newbyteorder("<")
    if len(content) != math.prod(kept.shape) * dtype.itemsize:
        raise _wrong(f"the buffer {kept.name} has another size than it says")
    array = np.frombuffer(content, dtype=dtype).astype(kept.dtype).reshape(kept.shape)
    return torch.from_numpy(array)


def _steps(described: Description, module: Any) -> tuple[Any, ...]:
    tables = {
        "function": frozenset(functions()),
        "method": METHODS,
        "layer": frozenset(n for n, _ in module.named_modules(remove_duplicate=False) if n),
        "tensor": frozenset(
            name
            for named in (module.named_parameters, module.named_buffers)
            for name, _ in named(remove_duplicate=False)
        ),
    }
    known = set(described.inputs)
    found = []
    for call in described.calls:
        found.append(_step(call, known, tables))
        known.add(call.name)
    return tuple(found)


def _step(call: Call, known: set[str], tables: dict[str, frozenset[str]]) -> Any:
    from aims_gh.frameworks.torch.rebuilt import Step

    named = {k: v for k in ("layer", "function", "method", "tensor") if (v := getattr(call, k))}
    if len(named) != 1:
        raise _wrong(f"the call {call.name} is none, or several")
    ((kind, target),) = named.items()
    if target not in tables[kind]:
        raise _wrong(f"{plain(target)[:60]!r} is no {kind} that is called here")
    given = tuple(read(value, known) for value in call.arguments)
    if kind == "method" and not given:
        raise _wrong(f"the method {target} is called on nothing")
    if target == "getattr" and (len(given) != 2 or given[1] not in ATTRIBUTES):
        raise _wrong("getattr reads something else than shape, type or device")
    return Step(call.name, kind, target, given, {k: read(v, known) for k, v in call.named.items()})


def _output(described: Description) -> Any:
    return read(described.output, {*described.inputs, *(call.name for call in described.calls)})


def _check_size(numbers: int) -> None:
    if numbers > MAX_NUMBERS:
        raise _wrong(f"it has {numbers:,} numbers, and {MAX_NUMBERS:,} are allowed")


def _wrong(message: str) -> SubmissionError:
    return SubmissionError(
        f"this is not the architecture of a PyTorch module: {message}", hint=_UNCHANGED
    )
