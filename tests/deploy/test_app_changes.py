"""A model is changed while its app runs: no question is lost, and a bad one changes nothing."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from urllib.request import urlopen

import pytest
from changing_models import PRICES, ROW, Houses

from aims_gh.errors import HostError
from aims_gh.host.asking import ask
from aims_gh.host.local import LocalHost

CLIENTS, SWAPS, SECONDS = 8, 10, 5.0


@pytest.fixture(scope="module")
def houses() -> Houses:
    return Houses()


@pytest.fixture(scope="module")
def host() -> Iterator[LocalHost]:
    with LocalHost() as host:
        yield host


@pytest.fixture(scope="module")
def url(host: LocalHost, houses: Houses) -> str:
    """One app for all tests of this file; each leaves another version in it."""
    return host.push("houses", houses.folder(1))


def says(url: str) -> float:
    (answer,) = ask(url, "predict_batch", [ROW])
    return float(answer["prediction"])


def test_ten_changes_under_load_lose_no_question(host: LocalHost, houses: Houses, url: str) -> None:
    folders = {version: houses.folder(version) for version in (1, 2)}
    over = Event()

    def client() -> list[float]:
        said = []
        while not over.is_set():
            said.append(says(url))
        return said

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(client) for _ in range(CLIENTS)]
        for number in range(SWAPS):
            before = time.monotonic()
            assert host.swap("houses", folders[2 - number % 2]) == url
            time.sleep(max(0.0, SECONDS / SWAPS - (time.monotonic() - before)))
        over.set()
        said = Counter(price for each in running for price in each.result())

    assert set(said) == {PRICES[1], PRICES[2]}
    assert says(url) == PRICES[1]
    assert ask(url, "info")["model"]["version"] == 1


def test_a_model_that_cannot_be_read_leaves_the_old_one_answering(
    host: LocalHost, houses: Houses, url: str
) -> None:
    now = says(url)
    mixed = houses.folder(2) | {"model.onnx": houses.model(3)}
    corrupt = houses.folder(2)
    digest = json.loads(corrupt["app.json"])["model"]["sha256"]
    corrupt["model.onnx"] = corrupt["model.onnx"][:-40]
    named = hashlib.sha256(corrupt["model.onnx"]).hexdigest()
    corrupt["app.json"] = corrupt["app.json"].replace(digest.encode(), named.encode())

    with pytest.raises(HostError, match=r"keeps its model: model\.onnx is not the file"):
        host.swap("houses", mixed)
    with pytest.raises(HostError, match="keeps its model: onnxruntime cannot load the model"):
        host.swap("houses", corrupt)

    assert says(url) == now
    host.swap("houses", houses.folder(2))
    assert says(url) == PRICES[2]
    assert "Version 2 of" in json.dumps(page_of(url)["components"])


def test_another_program_is_not_put_into_an_app_that_runs(
    host: LocalHost, houses: Houses, url: str
) -> None:
    now = says(url)

    with pytest.raises(HostError, match=r"another program: app\.py"):
        host.swap("houses", houses.folder(1) | {"app.py": b"print('else')"})

    assert says(url) == now


def test_a_form_that_has_changed_is_there_when_the_page_is_loaded_again(
    host: LocalHost, houses: Houses, url: str
) -> None:
    model = houses.model(3)
    inputs = houses.app(3, model).inputs
    told = {"title": "Flats", "inputs": (inputs[2], inputs[0], inputs[1]), "examples": ()}

    host.swap("houses", houses.folder(3, **told))

    page = page_of(url)
    assert page["title"] == "Flats"
    labels = [one["props"].get("label") for one in page["components"]]
    assert [label for label in labels if label in ("rooms", "area", "garden")] == [
        "garden", "rooms", "area",
    ]  # fmt: skip
    rooms, area, garden = ROW
    assert ask(url, "predict_batch", [[garden, rooms, area]])[0]["prediction"] == PRICES[3]
    assert ask(url, "predict", {"rooms": rooms, "area": area, "garden": garden}) == PRICES[3]
    with urlopen(f"{url}gradio_api/info", timeout=30) as answer:
        described = json.load(answer)
    assert set(described["named_endpoints"]) == {"/predict", "/predict_batch", "/info"}
    host.swap("houses", houses.folder(1))
    assert says(url) == PRICES[1] and page_of(url)["title"] == "Houses"


def page_of(url: str) -> dict[str, Any]:
    with urlopen(f"{url}config", timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
