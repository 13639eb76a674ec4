"""Pages of the documentation as tests read them: what they tell people to type, and what it prints.

A page's blocks of `sh` and `python` run one after the other; a block of `text` that follows one is
what it prints, with `…` for what differs from run to run. Comments before a block say what is
special about it, each on a line of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^((?:<!-- [^\n]* -->\n)*)```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = ("sh", "python")
NOT_RUN = ("text", "yaml", "json")
ON_GITHUB = [
    ROOT / "docs/how-to/start-a-course-on-github.md",
    ROOT / "docs/how-to/take-part-on-github.md",
    ROOT / "docs/how-to/fork-a-course.md",
]
"""Pages that are tried on the loopback GitHub, in this order."""

ON_A_HUB = ROOT / "docs/how-to/deploy-to-hugging-face.md"
"""The page that is tried on the loopback Hub."""

HERE = [
    ROOT / "README.md",
    *sorted((ROOT / "docs/tutorial").glob("*.md")),
    *(
        page
        for page in sorted((ROOT / "docs/how-to").glob("*.md"))
        if page not in (*ON_GITHUB, ON_A_HUB)
    ),
]
"""Pages that need nothing but this machine."""


@dataclass
class Block:
    """A fenced block that is run, and what it is said to print."""

    kind: str
    code: str
    notes: list[str]
    line: int
    printed: list[str] = field(default_factory=list)

    @property
    def left_out(self) -> bool:
        return any(note.startswith("not run: ") for note in self.notes)

    @property
    def script(self) -> str:
        if self.kind == "python":
            return f"python - <<'END OF BLOCK'\n{self.code}END OF BLOCK"
        return self.code


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in BLOCK.finditer(text):
        notes, kind, code = match.groups()
        if kind in RUN:
            line = text[: match.start()].count("\n") + 1
            found.append(Block(kind, code, re.findall(r"<!-- (.*) -->", notes), line))
        elif kind == "text" and found:
            found[-1].printed.append(code)
    return found


def run(
    scripts: Sequence[str],
    folder: Path,
    *,
    before: Callable[[int], object] = lambda _: None,
    more: Mapping[str, str] | None = None,
) -> tuple[int, list[str]]:
    """Run scripts in one shell; give its exit code, and what each printed as far as it came.

    Parameters
    ----------
    before
        Called before each script, while the shell waits.
    more
        Variables that the shell has beside the usual ones.
    """
    home, out, work = folder / "home", folder / "out", folder / "desk"
    for each in (home, out, work):
        each.mkdir(parents=True)
    (home / ".gitconfig").write_text("[user]\n\tname = Alice\n\temail = alice@example.org\n")
    lines = [
        f"echo {n}; read -r _\n{{\n{code}\n}} >{out}/{n} 2>&1 </dev/null"
        for n, code in enumerate(scripts)
    ]
    private = ("AIMS_", "GIT_", "GITHUB_", "XDG_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(private)}
    kept["AIMS_NPM"] = "off"
    environment = kept | {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",  # those of other people's libraries
    }
    program = "\n".join(["set -euo pipefail", *lines])
    with subprocess.Popen(
        ["bash", "-c", program],
        cwd=work,
        env=environment | dict(more or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as shell:
        assert shell.stdin and shell.stdout
        for line in shell.stdout:
            try:
                before(int(line))
            except BaseException:
                shell.kill()
                raise
            shell.stdin.write("\n")
            shell.stdin.flush()
    files = [out / str(n) for n in range(len(scripts))]
    return shell.returncode, [file.read_text() for file in files if file.exists()]


def check(blocks: Sequence[Block], scripts: Sequence[str], done: tuple[int, list[str]]) -> None:
    """See that all went well, and printed what the page says."""
    code, printed = done
    place = len(printed) - 1
    assert code == 0, f"line {blocks[place].line}: {scripts[place]}\nends with\n{printed[place]}"
    for block, got in zip(blocks, printed, strict=True):
        for expected in block.printed:
            assert says(got, expected), f"line {block.line} prints\n{got}\nand not\n{expected}"


def says(printed: str, expected: str) -> bool:
    """Compare without regard to spaces; `…` stands for anything."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in expected.split("…"))
    return (
        re.fullmatch(r"\s*" + pattern.replace("\\ ", r"\s*") + r"\s*", printed, re.DOTALL)
        is not None
    )
