"""What the pages about GitHub tell people to type: run as it stands, against the loopback GitHub.

Comments before a block say what GitHub has to do with it. They are obeyed in their order, before
the block is run:

* `as LOGIN, with SCOPES`: who types from here on; a token with no more than these scopes is in
  `GITHUB_TOKEN`,
* `on GitHub, by hand: …`: what somebody does on the website, as in `BY_HAND` below,
* `GitHub runs: wake, evaluate`: all that is queued is run, and is just this.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e_clients import call
from loopback.actions import Actions
from loopback.github import GitHub
from pages import ON_GITHUB, Block, blocks, check, name_of, run

AS = re.compile(r"as (\w+), with ([\w ]+)")
ACTION = "aims-gh/aims-gh/action@" + "0123456789" * 4


@dataclass
class Reader:
    """Somebody who goes through a page, on a computer of their own."""

    github: GitHub
    actions: Actions
    folder: Path

    def follow(self, page: Path) -> None:
        """Do all that the page says, and see that it prints what it says."""
        chosen = [block for block in blocks(page) if not block.left_out]
        scripts = [self._script(block) for block in chosen]

        done = run(
            scripts,
            self.folder,
            before=lambda place: self._prepare(chosen[place]),
            more={
                "GITHUB_SERVER_URL": self.github.server_url,
                "GITHUB_API_URL": self.github.api_url,
                "GITHUB_GRAPHQL_URL": self.github.graphql_url,
                "AIMS_ACTION": ACTION,
            },
        )

        check(chosen, scripts, done)

    def _script(self, block: Block) -> str:
        who = [match for note in block.notes if (match := AS.fullmatch(note))]
        tokens = [self.github.token(each[1], scopes=each[2].split()) for each in who]
        return "".join(f"export GITHUB_TOKEN={token}\n" for token in tokens) + block.script

    def _prepare(self, block: Block) -> None:
        for note in block.notes:
            kind, _, what = note.partition(": ")
            if kind == "GitHub runs":
                self._let_github_run(what.split(", "))
            elif kind == "on GitHub, by hand":
                found = ((re.fullmatch(pattern, what), deed) for pattern, deed in BY_HAND.items())
                match, deed = next((m, deed) for m, deed in found if m)
                deed(self, *match.groups())
            else:
                assert AS.fullmatch(note), note

    def _let_github_run(self, expected: list[str]) -> None:
        runs = self.actions.drain()
        assert [run.workflow for run in runs] == [f"{name}.yml" for name in expected]
        for each in runs:
            assert each.conclusion == "success", each.log


def upload(reader: Reader, login: str, folder: str, course: str) -> None:
    """Drag a folder into a fork's page, onto a new branch, and start a pull request."""
    github, name = reader.github, course.partition("/")[2]
    if f"{login}/{name}" not in github.world.repositories:
        call(github, login, "POST", f"repos/{course}/forks", {"default_branch_only": True})
    main = call(github, login, "GET", f"repos/{login}/{name}/git/ref/heads/main")
    branch = {"ref": "refs/heads/patch-1", "sha": main["object"]["sha"]}
    call(github, login, "POST", f"repos/{login}/{name}/git/refs", branch)
    desk = reader.folder / "desk"
    files = [path for path in (desk / folder).rglob("*") if path.is_file()]
    contents = {path.relative_to(desk).as_posix(): path.read_bytes() for path in files}
    token = github.user(login).token
    github.commit(f"{login}/{name}", contents, "Add files", branch="patch-1", by=token)
    pull = {"title": "Add files via upload", "head": f"{login}:patch-1", "base": "main"}
    call(github, login, "POST", f"repos/{course}/pulls", pull)


def fork(reader: Reader, login: str, course: str) -> None:
    """Fork a course, and enable its workflows."""
    made = call(
        reader.github, login, "POST", f"repos/{course}/forks", {"default_branch_only": True}
    )
    reader.actions.enabled.add(made["full_name"])


BY_HAND: dict[str, Callable[..., None]] = {
    r"(\w+) uploads (\S+) to (\S+)": upload,
    r"(\w+) forks (\S+)": fork,
}


def test_an_owner_a_participant_and_a_forker_do_what_their_pages_say(
    github: GitHub, actions: Actions, tmp_path: Path
) -> None:
    for page in ON_GITHUB:
        Reader(github, actions, tmp_path / page.stem).follow(page)

    course = github.repository("alice/ml-2026")
    assert [course.labels(n) for n in sorted(course.pulls)] == [["scored"]] * 4
    assert "bob" in (course.read("cultivars/leaderboard.json", "refs/heads/ledger") or b"").decode()
    fork = github.repository("carol/ml-2026")
    assert fork.pages is not None
    assert (fork.pages.root / "playgrounds/cultivars/index.html").exists()


@pytest.mark.parametrize("page", ON_GITHUB, ids=name_of)
def test_notes_before_blocks_are_known(page: Path) -> None:
    known = re.compile(rf"{AS.pattern}|not run: .+|GitHub runs: \w+(, \w+)*|on GitHub, by hand: .+")

    notes = [note for block in blocks(page) for note in block.notes]

    assert [note for note in notes if not known.fullmatch(note)] == []
    assert len(notes) == len(re.findall(r"^<!-- ", page.read_text(encoding="utf-8"), re.MULTILINE))
