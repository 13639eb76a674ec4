"""What only the live XGBoost object knows."""

from __future__ import annotations

import json
from typing import Any

from aims_gh.domain.claims import Claims, Parameter
from aims_gh.frameworks.sklearn import describe
from aims_gh.frameworks.sklearn.architecture import architecture as of_estimator


def claims(model: Any, _rows: Any = None) -> Claims:
    """Read its parameters, trees and size; of a native booster what its configuration tells."""
    told = describe.claims(model)
    if hasattr(model, "get_params"):
        return told
    learner = json.loads(model.save_config())["learner"]
    options = {**learner["learner_train_param"]}
    options |= learner["gradient_booster"].get("tree_train_param", {})
    parameters = tuple(Parameter(name=name, value=value) for name, value in options.items())
    return told.model_copy(
        update={"parameters": parameters, "loss": str(learner["objective"]["name"])}
    )


def architecture(model: Any) -> dict[str, Any] | None:
    """Describe class and parameters; None for a booster, which does not know how it was made."""
    return of_estimator(model) if hasattr(model, "get_params") else None
