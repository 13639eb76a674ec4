"""A Keras model's numbers, as a `.keras` file; what a stranger wrote is looked at first."""

from __future__ import annotations

import io
import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aims_gh.core.inert import plain
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.keras.architecture import MAX_NUMBERS, check_size
from aims_gh.frameworks.keras.audit import audited
from aims_gh.frameworks.keras.models import backend
from aims_gh.frameworks.library import Weights

_CONFIG, _METADATA, _NUMBERS = "config.json", "metadata.json", "model.weights.h5"
_ASSET = re.compile(r"assets(?:/[\w-]+)*/[\w-]+(?:\.\w+)?")
_MAX_MEMBERS = 200
_MAX_JSON = 20_000_000
_MAX_BYTES = 4 * MAX_NUMBERS
_MAX_OBJECTS = 100_000
_MAX_TEXT = 150


def weights(model: Any) -> Weights:
    """Write a model as a `.keras` file, without the state of its optimizer."""
    import keras

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "weights.keras"
        keras.saving.save_model(model, path)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    members[_NUMBERS] = _without_optimizer(members[_NUMBERS])
    return Weights("weights.keras", _zipped(members))


def with_weights(built: dict[str, Any] | None, content: bytes) -> Any:
    """Load a `.keras` file, which carries its own configuration.

    The archive is opened here, its configuration held against the list of classes, its numbers
    against their own sizes. What Keras loads is a new archive of what was looked at.

    Raises
    ------
    SubmissionError
        If the file holds anything but a model of Keras's own classes, and its numbers.
    """
    del built
    backend()
    members = dict(_members(content))
    config = audited(_json(members.get(_CONFIG, b"")))
    check_size(config)
    _check_numbers(members.get(_NUMBERS, b""))
    compiled = config.get("compile_config")
    members[_CONFIG] = json.dumps(config).encode()
    model = _loaded(_zipped(members))
    if compiled:
        model.compile_from_config(compiled)
    return model


def _loaded(content: bytes) -> Any:
    import keras

    try:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = Path(folder) / "weights.keras"
            path.write_bytes(content)
            return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # noqa: BLE001  whatever Keras says to strange numbers
        lines = str(error).strip().splitlines() or [""]
        raise _wrong(f"{type(error).__name__}: {plain(lines[0])[:_MAX_TEXT]}") from None


def _members(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Read the members of an archive that a `.keras` file has, and no more than it may hold."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _wrong("it is no zip archive") from None
    names = archive.namelist()
    if len(names) > _MAX_MEMBERS or len(set(names)) < len(names):
        raise _wrong("it has too many members, or two of one name")
    left = _MAX_BYTES
    with archive:
        for info in archive.infolist():
            known = info.filename in (_CONFIG, _METADATA, _NUMBERS)
            if not known and not _ASSET.fullmatch(info.filename):
                raise _wrong(f"it has a member {plain(info.filename)[:60]!r}")
            most = left if info.filename == _NUMBERS else min(left, _MAX_JSON)
            data = _read(archive, info, most)
            left -= len(data)
            yield info.filename, data


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with archive.open(info) as stream:
            data = stream.read(most + 1)  # whatever size the archive says that it has
    except Exception as error:  # noqa: BLE001  zipfile raises many kinds: encrypted, broken, strange
        raise _wrong(f"a member cannot be read ({type(error).__name__})") from None
    if len(data) > most:
        raise _wrong("it unfolds to more than is allowed")
    return data


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise _wrong("its config.json cannot be read") from None


def _check_numbers(data: bytes) -> None:
    """Look through an HDF5 file: numbers in itself alone, of sizes that fit."""
    import h5py

    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            _check_group(file)
    except SubmissionError:
        raise
    except Exception as error:  # noqa: BLE001  h5py raises many kinds
        raise _wrong(f"its numbers cannot be read ({type(error).__name__})") from None


def _check_group(file: Any) -> None:
    import h5py

    waiting, objects, left = [file], 0, _MAX_BYTES
    while waiting:
        group = waiting.pop()
        for name in group:
            objects += 1
            if objects > _MAX_OBJECTS:
                raise _wrong("its numbers are in too many parts")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _wrong("its numbers are in another file")
            thing = group[name]
            if isinstance(thing, h5py.Group):
                waiting.append(thing)
                continue
            if thing.external or thing.is_virtual or thing.dtype.kind not in "fiubS":
                raise _wrong("its numbers are in another file, or are none")
            left -= thing.size * thing.dtype.itemsize
            if left < 0:
                raise _wrong("its numbers unfold to more than is allowed")


def _without_optimizer(data: bytes) -> bytes:
    """Leave out what an optimizer remembers: two more numbers for each weight, often."""
    import h5py

    stream = io.BytesIO()
    with h5py.File(io.BytesIO(data), "r") as old, h5py.File(stream, "w") as new:
        for name, value in old.attrs.items():
            new.attrs[name] = value
        for name in old:
            if name != "optimizer":
                old.copy(name, new)
    return stream.getvalue()


def _zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _wrong(message: str) -> SubmissionError:
    return SubmissionError(
        f"these are not the weights of a Keras model: {message}",
        hint="they are used as model.save('….keras') writes them, or not at all",
    )
