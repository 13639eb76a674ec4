"""What a Keras model takes, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.inert import plain
from aims_gh.core.outputs import Said
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.keras.models import (
    Input,
    backend,
    call,
    check,
    inputs_of,
    tensors,
    undisturbed,
)
from aims_gh.frameworks.rows import (
    Inputs,
    as_said,
    check_any,
    check_rows,
    column_named,
    first_tensor,
    numbers,
)

Array = npt.NDArray[Any]

_LIBRARY = "Keras"
_MAX_TEXT = 200


def rows(model: Any, features: Any) -> Inputs:
    """Give the features as the model takes them, and build it where it never was.

    One array of all columns, or one for each named input: these are then columns of the same
    names. Shapes and types are those of the inputs, where the model knows them.

    Raises
    ------
    SubmissionError
        If the model does not run on them, with what Keras says.
    """
    backend()
    check(model)
    known = inputs_of(model)
    if len(known) > 1:
        given = [features[column_named(features, each.name, "the model")] for each in known]
        found = [Inputs(tuple(each.name for each in known), tuple(map(_as_input, given, known)))]
    elif known:
        found = [Inputs(("input",), (_as_input(features, known[0]),))]
    else:
        array = numbers(features, _LIBRARY)
        types = (np.float32, np.int32)
        found = [Inputs(("input",), (np.ascontiguousarray(array, dtype=t),)) for t in types]
    check_any(found[0].values)
    return _first_that_runs(model, found)


def said(model: Any, rows: Inputs) -> Said:
    """Ask the model itself, batch by batch, for inference: what its first output says."""
    answers = []
    with undisturbed():
        for batch in rows.batches():
            found = first_tensor(call(model, tensors(batch.values)))
            check_rows(found, len(batch), type(model).__name__)
            answers.append(as_array(found.tensor))
    return as_said(answers, type(model).__name__)


def as_array(tensor: Any) -> Array:
    """Give a tensor of any backend as an array."""
    import keras

    if hasattr(tensor, "detach"):  # PyTorch's, where Keras's own way makes NumPy 2 complain
        return np.asarray(tensor.detach().cpu())
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def _first_that_runs(model: Any, found: list[Inputs]) -> Inputs:
    problems = []
    for inputs in found:
        try:
            with undisturbed():
                answer = first_tensor(call(model, tensors(inputs.exactly(2).values)))
            check_rows(answer, 2, type(model).__name__)
        except SubmissionError:
            raise
        except Exception as error:  # noqa: BLE001  whatever a stranger's call raises
            problems.append(_sentence(error))
            continue
        return inputs
    shapes = ", ".join(str(tuple(value.shape[1:])) for value in found[0].values)
    raise SubmissionError(
        f"{type(model).__name__} does not run on rows of shape {shapes}: {problems[0]}",
        hint="it must take a batch of the playground's rows; reshape them inside it",
    )


def _as_input(features: Any, wanted: Input) -> Array:
    """Give some features in the type and the shape of an input."""
    if wanted.dtype == "string":
        array: Array = np.asarray(features).astype(np.str_).astype(object)
    else:
        array = np.ascontiguousarray(numbers(features, _LIBRARY), dtype=wanted.dtype)
    row = wanted.row
    sizes = [side for side in row if side is not None]
    count = int(np.prod(array.shape[1:], dtype=int))
    if len(sizes) == len(row) and int(np.prod(sizes, dtype=int)) == count:
        return array.reshape(len(array), *sizes)
    fits = array.ndim == len(row) + 1 and all(_sides(array.shape[1:], row))
    if not fits and not (array.ndim == 1 and row == (None,)):
        shown = "(" + ", ".join("?" if side is None else str(side) for side in row) + ")"
        raise SubmissionError(
            f"the model's input {plain(wanted.name)[:60]} takes rows of shape {shown}, the "
            f"features have rows of shape {tuple(array.shape[1:])}",
            hint="build the model for the playground's columns, and reshape them inside it",
        )
    return array if fits else array.reshape(len(array), 1)


def _sides(have: tuple[int, ...], row: tuple[int | None, ...]) -> Iterator[bool]:
    for size, side in zip(have, row, strict=True):
        yield side is None or side == size


def _sentence(error: Exception) -> str:
    """Shorten what Keras says to a sentence: its first lines name the call, not the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith("Exception encountered when calling")]
    text = next(iter(telling), type(error).__name__)
    return f"{type(error).__name__}: {plain(text)[:_MAX_TEXT]}".rstrip(" .:")
