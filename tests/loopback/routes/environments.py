"""Deployment environments, and the branches that may use them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ..bodies import Body, instant
from ..call import Answer, Call, Refused, invalid, not_found, route
from ..records import Environment, new_id


def environment(call: Call) -> Environment:
    """Give the environment that the path names."""
    return call.repo.environments.get(call.args["environment_name"]) or not_found()


@route("repos/get-all-environments")
def environments(call: Call) -> Any:
    found = list(call.repo.environments.values())
    return {"total_count": len(found), "environments": [_shown(call, e) for e in call.page(found)]}


@route("repos/get-environment")
def get(call: Call) -> Any:
    return _shown(call, environment(call))


@route("repos/create-or-update-environment")
def put(call: Call) -> Any:
    name, body, now = call.args["environment_name"], call.body or {}, call.world.now()
    policy = body.get("deployment_branch_policy")
    if policy and policy["protected_branches"] == policy["custom_branch_policies"]:
        invalid("protected_branches and custom_branch_policies cannot have the same value")
    found = call.repo.environments.setdefault(name, Environment(name, now, now))
    found.branch_policy, found.updated = policy, now
    found.wait_timer = body.get("wait_timer") or 0
    if not (policy and policy["custom_branch_policies"]):
        found.policies.clear()
    return _shown(call, found)


@route("repos/delete-an-environment")
def delete(call: Call) -> Any:
    del call.repo.environments[environment(call).name]
    return Answer(204)


@route("repos/list-deployment-branch-policies")
def policies(call: Call) -> Any:
    found = environment(call).policies
    shown = [_policy(number, *what) for number, what in found.items()]
    return {"total_count": len(shown), "branch_policies": call.page(shown)}


@route("repos/create-deployment-branch-policy")
def add_policy(call: Call) -> Any:
    found = environment(call)
    if not (found.branch_policy and found.branch_policy["custom_branch_policies"]):
        not_found()
    what = (call.body["name"], call.body.get("type", "branch"))
    if what in found.policies.values():
        raise Refused(303, "Already exists")
    number = new_id()
    found.policies[number] = what
    return _policy(number, *what)


@route("repos/delete-deployment-branch-policy")
def delete_policy(call: Call) -> Any:
    if environment(call).policies.pop(int(call.args["branch_policy_id"]), None) is None:
        not_found()
    return Answer(204)


def _policy(number: int, name: str, kind: str) -> Body:
    return {"id": number, "node_id": "GP", "name": name, "type": kind}


def _shown(call: Call, found: Environment) -> Body:
    rules: list[Body] = []
    if found.wait_timer:
        rules.append({"id": found.id + 1, "node_id": "GA", "type": "wait_timer"})
        rules[-1]["wait_timer"] = found.wait_timer
    if found.branch_policy:
        rules.append({"id": found.id + 2, "node_id": "GA", "type": "branch_policy"})
    page = f"{call.bodies.web_url(call.repo)}/deployments/activity_log?environments_filter="
    return {
        "id": found.id,
        "node_id": "EN",
        "name": found.name,
        "url": f"{call.bodies.repo_url(call.repo)}/environments/{quote(found.name, safe='')}",
        "html_url": page + quote(found.name),
        "created_at": instant(found.created),
        "updated_at": instant(found.updated),
        "protection_rules": rules,
        "deployment_branch_policy": found.branch_policy,
    }
