"""A Keras model after tracing: a graph and its numbers, without the user's classes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traced:
    """What travels to the process that converts."""

    backend: str
    """`tensorflow` or `torch`."""

    content: bytes
    """A zipped SavedModel, or an exported program."""

    inputs: tuple[str, ...]
    layers: tuple[str, ...]
    """Names of the model's layers, to tell which one cannot be converted."""

    outputs: int
    """How many tensors the model gives; the first is traced."""
