"""A model's numbers in skops' format, which loads without running anything."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import MissingExtra, SubmissionError
from aims_gh.frameworks.library import Weights

NAME = "weights.skops"
MAX_BYTES = 1_000_000_000
"""Of all files in the archive, unpacked."""

MAX_FILES = 100_000
_MAX_SCHEMA = 100_000_000
_OTHERWISE = "the model itself can still be run, from its ONNX file"


def weights(model: Any) -> Weights:
    """Write a fitted model.

    Raises
    ------
    SubmissionError
        If something in it cannot be written so, or could not be read again.
    MissingExtra
        If skops is not installed.
    """
    skops = _skops()
    try:
        content = bytes(skops.dumps(model))
    except Exception as error:  # noqa: BLE001  whatever a stranger's object raises
        raise SubmissionError(
            f"{type(model).__name__} cannot be written with skops: {plain(str(error))[:200]}",
            hint="submit it without weights: its ONNX file is enough to be scored and served",
        ) from None
    _check_types(content, skops)
    return Weights(NAME, content)


def loaded(content: bytes) -> Any:
    """Load a fitted model, of types that skops trusts by itself, and of no others.

    Raises
    ------
    SubmissionError
        If it holds anything else, is larger than allowed, or cannot be read.
    """
    skops = _skops()
    _check_size(content)
    _check_types(content, skops)
    try:
        return skops.loads(content, trusted=[])
    except Exception as error:  # noqa: BLE001  strangers' bytes, and skops raises many kinds
        raise _unreadable(error) from None


def _skops() -> Any:
    try:
        import skops.io
    except ImportError:
        raise MissingExtra("saving scikit-learn models", extra="sklearn") from None
    return skops.io


def _check_size(content: bytes) -> None:
    """Refuse an archive that unfolds without bound; what it declares is all that is read of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except Exception as error:  # noqa: BLE001  strangers' bytes
        raise _unreadable(error) from None
    unpacked = sum(entry.file_size for entry in entries)
    schema = sum(entry.file_size for entry in entries if entry.filename == "schema.json")
    if unpacked > MAX_BYTES or len(entries) > MAX_FILES or schema > _MAX_SCHEMA:
        raise SubmissionError(
            f"the weights unpack to {unpacked:,} bytes in {len(entries):,} files, too many",
            hint=_OTHERWISE,
        )


def _check_types(content: bytes, skops: Any) -> None:
    try:
        unknown = skops.get_untrusted_types(data=content)
    except Exception as error:  # noqa: BLE001  strangers' bytes
        raise _unreadable(error) from None
    if unknown:
        names = ", ".join(plain(str(name))[:80] for name in sorted(unknown)[:8])
        raise SubmissionError(
            f"the weights hold objects of types that are not loaded: {names}",
            hint=_OTHERWISE,
        )


def _unreadable(error: Exception) -> SubmissionError:
    return SubmissionError(
        f"the weights cannot be read: {type(error).__name__}: {plain(str(error))[:150]}",
        hint=_OTHERWISE,
    )
