"""A Keras model after tracing: a graph and its numbers, without the user's classes."""

from __future__ import annotations

from dataclasses import dataclass

from aims_gh.frameworks.library import Candidate


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

    def candidate(self, content: bytes, converter: str) -> Candidate:
        """Give the ONNX file that was made of it, and say what it leaves out."""
        more = f", the first of {self.outputs} outputs" if self.outputs > 1 else ""
        return Candidate(content, converter + more)
