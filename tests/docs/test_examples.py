"""What the documentation tells people to type: run as it stands, in order, in an empty folder.

A page's blocks of `sh` and `python` run one after the other; a block of `text` that follows one is
what it prints, with `…` for what differs from run to run. A comment before a block may say

* `not run: WHY`,
* `run as: aims demo --no-serve`, where another command would make the demo and serve it; the demo
  is made once for all pages,
* `until Ctrl-C`, for a server: its page is fetched, then it is interrupted.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs/tutorial").glob("*.md")),
    *sorted((ROOT / "docs/how-to").glob("*.md")),
]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
BLOCK = re.compile(r"^(?:<!-- ([^\n]*) -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEMO = "aims demo --no-serve"
RUN = ("sh", "python")
NOT_RUN = ("text", "yaml", "json")


@dataclass
class Block:
    """A fenced block that is run, and what it is said to print."""

    kind: str
    code: str
    note: str
    line: int
    printed: list[str] = field(default_factory=list)

    @property
    def left_out(self) -> bool:
        return self.note.startswith("not run: ")

    def script(self, demo: Path) -> str:
        if self.note == f"run as: {DEMO}":
            return f"cp -R {demo}/home/. ~/ && cp -R {demo}/desk/. ."
        if self.kind == "python":
            return f"python - <<'END OF BLOCK'\n{self.code}END OF BLOCK"
        return self.code


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in BLOCK.finditer(text):
        note, kind, code = match.groups()
        if kind in RUN:
            line = text[: match.start()].count("\n") + 1
            found.append(Block(kind, code, note or "", line))
        elif kind == "text" and found:
            found[-1].printed.append(code)
    return found


SERVE = """\
import os, re, signal, subprocess, sys, time, urllib.request
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
with subprocess.Popen(
    ["bash", "-euc", sys.argv[1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    text=True, start_new_session=True, env=dict(os.environ) | {"PYTHONUNBUFFERED": "1"},
) as server:
    for line in server.stdout:
        print(line, end="", flush=True)
        if address := re.search(r"http://\\S+/", line):
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


def run(scripts: list[str], folder: Path) -> tuple[int, list[str]]:
    """Run scripts in one shell; give its exit code, and what each printed as far as it came."""
    home, out, work = folder / "home", folder / "out", folder / "desk"
    for each in (home, out, work):
        each.mkdir(parents=True)
    (home / ".gitconfig").write_text("[user]\n\tname = Alice\n\temail = alice@example.org\n")
    lines = [f"{{\n{code}\n}} >{out}/{n} 2>&1 </dev/null" for n, code in enumerate(scripts)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIMS_", "GIT_", "XDG_"))}
    environment = kept | {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",  # those of other people's libraries
    }
    program = "\n".join(["set -euo pipefail", *lines])
    done = subprocess.run(["bash", "-c", program], cwd=work, env=environment, check=False)
    files = [out / str(n) for n in range(len(scripts))]
    return done.returncode, [file.read_text() for file in files if file.exists()]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the demo, once for all workers."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    folder /= "documented-demo"
    try:
        folder.mkdir()
    except FileExistsError:
        for _ in range(600):
            if (folder / "ready").exists():
                return folder
            assert not (folder / "failed").exists(), "another worker's demo failed, and says why"
            time.sleep(0.5)
        raise
    code, printed = run([DEMO], folder)
    (folder / ("failed" if code else "ready")).touch()
    assert code == 0, printed
    return folder


def says(printed: str, expected: str) -> bool:
    """Compare without regard to spaces; `…` stands for anything."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in expected.split("…"))
    return (
        re.fullmatch(r"\s*" + pattern.replace("\\ ", r"\s*") + r"\s*", printed, re.DOTALL)
        is not None
    )


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_what_a_page_says_to_type_works_and_prints_what_it_says(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chosen = [block for block in blocks(page) if not block.left_out]
    needs_demo = any(block.note == f"run as: {DEMO}" for block in chosen)
    demo = request.getfixturevalue("demo") if needs_demo else tmp_path
    server = tmp_path / "serve.py"
    server.write_text(SERVE)
    scripts = [block.script(demo) for block in chosen]
    for place, block in enumerate(chosen):
        if block.note == "until Ctrl-C":
            scripts[place] = f"python {server} {shlex.quote(scripts[place])}"

    code, printed = run(scripts, tmp_path / "page")

    place = len(printed) - 1
    assert code == 0, f"line {chosen[place].line}: {scripts[place]}\nends with\n{printed[place]}"
    for block, got in zip(chosen, printed, strict=True):
        for expected in block.printed:
            assert says(got, expected), f"line {block.line} prints\n{got}\nand not\n{expected}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_block_is_of_a_kind_that_is_run_or_that_cannot_be(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    kinds = re.findall(r"^ *```(\S*)$", text, re.MULTILINE)[::2]

    assert set(kinds) <= {*RUN, *NOT_RUN}
    assert len(kinds) == len(BLOCK.findall(text)), "a block is indented, or not closed"
