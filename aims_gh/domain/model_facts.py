"""What the evaluator read from an ONNX file, and what it measured."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from aims_gh.domain.names import ShortText
from aims_gh.domain.record import Record

Reading = Literal["probabilities", "sorted", "scores"]
"""What a model's numbers for labels are: probabilities in the owner's order of labels, such in
columns sorted by label, or scores."""


class TensorFacts(Record):
    """A model's input or output."""

    name: ShortText
    dtype: ShortText
    shape: tuple[int | str | None, ...]
    """A number, the name of a free dimension, or null."""


MOST_NODES = 300
"""Of a graph that is kept: a larger one nobody can look at."""

MOST_EDGES = 2_000


class ModelGraph(Record):
    """How the operators of a model are joined, to be drawn. Names of tensors are left out."""

    nodes: tuple[ShortText, ...] = Field(max_length=MOST_NODES)
    """The operator of each node, or the name of a function of the model's own."""

    edges: tuple[tuple[int, int], ...] = Field(default=(), max_length=MOST_EDGES)
    """From a node to one that takes what it gives, by their places in `nodes`."""

    inputs: tuple[tuple[int, ...], ...] = Field(default=(), max_length=MOST_NODES)
    """For each of `ModelFacts.inputs`, the nodes that take it."""

    outputs: tuple[int | None, ...] = Field(default=(), max_length=MOST_NODES)
    """For each of `ModelFacts.outputs`, the node that gives it; null where none does."""

    @model_validator(mode="after")
    def _names_nodes_that_there_are(self) -> Self:
        ends = [end for edge in self.edges for end in edge]
        ends += [end for taking in self.inputs for end in taking]
        ends += [end for end in self.outputs if end is not None]
        if any(not 0 <= end < len(self.nodes) for end in ends):
            raise ValueError("an edge leads to a node that is not there")
        if any(start >= end for start, end in self.edges):
            raise ValueError("an edge leads backwards")
        return self


class ModelFacts(Record):
    """Read from the file, and from what it returned, inside the sandbox: nobody's claim."""

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
    graph: ModelGraph | None = None
    """Null where it has more than 300 nodes, and in evaluations from before it was read."""

    reading: Reading | None = None
    """How its numbers for labels are read, as all rows showed when it ran on them: as
    probabilities, in the owner's order of labels; as probabilities `sorted` by label, which the
    labels beside them told; or as scores. Null where it gives no such numbers, where it did not
    run, and in evaluations from before this was read."""


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
