"""Sealed submissions: nobody but the job that runs them sees what is in them, until the reveal."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aims_gh.core import validate
from aims_gh.core.bundle import AUTHOR_FILE, unpack
from aims_gh.core.seal import FindKey, Key, open_sealed, seal
from aims_gh.domain.playground import Playground
from aims_gh.domain.reveal import Contents
from aims_gh.domain.steps import Run
from aims_gh.domain.submission import BUNDLE_FILE, MANIFEST_FILE, Submission
from aims_gh.errors import SealError, SubmissionError
from aims_gh.workspace import Workspace, envelope_file, parse_yaml


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What was in a bundle, checked as an open submission is."""

    submission: Submission
    contents: Mapping[str, bytes]


def new_envelope(to: Sequence[str]) -> tuple[str, bytes]:
    """Make a competition's own key; give its public half, and the secret one sealed."""
    key = Key.new()
    return key.public, seal(key.secret.encode("ascii"), to, armored=True)


def envelope_key(workspace: Workspace, slug: str, find_key: FindKey) -> Key:
    """Open the competition's own key with whichever of the course's keys is at hand.

    Raises
    ------
    SealError
        If there is none that opens it.
    """
    keys = workspace.course().keys
    held = [key for public in (keys.run, keys.score, *keys.owners) if (key := find_key(public))]
    if not held:
        raise SealError(
            f"the submission is sealed, and no key that opens those of {slug} is at hand",
            hint="aims keys shows the keys there are; the run key opens sealed submissions",
        )
    path = envelope_file(slug)
    secret = open_sealed(workspace.file(path), held, name=path)
    return Key.from_secret(secret.decode("ascii", "replace"))


def unsealed(
    bundle: bytes, outer: Submission, playground: Playground, envelope: Key, *, author: str
) -> Unsealed:
    """Open a bundle, and check what is in it as if it had come openly.

    Parameters
    ----------
    author : str
        Who proposes it. Whoever only copies another's bundle cannot change whose it is.

    Raises
    ------
    SubmissionError
        With everything that is wrong.
    """
    try:
        opened = open_sealed(bundle, [envelope], name=BUNDLE_FILE)
    except SealError:
        raise SubmissionError(
            "the bundle is not sealed to this competition's envelope key",
            hint="seal it again: aims submit --sealed",
        ) from None
    contents = unpack(opened, limit=playground.limits.bytes)
    if contents.pop(AUTHOR_FILE, b"").decode("ascii", "replace").lower() != author.lower():
        raise SubmissionError(
            "the bundle was not sealed by who hands it in",
            hint="seal your own: aims submit --sealed",
        )
    manifest = contents.get(MANIFEST_FILE, b"")
    if len(manifest) > validate.MAX_MANIFEST_BYTES or contents.keys() - validate.PLAIN_NAMES:
        raise SubmissionError(
            "the bundle has files that are no part of a submission",
            hint="seal it again: aims submit --sealed",
        )
    inner = parse_yaml(Submission, manifest, MANIFEST_FILE, SubmissionError)
    sizes = {name: len(content) for name, content in contents.items()}
    validate.check_manifest(
        inner, validate.Folder("", outer.playground, outer.id, sizes), playground
    )
    if inner.board != outer.board or inner.bundle:
        raise SubmissionError(
            "the bundle's manifest says something else than the one outside",
            hint="seal it again: aims submit --sealed",
        )
    for file in inner.contents:
        if hashlib.sha256(contents[file.path]).hexdigest() != file.sha256:
            raise SubmissionError(
                f"{file.path} is not the file whose digest the manifest gives",
                hint="make the submission again: aims submit --sealed",
            )
        validate.check_content(file.path, contents[file.path])
    return Unsealed(inner, contents)


def hidden(run: Run, submission: Submission) -> Run:
    """Put away what running a sealed submission told: it is handed on to be sealed again."""
    contents = Contents(
        model=submission.model.sha256 if submission.model else None,
        predictions=submission.predictions.sha256 if submission.predictions else None,
        facts=run.facts,
        cost=run.cost,
        reproduction=run.reproduction,
        claims=submission.claims,
        description=submission.description,
        tags=submission.tags,
        based_on=submission.based_on,
    )
    return Run(scored=run.scored, contents=contents)
