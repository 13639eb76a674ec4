"""Curves of one number: interpolation between steps, and splines."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes

Outputs = tuple[str, ...]


def isotonic(nodes: Nodes, model: Any) -> Outputs:
    """Interpolate between the steps of an isotonic regression."""
    return (interpolated(nodes, nodes.upright(nodes.matrix()), model),)


def interpolated(nodes: Nodes, column: str, model: Any) -> str:
    """Interpolate a column of shape (n, 1)."""
    if model.out_of_bounds == "raise":
        raise NotImplementedError("out_of_bounds='raise' cannot be converted, 'clip' can")
    x = np.asarray(model.X_thresholds_, dtype=np.float64)
    y = np.asarray(model.y_thresholds_, dtype=np.float64)
    if len(x) < 2:
        return nodes("Add", nodes("Mul", column, nodes.numbers(0.0)), nodes.numbers(y[0]))
    # How much of each step lies below the number, times how steep the step is.
    reached = nodes("Min", nodes("Max", column, nodes.numbers(x[:-1])), nodes.numbers(x[1:]))
    passed = nodes("Sub", reached, nodes.numbers(x[:-1]))
    found = nodes.linear(passed, (np.diff(y) / np.diff(x))[:, None], y[:1])
    if model.out_of_bounds == "clip":
        return found
    inside = nodes(
        "And",
        nodes("GreaterOrEqual", column, nodes.numbers(x[0])),
        nodes("LessOrEqual", column, nodes.numbers(x[-1])),
    )
    return nodes("Where", inside, found, nodes.numbers(np.nan))


def splines(nodes: Nodes, model: Any) -> Outputs:
    """Give the values of B-splines."""
    if model.extrapolation in ("error", "continue"):
        raise NotImplementedError(
            f"extrapolation={model.extrapolation!r} cannot be converted, "
            "'constant', 'linear' and 'periodic' can"
        )
    parts = []
    for place, spline in enumerate(model.bsplines_):
        column = nodes.take(nodes.matrix(), [place])
        found = _spline(nodes, column, spline, model.extrapolation)
        count = spline.c.shape[1]
        parts.append(found if model.include_bias else nodes.take(found, range(count - 1)))
    return (nodes("Concat", *parts, axis=1),)


def _spline(nodes: Nodes, column: str, spline: Any, outside: str) -> str:
    first, last = spline.t[spline.k], spline.t[-spline.k - 1]
    if outside == "periodic":
        turns = nodes(
            "Floor",
            nodes.linear(
                column, np.array([[1 / (last - first)]]), np.array([-first / (last - first)])
            ),
        )
        inside = nodes("Sub", column, nodes("Mul", turns, nodes.numbers(last - first)))
        return nodes.linear(_basis(nodes, inside, spline.t, spline.k), spline.c)
    inside = nodes("Min", nodes("Max", column, nodes.numbers(first)), nodes.numbers(last))
    found = nodes.linear(_basis(nodes, inside, spline.t, spline.k), spline.c)
    if outside == "linear":
        beyond = nodes("Sub", column, inside)
        below = nodes("Min", beyond, nodes.numbers(0.0))
        above = nodes("Max", beyond, nodes.numbers(0.0))
        slopes = np.stack([spline(first, nu=1), spline(last, nu=1)])
        found = nodes("Add", found, nodes.linear(nodes("Concat", below, above, axis=1), slopes))
    return found


def _basis(nodes: Nodes, x: str, knots: Array, degree: int) -> str:
    """Evaluate all B-splines by the recursion of Cox and de Boor."""
    reached = nodes.cast(nodes("GreaterOrEqual", x, nodes.numbers(knots)))
    places = range(len(knots))
    found = nodes("Sub", nodes.take(reached, places[:-1]), nodes.take(reached, places[1:]))
    for order in range(1, degree + 1):
        width = knots[order:] - knots[:-order]
        rising = nodes("Div", nodes("Sub", x, nodes.numbers(knots[:-order])), nodes.numbers(width))
        count = len(knots) - order - 1
        left = nodes("Mul", nodes.take(rising, range(count)), nodes.take(found, range(count)))
        falling = nodes("Sub", nodes.numbers(1.0), nodes.take(rising, range(1, count + 1)))
        right = nodes("Mul", falling, nodes.take(found, range(1, count + 1)))
        found = nodes("Add", left, right)
    return found
