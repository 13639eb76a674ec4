"""What only the live LightGBM object knows."""

from __future__ import annotations

from typing import Any

from aims_gh.domain.claims import Claims, Parameter
from aims_gh.frameworks.sklearn import describe
from aims_gh.frameworks.sklearn.architecture import architecture as of_estimator


def claims(model: Any, _rows: Any = None) -> Claims:
    """Read its parameters, trees and size; of a native booster what it was trained with."""
    told = describe.claims(model)
    if hasattr(model, "get_params"):
        return told
    options = {str(name): describe.scalar(value) for name, value in model.params.items()}
    parameters = tuple(Parameter(name=name, value=value) for name, value in options.items())
    loss = options.get("objective")
    return told.model_copy(
        update={"parameters": parameters, "loss": None if loss is None else str(loss)}
    )


def architecture(model: Any) -> dict[str, Any] | None:
    """Describe class and parameters; None for a booster, which does not know how it was made."""
    return of_estimator(model) if hasattr(model, "get_params") else None
