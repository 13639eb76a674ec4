"""An ONNX file, whichever way Python users hold it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aims_gh.errors import SubmissionError

_OTHER_FILES = {
    ".pkl": "a pickle is a program: hand in the live model instead",
    ".pickle": "a pickle is a program: hand in the live model instead",
    ".joblib": "a pickle is a program: hand in the live model instead",
    ".pt": "load it, and hand in the live model instead",
    ".pth": "load it, and hand in the live model instead",
    ".keras": "keras.saving.load_model it, and hand in the live model instead",
    ".h5": "keras.saving.load_model it, and hand in the live model instead",
    ".zip": "hand in an ONNX file, a live model, or a plain function",
}


def as_onnx(given: Any) -> bytes | None:
    """Give the bytes of an ONNX file: from bytes, a path, or a ModelProto; None for other things.

    Raises
    ------
    SubmissionError
        If it is a path of no file, or of a file that is something else.
    """
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    if hasattr(given, "SerializeToString") and hasattr(given, "graph"):
        return bytes(given.SerializeToString())
    if not isinstance(given, str | Path):
        return None
    path = Path(given)
    if path.suffix.lower() in _OTHER_FILES:
        raise SubmissionError(
            f"{path.name} is no ONNX file", hint=_OTHER_FILES[path.suffix.lower()]
        )
    if not path.is_file():
        raise SubmissionError(
            f"there is no file {path}", hint="hand in a fitted model, or an ONNX file"
        )
    return path.read_bytes()
