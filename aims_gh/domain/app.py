"""An app: what is to be known to serve a playground's model, in whichever way."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aims_gh.domain.model_facts import Reading, TensorFacts
from aims_gh.domain.names import Label, Sha256, ShortText, Slug, Text, Version
from aims_gh.domain.playground import Input, InputType, TaskType
from aims_gh.domain.record import Record

Obstacle = Literal["no model", "too large", "preprocessed", "undescribed", "unreadable"]
Number = int | float
Example = bool | Number | str | tuple[Number | None, ...] | None
"""One value, or all numbers of an array in the order of its axes."""


class Picture(Record):
    """How a picture becomes an array."""

    height: int | None = Field(default=None, ge=1)
    """Null where the model takes any."""

    width: int | None = Field(default=None, ge=1)
    """The same."""

    channels: Literal[1, 3, 4] = 1
    """Grey; red, green, blue; those and opacity."""

    channels_first: bool = False
    """Whether channels are the array's first axis; else they are its last."""

    shape: tuple[int | None, ...]
    """Of the array; null for a free side."""

    black: float = 0
    """The number for black."""

    white: float = 255
    """The number for white."""


class Video(Record):
    """How a video becomes an array: pictures out of it, at even distances."""

    frames: int | None = Field(default=None, ge=1)
    """How many pictures the model takes; null where that is open."""

    frame: Picture
    """How each of them becomes an array."""


class Sound(Record):
    """How a recording becomes an array."""

    sample_rate: int = Field(default=16_000, ge=100, le=384_000)
    """Samples per second."""

    assumed: bool = False
    """Whether nobody has said so."""

    samples: int | None = Field(default=None, ge=1)
    """How many the model takes; null where that is open."""

    full: float = 1
    """The number for the loudest sample; 32,768 where samples are whole numbers of 16 bits."""

    shape: tuple[int | None, ...]
    """Of the array; null for a free side."""


class RuntimeModel(Record):
    """The model that is served."""

    version: Version
    """Of the evaluation."""

    username: ShortText
    """Who submitted it: a login, or a pseudonym where the course has them."""

    path: ShortText
    """Where its file lies beside this one."""

    sha256: Sha256
    """Digest of the file."""

    bytes: int = Field(ge=0)
    """Size of the file."""

    operators: tuple[ShortText, ...] = ()
    """Which it has."""

    inputs: tuple[TensorFacts, ...] = ()
    """What it is given."""

    outputs: tuple[TensorFacts, ...] = ()
    """What it returns."""

    reading: Reading | None = None
    """How its numbers for labels are read, as its evaluation says."""

    deployed: bool = False
    """Whether somebody chose it; else it is the best that reproduced its predictions."""


class App(Record):
    """The file `data/<slug>/app.json` of a site: one description for every way of serving."""

    schema_version: Literal[1] = 1
    slug: Slug
    """The playground's folder name."""

    address: str
    """What to type in commands, ``COURSE/SLUG``."""

    title: ShortText
    """The playground's."""

    description: Text = ""
    """The playground's."""

    input_type: InputType
    """What kind of data a model is given."""

    task_type: TaskType
    """What a model says: a class, or a number."""

    labels: tuple[Label, ...] = ()
    """The classes, in the owner's order; empty for regression."""

    inputs: tuple[Input, ...] = ()
    """What the model is given, column by column."""

    picture: Picture | None = None
    """How a picture becomes what the model takes; null where none does."""

    sound: Sound | None = None
    """How a recording does."""

    video: Video | None = None
    """How a video does."""

    examples: tuple[tuple[Example, ...], ...] = ()
    """A few rows, one value for each of `inputs`."""

    model: RuntimeModel | None = None
    """Which answers; null as long as there is none."""

    served_at: ShortText = ""
    """The address of a server that runs it, where the owners have one."""

    endpoint: bool = False
    """Whether that server answers programs as the apps of aims-gh do."""

    obstacle: Obstacle | None = None
    """Why the model cannot run in a browser; null where it can."""

    reason: Text = ""
    """The same in a sentence."""
