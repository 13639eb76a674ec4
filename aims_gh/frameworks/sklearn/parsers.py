"""How skl2onnx reads pipelines and columns, where its own way goes wrong."""

from __future__ import annotations

from itertools import groupby
from typing import Any

_BY_COLUMN = ("OneHotEncoder", "OrdinalEncoder", "TargetEncoder", "ColumnTransformer")
"""What takes columns of several types one by one; all others get them side by side."""


def parse_steps(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
    """Read the steps of a pipeline.

    skl2onnx would give classifiers in it options that not all of them know.
    """
    from skl2onnx._parse import _parse_sklearn

    for _, step in model.steps:
        inputs = _parse_sklearn(scope, step, inputs, custom_parsers=custom_parsers)
    return inputs


def parse_columns(scope: Any, model: Any, inputs: Any, custom_parsers: Any = None) -> Any:
    """Read a ColumnTransformer whose columns are places.

    skl2onnx would take all columns of a matrix as they are, in whatever order they are asked for.
    """
    from skl2onnx._parse import _parse_sklearn

    found = []
    for name, step, places in model.transformers_:
        taken = _taken(scope, inputs, places)
        if len(taken) > 1 and type(_first(step)).__name__ not in _BY_COLUMN:
            taken = [_joined(scope, taken)]
        given = _parse_sklearn(scope, step, taken, custom_parsers=custom_parsers)[0]
        weight = (model.transformer_weights or {}).get(name)
        found.append(given if weight is None else _weighted(scope, given, weight))
    return found if len(found) == 1 else [_joined(scope, found)]


def _taken(scope: Any, inputs: Any, places: list[int]) -> list[Any]:
    """Give some of the columns, in the order asked for: one output for each input in a row."""
    where = [
        (variable, column)
        for variable in inputs
        for column in range(variable.type.shape[1] if len(variable.type.shape) == 2 else 1)
    ]
    found = []
    for _, run in groupby((where[place] for place in places), key=lambda item: id(item[0])):
        pairs = list(run)
        variable, columns = pairs[0][0], [column for _, column in pairs]
        if columns == list(range(variable.type.shape[1])):
            found.append(variable)
            continue
        operator = scope.declare_local_operator("SklearnArrayFeatureExtractor")
        operator.inputs, operator.column_indices = [variable], columns
        kind = type(variable.type)([None, len(columns)])
        operator.outputs.append(scope.declare_local_variable("columns", kind))
        found += operator.outputs
    return found


def _joined(scope: Any, variables: list[Any]) -> Any:
    operator = scope.declare_local_operator("SklearnConcat")
    operator.inputs = variables
    kind = type(variables[0].type)([None, None])
    operator.outputs.append(scope.declare_local_variable("joined", kind))
    return operator.outputs[0]


def _weighted(scope: Any, variable: Any, weight: float) -> Any:
    operator = scope.declare_local_operator("SklearnMultiply")
    operator.inputs, operator.operand = [variable], weight
    kind = type(variable.type)([None, None])
    operator.outputs.append(scope.declare_local_variable("weighted", kind))
    return operator.outputs[0]


def _first(step: Any) -> Any:
    while hasattr(step, "steps"):
        step = step.steps[0][1]
    return step
