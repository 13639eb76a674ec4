"""Hand over: seal the folders that one job leaves, where anybody can download them; open them."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

from aims_gh.core.seal import FindKey, open_sealed, padded, seal
from aims_gh.domain.record import Problems
from aims_gh.domain.steps import Intake
from aims_gh.errors import AimsError
from aims_gh.flows.handoff import FILES, Handoff, handoffs
from aims_gh.flows.score import require_score_key
from aims_gh.forge import Forge
from aims_gh.workspace import Workspace

SUFFIX = ".age"
MAX_BYTES = 2_000_000_000
"""Of one sealed folder: it is opened in memory."""


def seal_folders(forge: Forge, work: Path) -> list[Path]:
    """Replace each proposal's folder in `work` by one file, sealed to the course's score key.

    What a model answered stays secret where features are hidden, and the artifacts of a public
    repository are not. Nothing is compressed and JSON is filled up: the length of a sealed file
    tells little but how many rows there are.
    """
    work.mkdir(parents=True, exist_ok=True)
    with forge.tree() as main:
        to = [Workspace(main).course().keys.score]
    sealed = []
    for handoff in handoffs(work):
        path = work / f"{handoff.folder.name}{SUFFIX}"
        part = path.with_suffix(".part")
        part.write_bytes(seal(_pack(handoff.folder), to))
        part.replace(path)
        shutil.rmtree(handoff.folder)
        sealed.append(path)
    return sealed


def open_folders(forge: Forge, work: Path, *, find_key: FindKey) -> None:
    """Turn each sealed file in `work` into the folder it was, trusting nothing about it.

    Raises
    ------
    SealError
        If the course's score key is not at hand, or does not open a file.
    AimsError
        If a file holds anything but what the step before leaves.
    """
    sealed = [path for path in sorted(work.glob(f"*{SUFFIX}")) if path.stem.isdecimal()]
    if not sealed:
        return
    key = require_score_key(forge, find_key)
    for path in sealed:
        if path.is_symlink() or path.stat().st_size > MAX_BYTES:
            raise _damaged(path)
        files = _unpack(path, open_sealed(path.read_bytes(), [key], name=path.name))
        handoff = Handoff(work / path.stem)
        if handoff.folder.exists():  # somebody was stopped half-way through
            shutil.rmtree(handoff.folder)
        for name, content in files.items():
            handoff.write_file(name, content)
        path.unlink()


def _pack(folder: Path) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name in FILES:
            path = folder / name
            if path.exists():
                content = path.read_bytes()
                whole = padded(content) if path.suffix == ".json" else content
                archive.writestr(zipfile.ZipInfo(name), whole)
    return stream.getvalue()


def _unpack(path: Path, content: bytes) -> dict[str, bytes]:
    """Read named files out of an archive; no name in it ever becomes a path."""
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for item in archive.infolist():
                known = item.filename in FILES and item.filename not in found
                if not known or item.compress_type != zipfile.ZIP_STORED:
                    raise _damaged(path)
                found[item.filename] = archive.read(item)
        intake = Intake.from_json(found["intake.json"])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, OSError):
        raise _damaged(path) from None  # as zipfile refuses what is no archive
    except (KeyError, Problems):
        raise _damaged(path) from None
    if int(path.stem) not in (intake.proposal, intake.recorded):
        raise _damaged(path)
    return found


def _damaged(path: Path) -> AimsError:
    return AimsError(
        f"{path.name} is not what aims run --seal leaves",
        hint="run the steps again from aims intake; nothing was recorded yet",
    )
