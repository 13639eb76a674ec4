"""scikit-learn: from a fitted estimator or pipeline to ONNX, with its hyper-parameters."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from aims_gh.domain.submission import Claims
from aims_gh.errors import MissingExtra, SubmissionError

_MAX_TEXT = 200


def is_sklearn(model: object) -> bool:
    """Tell whether this is a scikit-learn estimator, without importing scikit-learn."""
    return any(kind.__module__.startswith("sklearn.") for kind in type(model).__mro__)


def candidates(model: Any, sample: Any) -> Iterator[bytes]:
    """Convert a fitted estimator, first in double precision, then in single.

    Doubles keep labels that single precision would flip, but not every operator of onnxruntime
    takes them: open each candidate, compare it with the model itself, keep the first that fits.

    Parameters
    ----------
    model : fitted estimator or Pipeline
    sample : DataFrame, or array of shape (n, features)
        Rows as the model takes them; only names and types are looked at.

    Raises
    ------
    SubmissionError
        With skl2onnx's reason, where it converts in neither precision.
    """
    try:
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
    except ImportError:
        raise MissingExtra("converting scikit-learn models", extra="sklearn") from None
    reasons = []
    for number_type in (DoubleTensorType, FloatTensorType):
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
        yield converted.SerializeToString()
    if len(reasons) == 2:
        raise SubmissionError(
            f"skl2onnx cannot convert {_name(model)}: {reasons[-1]}",
            hint="submit the predictions alone, or convert the model yourself and submit the file",
        )


_OPSETS = {"": 18, "ai.onnx.ml": 3}


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


def claims(model: Any) -> Claims:
    """Read what only the live object knows: its kind and hyper-parameters, step by step.

    Values that are no plain scalars are kept as text; estimators inside are left out, their own
    parameters stand for them.
    """
    import sklearn

    last = model.steps[-1][1] if hasattr(model, "steps") else model
    parameters = {
        name[:_MAX_TEXT]: _scalar(value)
        for name, value in sorted(model.get_params(deep=True).items())
        if not hasattr(value, "get_params") and not _holds_estimators(value)
    }
    solver = parameters.get("solver", getattr(last, "solver", None))
    return Claims(
        ml_framework="sklearn",
        model_type=type(last).__name__,
        transfer_learning=False,
        deep_learning=False,
        optimizer=str(solver) if solver is not None else None,
        loss=_text(getattr(last, "loss", None)),
        parameters=parameters,
        libraries={
            "python": platform.python_version(),
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
        },
    )


def _holds_estimators(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(
        hasattr(part, "get_params")
        for item in value
        for part in (item if isinstance(item, list | tuple) else (item,))
    )


def _scalar(value: Any) -> bool | int | float | str | None:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and np.isfinite(value):
        return value
    return str(value)[:_MAX_TEXT]


def _text(value: Any) -> str | None:
    return value[:_MAX_TEXT] if isinstance(value, str) else None


def _name(model: Any) -> str:
    if hasattr(model, "steps"):
        return "Pipeline of " + ", ".join(type(step).__name__ for _, step in model.steps)
    return type(model).__name__
