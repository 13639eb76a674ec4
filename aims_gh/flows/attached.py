"""What lies beside a version's model: how it is built, its weights, its preprocessor."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from aims_gh.domain.address import Address
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.submission import Submission
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.read import read_evaluation
from aims_gh.forge import Forge
from aims_gh.workspace import Workspace, parse_yaml, submission_folder

_MAX_MANIFEST_BYTES = 256 * 1024
_MAX_FILE_BYTES = 100_000_000


def manifest(forge: Forge, address: Address, evaluation: Evaluation) -> Submission:
    """Read the manifest that a version was scored with."""
    folder = submission_folder(address.slug, evaluation.username, evaluation.submission)
    with forge.tree(evaluation.head) as proposed:
        content = Workspace(proposed).submission_manifest(folder, limit=_MAX_MANIFEST_BYTES)
    return parse_yaml(Submission, content or b"", "submission.yml", SubmissionError)


def attached(
    forge: Forge, address: Address, version: int, names: Collection[str]
) -> dict[str, bytes]:
    """Fetch files of a version by its commit, and check their digests.

    Parameters
    ----------
    names : collection of str
        Which files; those that the version lacks are left out.

    Raises
    ------
    CourseError
        If a file is not the one that the manifest lists.
    """
    evaluation = read_evaluation(forge, address, version)
    folder = submission_folder(address.slug, evaluation.username, evaluation.submission)
    listed = {file.path: file for file in manifest(forge, address, evaluation).files}
    found = {}
    with forge.tree(evaluation.head) as proposed:
        for name in names:
            if name not in listed:
                continue
            content = proposed.read(f"{folder}/{name}", limit=_MAX_FILE_BYTES)
            if content is None or hashlib.sha256(content).hexdigest() != listed[name].sha256:
                raise CourseError(
                    f"{name} of version {version} is not the file that its manifest lists",
                    hint="its author changed it after writing the manifest; ask for a new version",
                )
            found[name] = content
    return found
