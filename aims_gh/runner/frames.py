"""The frames that the sandbox and its child exchange: fixed forms, numbers and short JSON.

The parent sends one order (a length, JSON, then the files). The child answers with frames:
one byte that says which, eight that say how long, and the payload. Nothing is ever unpickled,
and whatever a frame may hold has a bound that the parent checks before it reads on.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # pydantic would be half of what the sandbox needs to start
    from aims_gh.domain.model_facts import Reading

Job = Literal["probe", "inspect", "run", "predictions", "serve", "metric"]

HEAD = struct.Struct("<cQ")
LENGTH = struct.Struct("<Q")
PROGRESS = struct.Struct("<BQQ")
ARRAY = struct.Struct("<BQQ")
COST = struct.Struct("<dQQ")
OUTPUT = struct.Struct("<BB8Q")
SCORE = struct.Struct("<Hd")
FAILURE = struct.Struct("<H")

READY = b"R"
"""Locked in; JSON says how well. First, and once. Until then nothing hostile was read."""

STAGE = b"S"
"""What is being done now, and with which rows."""

FACTS = b"F"
"""JSON of a `ModelFacts`."""

WANT = b"W"
"""Ready for the next file."""

ANSWER = b"A"
"""One array: which, how many rows and columns, little-endian bytes."""

RETURNED = b"O"
"""One output of the model as it is: type, number of axes, sides, little-endian bytes."""

READING = b"L"
"""How numbers for labels were read: the position in `READINGS`."""

SPENT = b"C"
"""Latency, memory, rows."""

SCORED = b"N"
"""One score: which column, and the number."""

FAILED = b"X"
"""Why there is none: which column, and JSON."""

REFUSAL = b"E"
"""JSON: why the submission is refused."""

NO_MEMORY = b"M"
"""The memory allowed was not enough."""

DONE = b"D"
"""Nothing follows."""

ARRAYS = {"codes": "<i4", "probabilities": "<f8", "values": "<f8"}
"""The arrays of an answer and their types; in a frame, the position stands for the name."""

READINGS: tuple[Reading, ...] = ("probabilities", "sorted", "scores")

OUTPUT_TYPES = {"f": "<f8", "i": "<i8", "b": "|b1", "U": "<U1"}
"""How numbers and texts are sent; in a frame, the position stands for the kind. Texts are as wide
as the last side says."""

MAX_AXES = 7

BOUNDS = {
    READY: 8_000,
    STAGE: PROGRESS.size,
    FACTS: 250_000,
    WANT: 0,
    READING: 1,
    SPENT: COST.size,
    SCORED: SCORE.size,
    FAILED: 16_000,
    REFUSAL: 16_000,
    NO_MEMORY: 0,
    DONE: 0,
}
"""How long a frame may be; an `ANSWER` is bounded by the caller."""


class Stage(IntEnum):
    """What the child is doing."""

    STARTING = 0
    READING_PREDICTIONS = 1
    READING_MODEL = 2
    LOADING_MODEL = 3
    READING_FEATURES = 4
    RUNNING = 5
    ANSWERING = 6


@dataclass(frozen=True, slots=True)
class Progress:
    """A stage and, while rows are run, which (from 1)."""

    stage: Stage = Stage.STARTING
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What a model that is being served is to be run on. Written by the parent, and trusted."""

    name: str
    """Of the features; the ending says how to read them."""

    size: int
    """In bytes."""

    inputs: tuple[str, ...] = ()
    """Names of the feature columns, in order; empty: the file's."""

    batch: int | None = None
    """How many rows at most are run together."""

    def to_bytes(self) -> bytes:
        """Write the request with its length in front."""
        body = json.dumps(asdict(self)).encode()
        return LENGTH.pack(len(body)) + body

    @classmethod
    def from_json(cls, body: bytes) -> Request:
        """Read what `to_bytes` wrote, without the length."""
        value: dict[str, Any] = json.loads(body)
        return cls(**value | {"inputs": tuple(value["inputs"])})


@dataclass(frozen=True, slots=True)
class Order:
    """What the child is asked to do. Written by the parent, and trusted."""

    job: Job
    strict: bool
    seconds: float = 60
    memory_bytes: int = 2_000_000_000
    output_bytes: int = 500_000_000
    name: str = ""
    """Of the predictions or features file; its ending says how to read it."""

    sizes: tuple[int, ...] = ()
    """Of the files that follow, in bytes."""

    task_type: str = ""
    labels: tuple[str | int, ...] = ()
    rows: int | None = None
    inputs: tuple[str, ...] = ()
    reading: Reading | None = None
    function: str = ""
    """Of `metrics.py`."""

    columns: tuple[str, ...] = ()
    """The scores that it gives."""

    libraries: tuple[str, ...] = ()
    """Files and folders that stay readable, for code that imports."""

    def to_bytes(self) -> bytes:
        """Write the order with its length in front."""
        body = json.dumps(asdict(self)).encode()
        return LENGTH.pack(len(body)) + body

    @classmethod
    def from_json(cls, body: bytes) -> Order:
        """Read what `to_bytes` wrote, without the length."""
        value: dict[str, Any] = json.loads(body)
        for key in ("sizes", "labels", "inputs", "columns", "libraries"):
            value[key] = tuple(value[key])
        return cls(**value)
