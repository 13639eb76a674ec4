"""Who may do what: the token that is shown, the repository, the operation."""

from __future__ import annotations

from .call import Call, Refused, not_found
from .permissions import ROLES, USER, Need
from .records import Repository, Token
from .world import World

_REFUSED = {
    "job": "Resource not accessible by integration",
    "fine-grained": "Resource not accessible by personal access token",
}


def token_in(world: World, header: str | None, basic_password: str | None) -> Token | None:
    """Find the token that a request shows; None where it shows none."""
    value = basic_password
    if value is None and header:
        value = header.partition(" ")[2].strip()
    if value is None:
        return None
    if value not in world.tokens:
        raise Refused(401, "Bad credentials")
    return world.tokens[value]


def can_see(world: World, token: Token | None, repo: Repository) -> bool:
    """Tell whether a repository exists for somebody."""
    if not repo.private:
        return True
    if token is None:
        return False
    if token.kind == "job":
        return token.repository == repo.full_name
    if token.kind == "classic" and "repo" not in token.scopes:
        return False
    return world.role(token.login, repo) != "none"


def check(call: Call, need: Need) -> None:
    """Refuse what the token, or its user, may not do."""
    token, repo = call.token, call.repository
    if token is None:
        if need is USER and call.operation.name == "users/get-authenticated":
            raise Refused(401, "Requires authentication")
        if need is not USER and not (need.public and repo and not repo.private):
            raise Refused(401, "Requires authentication")
        return
    if token.kind != "classic":
        call.headers["X-Accepted-GitHub-Permissions"] = need.header
    if need is USER:
        if token.kind == "job" and call.operation.name == "users/get-authenticated":
            raise Refused(403, _REFUSED["job"], headers=call.headers)
        return
    if need.public and repo and not repo.private:
        return
    if token.kind == "job":
        own = repo is not None and token.repository == repo.full_name
        if not (own and need.granted_by(token.permissions)):
            raise Refused(403, _REFUSED["job"], headers=call.headers)
        return
    if token.kind == "fine-grained" and not need.granted_by(token.permissions):
        raise Refused(403, _REFUSED["fine-grained"], headers=call.headers)
    if token.kind == "classic":
        _check_scopes(call, token, need)
    if repo is not None:
        _check_role(call, repo, need)
        if repo.archived and need.level == "write" and call.operation.name != "repos/update":
            raise Refused(403, "Repository was archived so is read-only.")


def _check_scopes(call: Call, token: Token, need: Need) -> None:
    private = call.repository is not None and call.repository.private
    enough = ("repo",) if private else ("repo", "public_repo")
    call.headers["X-Accepted-OAuth-Scopes"] = ", ".join(enough)
    if need.level == "write" and not set(enough) & set(token.scopes):
        raise Refused(404, "Not Found", headers=call.headers)


def _check_role(call: Call, repo: Repository, need: Need) -> None:
    if ROLES[call.world.role(call.login, repo)] >= ROLES[need.role]:
        return
    if "contents" in need.permissions:
        not_found()
    raise Refused(403, "Must have admin rights to Repository.")


def may_git(world: World, token: Token | None, repo: Repository, *, push: bool) -> bool:
    """Tell whether somebody may fetch from, or push to, a repository that exists for them."""
    if not push and not repo.private:
        return True
    if token is None:
        return False
    if token.kind == "job":
        allowed = ("write",) if push else ("read", "write")
        return token.repository == repo.full_name and (token.permissions.get("contents") in allowed)
    if push and token.kind == "classic" and not {"repo", "public_repo"} & set(token.scopes):
        return False
    if token.kind == "fine-grained" and token.permissions.get("contents") != "write" and push:
        return False
    return ROLES[world.role(token.login, repo)] >= ROLES["write" if push else "read"]
