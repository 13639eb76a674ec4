"""What a token may do, found out without changing anything."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from aims_gh.errors import ForgeError
from aims_gh.forge.administration import Hosted, Lack, Token
from aims_gh.forge.github.session import ACTIONS_BOT, Session


def token_of(session: Session) -> Token:
    """Tell whose token is used, and of which kind it is.

    Raises
    ------
    ForgeError
        If there is none, or it is worthless.
    """
    if not session.signed_in:
        raise ForgeError(
            f"nobody is signed in to {session.server.host}",
            hint="gh auth login, or set GITHUB_TOKEN",
        )
    reply = session.send("GET", "/user", accept=(403,))
    if reply.status == 403:
        return Token(ACTIONS_BOT, "job")
    login, scopes = str(reply.data["login"]), reply.headers.get("x-oauth-scopes")
    if scopes is None:
        return Token(login, "fine-grained")
    return Token(login, "classic", tuple(s.strip() for s in scopes.split(",") if s.strip()))


def lacks_of(
    session: Session, repository: str, found: Hosted | None, *, owning: bool
) -> list[Lack]:
    """List what the token may not do of what owning, or taking part in, a course takes."""
    token = token_of(session)
    if token.kind == "classic":
        private = found is not None and found.private
        lacking = list(_scopes(session, token, private=private, owning=owning))
    elif token.kind == "fine-grained" and found is not None:
        lacking = list(_permissions(session, repository, owning=owning))
    else:
        lacking = []
    if owning and found is not None and not found.administered:
        what = f"administer {repository}"
        lacking.append(Lack(what, f"an owner of {repository} can make {token.login} an admin"))
    return lacking


def _scopes(session: Session, token: Token, *, private: bool, owning: bool) -> Iterator[Lack]:
    wanted: list[tuple[str, ...]] = [("repo",)] if private else [("public_repo", "repo")]
    wanted += [("workflow",)] if owning else []
    for any_of in wanted:
        if not set(any_of) & set(token.scopes):
            scope = any_of[-1] if owning else any_of[0]
            yield Lack(
                f"the scope {scope}",
                f"gh auth refresh --scopes {scope}, or make a token that has it: "
                f"{session.server.web}/settings/tokens",
            )


def _permissions(session: Session, repository: str, *, owning: bool) -> Iterator[Lack]:
    """Ask for the removal of what is not there: who may do that is told so, and nothing happens."""
    nothing = f"aims-nothing-{secrets.token_hex(8)}"
    path = f"/repos/{repository}"
    probes = {"Pull requests: write": ("DELETE", f"{path}/issues/comments/0")}
    if owning:
        secret = nothing.replace("-", "_").upper()
        probes |= {
            "Contents: write": ("DELETE", f"{path}/git/refs/heads/{nothing}"),
            "Administration: write": ("DELETE", f"{path}/branches/{nothing}/protection"),
            "Environments: write": ("DELETE", f"{path}/environments/aims-run/secrets/{secret}"),
            "Actions: write": ("PUT", f"{path}/actions/workflows/{nothing}.yml/enable"),
            "Pages: read and write": ("GET", f"{path}/pages"),
        }
    for permission, (method, where) in probes.items():
        reply = session.send(method, where, accept=(403, 404, 409, 410, 422))
        if reply.status == 403 and "not accessible" in reply.said:
            yield Lack(
                f"the permission {permission} for {repository}",
                f"change the token: {session.server.web}/settings/personal-access-tokens; "
                "or gh auth login, whose token has it",
            )
