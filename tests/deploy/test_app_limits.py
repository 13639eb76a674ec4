"""What nobody should send an app: it says so, keeps nothing of it, and lives on."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from app_cases import Apps, Case
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from aims_gh.errors import HostError
from aims_gh.host.asking import ask

MEGABYTE = b" " * 1_000_000
COLUMNS = st.sampled_from(["rooms", "area", "garden", "Rooms", ""])
UNEXPECTED = re.compile(r"ufunc|object has no|NoneType|unhashable|Traceback|not subscriptable")
"""Words of Python's own errors, which nobody wrote for whoever asks."""


@pytest.fixture
def houses(apps: Apps) -> Case:
    return apps["houses"]


def post(url: str, path: str, body: bytes, kind: str = "application/json") -> tuple[int, str]:
    asked = urllib.request.Request(f"{url}{path}", body, {"Content-Type": kind})
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({"rooms": 1, "area": None, "garden": True}, "no number in “area”"),
        ({"rooms": 1, "area": "NaN", "garden": True}, "no number in “area”"),
        ({"rooms": 1, "area": 1e39, "garden": True}, "no number in “area”, or one too large"),
        ({"rooms": 1, "area": [2], "garden": True}, "“area” is “[2]”"),
        ({"rooms": 1, "area": {"a": 1}, "garden": True}, "“area” is “{'a': 1}”"),
        ({"rooms": 10**400, "area": 2, "garden": True}, "“rooms”"),
        ({"rooms": True, "area": 2, "garden": None}, "“garden” is “None”"),
        ({"Rooms": 1, "area": 2, "garden": True}, "no column “rooms”"),
        ({}, "no column “rooms”, “area”, “garden”"),
        (None, "Row 2 is not a list of 3 values"),
    ],
)
def test_a_row_that_cannot_be_answered_is_told_with_its_column(
    houses: Case, row: Any, text: str
) -> None:
    with pytest.raises(HostError) as error:
        ask(houses.url, "predict_batch", [{"rooms": 1, "area": 2, "garden": True}, row])

    assert text in error.value.message and "ow 2" in error.value.message
    assert ask(houses.url, "info")["slug"] == "houses"


def test_one_long_text_among_many_short_ones_takes_no_room_for_each(apps: Apps) -> None:
    moods = apps["moods"]

    with pytest.raises(HostError, match="a text of 5,000,000 characters, too long among 1,000 row"):
        ask(moods.url, "predict_batch", ["x" * 5_000_000, *["short"] * 999])

    assert peak(moods.url) < 900_000_000
    assert len(ask(moods.url, "predict_batch", ["x" * 50_000, *["short"] * 999])) == 1_000


def test_numbers_that_json_does_not_have_are_refused(houses: Case) -> None:
    for number in ("NaN", "Infinity", "1e999"):
        body = f'{{"data": [[[1, {number}, true]]]}}'.encode()

        status, said = post(houses.url, "gradio_api/call/predict_batch", body)

        if status == 200:
            event = json.loads(said)["event_id"]
            with urllib.request.urlopen(
                f"{houses.url}gradio_api/call/predict_batch/{event}", timeout=30
            ) as answer:
                assert "area" in answer.read().decode()
        else:
            assert 400 <= status < 500, said


def test_as_many_rows_as_may_be_are_answered(houses: Case) -> None:
    rows = [[number % 7, 20.5, True] for number in range(100_000)]

    answers = ask(houses.url, "predict_batch", rows)

    assert len(answers) == 100_000
    assert answers[99_999]["prediction"] == pytest.approx(10.5 * (99_999 % 7) + 2.25 * 20.5 + 33)


def test_a_body_of_200_megabytes_is_refused_and_not_kept(houses: Case) -> None:
    body = b'{"data": [["' + MEGABYTE * 200 + b'"]]}'

    status, said = post(houses.url, "gradio_api/call/predict_batch", body)

    assert status == 413
    assert json.loads(said)["detail"].startswith("a question has 100 MB at the most")
    with pytest.raises(HostError, match="answered 413: a question has 100 MB"):
        ask(houses.url, "predict_batch", ["x" * 200_000_000])
    assert peak(houses.url) < 900_000_000


def test_a_body_whose_size_is_not_told_is_counted(houses: Case) -> None:
    place = houses.url.removeprefix("http://").rstrip("/")
    asked = http.client.HTTPConnection(place, timeout=60)

    def parts() -> Iterator[bytes]:
        yield b'{"data": ["'
        for _ in range(120):
            yield MEGABYTE
        yield b'"]}'

    asked.request(
        "POST", "/gradio_api/call/predict_batch", parts(),
        {"Content-Type": "application/json"}, encode_chunked=True,
    )  # fmt: skip

    with asked.getresponse() as answer:
        assert answer.status == 413 and b"100 MB at the most" in answer.read()
    asked.close()
    assert ask(houses.url, "info")["slug"] == "houses"


def test_a_file_of_200_megabytes_is_refused(houses: Case) -> None:
    edge = "edge-of-a-part"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="x.png"\r\n\r\n'
    for size in (60, 200):
        body = head.encode() + MEGABYTE * size + f"\r\n--{edge}--\r\n".encode()

        kind = f"multipart/form-data; boundary={edge}"
        status, _ = post(houses.url, "gradio_api/upload", body, kind)

        assert status == 413
    assert ask(houses.url, "info")["slug"] == "houses"


@pytest.mark.parametrize(
    "part",
    [
        'name="files"\r\n\r\n{}',
        'name="x"; filename="a"\r\n\r\n',
        'name="files"; filename=""\r\n\r\nx',
        "",
    ],
)
def test_a_file_that_is_none_is_refused(houses: Case, part: str) -> None:
    body = f"--edge\r\nContent-Disposition: form-data; {part}\r\n--edge--\r\n".encode()

    status, _ = post(houses.url, "gradio_api/upload", body, "multipart/form-data; boundary=edge")

    assert status == 200 or 400 <= status < 500
    assert ask(houses.url, "info")["slug"] == "houses"


def peak(url: str) -> int:
    """The most memory that the process of an app has had."""
    port = f"GRADIO_SERVER_PORT={url.rstrip('/').rpartition(':')[2]}"
    for process in Path("/proc").iterdir():
        try:
            mine = port in (process / "environ").read_text(errors="replace")
        except OSError:
            continue
        if mine:
            status = (process / "status").read_text()
            return int(re.findall(r"VmHWM:\s*(\d+)", status)[0]) * 1024
    raise AssertionError("the app has no process")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(COLUMNS, inner, max_size=4),
    max_leaves=8,
)
"""Whatever JSON has; objects often by the columns' names."""


@settings(max_examples=30, deadline=None, database=None, derandomize=True)
@given(endpoint=st.sampled_from(["predict", "predict_batch", "info"]), one=JSON, whole=JSON)
def fuzz(url: str, seen: Counter[int], endpoint: str, one: Any, whole: Any) -> None:
    named = {"predict": {"row": one}, "predict_batch": {"rows": one}, "info": {}}[endpoint]
    for path, body in (
        (endpoint, {"data": [one]}), (endpoint, {"data": whole}), (endpoint, whole),
        (f"v2/{endpoint}", named), (f"v2/{endpoint}", whole),
    ):  # fmt: skip
        status, said = post(url, f"gradio_api/call/{path}", json.dumps(body).encode())
        seen[status] += 1
        assert status < 500, said
        if status == 200:
            event = json.loads(said)["event_id"]
            text = got(f"{url}gradio_api/call/{endpoint}/{event}")
            assert "event: complete" in text or "event: error" in text
            assert not UNEXPECTED.search(text), (body, text)


def got(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def test_whatever_is_posted_is_answered_or_refused_in_words(houses: Case) -> None:
    with urllib.request.urlopen(f"{houses.url}gradio_api/openapi.json", timeout=30) as answer:
        described = json.load(answer)
    seen: Counter[int] = Counter()

    fuzz(houses.url, seen)

    assert {"/gradio_api/call/predict", "/gradio_api/call/predict_batch"} <= {
        path.replace("v2/", "") for path in described["paths"]
    }
    for name in ("predict", "predict_batch", "v2"):
        assert "no question of this number" in got(f"{houses.url}gradio_api/call/{name}/0")
    assert seen[200] > 20 and ask(houses.url, "info")["slug"] == "houses"


def test_whatever_its_description_allows_is_answered(houses: Case) -> None:
    described = schemathesis.openapi.from_url(f"{houses.url}gradio_api/openapi.json")
    operations = [found.ok() for found in described.get_all_operations()]
    posted = [one for one in operations if one.method.upper() == "POST"]

    for operation in operations:
        allowed(houses.url, operation, examples=25 if operation in posted else 3)

    assert {one.path.rpartition("/")[2] for one in posted} == {
        "upload", "predict", "predict_batch", "info",
    }  # fmt: skip
    assert ask(houses.url, "info")["slug"] == "houses"


def allowed(url: str, operation: Any, *, examples: int) -> None:
    """Ask what is allowed and what nearly is, and fetch what it leads to."""

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True)
    @given(case=operation.as_strategy())
    def asked(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(checks=[not_a_server_error], timeout=30)
        if case.method.upper() == "POST" and "event_id" in answer.text:
            endpoint = case.path.rpartition("/")[2]
            text = got(f"{url}gradio_api/call/{endpoint}/{answer.json()['event_id']}")
            assert text.startswith(("event: complete", "event: error"))
            assert not UNEXPECTED.search(text), (case.body, text)

    asked()
