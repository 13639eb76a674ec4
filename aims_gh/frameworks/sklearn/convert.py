"""scikit-learn: from a fitted estimator or pipeline to ONNX, with its hyper-parameters."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from aims_gh.errors import MissingExtra, SubmissionError
from aims_gh.frameworks.library import OPSET, OPSET_ML, Candidate
from aims_gh.frameworks.parcel import SAMPLE_ROWS, pack, unpack

_MAX_TEXT = 200


def prepare(_parcel: bytes) -> None:
    """Import skl2onnx."""
    try:
        import skl2onnx  # noqa: F401
    except ImportError:
        raise MissingExtra("converting scikit-learn models", extra="sklearn") from None


def parcel(model: Any, rows: Any) -> bytes:
    """Pack the model and a few rows."""
    return pack(model, rows[:SAMPLE_ROWS])


def candidates(parcel: bytes) -> Iterator[Candidate]:
    """Convert a fitted estimator, first in double precision, then in single.

    Doubles keep labels that single precision would flip, but not every operator of onnxruntime
    takes them: open each candidate, compare it with the model itself, keep the first that fits.

    Raises
    ------
    SubmissionError
        With skl2onnx's reason, where it converts in neither precision.
    """
    import skl2onnx
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    model, sample = unpack(parcel)
    reasons = []
    for precision, number_type in (("float32", FloatTensorType), ("float64", DoubleTensorType)):
        inputs = _inputs(sample, number_type)
        try:
            with warnings.catch_warnings():
                # skl2onnx reads attributes that scikit-learn is about to drop: no news to users.
                warnings.simplefilter("ignore")
                converted = to_onnx(
                    model, initial_types=inputs, options=_options(model), target_opset=_OPSETS
                )
        except Exception as error:  # noqa: BLE001  skl2onnx raises many kinds
            reasons.append(f"{type(error).__name__}: {error}".splitlines()[0][:_MAX_TEXT])
            continue
        converter = f"skl2onnx {skl2onnx.__version__}, {precision}"
        yield Candidate(converted.SerializeToString(), converter)
    if len(reasons) == 2:
        raise SubmissionError(
            f"skl2onnx cannot convert {_name(model)}: {reasons[-1]}",
            hint="submit the predictions alone, or convert the model yourself and submit the file",
        )


_OPSETS = {"": OPSET, "ai.onnx.ml": OPSET_ML}


def _options(model: Any) -> dict[int, dict[str, bool]] | None:
    """Plain tensors instead of a dictionary per row."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    return {id(last): {"zipmap": False}} if hasattr(last, "classes_") else None


def _inputs(sample: Any, number_type: Any) -> list[tuple[str, Any]]:
    """One matrix where all columns are numbers, otherwise one input per column."""
    from skl2onnx.common.data_types import Int64TensorType, StringTensorType

    if not hasattr(sample, "columns"):
        array = np.asarray(sample)
        if array.dtype.kind in "OU":
            return [("input", StringTensorType([None, array.shape[1]]))]
        return [("input", number_type([None, array.shape[1]]))]
    kinds = [dtype.kind if isinstance(dtype, np.dtype) else "O" for dtype in sample.dtypes]
    if all(kind in "fiub" for kind in kinds):
        return [("input", number_type([None, len(kinds)]))]
    types = {"f": number_type, "i": Int64TensorType, "u": Int64TensorType, "b": Int64TensorType}
    return [
        (str(name), types.get(kind, StringTensorType)([None, 1]))
        for name, kind in zip(sample.columns, kinds, strict=True)
    ]


def _name(model: Any) -> str:
    if hasattr(model, "steps"):
        return "Pipeline of " + ", ".join(type(step).__name__ for _, step in model.steps)
    return type(model).__name__
