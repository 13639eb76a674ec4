"""What every host does, wherever it serves."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from hub.apps import PLAYGROUND, app, host_of
from hub.hub import Hub

from aims_gh.host import Files, Host
from aims_gh.host.local import LocalHost

SERVER = b"""
import http.server, os, pathlib

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(pathlib.Path("said.txt").read_bytes())

    def log_message(self, *args):
        pass

print("listening", flush=True)
place = os.environ["GRADIO_SERVER_NAME"], int(os.environ["GRADIO_SERVER_PORT"])
http.server.HTTPServer(place, Handler).serve_forever()
"""


@pytest.fixture(params=["this machine", "Hugging Face"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    if request.param == "this machine":
        with LocalHost() as here:
            yield here
    else:
        with Hub() as hub:
            hub.account("ada", plan="pro")
            hub.logs["run"] = ["listening\n"]
            yield host_of(hub, token=hub.token("ada"), address=PLAYGROUND)
        assert hub.broken == []


def saying(text: str) -> Files:
    return {**app(sdk="gradio"), "app.py": SERVER, "said.txt": text.encode()}


def said(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


class TestEveryHost:
    def test_what_is_pushed_answers_at_the_address_that_is_given(self, host: Host) -> None:
        url = host.push("cars", saying("hello"))

        assert url.endswith("/")
        assert said(url) == "hello"
        assert host.status("cars") == "running"
        assert "listening" in host.log("cars")

    def test_the_next_takes_its_place_and_leaves_others_alone(self, host: Host) -> None:
        other = host.push("boats", saying("boats"))
        host.push("cars", saying("first"))

        url = host.push("cars", saying("second"))

        assert (said(url), said(other)) == ("second", "boats")
        assert host.status("cars") == host.status("boats") == "running"

    def test_what_is_removed_is_gone(self, host: Host) -> None:
        url = host.push("cars", saying("hello"))

        host.remove("cars")

        assert host.status("cars") == "absent"
        assert host.log("cars") == ""
        with pytest.raises(urllib.error.URLError):
            said(url)

    def test_of_what_was_never_there_it_knows_nothing_and_removes_nothing(self, host: Host) -> None:
        host.remove("cars")

        assert (host.status("cars"), host.log("cars")) == ("absent", "")
