"""Users, organizations, and who may do what in a repository."""

from __future__ import annotations

from typing import Any

from ..call import Answer, Call, created, invalid, not_found, route


@route("meta/root")
def root(call: Call) -> Any:
    return call.bodies.of("root")


@route("rate-limit/get")
def rate_limit(call: Call) -> Any:
    core = call.world.limits.shown(call.token)
    body = call.bodies.of("rate-limit-overview")
    return {"resources": body["resources"] | {"core": core}, "rate": core}


@route("users/get-authenticated")
def me(call: Call) -> Any:
    user = call.world.user(call.login)
    return call.bodies.account(user, "private-user-response-with-public-profile-information")


@route("users/get-by-username")
def user(call: Call) -> Any:
    found = call.world.users.get(call.args["username"].lower()) or not_found()
    return call.bodies.account(found, "public-user-default-response")


@route("orgs/get")
def organization(call: Call) -> Any:
    found = call.world.users.get(call.args["org"].lower())
    if found is None or found.kind != "Organization":
        not_found()
    body = call.bodies.of("organization-full") | {"archived_at": None}
    short = call.bodies.user(found.login)
    url = f"{call.bodies.api_url}/orgs/{found.login}"
    kept = {key: short[key] for key in ("login", "id")}
    return body | kept | {"name": found.login, "url": url, "repos_url": f"{url}/repos"}


@route("repos/check-collaborator")
def is_collaborator(call: Call) -> Any:
    name = call.args["username"]
    if call.world.role(name, call.repo) != "admin" and name not in call.repo.collaborators:
        not_found()


@route("repos/get-collaborator-permission-level")
def permission(call: Call) -> Any:
    login = call.args["username"]
    if login.lower() not in call.world.users:
        not_found()
    role = call.world.role(login, call.repo)
    coarse = {"triage": "read", "maintain": "write"}.get(role, role)
    user = call.bodies.user(login) | {"role_name": role}
    return {"permission": coarse, "role_name": role, "user": user}


@route("repos/add-collaborator")
def add_collaborator(call: Call) -> Any:
    login = call.args["username"]
    if login.lower() not in call.world.users:
        not_found()
    if login == call.repo.owner:
        invalid("Repository owner cannot be a collaborator")
    wanted = (call.body or {}).get("permission", "push")
    already = login in call.repo.collaborators
    # Taken for accepted at once; on GitHub the invited person has to say yes first.
    call.repo.collaborators[login] = {"push": "write", "pull": "read"}.get(wanted, wanted)
    if already:
        return Answer(204)
    example = "repository-invitation-response-when-a-new-invitation-is-created"
    body = call.bodies.of(example, call.repo)
    return created(
        body
        | {
            "invitee": call.bodies.user(login),
            "inviter": call.bodies.user(call.login),
            "permissions": call.repo.collaborators[login],
            "repository": call.bodies.repository(call.repo),
        }
    )
