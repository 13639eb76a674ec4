"""A PyTorch module's numbers, as a safetensors file: data alone, which runs nothing."""

from __future__ import annotations

from typing import Any

from aims_gh.errors import MissingExtra, SubmissionError
from aims_gh.frameworks.library import Weights
from aims_gh.frameworks.torch.copies import bare, one_line
from aims_gh.frameworks.torch.rebuild import rebuild


def weights(model: Any) -> Weights:
    """Write a module's parameters and buffers; what has two names is written once.

    Raises
    ------
    SubmissionError
        If its state holds something else than tensors.
    """
    safetensors = _safetensors()
    inner = bare(model)
    found = {}
    written: set[tuple[Any, ...]] = set()
    for name, tensor in inner.state_dict().items():
        if not hasattr(tensor, "untyped_storage"):
            raise SubmissionError(
                f"the state of {type(inner).__name__} holds {type(tensor).__name__} beside tensors",
                hint="leave get_extra_state out of the module, or submit it without weights",
            )
        place = (tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride())
        if tensor.numel() and place in written:
            continue
        written.add(place)
        # Layers that are compiled alone have this in their names.
        found[name.replace("_orig_mod.", "")] = tensor.detach().cpu().contiguous().clone()
    return Weights("weights.safetensors", bytes(safetensors.save(found)))


def with_weights(built: dict[str, Any] | None, content: bytes) -> Any:
    """Build the described module, and load its numbers; all of them must fit.

    Raises
    ------
    SubmissionError
        If the architecture is not known, or the numbers are not its own.
    """
    safetensors = _safetensors()
    if built is None:
        raise SubmissionError(
            "the module's architecture could not be told, so its weights fit nothing here",
            hint="use its ONNX file, or ask its author for the module's code",
        )
    module = rebuild(built)
    try:
        found = safetensors.load(content)
    except Exception as error:  # noqa: BLE001  the errors of a compiled reader
        raise SubmissionError(
            f"the weights are no safetensors file: {one_line(error)}",
            hint="write them with aims_gh, or with safetensors.torch.save_file",
        ) from None
    _check_fits(module, found)
    module.load_state_dict(found, strict=False)
    return module


def _check_fits(module: Any, found: dict[str, Any]) -> None:
    """Refuse numbers that are missing, too many, or of another shape or type."""
    wanted = module.state_dict()
    places: dict[tuple[int, Any], bool] = {}
    for name, tensor in wanted.items():
        key = (tensor.data_ptr(), tuple(tensor.shape)) if tensor.numel() else (id(tensor), None)
        places[key] = places.get(key, False) or name in found
    missing = sum(not there for there in places.values())
    strange = len(set(found) - set(wanted))
    other = [
        name
        for name, tensor in found.items()
        if name in wanted
        and (wanted[name].shape, wanted[name].dtype) != (tensor.shape, tensor.dtype)
    ]
    if missing or strange or other:
        raise SubmissionError(
            f"the weights do not fit the architecture: {missing} are missing, {strange} have no "
            f"place, {len(other)} have another shape or type",
            hint="submit the weights and the architecture of one and the same module",
        )


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError:
        raise MissingExtra("reading and writing weights", extra="torch") from None
    return safetensors.torch
