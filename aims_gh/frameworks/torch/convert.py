"""PyTorch: from a module to ONNX, by way of `torch.export`."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import re
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import MissingExtra, SubmissionError
from aims_gh.frameworks.library import OPSET, Candidate
from aims_gh.frameworks.parcel import SAMPLE_ROWS, pack, unpack
from aims_gh.frameworks.rows import Inputs, first_tensor
from aims_gh.frameworks.tidy import BATCH, tidied
from aims_gh.frameworks.torch.copies import copied, undisturbed

_ELSE = "submit the predictions alone, or export the model yourself and submit the file"
_DATA_DEPENDENT = ("data-dependent", "Dynamic control flow", "DataDependent")


def prepare(_parcel: bytes) -> None:
    """Import PyTorch's exporter."""
    try:
        import onnxscript  # noqa: F401
        import torch
    except ImportError:
        raise MissingExtra("converting PyTorch models", extra="torch") from None
    # What takes longest of all that torch.export imports when it is first used.
    import torch._dynamo  # noqa: F401


def parcel(model: Any, rows: Inputs) -> bytes:
    """Pack a copy of the model, and a few rows."""
    return pack(copied(model), rows.part(0, SAMPLE_ROWS), extra="torch")


def candidates(parcel: bytes) -> Iterator[Candidate]:
    """Export a module: with recurrent layers as operators, then as PyTorch does on its own.

    The batch axis is free, and the example has at least two rows: what is traced with one row
    would in part be made for one row. Of several tensors that a model gives, the first is kept.

    Raises
    ------
    SubmissionError
        With PyTorch's reason in a sentence, where it is exported in neither way.
    """
    model, rows = unpack(parcel)
    example = rows.exactly(2)
    problems: list[Exception] = []
    for way in (_with_operators, _as_it_is):
        try:
            with quiet(), undisturbed():
                found = way(model, example)
        except Exception as error:  # noqa: BLE001  whatever a stranger's forward raises
            problems.append(error)
            continue
        yield found
    if len(problems) == 2:
        raise refusal(type(model).__name__, problems[0])


def _with_operators(model: Any, example: Inputs) -> Candidate:
    """Export in two steps, which is faster, and with recurrent layers as single operators."""
    import torch

    from aims_gh.frameworks.torch.recurrent import with_operators

    given = _giving_one(copy.deepcopy(model), example)
    with_operators(given)
    axes = tuple({0: torch.export.Dim(BATCH)} for _ in example.values)
    program = torch.export.export(given, example.values, dynamic_shapes=(axes,), strict=False)
    return _candidate(program, (), example, given.count, None)


def _as_it_is(model: Any, example: Inputs) -> Candidate:
    given = _giving_one(model, example)
    axes = (tuple({0: BATCH} for _ in example.values),)
    return _candidate(given, example.values, example, given.count, axes)


def _giving_one(model: Any, example: Inputs) -> Any:
    from aims_gh.frameworks.torch.network import GivingOne

    found = first_tensor(model(*example.values))
    single = first_tensor(model(*example.exactly(1).values)).tensor
    return GivingOne(model, found.count, squeezes=single.dim() == 0 and found.tensor.dim() == 1)


def _candidate(
    model: Any, arguments: tuple[Any, ...], example: Inputs, outputs: int, axes: Any
) -> Candidate:
    import torch

    program = torch.onnx.export(
        model,
        arguments,
        input_names=list(example.names),
        output_names=["output"],
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        dynamic_shapes=axes,
        verbose=False,
    )
    content = tidied(program.model_proto)
    form = f"torch.onnx {torch.__version__}, opset {OPSET}"
    more = f", the first of {outputs} outputs" if outputs > 1 else ""
    return Candidate(content, form + more)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep notes to PyTorch's own developers, and listings of code, from people's notebooks."""
    names = ("torch.onnx", "torch.export", "torch.fx", "onnxscript")
    loggers = [logging.getLogger(name) for name in names]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.ERROR)
    try:
        printed = io.StringIO()
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)


def refusal(name: str, problem: Exception) -> SubmissionError:
    """Say why, in the words of the innermost error."""
    if isinstance(problem, SubmissionError):
        return problem
    causes = [problem]
    while causes[-1].__cause__ is not None:
        causes.append(causes[-1].__cause__)  # type: ignore[arg-type]
    inner = causes[-1]
    said = re.sub(r"\x1b\[[0-9;]*m", "", str(inner)).strip() or type(inner).__name__
    reason = plain(re.sub(r"\s*\(unhinted:.*", "", said.splitlines()[0]))[:200].rstrip(" .:")
    place = _place(inner)
    if any(sign in f"{type(inner).__name__} {said}" for sign in _DATA_DEPENDENT):
        return SubmissionError(
            f"{name} cannot be exported: what it does depends on the values in the rows{place} "
            f"({reason})",
            hint="choose with torch.where instead of if, or submit the predictions alone",
        )
    return SubmissionError(f"{name} cannot be exported{place}: {reason}", hint=_ELSE)


def _place(problem: BaseException) -> str:
    """Name the function and line of the user's own that the error went through last."""
    # Generated code has names in brackets; so have the classes of a notebook, after travelling.
    other = (str(Path(__file__).parents[2]), "<string>", "<eval_with_key>", "<frozen")
    own = [
        frame
        for frame in traceback.extract_tb(problem.__traceback__)
        if not frame.filename.startswith(other) and "site-packages" not in frame.filename
    ]
    return f" in {plain(own[-1].name)[:60]}, line {own[-1].lineno}" if own else ""
