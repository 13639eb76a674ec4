"""A PyTorch module as plain data: its layers, and what its forward does with them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from aims_gh.domain.names import ShortText
from aims_gh.domain.record import Record

Name = Annotated[str, StringConstraints(pattern=r"^\w+(?:\.\w+)*$", max_length=200)]
"""Of a layer, parameter or result: words joined by dots."""

Side = Annotated[int, Field(ge=0, le=1 << 32)]
Dtype = Literal["float32", "float64"]


class Part(Record):
    """A layer."""

    name: Name
    layer: ShortText | None = None
    """The name of its class in ``torch.nn``."""

    arguments: dict[ShortText, Any] = Field(default={}, max_length=30)
    """Of its constructor, where they are not the defaults."""

    same_as: Name | None = None
    """Another layer, which is this one under a second name."""


class Own(Record):
    """A parameter that a module of the participant's holds itself."""

    name: Name
    shape: tuple[Side, ...] = Field(max_length=10)


class Kept(Record):
    """A buffer: numbers that forward needs and training does not change."""

    name: Name
    shape: tuple[Side, ...] = Field(max_length=10)
    dtype: Literal["float32", "float64", "int64", "int32", "uint8", "bool"]
    base64: Annotated[str, StringConstraints(max_length=2_000_000)]
    """The little-endian bytes."""

    saved: bool = True
    """Whether it is among the weights."""


class Tie(Record):
    """Two names of one parameter."""

    name: Name
    of: Name


class Call(Record):
    """One step of forward; exactly one of `layer`, `function`, `method` and `tensor`."""

    name: Name
    """Of its result."""

    layer: Name | None = None
    function: ShortText | None = None
    method: ShortText | None = None
    tensor: Name | None = None
    """A parameter or buffer, which is the result."""

    arguments: tuple[Any, ...] = Field(default=(), max_length=200)
    named: dict[ShortText, Any] = Field(default={}, max_length=50)


class Description(Record):
    """All that is needed to build a module again, untrained."""

    model: ShortText
    """The name of its class."""

    dtype: Dtype = "float32"
    inputs: tuple[Name, ...] = Field(min_length=1, max_length=2_000)
    parts: tuple[Part, ...] = Field(max_length=5_000)
    parameters: tuple[Own, ...] = Field(default=(), max_length=5_000)
    buffers: tuple[Kept, ...] = Field(default=(), max_length=1_000)
    ties: tuple[Tie, ...] = Field(default=(), max_length=1_000)
    calls: tuple[Call, ...] = Field(max_length=50_000)
    output: Any
