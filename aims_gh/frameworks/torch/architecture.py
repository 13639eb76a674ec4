"""Describe a PyTorch module as plain data, where its forward can be traced symbolically."""

from __future__ import annotations

import inspect
import warnings
from dataclasses import dataclass
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.frameworks.rows import Inputs, first_tensor
from aims_gh.frameworks.torch.copies import bare, copied, undisturbed
from aims_gh.frameworks.torch.description import Call, Description
from aims_gh.frameworks.torch.parts import buffers, is_layer, own_parameters, parts_of, ties
from aims_gh.frameworks.torch.tables import METHODS, names_of_functions
from aims_gh.frameworks.torch.values import Untold, written

_ASKED_ROWS = 5
_CLOSE = 1e-4


def architecture(model: Any, rows: Inputs | None = None) -> dict[str, Any] | None:
    """Describe how to build a module again, untrained.

    Its forward is traced symbolically (`torch.fx`), for inference; layers of ``torch.nn``, and
    common functions and methods of tensors, can be told. None where anything else is in it:
    loops and decisions that depend on the rows, functions of other libraries, hooks, or layers
    that are parametrized; and None where what was traced, with the model's own numbers, does
    not say on the rows what the model says: `isinstance`, for one, leads a trace astray.

    Parameters
    ----------
    model : torch.nn.Module
    rows : Inputs, optional
        A few rows to try it out on.
    """
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
            return built if _is_the_same(made, built, rows) else None
    except Exception:  # noqa: BLE001  tracing raises whatever the user's code makes of it
        return None  # so it does where something has no place in a description, or is too large


def _is_the_same(model: Any, built: dict[str, Any], rows: Inputs | None) -> bool:
    """Build what was described, give it the model's numbers, and ask both."""
    import torch

    from aims_gh.frameworks.torch.rebuild import as_built

    empty = as_built(built, device="meta")
    shapes = [{k: v.shape for k, v in each.state_dict().items()} for each in (model, empty)]
    if shapes[0] != shapes[1]:
        return False
    if rows is None or not len(rows):
        return True
    again = as_built(built, device="cpu").eval()
    again.load_state_dict(model.state_dict())
    given = rows.exactly(_ASKED_ROWS).values
    with undisturbed():
        said = [first_tensor(each(*given)).tensor for each in (model, again)]
    same: bool = torch.allclose(*said, rtol=_CLOSE, atol=_CLOSE, equal_nan=True)
    return same


def _described(model: Any, name: str) -> Description:
    trace = _traced(model)
    nodes, needed = trace.graph.nodes, trace.needed
    dtypes = {p.dtype for p in model.parameters()}
    if len(dtypes) > 1:
        raise Untold("parameters of several types")
    dtype = str(next(iter(dtypes), "torch.float32"))[6:]
    inputs = [n for n in nodes if n.op == "placeholder" and n.target in needed]
    fixed = _fixed(trace)
    if len(inputs) < len(needed):
        raise Untold("any number of inputs")
    steps = [n for n in nodes if n.op not in ("placeholder", "output") and n not in fixed]
    (output,) = (n for n in nodes if n.op == "output")
    return Description(
        model=plain(name)[:200],
        dtype=dtype,
        inputs=tuple(n.name for n in inputs),
        parts=tuple(parts_of(model)),
        parameters=tuple(own_parameters(model)),
        buffers=tuple(buffers(model)),
        ties=tuple(ties(model)),
        calls=tuple(_call(node) for node in steps),
        output=written(output.args[0], _result),
    )


@dataclass(frozen=True, slots=True)
class _Trace:
    graph: Any
    needed: list[str]
    """The arguments of forward that have to be given."""


def _traced(model: Any) -> _Trace:
    """Trace forward as it is called with the arguments that it cannot do without."""
    import torch.fx

    class Tracer(torch.fx.Tracer):  # type: ignore[misc]
        def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
            del module_qualified_name
            return is_layer(m)

    parameters = inspect.signature(model.forward).parameters.values()
    fixed = {p.name: p.default for p in parameters if p.default is not p.empty}
    if fixed and len(fixed) == len(parameters):
        fixed.pop(next(iter(fixed)))
    needed = [p.name for p in parameters if p.name not in fixed]
    return _Trace(Tracer().trace(model, concrete_args=fixed or None), needed)


def _fixed(trace: _Trace) -> set[Any]:
    """Find what `torch.fx` adds for arguments that are fixed: checks of their values."""
    found: set[Any] = set()
    for node in trace.graph.nodes:
        given = node.op == "placeholder" and node.target not in trace.needed
        if given or any(each in found for each in node.all_input_nodes):
            found.add(node)
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
