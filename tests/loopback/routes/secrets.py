"""Secrets of repositories and environments, really opened; variables."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import SealedBox

from ..bodies import Body, instant
from ..call import Answer, Call, Refused, created, invalid, not_found, route
from ..records import Secret, Vault
from .environments import environment

MAX_BYTES = 48 * 1024
_NAME = re.compile(r"(?!GITHUB_)[A-Z_][A-Z0-9_]*")


def _vault(call: Call) -> Vault:
    return environment(call).vault if "environment_name" in call.args else call.repo.vault


@route("actions/get-environment-public-key")
@route("actions/get-repo-public-key")
def public_key(call: Call) -> Any:
    vault = _vault(call)
    return {"key_id": vault.key_id, "key": b64encode(bytes(vault.key.public_key)).decode()}


@route("actions/list-environment-secrets")
@route("actions/list-repo-secrets")
def secrets(call: Call) -> Any:
    found = list(_vault(call).secrets.values())
    return {"total_count": len(found), "secrets": [_shown(one) for one in call.page(found)]}


@route("actions/get-environment-secret")
@route("actions/get-repo-secret")
def secret(call: Call) -> Any:
    return _shown(_vault(call).secrets.get(call.args["secret_name"].upper()) or not_found())


@route("actions/create-or-update-environment-secret")
@route("actions/create-or-update-repo-secret")
def put_secret(call: Call) -> Any:
    vault, name = _vault(call), _named(call.args["secret_name"])
    if call.body.get("key_id") != vault.key_id:
        invalid("The key_id does not match the public key of this repository or environment")
    try:
        value = SealedBox(vault.key).decrypt(b64decode(call.body["encrypted_value"]))
    except (CryptoError, ValueError):
        invalid("Bad request - encrypted_value is not a sealed box for this key")
    if len(value) > MAX_BYTES:
        invalid("Secret value is too large")
    return created({}) if _put(call, vault.secrets, name, value.decode()) else Answer(204)


@route("actions/delete-environment-secret")
@route("actions/delete-repo-secret")
def delete_secret(call: Call) -> Any:
    if _vault(call).secrets.pop(call.args["secret_name"].upper(), None) is None:
        not_found()
    return Answer(204)


@route("actions/list-repo-variables")
def variables(call: Call) -> Any:
    shown = [_shown(one) | {"value": one.value} for one in call.repo.variable_set.values()]
    return {"total_count": len(shown), "variables": call.page(shown)}


@route("actions/get-repo-variable")
def variable(call: Call) -> Any:
    found = call.repo.variable_set.get(call.args["name"].upper()) or not_found()
    return _shown(found) | {"value": found.value}


@route("actions/create-repo-variable")
def create_variable(call: Call) -> Any:
    name = _named(call.body["name"])
    if name in call.repo.variable_set:
        raise Refused(409, "Already exists - Variable already exists")
    _put(call, call.repo.variable_set, name, call.body["value"])
    return created({})


@route("actions/update-repo-variable")
def update_variable(call: Call) -> Any:
    name = call.args["name"].upper()
    before = call.repo.variable_set.get(name) or not_found()
    _put(call, call.repo.variable_set, name, (call.body or {}).get("value", before.value))
    return Answer(204)


@route("actions/delete-repo-variable")
def delete_variable(call: Call) -> Any:
    if call.repo.variable_set.pop(call.args["name"].upper(), None) is None:
        not_found()
    return Answer(204)


def _named(name: str) -> str:
    if not _NAME.fullmatch(name.upper()):
        invalid("Secret names can only contain alphanumeric characters or underscores ...")
    return name.upper()


def _put(call: Call, kept: dict[str, Secret], name: str, value: str) -> bool:
    now = call.world.now()
    before = kept.get(name)
    kept[name] = Secret(name, value, before.created if before else now, now)
    return before is None


def _shown(secret: Secret) -> Body:
    times = {"created_at": instant(secret.created), "updated_at": instant(secret.updated)}
    return {"name": secret.name, **times}
