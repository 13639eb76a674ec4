"""Write ONNX nodes into what skl2onnx is building: the tool of our own converters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
ML = "ai.onnx.ml"


class Nodes:
    """What a converter works with: the inputs of its estimator, and a pen.

    Parameters
    ----------
    scope, operator, container
        As skl2onnx hands them to a converter.
    double : bool
        Whether the graph reckons in double precision.

    Examples
    --------
    >>> def shifted(nodes, model):  # doctest: +SKIP
    ...     return (nodes("Sub", nodes.matrix(), nodes.numbers(model.mean_)),)
    """

    def __init__(self, scope: Any, operator: Any, container: Any, double: bool) -> None:
        from onnx import TensorProto

        self.scope, self.container, self.operator = scope, container, operator
        self.double = double
        self.number = TensorProto.DOUBLE if double else TensorProto.FLOAT
        self._matrix: str | None = None

    def __call__(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add a node with one output, and give the output's name."""
        return self.several(kind, *inputs, domain=domain, outputs=1, **attributes)[0]

    def several(
        self, kind: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """Add a node, and give the names of its outputs."""
        names = [self.scope.get_unique_variable_name(kind.lower()) for _ in range(outputs)]
        self.container.add_node(
            kind,
            list(inputs),
            names,
            op_domain=domain,
            name=self.scope.get_unique_operator_name(kind),
            **attributes,
        )
        return names

    def constant(self, values: Any) -> str:
        """Add numbers, whole numbers or texts as they are."""
        from onnx import TensorProto

        array = np.asarray(values)
        kinds = {"f": self.number, "i": TensorProto.INT64, "u": TensorProto.INT64}
        kind = kinds.get(array.dtype.kind, TensorProto.STRING)
        flat = (
            [str(v).encode() for v in array.flat] if kind == TensorProto.STRING else array.ravel()
        )
        name: str = self.scope.get_unique_variable_name("constant")
        self.container.add_initializer(name, kind, array.shape, flat)
        return name

    def numbers(self, values: Any) -> str:
        """Add numbers, in the precision of the graph."""
        return self.constant(np.asarray(values, dtype=np.float64))

    def cast(self, name: str, to: int | None = None) -> str:
        """Change the type; by default to the numbers of the graph."""
        return self("Cast", name, to=self.number if to is None else to)

    def matrix(self) -> str:
        """Give all inputs side by side, as numbers."""
        if self._matrix is None:
            parts = [self._as_numbers(each) for each in self.operator.inputs]
            self._matrix = parts[0] if len(parts) == 1 else self("Concat", *parts, axis=1)
        return self._matrix

    def columns(self, count: int) -> list[tuple[str, Any]]:
        """Give each of so many columns, of shape (n, 1), with its type in skl2onnx's terms."""
        found = []
        for each in self.operator.inputs:
            shape = each.type.shape
            # Some converters of skl2onnx's do not tell how many columns they give.
            width = shape[1] if len(shape) == 2 and shape[1] else count
            if width == 1:
                found.append((each.full_name, each.type))
                continue
            for place in range(width):
                found.append((self.take(each.full_name, [place]), each.type))
        return found

    def take(self, name: str, places: Sequence[int] | Array, axis: int = 1) -> str:
        """Give some columns."""
        return self("Gather", name, self.constant(np.asarray(places, np.int64)), axis=axis)

    def linear(self, name: str, matrix: Array, offset: Array | float = 0.0) -> str:
        """Multiply rows with a matrix, and add to them."""
        product = self("MatMul", name, self.numbers(matrix))
        return self("Add", product, self.numbers(offset)) if np.any(offset) else product

    def total(self, name: str, axis: int = 1) -> str:
        """Sum over an axis, which stays, with one entry."""
        return self("ReduceSum", name, self.constant(np.array([axis], np.int64)), keepdims=1)

    def label(self, places: str, classes: Array) -> str:
        """Give the class at each place; places of shape (n,)."""
        if classes.dtype.kind in "bf":
            classes = classes.astype(np.int64)
        return self("Gather", self.constant(classes), places, axis=0)

    def likeliest(self, numbers: str, classes: Array) -> str:
        """Give the class with the largest number in each row."""
        return self.label(self("ArgMax", numbers, axis=1, keepdims=0), classes)

    def flat(self, name: str) -> str:
        """Give shape (n,) to a column."""
        return self("Reshape", name, self.constant(np.array([-1], np.int64)))

    def upright(self, name: str) -> str:
        """Give shape (n, 1) to numbers of shape (n,)."""
        return self("Reshape", name, self.constant(np.array([-1, 1], np.int64)))

    def ask(self, model: Any, inputs: str | None = None, width: int | None = None) -> list[str]:
        """Convert another estimator on the same inputs or on a matrix; name what it gives."""
        from skl2onnx._parse import _parse_sklearn

        taken = self.operator.inputs if inputs is None else [self._variable(inputs, width)]
        return [each.full_name for each in _parse_sklearn(self.scope, model, list(taken))]

    def scores_of(self, model: Any) -> str:
        """Convert a classifier, and name what its `decision_function` gives."""
        last = model
        while hasattr(last, "steps"):
            last = last.steps[-1][1]
        if self.container.has_options(last, "raw_scores"):
            self.scope.add_options(id(last), {"raw_scores": True})
            self.container.add_options(id(last), {"raw_scores": True})
        elif type(last).__name__ != "_ConstantPredictor":  # whose scores are its probabilities
            raise NotImplementedError(
                f"the decision_function of {type(last).__name__} cannot be converted"
            )
        return self.ask(model)[1]

    def wants_scores(self, model: Any) -> bool:
        """Tell whether raw scores are wanted in place of probabilities."""
        options = self.container.get_options(model, {"raw_scores": False})
        return bool(options["raw_scores"])

    def _variable(self, name: str, width: int | None) -> Any:
        from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

        kind = DoubleTensorType if self.double else FloatTensorType
        variable = self.scope.declare_local_variable("between", kind([None, width]))
        self.container.add_node(
            "Identity",
            [name],
            [variable.full_name],
            name=self.scope.get_unique_operator_name("Identity"),
        )
        return variable

    def _as_numbers(self, variable: Any) -> str:
        from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

        fits = DoubleTensorType if self.double else FloatTensorType
        name: str = variable.full_name
        return name if isinstance(variable.type, fits) else self.cast(name)
