"""What the documentation tells people to type: run as it stands, in order, in an empty folder.

A comment before a block may say

* `not run: WHY`,
* `run as: aims demo --no-serve`, where another command would make the demo and serve it; the demo
  is made once for all pages,
* `until Ctrl-C`, for a server: its page is fetched, then it is interrupted.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from pages import BLOCK, HERE, NOT_RUN, ON_A_HUB, ON_GITHUB, RUN, Block, blocks, check, name_of, run
from shared_demo import DEMO, shared_demo

SERVE = """\
import os, re, signal, subprocess, sys, time, urllib.request
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
with subprocess.Popen(
    ["bash", "-euc", sys.argv[1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    text=True, start_new_session=True, env=dict(os.environ) | {"PYTHONUNBUFFERED": "1"},
) as server:
    for line in server.stdout:
        print(line, end="", flush=True)
        if address := re.search(r"http://\\S+/(?=\\s)", line):
            for _ in range(50):
                try:
                    urllib.request.urlopen(address[0], timeout=20).read()
                    break
                except OSError:
                    time.sleep(0.1)
            else:
                sys.exit(f"nobody answers at {address[0]}")
            os.killpg(server.pid, signal.SIGINT)
    sys.exit(0 if server.wait() in (0, 130, -signal.SIGINT) else 1)
"""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the demo, once for all workers."""
    return shared_demo(tmp_path_factory)


@pytest.mark.parametrize("page", HERE, ids=name_of)
def test_what_a_page_says_to_type_works_and_prints_what_it_says(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chosen = [block for block in blocks(page) if not block.left_out]
    needs_demo = any(f"run as: {DEMO}" in block.notes for block in chosen)
    demo = request.getfixturevalue("demo") if needs_demo else tmp_path
    server = tmp_path / "serve.py"
    server.write_text(SERVE)
    scripts = [script(block, demo, server) for block in chosen]

    done = run(scripts, tmp_path / "page")

    check(chosen, scripts, done)


def script(block: Block, demo: Path, server: Path) -> str:
    if f"run as: {DEMO}" in block.notes:
        return f"cp -R {demo}/home/. ~/ && cp -R {demo}/desk/. ."
    if "until Ctrl-C" in block.notes:
        return f"python {server} {shlex.quote(block.script)}"
    return block.script


@pytest.mark.parametrize("page", [*HERE, *ON_GITHUB, ON_A_HUB], ids=name_of)
def test_every_block_is_of_a_kind_that_is_run_or_that_cannot_be(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    kinds = re.findall(r"^ *```(\S*)$", text, re.MULTILINE)[::2]

    assert set(kinds) <= {*RUN, *NOT_RUN}
    assert len(kinds) == len(BLOCK.findall(text)), "a block is indented, or not closed"
