"""What the evaluator read from an ONNX file, and what it measured."""

from __future__ import annotations

from pydantic import Field

from aims_gh.domain.names import ShortText
from aims_gh.domain.record import Record


class TensorFacts(Record):
    """A model's input or output."""

    name: ShortText
    dtype: ShortText
    shape: tuple[int | str | None, ...]
    """A number, the name of a free dimension, or null."""


class ModelFacts(Record):
    """Read from the file itself, inside the sandbox: nobody's claim."""

    bytes: int = Field(ge=0)
    ir_version: int
    producer: ShortText = ""
    producer_version: ShortText = ""
    opsets: dict[str, int]
    """Version of each operator domain; the standard one is called `ai.onnx`."""

    operators: dict[str, int]
    """How often each operator occurs, local functions unfolded."""

    num_params: int = Field(ge=0)
    """Numbers in initializers, constants and coefficient attributes, and nodes of trees."""

    tree_nodes: int = Field(default=0, ge=0)
    """Nodes of tree ensembles, all trees together."""

    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]


class Cost(Record):
    """Measured while the model ran in the sandbox."""

    latency_ms_per_1000: float = Field(ge=0)
    """Milliseconds of inference for 1,000 rows, one thread."""

    peak_memory_bytes: int = Field(ge=0)
    """Largest resident size of the process, libraries included."""

    rows: int = Field(ge=1)
    """How many rows were run."""


class Reproduction(Record):
    """Whether the model says what the predictions say."""

    rows: int = Field(ge=1)
    matching: int = Field(ge=0)
    """Rows where both agree (same label; value within tolerance)."""

    largest_difference: float | None = Field(default=None, ge=0)
    """Between values or probabilities; null where only labels were compared."""

    @property
    def reproduced(self) -> bool:
        """At least 99.9 % of the rows agree."""
        return self.matching >= 0.999 * self.rows
