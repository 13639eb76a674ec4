"""GitHub's own description of its REST API: the routes, the examples, and what is valid."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from .permissions import NEEDS

TOOL = Path(__file__).resolve().parents[2] / "tools" / "openapi.py"
SLICE = Path(sys.prefix) / "github-openapi.json.gz"
_HERE = "urn:github"

# What the service takes although its description does not say so.
LENIENT = frozenset({"issues/add-labels", "issues/set-labels", "repos/update-branch-protection"})


@cache
def description() -> Description:
    """Give the description; fetch it first where it is absent or lacks an operation."""
    held = _read() if SLICE.exists() else None
    if held is None or not held.operations.keys() >= NEEDS.keys():
        # The tool looks again, under a lock: several test processes start at the same time.
        subprocess.run([sys.executable, TOOL, SLICE], check=True)
        held = _read()
    return held


def _read() -> Description:
    return Description(json.loads(gzip.decompress(SLICE.read_bytes())))


@dataclass(frozen=True)
class Operation:
    """One thing that the API can be asked: a method on a path."""

    name: str
    method: str
    path: str
    definition: Mapping[str, Any]
    pointer: str
    parent: Description

    @cached_property
    def query(self) -> Mapping[str, Mapping[str, Any]]:
        """The schema of each query parameter."""
        parameters = map(self.parent.resolved, self.definition.get("parameters", []))
        return {p["name"]: p["schema"] for p in parameters if p["in"] == "query"}

    def wrong_in_request(self, query: Mapping[str, str], body: Any) -> Iterator[str]:
        """Tell what GitHub would not understand or not take."""
        for name, value in query.items():
            if name not in self.query:
                yield f"unknown query parameter {name!r}"
            elif not _fits(value, self.parent.resolved(self.query[name])):
                yield f"query parameter {name}={value!r} is not valid"
        schema = self._request_schema()
        if schema is None:
            if body not in (None, {}):
                yield "a body where none belongs"
            return
        if body is None and not self.definition["requestBody"].get("required", False):
            return
        if self.name not in LENIENT:
            yield from self.parent.wrong(schema, body)
        yield from self._unknown_keys(schema, body)

    def wrong_in_response(self, status: int, body: Any) -> Iterator[str]:
        """Tell in what an answer is not one of GitHub's."""
        responses = self.definition["responses"]
        if str(status) not in responses:
            if status < 400 and status != 304:
                yield f"undocumented status {status}"
            return
        response = self.parent.resolved(responses[str(status)])
        content = response.get("content", {}).get("application/json")
        if content is None:
            if body is not None and status < 400:
                yield f"a body with status {status}"
        elif body is not None or status < 300:
            pointer = self._response_pointer(status)
            yield from self.parent.wrong(f"{pointer}/content/application~1json/schema", body)

    def _request_schema(self) -> str | None:
        content = self.definition.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return f"{self.pointer}/requestBody/content/application~1json/schema"

    def _response_pointer(self, status: int) -> str:
        response = self.definition["responses"][str(status)]
        return str(response.get("$ref", f"{self.pointer}/responses/{status}"))

    def _unknown_keys(self, schema: str, body: Any) -> Iterator[str]:
        known = self.parent.properties(schema)
        if isinstance(body, dict) and known:
            yield from (f"unknown key {key!r} in the body" for key in body if key not in known)


class Description:
    """The description, or the slice of it that is implemented."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._correct()
        self._registry = jsonschema_rs.Registry(
            [(_HERE, document)], draft=jsonschema_rs.Draft202012
        )
        self._validators: dict[str, Any] = {}
        self.operations = {operation.name: operation for operation in self._operations()}

    def _correct(self) -> None:
        """Say what the service does where its description is wrong."""
        # The repository of a head is null once it was deleted (@octokit/webhooks-schemas knows).
        for name in ("pull-request", "pull-request-simple"):
            head = self._at(f"#/components/schemas/{name}/properties/head/properties")
            head["repo"] = {"anyOf": [head["repo"], {"type": "null"}]}
        # What may be one of two things is often both, errors above all.
        for operation in self._operations():
            for response in operation.definition["responses"].values():
                schema = response.get("content", {}).get("application/json", {}).get("schema", {})
                if "oneOf" in schema:
                    schema["anyOf"] = schema.pop("oneOf")

    def example(self, name: str) -> Any:
        """Give the value of an example by its name."""
        return self._document["components"]["examples"][name]["value"]

    def resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow a reference, where the node is one."""
        while "$ref" in node:
            node = self._at(node["$ref"])
        return node

    def wrong(self, pointer: str, value: Any) -> Iterator[str]:
        """Tell in what a value does not fit a schema."""
        if pointer not in self._validators:
            self._validators[pointer] = jsonschema_rs.Draft202012Validator(
                {"$ref": _HERE + quote(pointer, safe="#/~")}, registry=self._registry
            )
        for error in self._validators[pointer].iter_errors(value):
            yield f"{'/'.join(map(str, error.instance_path)) or 'body'}: {error.message[:300]}"

    def properties(self, pointer: str) -> set[str]:
        """Give the names that a schema knows for an object, through its alternatives."""
        return set(self._properties(self._at(pointer)))

    def _properties(self, schema: Mapping[str, Any]) -> Iterator[str]:
        schema = self.resolved(schema)
        yield from schema.get("properties", {})
        for kind in ("anyOf", "oneOf", "allOf"):
            for part in schema.get(kind, []):
                yield from self._properties(part)

    def _at(self, pointer: str) -> Any:
        node: Any = self._document
        for step in pointer.removeprefix("#/").split("/"):
            node = node[step.replace("~1", "/").replace("~0", "~")]
        return node

    def _operations(self) -> Iterator[Operation]:
        for path, methods in self._document["paths"].items():
            for method, definition in methods.items():
                pointer = f"#/paths/{path.replace('/', '~1')}/{method}"
                name = definition["operationId"]
                yield Operation(name, method.upper(), path, definition, pointer, self)


def _fits(value: str, schema: Mapping[str, Any]) -> bool:
    """Tell whether a query parameter, which is always text, is one that the schema allows."""
    if schema.get("type") == "integer" and not value.lstrip("-").isdigit():
        return False
    if schema.get("type") == "boolean" and value.lower() not in ("true", "false", "0", "1"):
        return False
    return "enum" not in schema or value in schema["enum"]
