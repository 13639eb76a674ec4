"""What a PyTorch model takes, and what it says."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from aims_gh.core.outputs import Said
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.rows import (
    Inputs,
    as_said,
    check_any,
    check_rows,
    column_named,
    first_tensor,
    numbers,
)
from aims_gh.frameworks.torch.copies import bare, copied, one_line, undisturbed

_LIBRARY = "PyTorch"
Array = npt.NDArray[Any]


def rows(model: Any, features: Any) -> Inputs:
    """Give the features as the model takes them.

    One tensor of all columns or of the array, or one for each argument of `forward`, where it
    takes several: these are then columns of the same names. Numbers have the type of the
    model's own; whole numbers stay whole where it begins with an embedding. Of several ways,
    the first that the model runs on is taken.

    Raises
    ------
    SubmissionError
        If the model runs on none of them, with what PyTorch says.
    """
    made = copied(model)
    names = _arguments(bare(model))
    columns = _columns(features, names)
    check_any(list(columns.values()))
    first_problem: str | None = None
    for inputs in _ways(made, columns):
        problem = _trouble(made, inputs)
        if problem is None:
            return inputs
        first_problem = first_problem or problem
    shapes = ", ".join(str(tuple(array.shape[1:])) for array in columns.values())
    raise SubmissionError(
        f"{type(bare(model)).__name__} does not run on rows of shape {shapes}: {first_problem}",
        hint="its forward must take a batch of the playground's rows; reshape them inside it",
    )


def said(model: Any, rows: Inputs) -> Said:
    """Ask a copy of the model, batch by batch: what its first tensor says.

    Whole numbers are labels; all else is values, probabilities or scores.
    """
    made = copied(model)
    answers = []
    with undisturbed():
        for batch in rows.batches():
            found = first_tensor(made(*batch.values))
            check_rows(found, len(batch), type(made).__name__)
            answers.append(found.tensor.detach().cpu().numpy())
    return as_said(answers, type(made).__name__)


def _arguments(model: Any) -> list[str]:
    """Name the arguments that `forward` cannot do without; one, where it takes any number."""
    if hasattr(model, "aims_inputs"):  # rebuilt from a description
        return list(model.aims_inputs) if len(model.aims_inputs) > 1 else ["input"]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [
        name
        for name, parameter in inspect.signature(model.forward).parameters.items()
        if parameter.kind in kinds and parameter.default is parameter.empty
    ]
    return needed if len(needed) > 1 else ["input"]


def _columns(features: Any, names: list[str]) -> dict[str, Array]:
    """Give one array for each argument, of numbers."""
    if len(names) == 1:
        return {names[0]: numbers(features, _LIBRARY)}
    columns = [column_named(features, name, "the model's forward") for name in names]
    return {column: numbers(features[column], _LIBRARY) for column in columns}


def _ways(model: Any, columns: dict[str, Array]) -> Iterator[Inputs]:
    """Lay the columns out in every way that a model may take them, the likeliest first."""
    import torch

    names = tuple(columns)
    floating = next(
        (p.dtype for p in model.parameters() if p.is_floating_point()), torch.get_default_dtype()
    )
    embeds = any(isinstance(m, torch.nn.Embedding | torch.nn.EmbeddingBag) for m in model.modules())
    typed = any(array.dtype.kind in "iub" for array in columns.values())
    dtype = np.dtype(str(floating).removeprefix("torch."))
    for whole in (True, False) if embeds and typed else (False, True):
        for layout in ("mixed", "column", "flat") if len(names) > 1 else ("as it is", "flat"):
            arrays = [_laid_out(array, whole, dtype, layout) for array in columns.values()]
            tensors = tuple(torch.from_numpy(array) for array in arrays if array is not None)
            if len(tensors) == len(names):
                yield Inputs(names, tensors)


def _laid_out(array: Array, whole: bool, floating: np.dtype[Any], layout: str) -> Array | None:
    """Give numbers as whole ones or not, and one column flat or standing; None if impossible."""
    if whole and array.dtype.kind == "f":
        # A column of fractions beside whole ones stays as it is.
        whole = bool(np.isfinite(array).all() and (array == np.trunc(array)).all())
    made = np.ascontiguousarray(array, dtype=np.int64 if whole else floating)
    made = made if made.flags.writeable else made.copy()
    if layout == "as it is":
        return made if made.ndim > 1 else made.reshape(-1, 1)
    if made.size != len(made):
        return None
    stands = layout == "column" or (layout == "mixed" and not whole)
    return made.reshape(-1, 1) if stands else made.reshape(-1)


def _trouble(model: Any, inputs: Inputs) -> str | None:
    """Run a model on two rows, and tell what is wrong."""
    two = inputs.exactly(2)
    try:
        with undisturbed():
            found = first_tensor(model(*two.values))
        check_rows(found, 2, type(model).__name__)
    except SubmissionError as error:
        return error.message
    except Exception as error:  # noqa: BLE001  whatever a stranger's forward raises
        return f"{type(error).__name__}: {one_line(error)}"
    return None
