"""Keras on PyTorch: an exported program, and PyTorch's exporter."""

from __future__ import annotations

import io
from typing import Any

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.keras.models import call, layers_in, tensors
from aims_gh.frameworks.keras.traced import Traced
from aims_gh.frameworks.library import OPSET
from aims_gh.frameworks.rows import Inputs, first_tensor
from aims_gh.frameworks.tidy import BATCH, tidied
from aims_gh.frameworks.torch.convert import quiet, refusal
from aims_gh.frameworks.torch.copies import undisturbed


def traced(model: Any, rows: Inputs) -> Traced:
    """Export the model as a program of PyTorch's, with a free number of rows.

    Recurrent layers are unrolled. Those with a mask, and SimpleRNN, are written by Keras so that
    the number of rows is fixed: they are refused.

    Raises
    ------
    SubmissionError
        If PyTorch cannot export it; with its reason.
    """
    import torch

    from aims_gh.frameworks.keras.calling import Calling

    values = tuple(tensors(rows.exactly(2).values))
    given = Calling(model)
    axes = (tuple({0: torch.export.Dim(BATCH)} for _ in values),)
    try:
        with quiet(), undisturbed():
            count = first_tensor(call(model, values)).count
            program = torch.export.export(given, values, dynamic_shapes=axes, strict=False)
            stream = io.BytesIO()
            torch.export.save(program, stream)
    except Exception as error:  # noqa: BLE001  whatever a stranger's call raises
        raise _fixed(model, error) or refusal(type(model).__name__, error) from None
    names = tuple(str(layer.name) for layer in layers_in(model))
    return Traced("torch", stream.getvalue(), rows.names, names, count)


def converted(found: Traced) -> tuple[bytes, str]:
    """Make an ONNX file of an exported program; give its bytes, and what made it.

    Raises
    ------
    SubmissionError
        With PyTorch's reason.
    """
    import torch

    try:
        with quiet(), undisturbed():
            program = torch.export.load(io.BytesIO(found.content))
            file = torch.onnx.export(
                program,
                (),
                input_names=list(found.inputs),
                output_names=["output"],
                opset_version=OPSET,
                dynamo=True,
                external_data=False,
                verbose=False,
            )
            content = tidied(file.model_proto)
    except Exception as error:  # noqa: BLE001  the exporter raises many kinds
        raise refusal("the model", error) from None
    return content, f"torch.onnx {torch.__version__}, opset {OPSET}"


def _fixed(model: Any, error: Exception) -> SubmissionError | None:
    """Name the recurrent layers, where the number of rows came out fixed."""
    import keras

    if "specialized" not in str(error) and "Constraints violated" not in str(error):
        return None
    names = [layer.name for layer in layers_in(model) if isinstance(layer, keras.layers.RNN)]
    if not names:
        return None
    return SubmissionError(
        f"layer {', '.join(map(str, names[:4]))} cannot be exported with PyTorch as backend: with "
        "a mask, and in SimpleRNN, Keras fixes the number of rows",
        hint="save the model, set KERAS_BACKEND=tensorflow, and load and submit it there",
    )
