"""What only the live scikit-learn object knows: its steps and hyper-parameters."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np

from aims_gh.domain.claims import Claims

_MAX_TEXT = 200


def claims(model: Any, _rows: Any = None) -> Claims:
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
