"""Describe a Keras model by its configuration, and build it again, untrained."""

from __future__ import annotations

import json
import math
import threading
import warnings
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.keras.audit import audited
from aims_gh.frameworks.keras.models import backend

MAX_NUMBERS = 250_000_000
"""Of a model's weights together: a gigabyte."""

_SECONDS = 120
_SLOTS = 3
"""Numbers that an optimizer may keep for each weight, and the weight itself."""


def architecture(model: Any) -> dict[str, Any] | None:
    """Describe how to build a model again, untrained: its configuration, as Keras writes it.

    None where the configuration holds anything but Keras's own classes: layers of one's own,
    Lambda, and subclassed models, whose code is in no configuration.
    """
    import keras

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            config = audited(keras.saving.serialize_keras_object(model))
        check_size(config)  # some functions of one's own are written so that nobody can read them
    except Exception:  # noqa: BLE001  whatever get_config of a stranger's layer raises
        return None
    return {"config": config}


def rebuild(built: dict[str, Any]) -> Any:
    """Build the described model, untrained; compiled, where it was.

    Raises
    ------
    SubmissionError
        If it names anything but Keras's own classes, or would be larger than a gigabyte.
    """
    backend()
    config = audited(built.get("config") if isinstance(built, dict) else None)
    check_size(config)
    return _deserialized(config)


def check_size(config: dict[str, Any]) -> None:
    """Build the model without its numbers, and count them.

    In a stateless scope Keras only notes which numbers there will be, and makes up for it when
    the scope ends. This one never ends: it belongs to a thread, and is forgotten with it.

    Raises
    ------
    SubmissionError
        If there would be too many, or the model cannot be built.
    """
    counted: list[int] = []
    problems: list[SubmissionError] = []

    def count() -> None:
        import keras

        keras.StatelessScope().__enter__()
        try:
            model = _deserialized(_not_compiled(config))
            counted.append(sum(math.prod(v.shape) for v in model.variables))
        except SubmissionError as error:
            problems.append(error)

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    if problems:
        raise problems[0]
    if not counted:
        raise _wrong(f"building it takes more than {_SECONDS} s")
    numbers = counted[0] * (_SLOTS if "compile_config" in config else 1)
    if numbers > MAX_NUMBERS:
        raise _wrong(f"it has {numbers:,} numbers, and {MAX_NUMBERS:,} are allowed")


def _not_compiled(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _not_compiled(v) for k, v in value.items() if k != "compile_config"}
    if isinstance(value, list):
        return [_not_compiled(item) for item in value]
    return value


def _deserialized(config: dict[str, Any]) -> Any:
    import keras

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A copy: Keras takes entries out while it builds.
            model = keras.saving.deserialize_keras_object(json.loads(json.dumps(config)))
    except Exception as error:  # noqa: BLE001  whatever a constructor says to strange arguments
        lines = str(error).strip().splitlines() or [""]
        raise _wrong(f"{type(error).__name__}: {plain(lines[0])[:150]}".rstrip(" .:")) from None
    if not isinstance(model, keras.Model):
        raise _wrong("what it describes is no model")
    return model


def _wrong(message: str) -> SubmissionError:
    return SubmissionError(
        f"this is not the architecture of a Keras model: {message}",
        hint="it is used as aims_gh wrote it, or not at all",
    )
