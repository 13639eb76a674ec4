"""A Keras model as it is handled here: its backend, its inputs, and how it is called."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError

BACKENDS = ("tensorflow", "torch")
_HALF = ("float16", "bfloat16")


@dataclass(frozen=True, slots=True)
class Input:
    """What a model that is built knows of one of its inputs."""

    name: str
    row: tuple[int | None, ...]
    """The shape of one row."""

    dtype: str


def backend() -> str:
    """Name what Keras computes with in this process; see `check_backend`."""
    import keras

    return check_backend(str(keras.backend.backend()))


def check_backend(name: str) -> str:
    """Refuse what there is no converter for.

    Raises
    ------
    SubmissionError
        With what to do.
    """
    if name not in BACKENDS:
        raise SubmissionError(
            f"Keras computes with {plain(name)[:40]} here, which has no converter",
            hint="save the model, set KERAS_BACKEND=tensorflow, and load and submit it there",
        )
    return name


def check(model: Any) -> None:
    """Refuse what no ONNX file computes alike, by the name of the layer.

    Raises
    ------
    SubmissionError
        If a layer computes in half precision, or remembers earlier rows.
    """
    import keras

    if not isinstance(model, keras.Model):
        raise SubmissionError(
            f"a {type(model).__name__} of Keras is no model",
            hint="hand in a keras.Model: Sequential, functional or subclassed",
        )
    for layer in layers_in(model):
        if str(layer.compute_dtype) in _HALF:
            raise SubmissionError(
                f"layer {plain(layer.name)} computes in {layer.compute_dtype}, which no other "
                "runtime computes alike",
                hint='build the model with the policy "float32", and give it the weights: '
                "new.set_weights(model.get_weights())",
            )
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            raise SubmissionError(
                f"layer {plain(layer.name)} is stateful: what it says depends on the rows before",
                hint="build the model with stateful=False, and give it the weights",
            )


def layers_in(model: Any) -> list[Any]:
    """List a model's layers, those inside others included."""
    return list(model._flatten_layers(include_self=False, recursive=True))


def inputs_of(model: Any) -> list[Input]:
    """List the inputs of a model that knows them; none, of one that does not."""
    return [
        Input(str(each.name), tuple(each.shape[1:]), str(each.dtype))
        for each in getattr(model, "inputs", None) or []
    ]


def call(model: Any, values: Sequence[Any]) -> Any:
    """Call a model for inference, with its inputs in the structure that it takes."""
    import keras

    if len(values) == 1 and not isinstance(_structure(model), list | tuple | dict):
        return model(values[0], training=False)
    return model(keras.tree.pack_sequence_as(_structure(model), list(values)), training=False)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Compute without gradients, and leave random numbers as they were."""
    if backend() == "torch":
        from aims_gh.frameworks.torch.copies import undisturbed as torch_undisturbed

        with torch_undisturbed():
            yield
    else:
        yield  # nothing records gradients in TensorFlow, unless it is told to


def tensors(values: Sequence[Any]) -> list[Any]:
    """Give arrays as tensors of the backend; texts stay texts."""
    import keras

    if any(value.dtype.kind in "OU" for value in values):
        import tensorflow

        return [tensorflow.convert_to_tensor(v) for v in values]
    return [keras.ops.convert_to_tensor(value) for value in values]


def _structure(model: Any) -> Any:
    """Give the inputs as a functional model was built of them: one, a list, or a dictionary."""
    if len(getattr(model, "inputs", None) or []) == 0:
        return None
    return getattr(model, "input", None)
