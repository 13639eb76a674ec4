"""Say in one sentence which step cannot be converted, why, and what to try."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.sklearn.anatomy import parts_of
from aims_gh.frameworks.sklearn.simplify import StandIn

_MAX_REASON = 200
_PAGE = "docs/reference/frameworks.md"
_OTHERWISE = f"{_PAGE} lists what can be converted; or submit the predictions alone (model=None)"

_TRIES = {
    "FunctionTransformer": "use one of NumPy's functions, such as np.log1p, or prepare the column "
    "in the data",
    "TransformedTargetRegressor": "use func and inverse_func of NumPy's, such as np.log1p and "
    "np.expm1",
    "HistGradientBoostingClassifier": "encode categories with an OrdinalEncoder before it",
    "HistGradientBoostingRegressor": "encode categories with an OrdinalEncoder before it",
    "DictVectorizer": "make columns of the dictionaries: pandas.DataFrame(dictionaries)",
}
"""What to try, by class."""


class Names:
    """The names of a model's parts, noted before it is rewritten."""

    def __init__(self, model: Any) -> None:
        self._parts = [(part, name) for name, part in parts_of(model)]

    def of(self, part: Any) -> str:
        """Say which step this is: its name and class, or its class alone."""
        kind = type(part).__name__
        name = next((name for other, name in self._parts if other is part), "")
        return f"{name} ({kind})" if name else kind

    @property
    def model(self) -> Any:
        """The model itself."""
        return self._parts[0][0]


def refusal(names: Names, error: Exception) -> SubmissionError:
    """Turn what skl2onnx or one of our converters raised into a refusal."""
    part = _at_fault(error.__traceback__) or names.model
    part = part.estimator if isinstance(part, StandIn) else part
    hint = next((_TRIES[k.__name__] for k in type(part).__mro__ if k.__name__ in _TRIES), None)
    return SubmissionError(
        f"{names.of(part)} cannot be converted to ONNX: {_reason(error, part)}",
        hint=hint or _OTHERWISE,
    )


def _at_fault(trace: TracebackType | None) -> Any:
    """Find the estimator that was being converted, innermost first."""
    found = None
    while trace is not None:
        found = _estimator_in(trace.tb_frame.f_locals) or found
        trace = trace.tb_next
    return found


def _estimator_in(names: Mapping[str, Any]) -> Any:
    operator = getattr(names.get("operator"), "raw_operator", None)
    for candidate in (operator, names.get("model")):
        if hasattr(candidate, "get_params"):
            return candidate
    return None


def _reason(error: Exception, part: Any) -> str:
    text = str(error)
    if re.search(r"Unable to find a (shape calculator|converter)|Unable to find alias", text):
        return f"there is no converter for {type(part).__name__}"
    text = re.sub(r"\s*You may raise an iss?ue at \S+", "", text)
    text = " ".join(text.split())
    sentence = re.split(r"(?<=[a-z)'\]])[.:](?: |$)", text, maxsplit=1)[0]
    short = plain(sentence)[:_MAX_REASON].rstrip(" .")
    return short or type(error).__name__
