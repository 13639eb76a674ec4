"""What only the live Keras model knows: its layers, and how it was trained."""

from __future__ import annotations

import inspect
import math
import platform
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from aims_gh.core.inert import plain
from aims_gh.domain.claims import Claims, Layer, Parameter
from aims_gh.frameworks.keras.models import backend
from aims_gh.frameworks.rows import Inputs

_MAX_LAYERS = 2_000
_MAX_INPUTS = 100
_MAX_TEXT = 200
_APPLICATIONS = (
    "convnext", "densenet", "efficientnet", "inception", "mobilenet", "nasnet", "resnet", "vgg16",
    "vgg19", "xception",
)  # fmt: skip
"""How names of the models in ``keras.applications`` begin."""


def claims(model: Any, rows: Inputs | None = None) -> Claims:
    """Read a model's layers, and its optimizer, loss and epochs where it was compiled and fitted.

    A model inside the model is told layer by layer, as ``outer/inner``. `depth` counts the
    layers that hold parameters. A model has learned by transfer if layers with parameters are
    frozen beside others that are not, or if a model of ``keras.applications`` is inside (known
    by its name: nobody can see whether it came with weights). Epochs are those of the last
    `fit`, counted from `initial_epoch`.

    Parameters
    ----------
    model : keras.Model
    rows : ignored
        Keras knows the shapes.
    """
    del rows
    import keras

    layers = list(_layers(model, ""))
    kind = backend()
    return Claims(
        ml_framework="keras",
        model_type=_text(type(model).__name__),
        transfer_learning=_transferred(model),
        deep_learning=True,
        depth=sum(layer.num_params > 0 for layer in layers),
        num_params=_count(model.weights),
        trainable_params=_count(model.trainable_weights),
        optimizer=_optimizer(model),
        loss=_loss(getattr(model, "loss", None)),
        epochs=_epochs(model),
        parameters=tuple(_settings(model)),
        layers=tuple(layers[:_MAX_LAYERS]),
        libraries={
            "python": platform.python_version(),
            "keras": keras.__version__,
            kind: _version(kind),
            "numpy": np.__version__,
        },
        platform=f"{platform.system()} {platform.machine()}",
    )


def _layers(model: Any, prefix: str) -> Iterator[Layer]:
    import keras

    before: list[str] = []
    for layer in model.layers:
        name = prefix + str(layer.name)
        if isinstance(layer, keras.Model) and layer.layers:
            yield from _layers(layer, f"{name}/")
        else:
            fed = _feeding(layer) if not isinstance(model, keras.Sequential) else before
            yield Layer(
                name=_text(name),
                type=_text(type(layer).__name__),
                output_shape=_shape(layer),
                num_params=_count(layer.weights),
                activation=_activation(layer),
                inputs=tuple(_text(prefix + each) for each in fed)[:_MAX_INPUTS],
            )
        before = [str(layer.name)]


def _feeding(layer: Any) -> list[str]:
    """Name the layers whose output a layer takes, the first time that it is used."""
    nodes = getattr(layer, "_inbound_nodes", None) or []
    return list(dict.fromkeys(_sources(nodes[0]))) if nodes else []


def _sources(node: Any) -> Iterator[str]:
    """Follow operations that are no layers, such as a sum, back to the layers."""
    import keras

    for parent in node.parent_nodes:
        if isinstance(parent.operation, keras.Layer):
            yield str(parent.operation.name)
        else:
            yield from _sources(parent)


def _shape(layer: Any) -> tuple[int | None, ...] | None:
    """Give the shape of a layer's first output, the number of rows left open."""
    try:
        shape = layer.output.shape
    except (AttributeError, ValueError):
        shape = _computed_shape(layer)
    if not isinstance(shape, tuple) or not all(s is None or isinstance(s, int) for s in shape):
        return None
    return (None, *shape[1:])


def _computed_shape(layer: Any) -> Any:
    """Ask a layer that is in no graph for the shape it would give to what it was built for."""
    built = layer.get_build_config() or {}
    shape = built.get("input_shape")
    if shape is None:
        return None
    try:
        return layer.compute_output_shape(tuple(shape))
    except Exception:  # noqa: BLE001  a layer of the user's own may not know
        return None


def _activation(layer: Any) -> str | None:
    """Name a layer's activation; none, where it changes nothing."""
    activation = getattr(layer, "activation", None)
    name = getattr(activation, "__name__", None) or getattr(activation, "name", None)
    return None if name in (None, "linear") else _text(name)


def _transferred(model: Any) -> bool:
    import keras

    inside = list(model._flatten_layers(include_self=False))
    if any(
        isinstance(layer, keras.Model) and str(layer.name).lower().startswith(_APPLICATIONS)
        for layer in inside
    ):
        return True
    # A Normalization holds numbers that are never trained, but nobody has frozen it.
    frozen = any(layer.weights and not layer.trainable for layer in inside)
    return frozen and bool(model.trainable_weights)


def _optimizer(model: Any) -> str | None:
    optimizer = getattr(model, "optimizer", None)
    inner = getattr(optimizer, "inner_optimizer", optimizer)  # inside of a loss scale
    return None if inner is None else _text(type(inner).__name__)


def _loss(loss: Any) -> str | None:
    """Name the loss, in words of Keras: of several, all."""
    import keras

    if loss is None:
        return None
    if isinstance(loss, dict | list | tuple):
        parts = loss.values() if isinstance(loss, dict) else loss
        return _text(", ".join(filter(None, map(_loss, parts)))) or None
    if isinstance(loss, str):
        try:
            loss = keras.losses.get(loss)
        except ValueError:
            return _text(loss)
    name = getattr(loss, "__name__", None) or getattr(loss, "name", None) or type(loss).__name__
    return _text(name)


def _epochs(model: Any) -> int | None:
    ran = getattr(getattr(model, "history", None), "epoch", None)
    return int(ran[-1]) + 1 if ran else None


def _settings(model: Any) -> Iterator[Parameter]:
    """List the optimizer's settings, beside the library's defaults."""
    optimizer = getattr(model, "optimizer", None)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    if inner is None:
        return
    defaults = inspect.signature(type(inner).__init__).parameters
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = inner.get_config()
    for name, value in sorted(config.items()):
        if name == "name":
            continue
        found = _scalar(value)
        default = _scalar(defaults[name].default) if name in defaults else None
        known = name in defaults and defaults[name].default is not inspect.Parameter.empty
        yield Parameter(
            step="optimizer",
            name=_text(name),
            value=found,
            default=default if known else None,
            changed=found != default if known else None,
        )


def _scalar(value: Any) -> Any:
    """Give a plain value: numbers as they were written, and schedules as text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        # 0.001 comes back as 0.0010000000474974513, for Keras keeps it in single precision.
        short = float(str(np.float32(value)))
        return short if math.isfinite(short) else str(value)
    if isinstance(value, dict) and "class_name" in value:
        inner = ", ".join(f"{k}={v}" for k, v in value.get("config", {}).items() if k != "name")
        return _text(f"{value['class_name']}({inner})")
    return _text(value)


def _count(weights: Sequence[Any]) -> int:
    seen = {id(weight): math.prod(weight.shape) for weight in weights}
    return sum(seen.values())


def _version(kind: str) -> str:
    import importlib

    return str(importlib.import_module(kind).__version__)


def _text(value: Any) -> str:
    return plain(value)[:_MAX_TEXT]
