"""Folders of apps, and the host with the patience that tests have."""

from __future__ import annotations

import json
from typing import Any

from aims_gh.host.huggingface import HuggingFaceHost
from aims_gh.host.huggingface_waiting import Waiting

from .hub import Hub

PLAYGROUND = "ada/ml/cars"
QUICK = Waiting(longest=60, between=0.005, settling=60, answering=0.05)


def host_of(hub: Hub, space: str = "ada", **more: Any) -> HuggingFaceHost:
    """Give a host that looks two hundred times a second."""
    return HuggingFaceHost(space, endpoint=hub.url, **{"waiting": QUICK, **more})


def app(version: int = 1, *, sdk: str = "static", **files: bytes) -> dict[str, bytes]:
    """Make the folder of an app, as far as a Hub looks at it."""
    told = {"schema_version": 1, "slug": "cars", "address": PLAYGROUND}
    described = json.dumps(told | {"model": {"version": version}}).encode()
    readme = f"---\ntitle: Cars\nsdk: {sdk}\n---\n\n# Cars\n".encode()
    model = b"onnx" * 500 + bytes([version])
    return {"README.md": readme, "app.json": described, "model.onnx": model, **files}
