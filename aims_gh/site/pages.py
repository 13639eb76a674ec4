"""What a site shows, as values: a course and its playgrounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from aims_gh.domain.app import App
from aims_gh.domain.course import Course
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.playground import BoardName, Playground
from aims_gh.domain.reveal import Opened


@dataclass(frozen=True, slots=True)
class PlaygroundPage:
    """One playground's page.

    Attributes
    ----------
    slug : str
        The playground's folder name, and the name of its page.
    playground : Playground
        The task.
    readme : str
        The owners' Markdown, trusted; links are relative to the playground's folder.
    leaderboard : Leaderboard or None
        Both boards; None as long as the ledger has none.
    address : str
        What to type in commands, ``COURSE/SLUG``.
    files : mapping of str to bytes
        Public files of the playground's folder that the site carries too, by their path
        below it (``data/train.csv``, ``code/starter.ipynb``); the README's links to them work.
    app : App or None
        How a model is served, for the page that predicts; None: there is nothing to say of it.
    model : bytes or None
        The runtime model, where the site carries it.
    evaluations : callable
        Gives each evaluation's version and its file on the ledger, lowest version first. Read one
        by one, when the site is written: there may be a hundred thousand.
    attached : callable
        Gives, for the best versions, what their authors attached: the version, and files by name.
    opened : mapping of int to Opened
        What the reveal has opened, by version.
    reasons : mapping of int to str
        Why versions are disqualified, in the owners' words, where the public may read them.
    """

    slug: str
    playground: Playground
    readme: str
    leaderboard: Leaderboard | None
    address: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    app: App | None = None
    model: bytes | None = None
    evaluations: Callable[[], Iterable[tuple[int, bytes]]] = tuple
    attached: Callable[[], Iterable[tuple[int, Mapping[str, bytes]]]] = tuple
    opened: Mapping[int, Opened] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)

    @property
    def on_ladder(self) -> bool:
        """Whether a score that is shown is the best so far of its entrant."""
        ladder = self.playground.competition.release == "ladder"
        return ladder and "competition" in self.playground.boards and "final" not in self.boards

    @property
    def boards(self) -> tuple[BoardName, ...]:
        """The boards that are shown: the final one first, once there is one."""
        return (*(("final",) if self.revealed else ()), *self.playground.boards)

    @property
    def revealed(self) -> bool:
        """Whether the private scores are open."""
        return self.leaderboard is not None and "final" in self.leaderboard.boards


@dataclass(frozen=True, slots=True)
class CourseSite:
    """The website of a course.

    Attributes
    ----------
    course : Course
        Title, description, owners.
    address : str
        What to type in commands.
    slugs : tuple of str
        The playgrounds, in the order in which they are shown.
    page : callable
        Reads one playground with all that its pages show. Boards may be large, so only one is in
        memory at a time.
    owner_files : mapping of str to bytes
        The owners' own ``mkdocs.yml`` and ``docs/**``, by path; may be empty.
    url : str
        Where the site will be, if known; the page for a missing address needs it.
    repository : str
        The course's own address, ``https://github.com/OWNER/NAME``; empty where it is a folder.
    """

    course: Course
    address: str
    slugs: tuple[str, ...]
    page: Callable[[str], PlaygroundPage]
    owner_files: Mapping[str, bytes]
    url: str = ""
    repository: str = ""
