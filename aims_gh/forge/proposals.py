"""Where a local forge keeps its proposals: two refs each, as far as possible as GitHub does."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aims_gh.domain.proposal import Proposal
from aims_gh.domain.record import Problems
from aims_gh.errors import ForgeError
from aims_gh.forge import git
from aims_gh.forge.patience import Patience
from aims_gh.forge.write import RefUpdate, pack_refs, update_refs, write_blob

_logger = logging.getLogger(__name__)

_PACK_EVERY = 100
_FORMAT = "%(objectname)%00%(raw:size)%00%(raw)"
_LONGEST_HEADER = 100


@dataclass(frozen=True, slots=True)
class Stored:
    """A proposal, and the blob it was read from."""

    oid: str
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class ProposalStore:
    """Proposals of a repository.

    `refs/pull/<n>/head` names the proposed commit. `refs/pull/<n>/meta` names a blob with what
    GitHub keeps in its database; where a process was killed between the two, meta is right.
    """

    repository: Path
    patience: Patience

    def all(self) -> Iterator[Proposal]:
        """Read all proposals, in no order."""
        return (stored.proposal for stored in self._read("refs/pull/*/meta"))

    def one(self, number: int) -> Stored:
        """Read one proposal."""
        for stored in self._read(f"refs/pull/{number}/meta"):
            return stored
        raise ForgeError(
            f"{self.repository} has no proposal {number}",
            hint=f"git --git-dir='{self.repository}' for-each-ref refs/pull lists them",
        )

    def next_number(self) -> int:
        """Find the number that nobody has yet."""
        # Heads count too: a killed process may have left one without its meta.
        names = git.run(
            ["for-each-ref", "--format=%(refname)", "refs/pull"], repository=self.repository
        )
        numbers = (name.split(b"/")[2] for name in names.splitlines())
        return max((int(number) for number in numbers if number.isdigit()), default=0) + 1

    def create(self, proposal: Proposal) -> bool:
        """Keep a new proposal; False where its number is taken."""
        ref = f"refs/pull/{proposal.number}"
        meta = write_blob(self.repository, proposal.to_json())
        updates = [
            RefUpdate(f"{ref}/head", proposal.head, None),
            RefUpdate(f"{ref}/meta", meta, None),
        ]
        done = update_refs(self.repository, updates, self.patience)
        if done and proposal.number % _PACK_EVERY == 0:
            self._tidy()
        return done

    def replace(self, stored: Stored, proposal: Proposal, *more: RefUpdate) -> bool:
        """Keep a proposal anew, together with other refs; False where somebody else did."""
        meta = write_blob(self.repository, proposal.to_json())
        update = RefUpdate(f"refs/pull/{proposal.number}/meta", meta, stored.oid)
        return update_refs(self.repository, [update, *more], self.patience)

    def _tidy(self) -> None:
        try:
            pack_refs(self.repository, self.patience)
        except ForgeError as error:
            _logger.warning("%s was not tidied up: %s", self.repository, error)

    def _read(self, pattern: str) -> Iterator[Stored]:
        said = git.run(["for-each-ref", f"--format={_FORMAT}", pattern], repository=self.repository)
        start = 0
        while start < len(said):
            oid, size, _ = said[start : start + _LONGEST_HEADER].split(b"\0", 2)
            start += len(oid) + len(size) + 2
            end = start + int(size)
            yield Stored(oid.decode(), self._parsed(said[start:end]))
            start = end + 1

    def _parsed(self, meta: bytes) -> Proposal:
        try:
            return Proposal.from_json(meta)
        except Problems as problems:
            raise ForgeError(
                f"a proposal in {self.repository} is damaged: {problems}",
                hint="git for-each-ref refs/pull shows them: restore it from a copy",
            ) from None
