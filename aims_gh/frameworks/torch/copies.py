"""A copy of a user's model to work on, so that the model itself stays as it is."""

from __future__ import annotations

import contextlib
import copy
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError

_HALF = ("torch.float16", "torch.bfloat16")


def bare(model: Any) -> Any:
    """Take off what `torch.compile` and `DataParallel` have put around a module.

    Raises
    ------
    SubmissionError
        If there is no module inside, or one that cannot be looked into.
    """
    import torch

    around = (torch.nn.DataParallel, torch.nn.parallel.DistributedDataParallel)
    while True:
        if _compiled(model):
            model = model._orig_mod
        elif isinstance(model, around):
            model = model.module
        else:
            break
    name = type(model).__name__
    if not isinstance(model, torch.nn.Module):
        raise SubmissionError(
            f"a {name} of PyTorch is no model", hint="hand in a torch.nn.Module, trained"
        )
    if any(isinstance(part, torch.jit.ScriptModule) for part in model.modules()):
        raise SubmissionError(
            f"{name} is a ScriptModule, which cannot be exported",
            hint="hand in the module that it was scripted or traced from",
        )
    _check_numbers(model, name)
    return model


def copied(model: Any) -> Any:
    """Copy a model to the processor, bare, for inference.

    Raises
    ------
    SubmissionError
        If it cannot be copied.
    """
    inner = bare(model)
    try:
        made = copy.deepcopy(inner)
    except Exception:  # noqa: BLE001  deepcopy refuses what a pickle takes, such as old weight norms
        made = _through_pickle(inner)
    for parent in list(made.modules()):
        for name, part in list(parent.named_children()):
            if _compiled(part):
                setattr(parent, name, part._orig_mod)
    return made.cpu().eval().requires_grad_(False)


@contextlib.contextmanager
def undisturbed(*, processor: bool = True) -> Iterator[None]:
    """Compute without gradients, on the processor, and leave all random numbers as they were."""
    import torch

    device = torch.device("cpu") if processor else contextlib.nullcontext()

    python, numbers = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad(), device:
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)


def one_line(problem: object) -> str:
    """Shorten what PyTorch says to its first line, and make it inert."""
    text = str(problem).strip() or type(problem).__name__
    return plain(text.splitlines()[0])[:200].rstrip(" .:")


def _compiled(module: Any) -> bool:
    return type(module).__name__ == "OptimizedModule" and hasattr(module, "_orig_mod")


def _check_numbers(model: Any, name: str) -> None:
    from torch.nn.parameter import is_lazy

    for key, tensor in [*model.named_parameters(), *model.named_buffers()]:
        if is_lazy(tensor) or tensor.is_meta:
            raise SubmissionError(
                f"{name} has no numbers yet in {plain(key)}",
                hint="run it once on some rows, train it, and submit it then",
            )
        if str(tensor.dtype) in _HALF:
            raise SubmissionError(
                f"{name} computes in {str(tensor.dtype).partition('.')[2]} in {plain(key)}, which "
                "no other runtime computes alike",
                hint="submit model.float(), and the predictions that it makes then",
            )


def _through_pickle(model: Any) -> Any:
    try:
        import cloudpickle

        return cloudpickle.loads(cloudpickle.dumps(model))
    except Exception as error:  # noqa: BLE001  whatever a stranger's __reduce__ raises
        raise SubmissionError(
            f"{type(model).__name__} cannot be copied: {type(error).__name__}: {one_line(error)}",
            hint="keep what is no tensor, such as files and data loaders, out of the module",
        ) from None
