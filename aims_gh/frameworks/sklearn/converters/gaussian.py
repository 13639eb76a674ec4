"""Gaussian processes of two classes, which skl2onnx cannot write in standard operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from aims_gh.frameworks.nodes import Array, Nodes
from aims_gh.frameworks.sklearn.converters.linear import squared_distances

Outputs = tuple[str, ...]


def process_classifier(nodes: Nodes, model: Any) -> Outputs:
    """Give label and probabilities by Laplace's approximation."""
    from sklearn.gaussian_process._gpc import COEFS, LAMBDAS

    base, rows = model.base_estimator_, nodes.matrix()
    if model.n_classes_ > 2:
        raise NotImplementedError("multi_class='one_vs_one' cannot be converted, 'one_vs_rest' can")
    similar = _kernel(nodes, rows, base.kernel_, np.asarray(base.X_train_))
    latent = nodes.linear(similar, (base.y_train_ - base.pi_)[:, None])
    # Solving for each row is a product with what is solved here, once.
    solved = np.linalg.solve(base.L_, np.diag(base.W_sr_))
    spread = nodes.linear(similar, solved.T)
    explained = nodes.total(nodes("Mul", spread, spread))
    variance = nodes("Sub", _diagonal(nodes, rows, base.kernel_), explained)
    alpha = nodes("Reciprocal", nodes("Mul", variance, nodes.numbers(2.0)))
    # The logistic function as a sum of five error functions; one column for each.
    steps = LAMBDAS.ravel()
    wider = nodes("Add", alpha, nodes.numbers(steps**2))
    narrowed = nodes("Mul", nodes("Sqrt", nodes("Div", alpha, wider)), nodes.numbers(steps))
    risen = _error_function(nodes, nodes("Mul", latent, narrowed))
    # sqrt(pi / alpha) / (2 sqrt(2 pi variance)) is a half.
    second = nodes.linear(risen, COEFS / 2, np.array([COEFS.sum() / 2]))
    first = nodes("Sub", nodes.numbers(1.0), second)
    from onnx import TensorProto

    above = nodes("Greater", nodes.flat(latent), nodes.numbers(0.0))
    label = nodes.label(nodes.cast(above, TensorProto.INT64), np.asarray(model.classes_))
    return label, nodes("Concat", first, second, axis=1)


def _error_function(nodes: Nodes, x: str) -> str:
    """Compute erf; onnxruntime has it in single precision alone.

    The sum above needs more digits: its terms are a thousand times what remains of them.
    """
    if not nodes.double:
        return nodes("Erf", x)
    # erf(x) = 2/sqrt(pi) exp(-x^2) x sum (2 x^2)^n / (2n + 1)!!, without a difference in it.
    powers = np.arange(140)
    factors = np.cumprod(np.concatenate([[1.0], 2 / (2 * powers[1:] + 1.0)]))
    within = nodes("Max", nodes("Min", x, nodes.numbers(6.0)), nodes.numbers(-6.0))
    square = nodes("Mul", within, within)
    last = nodes.constant(np.array([2], np.int64))
    raised = nodes("Pow", nodes("Unsqueeze", square, last), nodes.numbers(powers))
    total = nodes("Squeeze", nodes.linear(raised, factors[:, None]), last)
    falling = nodes("Mul", nodes("Exp", nodes("Neg", square)), nodes.numbers(2 / np.sqrt(np.pi)))
    return nodes("Mul", nodes("Mul", within, falling), total)


def _kernel(nodes: Nodes, rows: str, kernel: Any, others: Array) -> str:
    """Compute a kernel between rows and others, of shape (n, others)."""
    kind = type(kernel).__name__
    if kind in ("Sum", "Product"):
        both = (_kernel(nodes, rows, part, others) for part in (kernel.k1, kernel.k2))
        return nodes("Add" if kind == "Sum" else "Mul", *both)
    if kind == "ConstantKernel":
        return nodes.numbers(np.full((1, len(others)), kernel.constant_value))
    if kind == "WhiteKernel":
        return nodes.numbers(np.zeros((1, len(others))))
    if kind == "DotProduct":
        return nodes.linear(rows, others.T, np.full(len(others), kernel.sigma_0**2))
    if kind not in ("RBF", "Matern", "RationalQuadratic"):
        raise NotImplementedError(f"the kernel {kind} cannot be converted")
    scale = np.broadcast_to(kernel.length_scale, (others.shape[1],))
    scaled = nodes("Div", rows, nodes.numbers(scale))
    squared = squared_distances(nodes, scaled, others / scale)
    if kind == "RBF" or (kind == "Matern" and kernel.nu == np.inf):
        return nodes("Exp", nodes("Mul", squared, nodes.numbers(-0.5)))
    if kind == "RationalQuadratic":
        share = nodes("Mul", squared, nodes.numbers(0.5 / kernel.alpha))
        return nodes("Pow", nodes("Add", share, nodes.numbers(1.0)), nodes.numbers(-kernel.alpha))
    return _matern(nodes, squared, kernel.nu)


def _matern(nodes: Nodes, squared: str, smoothness: float) -> str:
    if smoothness not in (0.5, 1.5, 2.5):
        raise NotImplementedError("Matern can be converted with nu=0.5, 1.5, 2.5 or inf")
    away = nodes("Sqrt", nodes("Mul", squared, nodes.numbers(2 * smoothness)))
    falling = nodes("Exp", nodes("Neg", away))
    if smoothness == 0.5:
        return falling
    factor = nodes("Add", away, nodes.numbers(1.0))
    if smoothness == 2.5:
        third = nodes("Div", nodes("Mul", away, away), nodes.numbers(3.0))
        factor = nodes("Add", factor, third)
    return nodes("Mul", factor, falling)


def _diagonal(nodes: Nodes, rows: str, kernel: Any) -> str:
    """Compute a kernel between each row and itself, of shape (n, 1) or (1, 1)."""
    kind = type(kernel).__name__
    if kind in ("Sum", "Product"):
        both = (_diagonal(nodes, rows, part) for part in (kernel.k1, kernel.k2))
        return nodes("Add" if kind == "Sum" else "Mul", *both)
    if kind == "DotProduct":
        product = nodes.total(nodes("Mul", rows, rows))
        return nodes("Add", product, nodes.numbers(kernel.sigma_0**2))
    value = getattr(kernel, "constant_value", getattr(kernel, "noise_level", 1.0))
    return nodes.numbers(np.array([[value]]))
