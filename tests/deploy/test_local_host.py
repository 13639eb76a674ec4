"""Apps as processes of this machine: started, watched, replaced, ended."""

from __future__ import annotations

import json
import os
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from aims_gh.errors import HostError
from aims_gh.host.local import LocalHost

APP = b"""
import http.server, json, os, pathlib

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = pathlib.Path("text.txt").read_text()
        said = json.dumps({"text": text, "environment": dict(os.environ), "pid": os.getpid()})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(said.encode())

place = os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"])
http.server.HTTPServer(place, Handler).serve_forever()
"""


def app(text: str) -> dict[str, bytes]:
    return {"app.py": APP, "text.txt": text.encode()}


def said(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
        return found


@pytest.fixture
def host() -> Iterator[LocalHost]:
    with LocalHost() as host:
        yield host


def test_an_app_runs_until_it_is_removed_and_the_next_takes_its_place(host: LocalHost) -> None:
    assert host.status("one") == "absent"
    first = said(host.push("one", app("first")))

    url = host.push("one", app("second"))
    second = said(url)

    assert (first["text"], second["text"]) == ("first", "second")
    assert host.status("one") == "running"
    with pytest.raises(ProcessLookupError):
        os.kill(int(str(first["pid"])), 0)
    host.remove("one")
    assert host.status("one") == "absent"
    with pytest.raises(urllib.error.URLError):
        said(url)
    host.remove("one")


def test_the_end_of_the_host_is_the_end_of_its_apps() -> None:
    with LocalHost() as host:
        apps = [said(host.push(name, app(name))) for name in ("a", "b")]

    for one in apps:
        with pytest.raises(ProcessLookupError):
            os.kill(int(str(one["pid"])), 0)


def test_an_app_is_given_no_secrets_of_its_user(
    host: LocalHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "HF_TOKEN", "AIMS_SCORE_KEY", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret")

    environment = said(host.push("one", app("")))["environment"]

    assert isinstance(environment, dict)
    assert "secret" not in environment.values()
    assert environment["HOME"] != os.environ["HOME"]
    assert environment["GRADIO_SERVER_NAME"] == "127.0.0.1"


def test_an_app_that_ends_at_once_is_told_with_its_last_words(host: LocalHost) -> None:
    with pytest.raises(HostError, match="ended with 1") as error:
        host.push("one", {"app.py": b"raise SystemExit('there is no model')"})

    assert "there is no model" in error.value.message
    assert host.status("one") == "absent"


def test_a_port_that_is_taken_is_told(host: LocalHost) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(HostError, match=f"cannot listen on 127.0.0.1:{port}"):
            LocalHost(port).push("one", app(""))


def test_an_app_that_ends_by_itself_is_noticed(host: LocalHost) -> None:
    ends = APP.replace(b"serve_forever()", b"handle_request(); raise SystemExit('enough')")
    host.push("one", {"app.py": ends, "text.txt": b""})

    waiting = threading.Thread(target=host.wait, args=("one",))
    waiting.start()
    waiting.join(20)

    assert host.status("one") == "ended"
    assert "enough" in host.log("one")
