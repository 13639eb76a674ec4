"""A course's files, and typed reading of them: nothing else knows where they lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from aims_gh.domain.audit import AuditEntry
from aims_gh.domain.course import Course
from aims_gh.domain.deployment import Deployment
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.people import Extensions, Teams
from aims_gh.domain.playground import Playground
from aims_gh.domain.record import Problems, Record
from aims_gh.domain.reveal import Reveal
from aims_gh.domain.roster import Admitted
from aims_gh.domain.selection import SELECTION_FILE, Selection
from aims_gh.domain.submission import MANIFEST_FILE
from aims_gh.errors import AimsError, CourseError, SubmissionError

COURSE_FILE = "course.yml"
PLAYGROUNDS = "playgrounds"
SUBMISSIONS = "submissions"
ROSTER_SEALED, ROSTER_FILE = "roster.age", "roster.json"
"""On the ledger: a copy of the course gets no list of people."""
GRADES_SEALED = "grades.age"
"""On the ledger too."""
GRADING_FILE = "grading.yml"

R = TypeVar("R", bound=Record)
_RESTORE = "the ledger is written by aims alone: restore the file from its history"


class Tree(Protocol):
    """The files of one commit, read as data."""

    @property
    def commit(self) -> str:
        """The commit's id."""
        ...

    def read(self, path: str, *, limit: int | None = None) -> bytes | None:
        """Give a file's bytes; None where there is no such file.

        A file larger than `limit` bytes is not read: SubmissionError.
        """
        ...

    def read_all(self, paths: Iterable[str]) -> Iterator[bytes]:
        """Give the bytes of many files, in their order; what is not there is left out."""
        ...

    def paths(self, folder: str = "") -> list[str]:
        """List every file below a folder, as full paths, sorted."""
        ...

    def folders(self, folder: str = "") -> list[str]:
        """List the names of the folders directly in a folder, sorted."""
        ...


def playground_file(slug: str, name: str = "playground.yml") -> str:
    """Name a file of a playground on `main`."""
    return f"{PLAYGROUNDS}/{slug}/{name}"


def labels_file(slug: str) -> str:
    """Name the sealed labels."""
    return playground_file(slug, "holdout/labels.age")


def features_file(slug: str) -> str:
    """Name the sealed features, where features are hidden."""
    return playground_file(slug, "holdout/features.age")


def envelope_file(slug: str) -> str:
    """Name the sealed key that opens sealed submissions."""
    return playground_file(slug, "holdout/envelope.age")


def teams_file(slug: str) -> str:
    """Name the file that says who takes part together."""
    return playground_file(slug, "teams.yml")


def extensions_file(slug: str) -> str:
    """Name the file that gives somebody more time."""
    return playground_file(slug, "extensions.yml")


def data_file(slug: str, name: str) -> str:
    """Name a public data file."""
    return playground_file(slug, f"data/{name}")


def code_folder(slug: str) -> str:
    """Name the folder of the owners' code."""
    return playground_file(slug, "code")


def starter_file(slug: str) -> str:
    """Name the starter notebook that aims writes."""
    return f"{code_folder(slug)}/starter.ipynb"


def metrics_file(slug: str) -> str:
    """Name the code of the owner's own metrics."""
    return playground_file(slug, "metrics.py")


def submission_folder(slug: str, login: str, submission: str) -> str:
    """Name the folder of a submission in a proposal."""
    return f"{SUBMISSIONS}/{slug}/{login}/{submission}"


def choice_file(slug: str, login: str) -> str:
    """Name the file of a proposal that says what shall count in the end."""
    return f"{SUBMISSIONS}/{slug}/{login}/{SELECTION_FILE}"


def evaluation_file(slug: str, version: int) -> str:
    """Name an evaluation on the ledger."""
    return f"{slug}/evaluations/{version}.json"


def rescored_file(slug: str, rescore: int, version: int) -> str:
    """Name an evaluation as a rescore has it, on the ledger."""
    return f"{slug}/rescores/{rescore}/{version}.json"


def audit_file(slug: str) -> str:
    """Name the file that says what people did to results, on the ledger."""
    return f"{slug}/audit.jsonl"


def selections_file(slug: str) -> str:
    """Name the file of what participants want to count in the end, on the ledger."""
    return f"{slug}/selections.jsonl"


def reveal_file(slug: str) -> str:
    """Name the file of what was sealed until the competition was over, on the ledger."""
    return f"{slug}/reveal.json"


def leaderboard_file(slug: str) -> str:
    """Name the leaderboard on the ledger."""
    return f"{slug}/leaderboard.json"


def deployment_file(slug: str) -> str:
    """Name the file that says which version is served, on the ledger."""
    return f"{slug}/deployment.json"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Typed reading of a tree: of `main`, of the ledger, or of a proposal."""

    tree: Tree

    def course(self) -> Course:
        """Read `course.yml`."""
        return self._yaml(Course, COURSE_FILE, CourseError)

    def slugs(self) -> list[str]:
        """List the playgrounds."""
        return self.tree.folders(PLAYGROUNDS)

    def playground(self, slug: str) -> Playground:
        """Read a `playground.yml`."""
        if self.tree.read(playground_file(slug)) is None:
            there = ", ".join(self.slugs()) or "none yet"
            raise CourseError(
                f"the course has no playground {slug!r}", hint=f"its playgrounds: {there}"
            )
        return self._yaml(Playground, playground_file(slug), CourseError)

    def readme(self, slug: str) -> str:
        """Read a playground's README; empty where there is none."""
        return (self.tree.read(playground_file(slug, "README.md")) or b"").decode(errors="replace")

    def file(self, path: str) -> bytes:
        """Read a file that must be there."""
        data = self.tree.read(path)
        if data is None:
            raise CourseError(
                f"{path} is missing from the course", hint="restore it from the course's history"
            )
        return data

    def evaluations(self, slug: str) -> list[Evaluation]:
        """Read every evaluation of a playground as it counts now, lowest version first."""
        return [self._json(Evaluation, path) for path in self._evaluation_paths(slug).values()]

    def evaluation_files(self, slug: str) -> Iterator[tuple[int, bytes]]:
        """Give every evaluation as it counts now, unread, with its version, lowest first."""
        paths = self._evaluation_paths(slug)
        yield from zip(paths, self.tree.read_all(paths.values()), strict=True)

    def evaluation(self, slug: str, version: int) -> Evaluation:
        """Read one evaluation as it counts now: by the last rescore that covers it."""
        for path in self._versions_of(slug, version):
            if self.tree.read(path) is not None:
                return self._json(Evaluation, path)
        raise CourseError(
            f"{slug} has no version {version}",
            hint="aims leaderboard lists the versions there are",
        )

    def rescored(self, slug: str, rescore: int) -> list[Evaluation]:
        """Read what a rescore says, lowest version first, whether it is applied or not."""
        paths = _by_version(self.tree.paths(f"{slug}/rescores/{rescore}"))
        return [self._json(Evaluation, path) for path in paths.values()]

    def _versions_of(self, slug: str, version: int) -> Iterator[str]:
        for rescore in reversed(self._applied(slug)):
            yield rescored_file(slug, rescore, version)
        yield evaluation_file(slug, version)

    def _evaluation_paths(self, slug: str) -> dict[int, str]:
        found = _by_version(self.tree.paths(f"{slug}/evaluations"))
        for rescore in self._applied(slug):
            found |= _by_version(self.tree.paths(f"{slug}/rescores/{rescore}"))
        return dict(sorted(found.items()))

    def _applied(self, slug: str) -> list[int]:
        return [e.rescore for e in self.audit(slug) if e.action == "rescored" and e.rescore]

    def leaderboard(self, slug: str) -> Leaderboard | None:
        """Read a leaderboard; None before the first evaluation."""
        path = leaderboard_file(slug)
        return None if self.tree.read(path) is None else self._json(Leaderboard, path)

    def teams(self, slug: str) -> Teams:
        """Read who takes part together; nobody where there is no such file."""
        there = self.tree.read(teams_file(slug)) is not None
        return self._yaml(Teams, teams_file(slug), CourseError) if there else Teams()

    def extensions(self, slug: str) -> Extensions:
        """Read who has more time; nobody where there is no such file."""
        there = self.tree.read(extensions_file(slug)) is not None
        return self._yaml(Extensions, extensions_file(slug), CourseError) if there else Extensions()

    def audit(self, slug: str) -> tuple[AuditEntry, ...]:
        """Read what people did to results, in order."""
        return self._lines(AuditEntry, audit_file(slug))

    def selections(self, slug: str) -> tuple[Selection, ...]:
        """Read what participants want to count in the end, in order."""
        return self._lines(Selection, selections_file(slug))

    def reveal(self, slug: str) -> Reveal | None:
        """Read what was sealed; None before the reveal."""
        path = reveal_file(slug)
        return None if self.tree.read(path) is None else self._json(Reveal, path)

    def rescores(self, slug: str) -> list[int]:
        """List the rescores there are, applied or not."""
        names = self.tree.folders(f"{slug}/rescores")
        return sorted(int(name) for name in names if name.isdecimal())

    def deployment(self, slug: str) -> Deployment | None:
        """Read which version is served; None where nobody has chosen one."""
        path = deployment_file(slug)
        return None if self.tree.read(path) is None else self._json(Deployment, path)

    def admitted(self) -> Admitted:
        """Read, on the ledger, which logins the roster admits; none where there is no roster."""
        there = self.tree.read(ROSTER_FILE) is not None
        return self._json(Admitted, ROSTER_FILE) if there else Admitted()

    def submission_manifest(self, folder: str, *, limit: int) -> bytes | None:
        """Read a proposal's manifest as bytes, for `read_submission`."""
        return self.tree.read(f"{folder}/{MANIFEST_FILE}", limit=limit)

    def _lines(self, kind: type[R], path: str) -> tuple[R, ...]:
        lines = (self.tree.read(path) or b"").splitlines()
        try:
            return tuple(kind.from_json(line) for line in lines if line.strip())
        except Problems as problems:
            raise CourseError(f"{path} is not valid: {problems}", hint=_RESTORE) from None

    def _yaml(self, kind: type[R], path: str, error: type[AimsError]) -> R:
        return parse_yaml(kind, self.file(path), path, error)

    def _json(self, kind: type[R], path: str) -> R:
        try:
            return kind.from_json(self.file(path))
        except Problems as problems:
            raise CourseError(
                f"{path} is not valid: {problems}",
                hint=_RESTORE,
            ) from None


def _by_version(paths: Iterable[str]) -> dict[int, str]:
    """Give paths by the version that their names say, lowest first."""
    stems = ((path.rpartition("/")[2].removesuffix(".json"), path) for path in paths)
    return dict(sorted((int(stem), path) for stem, path in stems if stem.isdecimal()))


def course_with_roster(main: Workspace, ledger: Workspace) -> Course:
    """Read `course.yml`, with the logins that the roster admits beside its own."""
    course = main.course()
    logins = (*course.roster.participants, *ledger.admitted().participants)
    return course.model_copy(
        update={"roster": course.roster.model_copy(update={"participants": logins})}
    )


def parse_yaml(kind: type[R], data: bytes, name: str, error: type[AimsError]) -> R:
    """Read YAML into a record; on failure say which file, and everything that is wrong."""
    try:
        return kind.from_yaml(data)
    except Problems as problems:
        what = "submission" if error is SubmissionError else "reference"
        raise error(
            f"{name} is not valid: {problems}",
            hint=f"each key is described in the {what} pages of the documentation",
        ) from None
