"""What is sent to the process that converts: the user's own objects, to the user's own process."""

from __future__ import annotations

from typing import Any

from aims_gh.errors import MissingExtra, SubmissionError

SAMPLE_ROWS = 8
"""How many rows travel with a model: enough to see their types, and more than one."""


def pack(model: Any, rows: Any, *, extra: str = "sklearn") -> bytes:
    """Write live objects, classes of a notebook included.

    This pickle goes through a pipe from a process to its own child and is never a file: nobody
    else can put something in its place.

    Parameters
    ----------
    extra : str
        What brings cloudpickle along, for who has it not.

    Raises
    ------
    SubmissionError
        If something in the model cannot be sent.
    """
    cloudpickle = _cloudpickle(extra)
    try:
        return bytes(cloudpickle.dumps((model, rows)))
    except Exception as error:  # noqa: BLE001  whatever a stranger's __reduce__ raises
        raise SubmissionError(
            f"{type(model).__name__} cannot be sent to the process that converts it: "
            f"{type(error).__name__}: {str(error)[:200]}",
            hint="onnx_timeout=False converts in this process",
        ) from None


def unpack(parcel: bytes) -> tuple[Any, Any]:
    """Read what `pack` wrote."""
    model, rows = _cloudpickle("sklearn").loads(parcel)
    return model, rows


def _cloudpickle(extra: str) -> Any:
    try:
        import cloudpickle
    except ImportError:
        raise MissingExtra("converting models", extra=extra) from None
    return cloudpickle
