"""Identity tokens: what GitHub says of a job, signed, for whoever trusts it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


def sign(claims: Mapping[str, Any], key: bytes) -> str:
    """Write a token: header, claims and signature, as JWT has them."""
    parts = [_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims)]
    return ".".join([*parts, _signature(".".join(parts), key)])


def read(token: str, key: bytes) -> dict[str, Any] | None:
    """Read the claims of a token; None where nobody with this key signed them."""
    body, _, signature = token.rpartition(".")
    if body.count(".") != 1 or not hmac.compare_digest(_signature(body, key), signature):
        return None
    text = body.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return claims


def _signature(body: str, key: bytes) -> str:
    return _encoded(hmac.digest(key, body.encode(), hashlib.sha256))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
