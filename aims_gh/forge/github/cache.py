"""What GitHub said before, kept in the user's cache: it need not be fetched, nor counted, again."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MAX_FILE = 20_000_000
_MAX_TOTAL = 300_000_000
_DIGEST = 64


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of answers; None: nothing is kept. A damaged or missing one is no answer."""

    folder: Path | None

    def get(self, key: str) -> bytes | None:
        """Give what was put under a key."""
        if self.folder is None:
            return None
        try:
            data = self._path(self.folder, key).read_bytes()
        except OSError:
            return None
        digest, content = data[:_DIGEST], data[_DIGEST:]
        return content if hashlib.sha256(content).hexdigest().encode() == digest else None

    def put(self, key: str, content: bytes) -> None:
        """Keep an answer, where there is room for it."""
        if self.folder is None or len(content) > MAX_FILE:
            return
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room(self.folder, len(content))
            with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as file:
                file.write(hashlib.sha256(content).hexdigest().encode() + content)
            Path(file.name).replace(self._path(self.folder, key))

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / hashlib.sha256(key.encode()).hexdigest()

    @staticmethod
    def _make_room(folder: Path, size: int) -> None:
        found = sorted(
            (file.stat().st_mtime, file.stat().st_size, file) for file in folder.iterdir()
        )
        total = size + sum(bytes_ for _, bytes_, _ in found)
        for _, bytes_, file in found:
            if total <= _MAX_TOTAL:
                return
            file.unlink(missing_ok=True)
            total -= bytes_
