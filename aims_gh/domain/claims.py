"""What a participant says about a model: tidy tables, in one form for every library."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from aims_gh.domain.names import Sha256, ShortText
from aims_gh.domain.record import Record

Scalar = bool | int | float | Annotated[str, StringConstraints(max_length=200)] | None
RESERVED_KEYS = frozenset(
    (
        "rank", "version", "username", "timestamp", "proposal", "head", "board", "marks",
        "accuracy", "f1_score", "precision", "recall", "balanced_accuracy", "matthews_corrcoef",
        "log_loss", "roc_auc", "mse", "rmse", "mae", "r2", "median_absolute_error", "mape",
        "ml_framework", "model_type", "transfer_learning", "deep_learning", "depth", "num_params",
        "optimizer", "loss", "epochs", "memory_size", "model_config", "reproduced",
        "latency_ms_per_1000", "peak_memory_bytes", "description", "tags", "based_on", "metadata",
        "submission",
    )
)  # fmt: skip
"""Names that a participant's own metadata may not take: they are columns of the board."""


def _check_key(key: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", key):
        raise ValueError("a key is 1 to 40 letters, digits and underscores, a letter first")
    return key


MetadataKey = Annotated[str, AfterValidator(_check_key)]
"""The name of a participant's own column."""


class Step(Record):
    """An estimator of a pipeline, or of whatever else holds estimators."""

    name: ShortText
    """As in the pipeline; `outer__inner` for one inside another; empty for the model itself."""

    type: ShortText
    """The name of its class."""


class Parameter(Record):
    """One hyper-parameter."""

    step: ShortText = ""
    """The step it belongs to; empty for the model itself."""

    name: ShortText
    value: Scalar = None
    default: Scalar = None
    """What the library takes where nothing is said."""

    changed: bool | None = None
    """Whether the value is another than the default; null where nobody knows."""


class Layer(Record):
    """One layer of a network."""

    name: ShortText
    type: ShortText
    """The name of its class."""

    output_shape: tuple[int | None, ...] | None = None
    """Of what it gives; null for a free side, such as the number of rows."""

    num_params: int = Field(default=0, ge=0)
    activation: ShortText | None = None
    inputs: tuple[ShortText, ...] = Field(default=(), max_length=100)
    """The layers whose output it takes, where the library tells."""


class Conversion(Record):
    """How the ONNX file was made, and how it compared with the model it was made from."""

    converter: ShortText
    """The converter, its version and the precision of numbers."""

    rows: int = Field(ge=0)
    """How many rows both were run on."""

    matching: int = Field(ge=0)
    """On how many of them both say the same."""

    largest_difference: float | None = Field(default=None, ge=0)
    """Between their numbers; null where only labels were compared."""

    quantized: Literal["float16", "int8"] | None = None
    """To what the numbers in the file were reduced, where they were."""


class Claims(Record):
    """What the participant says about the model. Nobody has checked it."""

    ml_framework: ShortText | None = None
    """The library: `sklearn`, `xgboost`, `lightgbm`, `catboost`, `pytorch`, `keras`."""

    model_type: ShortText | None = None
    """The class of the model, or of a pipeline's last step."""

    transfer_learning: bool | None = None
    deep_learning: bool | None = None
    depth: int | None = Field(default=None, ge=0)
    """Layers of a network, or levels of the deepest tree."""

    num_params: int | None = Field(default=None, ge=0)
    """Numbers that training has set, by the library's own count."""

    trainable_params: int | None = Field(default=None, ge=0)
    """Those of them that training may still change."""

    trees: int | None = Field(default=None, ge=0)
    """In an ensemble of trees."""

    optimizer: ShortText | None = None
    loss: ShortText | None = None
    epochs: int | None = Field(default=None, ge=0)

    steps: tuple[Step, ...] = Field(default=(), max_length=500)
    """What a pipeline is made of, in its order."""

    parameters: tuple[Parameter, ...] = Field(default=(), max_length=2000)
    """Hyper-parameters, step by step. Written by hand, `{name: value, …}` will do."""

    layers: tuple[Layer, ...] = Field(default=(), max_length=2000)
    """What a network is made of, in its order."""

    libraries: dict[ShortText, ShortText] = Field(default={}, max_length=1000)
    """Versions of what trained it; of all that was installed, where its author wrote that down."""

    platform: ShortText | None = None
    """System and processor of the machine that packed it."""

    seed: int | None = None
    """What the random numbers were started from, where `set_reproducibility_env` did."""

    training_data: Sha256 | None = None
    """Digest of the training data, where they were given."""

    conversion: Conversion | None = None
    """Null where the participant brought an ONNX file."""

    metadata: dict[MetadataKey, Scalar] = Field(default={}, max_length=20)
    """Whatever else the participant wants on the board."""

    @field_validator("parameters", mode="before")
    @classmethod
    def _a_mapping_will_do(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return [{"name": name, "value": item} for name, item in value.items()]
        return value

    @field_validator("metadata")
    @classmethod
    def _takes_no_column(cls, metadata: dict[str, Any]) -> dict[str, Any]:
        taken = sorted(RESERVED_KEYS & set(metadata))
        if taken:
            raise ValueError(f"{', '.join(taken)}: the board's own column, choose another name")
        return metadata
