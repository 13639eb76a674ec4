"""A disguise: what the public sees of a playground whose participants have pseudonyms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aims_gh.domain.app import App
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.names import UNNAMED, bare
from aims_gh.domain.roster import Admitted

_LEADS_TO_PEOPLE = ("submission", "proposal", "head")
"""Columns, and keys of an evaluation, that name a pull request or a folder with a login."""


@dataclass(frozen=True, slots=True)
class Disguise:
    """Puts pseudonyms in the place of logins.

    Attributes
    ----------
    slug : str
        The playground.
    shown : mapping of str to str
        What to show for each login, which is in small letters.
    teams : mapping of str to str
        The same, by what is left of a login without case and signs.
    """

    slug: str
    shown: Mapping[str, str]
    teams: Mapping[str, str]

    def name(self, login: str, version: int) -> str:
        """Say what somebody is called who made a version."""
        return self.shown.get(login.lower()) or _unnamed(self.slug, version)

    def leaderboard(self, board: Leaderboard | None) -> Leaderboard | None:
        """Give the boards as the public may have them."""
        if board is None:
            return None
        boards = {
            name: one.model_copy(update={"columns": self._columns(one)})
            for name, one in board.boards.items()
        }
        return board.model_copy(update={"boards": boards})

    def _columns(self, board: Board) -> dict[str, list[Any]]:
        found = {key: c for key, c in board.columns.items() if key not in _LEADS_TO_PEOPLE}
        if "username" in found:
            pairs = zip(found["username"], found["version"], strict=True)
            found["username"] = [self.name(str(login), version) for login, version in pairs]
        if "team_name" in found:
            found["team_name"] = [
                self.teams.get(bare(str(team)), team) if team else team
                for team in found["team_name"]
            ]
        return found

    def evaluation(self, version: int, content: bytes) -> bytes:
        """Give the file of an evaluation as the public may have it; `null` if it is none."""
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            return b"null"
        if not isinstance(found, dict):
            return b"null"
        value = {key: item for key, item in found.items() if key not in _LEADS_TO_PEOPLE}
        value["username"] = self.name(str(found.get("username")), version)
        return json.dumps(value).encode("ascii")

    def app(self, app: App) -> App:
        """Describe an app as the public may know it."""
        if app.model is None:
            return app
        name = self.name(app.model.username, app.model.version)
        return app.model_copy(update={"model": app.model.model_copy(update={"username": name})})

    def hides(self, login: str) -> bool:
        """Tell whether somebody is called otherwise than by the login."""
        return self.shown.get(login.lower(), "").lower() != login.lower()


def disguise(
    slug: str, admitted: Admitted, owners: Iterable[str], board: Leaderboard | None
) -> Disguise | None:
    """Make the disguise of a playground; None where logins are shown.

    Owners are shown as they are, on the roster too. Who is neither an owner nor has a pseudonym
    is numbered by the first version on the boards: that number stays, and tells nothing.
    """
    if not admitted.pseudonyms:
        return None
    boards = board.boards.values() if board else ()
    first: dict[str, int] = {}
    for one in boards:
        columns = (one.columns.get(name, ()) for name in ("username", "version"))
        for login, version in zip(*columns, strict=False):
            known = first.setdefault(str(login).lower(), version)
            first[str(login).lower()] = min(known, version)
    hidden = {login: _unnamed(slug, version) for login, version in first.items()}
    owners = tuple(owners)
    shown = hidden | admitted.by_login(owners=owners) | {owner.lower(): owner for owner in owners}
    return Disguise(slug, shown, {bare(login): name for login, name in shown.items()})


def _unnamed(slug: str, version: int) -> str:
    return f"{UNNAMED} {version} in {slug}"
