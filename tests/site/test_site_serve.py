"""A built site on this machine."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aims_gh.errors import SiteError
from aims_gh.site.build import serve

CODE = (
    "import sys; from pathlib import Path; from aims_gh.site.build import serve\n"
    "serve(Path(sys.argv[1]), ready=lambda url: print(url, flush=True)); print('stopped')"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "a").mkdir(parents=True)
    for name in ("index.html", "404.html", "board.js", "x.mjs", "x.json", "x.csv", "x.css"):
        (site / name).write_text(name)
    (tmp_path / "secret.txt").write_text("secret")
    return site


@pytest.fixture
def server(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(folder)],
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    yield process
    process.kill()
    process.communicate()


def ask(process: subprocess.Popen[str], *paths: str) -> list[http.client.HTTPResponse]:
    assert process.stdout
    port = int(process.stdout.readline().strip().rstrip("/").rpartition(":")[2])
    answers = []
    for path in paths:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.body = answer.read()  # type: ignore[attr-defined]
        connection.close()
        answers.append(answer)
    return answers


def test_files_have_the_types_that_browsers_insist_on(server, folder: Path) -> None:
    answers = ask(server, "/", "/board.js", "/x.mjs", "/x.json", "/x.csv", "/x.css")

    assert [answer.status for answer in answers] == [200] * 6
    assert [answer.headers["Content-Type"].split(";")[0] for answer in answers] == [
        "text/html", "text/javascript", "text/javascript", "application/json", "text/csv",
        "text/css",
    ]  # fmt: skip
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-cache"}


def test_a_wrong_address_gets_the_sites_own_page_and_no_listing(server) -> None:
    answers = ask(server, "/nowhere", "/a/", "/../secret.txt", "/%2e%2e/secret.txt")

    assert [(answer.status, answer.body) for answer in answers] == [(404, b"404.html")] * 4


def test_ctrl_c_stops_it_in_silence(server) -> None:
    ask(server, "/", "/nowhere")

    server.send_signal(signal.SIGINT)

    assert server.wait(timeout=20) == 0
    assert server.communicate() == ("stopped\n", "")


def test_a_port_that_is_taken_is_an_error_with_a_way_out(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(SiteError, match="cannot listen") as caught:
            serve(folder, port=port, ready=lambda url: None)

    assert "another port" in caught.value.hint


def test_a_folder_without_a_site_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="holds no site"):
        serve(tmp_path, ready=lambda url: None)
