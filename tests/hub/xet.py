"""The storage of Hugging Face's own client, in a folder: what it wrote there, by digest.

The client keeps chunks of files and, in shards, which chunks make a file. Given an address that
begins with `local://` it does so in a folder, with all that it does for the real service.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

_HEADER, _ENTRY, _HASH = 48, 48, 32
_VERIFIED, _WITH_SHA256 = 1 << 31, 1 << 30
_END = b"\xff" * _HASH


def address(folder: Path) -> str:
    """Give the address of a store in a folder."""
    return f"local://{folder}"


def stored(folder: Path) -> dict[str, str]:
    """Give the store's own hash of each file, by its SHA-256."""
    found: dict[str, str] = {}
    for shard in (folder / "xet" / "xorbs" / "shards").glob("*.mdb"):
        found.update(_files(shard.read_bytes()))
    return found


def _files(shard: bytes) -> Iterator[tuple[str, str]]:
    at = _HEADER
    while shard[at : at + _HASH] != _END:
        name = _written(shard, at)
        flags, entries = struct.unpack_from("<II", shard, at + _HASH)
        at += _ENTRY * (1 + entries * (2 if flags & _VERIFIED else 1))
        if flags & _WITH_SHA256:
            yield _written(shard, at), name
            at += _ENTRY


def _written(data: bytes, at: int) -> str:
    return "".join(f"{part:016x}" for part in struct.unpack_from("<4Q", data, at))
