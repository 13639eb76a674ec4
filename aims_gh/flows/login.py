"""Login: whose token is used, and what it may not do."""

from __future__ import annotations

from dataclasses import dataclass

from aims_gh.errors import CourseError
from aims_gh.forge.administration import Administration, Lack, Token


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, by which token, and what that one may not do."""

    token: Token
    place: str
    to_take_part: tuple[Lack, ...] = ()
    to_own: tuple[Lack, ...] = ()


def look_at_token(administration: Administration, place: str, *, check: bool) -> SignedIn:
    """Tell whose token is used; with `check`, what it lacks.

    Raises
    ------
    CourseError
        If there is no such course that the token may see.
    """
    token = administration.token()
    if not check:
        return SignedIn(token, place)
    if administration.name and administration.repository() is None:
        raise CourseError(
            f"there is no {administration.name} that {token.login}'s token may see",
            hint="spell it as OWNER/NAME; where it is private, its owner can invite you, and a "
            "classic token needs the scope repo",
        )
    taking_part, owning = (tuple(administration.lacks(owning=o)) for o in (False, True))
    return SignedIn(token, place, taking_part, owning)
