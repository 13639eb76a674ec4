"""A playground's address, as every class of the Python interface has one."""

from __future__ import annotations

from html import escape

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.domain.playground import BoardName, Playground
from aims_gh.errors import AimsError, CourseError
from aims_gh.flows import read
from aims_gh.forge import Forge


class Place:
    """A playground: where it is, and what it is.

    Parameters
    ----------
    playground_url : str
        COURSE/SLUG, where COURSE is `owner/name` on GitHub, its URL, or a folder on this machine.
    username : str, optional
        Who you are in a course on this machine. Default: `AIMS_USER`, or the system's login.
    """

    _board: BoardName = "experiment"
    _opened: tuple[str, Forge] | None = None

    def __init__(self, playground_url: str, *, username: str | None = None) -> None:
        self._address: Address | None = Address.parse(str(playground_url))
        self._named, self.username = username, username or settings.user()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self._address) if self._address else 'not created'!r})"

    def _repr_html_(self) -> str:
        name = escape(type(self).__name__)
        if self._address is None:
            return f"<p><b>{name}</b>, not created yet</p>"
        try:
            found = self.playground
        except AimsError as error:
            return f"<p><b>{name}</b> {escape(str(self._address))}: {escape(error.message)}</p>"
        facts = (
            f"{found.task_type} of {found.input_type} data",
            f"{found.holdout.rows:,} rows to predict",
            f"ranked by {found.ranking_metric.name}",
        )
        told = "".join(f"<li>{escape(fact)}</li>" for fact in facts)
        return (
            f"<p><b>{escape(found.title)}</b> <code>{escape(str(self._address))}</code><br>"
            f"{escape(found.description)}</p><ul>{told}</ul>"
        )

    @property
    def playground_url(self) -> str:
        """The playground's address, COURSE/SLUG."""
        return str(self._where)

    @property
    def playground(self) -> Playground:
        """What `playground.yml` says."""
        return read.read_playground(self._forge, self._where)

    @property
    def _where(self) -> Address:
        if self._address is None:
            raise CourseError(
                "this playground has no address yet",
                hint='pg.create("COURSE/SLUG", eval_data=y_test), or give playground_url',
            )
        return self._address

    @property
    def _forge(self) -> Forge:
        course = self._where.course
        if self._opened is None or self._opened[0] != course:
            self._opened = course, settings.forge(course)
        return self._opened[1]

    def _owner(self) -> str:
        """Tell which owner acts; on GitHub the token says it."""
        return settings.owner(self._forge, None if self._forge.login() else self._named)

    def _board_name(self, submission_type: str | None) -> BoardName:
        if submission_type in (None, "all"):
            return self._board
        if submission_type not in ("experiment", "competition"):
            raise AimsError(
                f"there is no {submission_type!r} board", hint="experiment, or competition"
            )
        return submission_type  # type: ignore[return-value]
