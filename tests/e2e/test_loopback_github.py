"""The GitHub on loopback, driven by the clients that people and jobs use: PyGithub and git."""

from __future__ import annotations

import subprocess
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from github import Github, GithubException, InputGitTreeElement
from github.PullRequest import PullRequest
from github.Repository import Repository as ClientRepository
from loopback.call import HANDLERS
from loopback.github import Event, GitHub
from loopback.openapi import description
from loopback.permissions import NEEDS

Client = Callable[..., Github]
WORKFLOW = """\
name: Evaluate
on:
  workflow_dispatch:
    inputs: {slug: {required: true}}
jobs: {}
"""


@pytest.fixture
def course(github: GitHub) -> str:
    files = {"README.md": "# Course\n", "data/a.csv": "1\n", "data/b.csv": "2\n"}
    return github.add_repository("alice/course", files).full_name


def propose(client: Github, course: str, branch: str, files: dict[str, bytes]) -> PullRequest:
    """Fork, write, and ask to pull: all over REST, as a participant does."""
    upstream = client.get_repo(course)
    fork = upstream if upstream.permissions.push else upstream.create_fork()
    base = fork.get_git_ref("heads/main").object.sha
    elements = []
    for path, data in files.items():
        blob = fork.create_git_blob(b64encode(data).decode(), "base64")
        elements.append(InputGitTreeElement(path, "100644", "blob", sha=blob.sha))
    tree = fork.create_git_tree(elements, fork.get_git_tree(base))
    commit = fork.create_git_commit(f"Submit {branch}", tree, [fork.get_git_commit(base)])
    fork.create_git_ref(f"refs/heads/{branch}", commit.sha)
    head = f"{fork.owner.login}:{branch}"
    return upstream.create_pull(base="main", head=head, title=branch, body="", draft=False)


def git(*args: str, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    command = ["git", "-c", "credential.helper=", *args]
    return subprocess.run(command, cwd=cwd, check=check, capture_output=True, text=True)


def git_url(github: GitHub, repository: str, token: str) -> str:
    host = github.server_url.removeprefix("http://")
    return f"http://x-access-token:{token}@{host}/{repository}.git"


def clone(github: GitHub, repository: str, token: str, folder: Path) -> Path:
    git("clone", "--quiet", git_url(github, repository, token), str(folder), cwd=folder.parent)
    return folder


def commit(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    git("add", name, cwd=folder)
    git("commit", "--quiet", "-m", name, cwd=folder)


def refusal(call: Callable[[], object]) -> tuple[int, str]:
    """Give the status and the message with which a call is refused."""
    with pytest.raises(GithubException) as caught:
        call()
    return caught.value.status, str(caught.value.data["message"])


# The server


def test_it_starts_at_once(tmp_path: Path) -> None:
    with GitHub(tmp_path / "first"):
        pass  # the description is read once for each process
    start = time.process_time()
    with GitHub(tmp_path / "second"):
        seconds = time.process_time() - start

    assert seconds < 0.05


def test_a_wrong_request_is_a_violation_and_refused(tmp_path: Path) -> None:
    with GitHub(tmp_path / "github") as github:
        github.add_repository("alice/course", {"a": "b"})
        headers = {"Authorization": f"token {github.user('alice').token}"}
        api = f"{github.api_url}/repos/alice/course"

        wrong_type = requests.post(f"{api}/issues/1/comments", json={"body": 5}, headers=headers)
        requests.post(f"{api}/git/refs", json={"ref": "refs/heads/x"}, headers=headers)
        requests.get(f"{api}/pulls?sate=open", headers=headers)
        requests.get(f"{api}/pulls?state=ajar", headers=headers)
        unknown = requests.get(f"{api}/traffic/views", headers=headers)

    assert (wrong_type.status_code, unknown.status_code) == (422, 404)
    assert [line.split(" ")[0] for line in github.violations] == [
        "issues/create-comment",
        "git/create-ref",
        "pulls/list",
        "pulls/list",
        "GET",
    ]


def test_what_breaks_inside_is_a_violation_too(tmp_path: Path) -> None:
    def broken(event: Event) -> None:
        raise RuntimeError(event.name)

    with GitHub(tmp_path / "github") as github:
        github.on_event(broken)
        headers = {"Authorization": f"token {github.user('alice').token}"}
        body = {"name": "course", "auto_init": True}

        answer = requests.post(f"{github.api_url}/user/repos", json=body, headers=headers)

    assert answer.status_code == 500
    assert "RuntimeError: push" in github.violations[0]


def test_every_operation_has_an_answer_and_a_permission() -> None:
    assert HANDLERS.keys() == NEEDS.keys() == description().operations.keys()


def test_requests_are_listed_with_githubs_own_names(github: GitHub, client: Client) -> None:
    client("alice").get_user().create_repo("course")

    (request,) = github.requests

    assert (request.operation, request.login, request.status) == (
        "repos/create-for-authenticated-user",
        "alice",
        201,
    )


# Repositories


def test_a_repository_is_created_changed_and_deleted(github: GitHub, client: Client) -> None:
    token = github.token("alice", scopes=["repo", "delete_repo"])
    repo = client(token=token).get_user().create_repo("course", description="x", auto_init=True)
    repo.edit(description="A course", homepage="https://example.org", has_wiki=False)
    repo.replace_topics(["aims-course"])

    assert repo.full_name == "alice/course"
    assert client().get_repo("alice/course").description == "A course"
    assert github.repository("alice/course").topics == repo.get_topics() == ["aims-course"]
    assert github.repository("alice/course").read("README.md") == b"# course\n"
    assert refusal(lambda: client("alice").get_user().create_repo("course"))[0] == 422
    assert refusal(lambda: client("alice").get_repo("alice/course").delete())[0] == 403

    repo.delete()

    assert refusal(lambda: client().get_repo("alice/course"))[0] == 404


def test_an_organization_owns_repositories(github: GitHub, client: Client) -> None:
    github.organization("uni", "alice")

    repo = client("alice").get_organization("uni").create_repo("course", auto_init=True)

    assert repo.full_name == "uni/course"
    assert repo.permissions.admin
    other = client("bob").get_organization("uni")
    assert refusal(lambda: other.create_repo("mine"))[0] == 403


def test_a_fork_shares_the_code_and_nothing_else(
    github: GitHub, client: Client, course: str
) -> None:
    github.repository(course).variable_set.clear()
    upstream = client("bob").get_repo(course)

    fork, again = upstream.create_fork(), upstream.create_fork()

    assert (fork.full_name, fork.fork, fork.parent.full_name) == ("bob/course", True, course)
    assert again.full_name == fork.full_name
    assert fork.get_contents("README.md").decoded_content == b"# Course\n"
    assert [found.full_name for found in upstream.get_forks()] == ["bob/course"]
    assert refusal(client("alice").get_repo(course).create_fork)[0] == 403


def test_a_new_fork_is_not_there_at_first(github: GitHub, client: Client, course: str) -> None:
    github.lag(fork=2)
    bob = client("bob")
    bob.get_repo(course).create_fork()

    first, second = (refusal(lambda: bob.get_repo("bob/course"))[0] for _ in range(2))

    assert (first, second) == (404, 404)
    assert bob.get_repo("bob/course").fork


def test_a_fork_catches_up(github: GitHub, client: Client, course: str) -> None:
    fork = client("bob").get_repo(course).create_fork()
    new = github.commit(course, {"new": "1"})

    first, second = fork.merge_upstream("main"), fork.merge_upstream("main")

    assert (first.merge_type, second.merge_type) == ("fast-forward", "none")
    assert fork.get_branch("main").commit.sha == new


def test_a_fork_that_went_its_own_way_is_merged_or_conflicts(
    github: GitHub, client: Client, course: str
) -> None:
    fork = client("bob").get_repo(course).create_fork()
    github.commit("bob/course", {"mine": "1"})
    github.commit(course, {"theirs": "1"})

    merged = fork.merge_upstream("main")
    github.commit("bob/course", {"same": "mine"})
    github.commit(course, {"same": "theirs"})

    assert merged.merge_type == "merge"
    assert refusal(lambda: fork.merge_upstream("main"))[0] == 409


def test_an_empty_repository_has_nothing_to_show(github: GitHub, client: Client) -> None:
    github.add_repository("alice/empty")
    repo = client("alice").get_repo("alice/empty")

    assert refusal(lambda: repo.get_contents("x")) == (404, "This repository is empty.")
    assert refusal(lambda: repo.get_commits()[0])[0] == 409
    assert refusal(lambda: repo.create_git_blob("x", "utf-8"))[0] == 409
    assert refusal(lambda: repo.create_git_ref("refs/heads/x", "0" * 40))[0] == 409
    assert refusal(client("bob").get_repo("alice/empty").create_fork)[0] == 403
    assert repo.create_file("first", "first", "1")["content"].path == "first"


def test_a_repository_is_renamed_and_has_another_default_branch(
    github: GitHub, client: Client, course: str
) -> None:
    github.commit(course, {"x": "1"}, branch="next")
    repo = client("alice").get_repo(course)

    assert refusal(lambda: repo.edit(default_branch="nothing"))[0] == 422
    repo.edit(name="kurs", default_branch="next", private=True)

    assert github.repository("alice/kurs").read("x") == b"1"
    assert refusal(lambda: client().get_repo("alice/kurs"))[0] == 404
    assert client("alice").get_user("alice").login == "alice"


# Files


def test_contents_are_files_and_folders(client: Client, course: str) -> None:
    repo = client().get_repo(course)

    assert repo.get_contents("data/a.csv").decoded_content == b"1\n"
    assert [entry.path for entry in repo.get_contents("data")] == ["data/a.csv", "data/b.csv"]
    assert {entry.type for entry in repo.get_contents("")} == {"file", "dir"}
    assert refusal(lambda: repo.get_contents("nowhere")) == (404, "Not Found")
    assert "No commit found" in refusal(lambda: repo.get_contents("data", ref="nothing"))[1]


def test_raw_contents_come_with_an_etag_and_cost_nothing_again(github: GitHub, course: str) -> None:
    url = f"{github.api_url}/repos/{course}/contents/data/a.csv?ref=main"
    accept = {"Accept": "application/vnd.github.raw+json"}

    first = requests.get(url, headers=accept)
    again = requests.get(url, headers=accept | {"If-None-Match": first.headers["ETag"]})
    github.commit(course, {"data/a.csv": "9\n"})
    changed = requests.get(url, headers=accept | {"If-None-Match": first.headers["ETag"]})

    assert (first.content, first.headers["Content-Type"]) == (
        b"1\n",
        "application/vnd.github.raw+json",
    )
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["X-RateLimit-Used"] == again.headers["X-RateLimit-Used"] == "1"
    assert (changed.status_code, changed.content) == (200, b"9\n")


def test_a_large_file_has_no_inline_content(github: GitHub, client: Client, course: str) -> None:
    github.commit(course, {"big": b"x" * (2 << 20)})
    raw = {"Accept": "application/vnd.github.raw+json"}

    found = client().get_repo(course).get_contents("big")
    got = requests.get(f"{github.api_url}/repos/{course}/contents/big", headers=raw)

    assert (found.encoding, found.size, len(got.content)) == ("none", 2 << 20, 2 << 20)


def test_a_file_is_written_only_over_the_one_that_was_read(client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)
    before = repo.get_contents("README.md")

    made = repo.create_file("new.md", "new", "new")
    repo.update_file("README.md", "change", "changed", before.sha)

    assert made["content"].path == "new.md"
    assert repo.get_contents("README.md").decoded_content == b"changed"
    stale = refusal(lambda: repo.update_file("README.md", "again", "x", before.sha))
    assert stale[0] == 409


def test_git_objects_and_refs(client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)
    head = repo.get_git_ref("heads/main").object.sha
    element = InputGitTreeElement("deep/er/x.txt", "100644", "blob", content="x")
    gone = InputGitTreeElement("README.md", "100644", "blob", sha=None)

    tree = repo.create_git_tree([element, gone], repo.get_git_tree(head))
    commit = repo.create_git_commit("change", tree, [repo.get_git_commit(head)])
    ref = repo.create_git_ref("refs/heads/work", commit.sha)
    paths = [entry.path for entry in repo.get_git_tree("work", recursive=True).tree]

    assert paths == ["data", "data/a.csv", "data/b.csv", "deep", "deep/er", "deep/er/x.txt"]
    assert commit.author.name == "alice"
    assert commit.parents[0].sha == head
    blob = repo.get_git_blob(next(e.sha for e in tree.tree if e.path == "deep") and _blob(repo))
    assert b64decode(blob.content) == b"x"
    assert [found.ref for found in repo.get_git_matching_refs("heads/wo")] == [ref.ref]
    assert refusal(lambda: repo.create_git_ref("refs/heads/work", head)) == (
        422,
        "Reference already exists",
    )
    assert refusal(lambda: ref.edit(head)) == (422, "Update is not a fast forward")
    ref.edit(head, force=True)
    ref.delete()
    assert [branch.name for branch in repo.get_branches()] == ["main"]


def _blob(repo: ClientRepository) -> str:
    tree = repo.get_git_tree("work", recursive=True).tree
    return next(entry.sha for entry in tree if entry.path.endswith("x.txt"))


def test_git_objects_that_make_no_sense_are_refused(client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)
    head = repo.get_branch("main").commit.sha
    tree = repo.get_git_tree(head)
    nothing = "1" * 40
    lost = InputGitTreeElement("x", "100644", "blob", sha=nothing)

    assert "not a valid blob" in refusal(lambda: repo.create_git_tree([lost]))[1]
    assert refusal(lambda: repo.create_git_ref("refs/heads/x", nothing))[0] == 422
    assert refusal(lambda: repo.create_git_ref("refs/pull/9/head", head))[0] == 422
    assert refusal(lambda: repo.create_git_ref("refs/heads/a..b", head))[0] == 422
    assert refusal(lambda: repo.create_git_blob("?", "base64"))[0] == 422
    assert refusal(lambda: repo.get_git_blob(nothing))[0] == 404
    assert refusal(lambda: repo.get_git_commit(nothing))[0] == 404
    assert refusal(lambda: repo.get_git_ref("heads/nothing"))[0] == 404
    assert refusal(lambda: repo.get_commit(nothing))[0] == 422
    assert refusal(lambda: repo.get_git_ref("heads/main").delete())[0] == 422
    ask = repo.requester.requestJsonAndCheck
    commit = {"message": "x", "tree": nothing}
    assert refusal(lambda: ask("POST", f"{repo.url}/git/commits", input=commit))[0] == 422
    commit |= {"tree": tree.sha, "parents": [nothing]}
    assert refusal(lambda: ask("POST", f"{repo.url}/git/commits", input=commit))[0] == 422


def test_trees_refuse_what_git_could_not_check_out(client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)

    for path in ("../x", "a//b", ".git/config"):
        element = InputGitTreeElement(path, "100644", "blob", content="x")
        message = refusal(lambda element=element: repo.create_git_tree([element]))[1]
        assert message == "tree.path contains a malformed path component"


def test_commits_compared_across_forks(github: GitHub, client: Client, course: str) -> None:
    propose(client("bob"), course, "work", {"x.txt": b"1\n2\n"})
    github.commit(course, {"y.txt": "1"})

    found = client().get_repo(course).compare("main", "bob:work")

    assert (found.status, found.ahead_by, found.behind_by) == ("diverged", 1, 1)
    assert [(file.filename, file.additions) for file in found.files] == [("x.txt", 2)]
    assert client().get_repo(course).compare("main", "main").status == "identical"


def test_commits_by_path(github: GitHub, client: Client, course: str) -> None:
    new = github.commit(course, {"data/a.csv": "3"}, "Third")
    repo = client().get_repo(course)

    assert next(one.sha for one in repo.get_commits(path="data")) == new
    assert repo.get_commit("main").commit.message == "Third"
    assert repo.get_commit(new).files[0].filename == "data/a.csv"


# Pull requests


def test_a_pull_request_from_a_fork(github: GitHub, client: Client, course: str) -> None:
    pull = propose(client("bob"), course, "work", {"submissions/x/model.onnx": b"model"})
    repo = github.repository(course)

    assert (pull.number, pull.user.login, pull.head.label) == (1, "bob", "bob:work")
    assert (pull.changed_files, pull.commits, pull.mergeable) == (1, 1, True)
    assert [file.filename for file in pull.get_files()] == ["submissions/x/model.onnx"]
    assert repo.read("submissions/x/model.onnx", "refs/pull/1/head") == b"model"
    content = client().get_repo(course).get_contents("submissions/x/model.onnx", pull.head.sha)
    assert content.decoded_content == b"model"
    assert [one.sha for one in pull.get_commits()] == [pull.head.sha]


def test_the_owner_proposes_without_a_fork(client: Client, course: str) -> None:
    pull = propose(client("alice"), course, "mine", {"x": b"1"})

    assert (pull.head.label, pull.head.repo.full_name) == ("alice:mine", course)


def test_a_pull_request_is_refused_where_there_is_nothing_to_pull(
    client: Client, course: str
) -> None:
    bob = client("bob")
    propose(bob, course, "work", {"x": b"1"})
    repo = bob.get_repo(course)

    def opening(head: str, base: str = "main") -> tuple[int, Any]:
        with pytest.raises(GithubException) as caught:
            repo.create_pull(base=base, head=head, title="x", body="")
        return caught.value.status, caught.value.data["errors"][0]

    assert opening("bob:work")[1]["message"] == "A pull request already exists for bob:work."
    assert opening("bob:main")[1]["message"] == "No commits between main and bob:main"
    assert opening("bob:nothing")[1]["field"] == "head"
    assert opening("bob:work", "nothing")[1]["field"] == "base"


def test_pull_requests_come_in_pages(github: GitHub, client: Client, course: str) -> None:
    github.limits.secondary = False
    github.commit(course, {"x": "0"}, branch="b0")
    alice = client("alice").get_repo(course)
    for number in range(1, 13):
        github.commit(course, {"x": str(number)}, branch=f"b{number}")
        alice.create_pull(base="main", head=f"b{number}", title="t", body="")
    alice.get_pull(3).edit(state="closed")
    api = f"{github.api_url}/repos/{course}/pulls"

    first = requests.get(api, params={"per_page": 5, "direction": "asc"})
    numbers = []
    page: requests.Response | None = first
    while page is not None:
        numbers += [pull["number"] for pull in page.json()]
        following = page.links.get("next")
        page = requests.get(following["url"]) if following else None

    assert numbers == [n for n in range(1, 13) if n != 3]
    assert set(first.links) == {"next", "last"}
    assert [pull.number for pull in alice.get_pulls(state="closed")] == [3]
    assert [pull.number for pull in alice.get_pulls(head="alice:b7")] == [7]


def test_a_push_moves_the_head_and_says_when(
    github: GitHub, client: Client, course: str, tmp_path: Path
) -> None:
    pull = propose(client("bob"), course, "work", {"x": b"1"})
    folder = clone(github, "bob/course", github.user("bob").token, tmp_path / "clone")
    git("checkout", "--quiet", "work", cwd=folder)
    github.advance(3600)
    commit(folder, "x", "2")
    git("push", "--quiet", "origin", "work", cwd=folder)
    git("commit", "--quiet", "--amend", "-m", "again", cwd=folder)
    git("push", "--quiet", "--force", "origin", "work", cwd=folder)

    moves = requests.get(
        f"{github.api_url}/repos/bob/course/activity", params={"ref": "work", "per_page": 2}
    )
    older = requests.get(moves.links["next"]["url"]).json()
    head = client().get_repo(course).get_pull(pull.number).head.sha

    assert [move["activity_type"] for move in moves.json()] == ["force_push", "push"]
    assert [move["activity_type"] for move in older] == ["branch_creation"]
    assert moves.json()[0]["after"] == head
    assert moves.json()[0]["actor"]["login"] == "bob"
    assert moves.json()[0]["timestamp"] >= f"{github.now() - timedelta(seconds=60):%Y-%m-%dT%H:%M}"
    assert github.repository(course).git.sha("refs/pull/1/head") == head


def test_one_comment_edited_then_labels_and_state_in_one_request(
    github: GitHub, client: Client, course: str
) -> None:
    propose(client("bob"), course, "work", {"x": b"1"})
    issue = client("alice").get_repo(course).get_issue(1)
    comment = issue.create_comment("first")
    comment.edit("second")
    before = len(github.requests)

    issue.edit(state="closed", labels=["aims: scored"])

    repo = github.repository(course)
    assert len(github.requests) == before + 1
    assert (repo.comments(1), repo.labels(1)) == (["second"], ["aims: scored"])
    assert client().get_repo(course).get_pull(1).state == "closed"
    assert [found.body for found in issue.get_comments()] == ["second"]
    assert refusal(lambda: issue.create_comment("x" * 65537))[0] == 422
    stranger = client("carol").get_repo(course).get_issue(1)
    assert refusal(lambda: stranger.edit(state="open"))[0] == 403
    assert refusal(lambda: stranger.get_comment(comment.id).edit("mine"))[0] == 403


def test_labels(client: Client, course: str) -> None:
    propose(client("bob"), course, "work", {"x": b"1"})
    repo = client("alice").get_repo(course)
    repo.create_label("good", "00ff00", "well done")
    pull = repo.get_pull(1)

    pull.add_to_labels("good", "new")
    assert {label.name for label in pull.get_labels()} == {"good", "new"}
    pull.remove_from_labels("new")
    pull.set_labels("a", "good")

    assert [label.name for label in pull.get_labels()] == ["a", "good"]
    assert {label.name for label in repo.get_labels()} == {"a", "good", "new"}
    assert repo.get_label("good").color == "00ff00"
    pull.delete_labels()
    assert refusal(lambda: pull.remove_from_labels("a"))[0] == 404
    assert refusal(lambda: repo.create_label("Good", "0"))[0] == 422


def test_a_pull_request_outlives_its_fork(github: GitHub, client: Client, course: str) -> None:
    pull = propose(client("bob"), course, "work", {"x": b"1"})

    github.delete_repository("bob/course")

    found = client().get_repo(course).get_pull(1)
    assert (found.state, found.head.repo, found.head.sha) == ("closed", None, pull.head.sha)
    assert github.repository(course).read("x", "refs/pull/1/head") == b"1"


def test_mergeability_is_unknown_at_first(github: GitHub, client: Client, course: str) -> None:
    github.lag(mergeable=2)

    opened = propose(client("bob"), course, "work", {"README.md": b"other"})
    second = client().get_repo(course).get_pull(1)
    github.commit(course, {"README.md": "changed"})

    assert (opened.mergeable, second.mergeable) == (None, None)
    assert client().get_repo(course).get_pull(1).mergeable is False


def test_names_and_kinds_that_nobody_expects_are_shown_as_they_are(
    github: GitHub, client: Client, course: str
) -> None:
    bob = client("bob")
    fork = bob.get_repo(course).create_fork()
    head = fork.get_branch("main").commit.sha
    names = ["tab\there", "line\nbreak", "\x1b[31mred", "::set-output name=x::y", "é ü.csv", '"q"']
    elements = [InputGitTreeElement(name, "100644", "blob", content="x") for name in names]
    elements.append(InputGitTreeElement("link", "120000", "blob", content="/etc/passwd"))
    elements.append(InputGitTreeElement("module", "160000", "commit", sha=head))
    tree = fork.create_git_tree(elements, fork.get_git_tree(head))
    commit = fork.create_git_commit("odd \x01 message", tree, [fork.get_git_commit(head)])
    fork.create_git_ref("refs/heads/odd", commit.sha)
    pull = bob.get_repo(course).create_pull(base="main", head="bob:odd", title="odd", body="")

    assert {file.filename for file in pull.get_files()} == {*names, "link", "module"}
    modes = {entry.path: entry.mode for entry in fork.get_git_tree("odd").tree}
    assert (modes["link"], modes["module"]) == ("120000", "160000")
    assert fork.get_contents("link", "odd").type == "symlink"
    assert fork.get_contents("module", "odd").type == "submodule"
    assert next(iter(pull.get_commits())).commit.message == "odd \x01 message"


def test_many_proposals_at_once(github: GitHub, client: Client, course: str) -> None:
    files = {"submissions/x": b"1"}
    pulls = [github.propose(f"user{n}", course, files, branch="s1") for n in range(5)]

    listed = client().get_repo(course).get_pulls(sort="created", direction="asc")

    assert [pull.head_sha for pull in pulls] == [pull.head.sha for pull in listed]
    assert [pull.author for pull in pulls] == [pull.user.login for pull in listed]
    assert listed[0].base.sha != listed[0].head.sha
    assert [file.filename for file in listed[4].get_files()] == ["submissions/x"]


def test_a_pull_request_is_edited_closed_and_reopened(
    github: GitHub, client: Client, course: str
) -> None:
    bob, alice = client("bob"), client("alice")
    propose(bob, course, "work", {"x": b"1"})
    pull = bob.get_repo(course).get_pull(1)
    pull.edit(title="better", state="closed")
    new = github.commit("bob/course", {"x": "2"}, branch="work")

    assert (pull.title, pull.state) == ("better", "closed")
    assert github.repository(course).git.sha("refs/pull/1/head") != new
    pull.edit(state="open")
    assert github.repository(course).git.sha("refs/pull/1/head") == new
    comment = pull.create_issue_comment("oops")
    assert alice.get_repo(course).get_issue(1).get_comment(comment.id).body == "oops"
    tomorrow = github.now() + timedelta(days=1)
    assert list(alice.get_repo(course).get_issue(1).get_comments(since=tomorrow)) == []
    comment.delete()
    assert github.repository(course).comments(1) == []
    bob.get_repo("bob/course").get_git_ref("heads/work").delete()
    assert alice.get_repo(course).get_pull(1).state == "closed"
    assert refusal(lambda: pull.edit(state="open"))[0] == 422


def test_an_archived_repository_is_read_only(client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)
    repo.edit(archived=True)

    assert refusal(lambda: repo.create_label("x", "0"))[0] == 403
    assert repo.get_contents("README.md").size


# Git


def test_git_clones_pushes_and_fetches(github: GitHub, course: str, tmp_path: Path) -> None:
    token = github.user("alice").token
    folder = clone(github, course, token, tmp_path / "clone")
    commit(folder, "new.txt", "new")
    git("push", "--quiet", "origin", "HEAD:main", "HEAD:refs/heads/ledger", cwd=folder)

    repo = github.repository(course)
    assert repo.read("new.txt") == b"new"
    assert repo.head("ledger") == repo.head()
    services = [(r.operation, r.login) for r in github.requests if r.status == 200]
    assert services[-1] == ("git-receive-pack", "alice")
    assert {request.kind for request in github.requests} == {"git"}


def test_git_fetches_any_commit_without_its_blobs(
    github: GitHub, client: Client, course: str, tmp_path: Path
) -> None:
    pull = propose(client("bob"), course, "work", {"small": b"1", "big": b"x" * 5000})
    git("init", "--quiet", "--bare", "mirror", cwd=tmp_path)
    mirror = tmp_path / "mirror"
    url = f"{github.server_url}/{course}.git"

    git("fetch", "-q", "--depth=1", "--filter=blob:limit=1k", url, pull.head.sha, cwd=mirror)

    listed = git("rev-list", "--objects", "--missing=print", pull.head.sha, cwd=mirror).stdout
    assert sum(line.startswith("?") for line in listed.splitlines()) == 1


def test_git_pushes_are_refused(
    github: GitHub, client: Client, course: str, tmp_path: Path
) -> None:
    github.world.file_limit = 10_000
    alice = client("alice").get_repo(course)
    alice.get_branch("main").edit_protection(
        enforce_admins=True, required_approving_review_count=1, allow_force_pushes=False
    )
    folder = clone(github, course, github.user("alice").token, tmp_path / "clone")

    def push(what: str, url: str = "origin") -> str:
        done = git("push", url, what, cwd=folder, check=False)
        assert done.returncode != 0
        return done.stderr

    commit(folder, "a", "1")
    assert "GH006" in push("HEAD:main")
    assert "hidden ref" in push("HEAD:refs/pull/7/head")
    assert "denied to bob" in push("HEAD:x", git_url(github, course, github.user("bob").token))
    reader = github.job_token(course, {"contents": "read"})
    assert "denied to github-actions[bot]" in push("HEAD:x", git_url(github, course, reader))
    commit(folder, "big", b"x" * 10_001)
    assert "GH001" in push("HEAD:big")
    git("reset", "--hard", "--quiet", "HEAD~1", cwd=folder)
    commit(folder, ".github/workflows/x.yml", "on: push")
    writer = github.job_token(course, {"contents": "write"})
    assert "workflow" in push("HEAD:x", git_url(github, course, writer))
    git("push", "--quiet", "origin", "HEAD:x", cwd=folder)
    assert github.repository(course).read("a") is None


def test_protection_holds_over_rest_too(client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)
    main = repo.get_branch("main")
    assert refusal(main.get_protection) == (404, "Branch not protected")
    main.edit_protection(enforce_admins=True, required_approving_review_count=1)

    reviews = main.get_protection().required_pull_request_reviews
    before = repo.get_contents("README.md").sha

    assert reviews.required_approving_review_count == 1
    assert repo.get_branch("main").protected
    assert refusal(lambda: repo.update_file("README.md", "x", "x", before))[0] == 409
    main.remove_protection()
    repo.update_file("README.md", "x", "x", before)


# Secrets, variables, environments


def test_secrets_are_sealed_and_really_opened(github: GitHub, client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)
    repo.create_secret("SCORE_KEY", "s3cret")
    environment = repo.create_environment("aims-score")
    environment.create_secret("RUN_KEY", "other")

    assert github.repository(course).secrets == {"SCORE_KEY": "s3cret"}
    assert github.repository(course).environments["aims-score"].secrets == {"RUN_KEY": "other"}
    assert [secret.name for secret in repo.get_secrets()] == ["SCORE_KEY"]
    assert [secret.name for secret in environment.get_secrets()] == ["RUN_KEY"]
    url = f"{github.api_url}/repos/{course}/actions/secrets"
    assert "s3cret" not in requests.get(url, headers=_bearer(github.user("alice").token)).text
    assert refusal(lambda: repo.create_secret("GITHUB_X", "y"))[0] == 422
    assert refusal(lambda: repo.create_secret("X", "y" * 50_000))[0] == 422
    repo.create_secret("SCORE_KEY", "again")
    assert repo.get_secret("SCORE_KEY").updated_at >= repo.get_secret("SCORE_KEY").created_at
    assert repo.delete_secret("SCORE_KEY")
    assert github.repository(course).secrets == {}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_environments_name_the_branches_that_may_use_them(
    github: GitHub, client: Client, course: str
) -> None:
    repo = client("alice").get_repo(course)
    url = f"{repo.url}/environments/aims-run"
    ask = repo.requester.requestJsonAndCheck
    policy = {"protected_branches": False, "custom_branch_policies": True}

    ask("PUT", url, input={"deployment_branch_policy": policy})
    ask("POST", f"{url}/deployment-branch-policies", input={"name": "main"})

    _, listed = ask("GET", f"{url}/deployment-branch-policies")
    assert [one["name"] for one in listed["branch_policies"]] == ["main"]
    kept = github.repository(course).environments["aims-run"]
    assert list(kept.policies.values()) == [("main", "branch")]
    found = repo.get_environment("aims-run")
    assert found.deployment_branch_policy.custom_branch_policies
    assert [one.name for one in repo.get_environments()] == ["aims-run"]
    number = listed["branch_policies"][0]["id"]
    ask("DELETE", f"{url}/deployment-branch-policies/{number}")
    assert kept.policies == {}
    repo.create_environment("aims-run", wait_timer=30)
    assert (
        refusal(lambda: ask("POST", f"{url}/deployment-branch-policies", input={"name": "x"}))[0]
        == 404
    )
    assert repo.get_environment("aims-run").protection_rules[0].wait_timer == 30
    repo.delete_environment("aims-run")
    assert refusal(lambda: repo.get_environment("aims-run"))[0] == 404


def test_variables(github: GitHub, client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)
    variable = repo.create_variable("color", "red")

    variable.edit("blue")

    assert github.repository(course).variables == {"COLOR": "blue"}
    assert repo.get_variable("COLOR").value == "blue"
    assert [one.name for one in repo.get_variables()] == ["COLOR"]
    variable.delete()
    assert github.repository(course).variables == {}


# Actions and Pages


def test_workflows_are_listed_and_dispatched(github: GitHub, client: Client, course: str) -> None:
    github.commit(course, {".github/workflows/evaluate.yml": WORKFLOW})
    repo = client("alice").get_repo(course)
    workflow = repo.get_workflow("evaluate.yml")

    assert [one.path for one in repo.get_workflows()] == [workflow.path]
    assert workflow.create_dispatch("main", {"slug": "titanic"})

    (event,) = github.repository(course).dispatches
    assert (event.payload["inputs"], event.payload["workflow"]) == (
        {"slug": "titanic"},
        ".github/workflows/evaluate.yml",
    )
    with pytest.raises(GithubException, match="Required input"):
        workflow.create_dispatch("main", {}, throw=True)
    assert workflow.disable()
    assert repo.get_workflow("evaluate.yml").state == "disabled_manually"
    assert not workflow.create_dispatch("main", {"slug": "titanic"})
    assert workflow.enable()


def test_runs_are_listed(github: GitHub, client: Client, course: str) -> None:
    github.commit(course, {".github/workflows/evaluate.yml": WORKFLOW})
    kept = github.repository(course)
    path = ".github/workflows/evaluate.yml"
    run = kept.add_run(
        name="Evaluate",
        path=path,
        event="workflow_dispatch",
        head_branch="main",
        head_sha=kept.head(),
        actor="alice",
    )
    run.status, run.conclusion = "completed", "failure"
    repo = client().get_repo(course)

    assert [one.conclusion for one in repo.get_workflow_runs(status="failure")] == ["failure"]
    assert repo.get_workflow("evaluate.yml").get_runs().totalCount == 1
    assert repo.get_workflow_run(run.id).head_sha == kept.head()
    assert list(repo.get_workflow_runs(event="push")) == []


def test_what_actions_may_do(github: GitHub, client: Client, course: str) -> None:
    repo = client("alice").get_repo(course)
    ask = repo.requester.requestJsonAndCheck
    url = f"{repo.url}/actions/permissions"

    ask("PUT", f"{url}/workflow", input={"default_workflow_permissions": "write"})
    ask("PUT", url, input={"enabled": False})

    assert ask("GET", url)[1]["enabled"] is False
    assert ask("GET", f"{url}/workflow")[1]["default_workflow_permissions"] == "write"
    assert refusal(lambda: client("bob").requester.requestJsonAndCheck("GET", url))[0] == 403


def test_pages(github: GitHub, client: Client, course: str, tmp_path: Path) -> None:
    repo = client("alice").get_repo(course)
    ask = repo.requester.requestJsonAndCheck
    assert refusal(lambda: ask("GET", f"{repo.url}/pages"))[0] == 404
    ask("POST", f"{repo.url}/pages", input={"build_type": "workflow"})
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("hello")

    kept = github.repository(course)
    kept.deploy_pages(tmp_path / "site", sha=kept.head() or "")

    ask("PUT", f"{repo.url}/pages", input={"build_type": "workflow"})
    page = ask("GET", f"{repo.url}/pages")[1]
    assert (page["build_type"], page["status"]) == ("workflow", "built")
    assert requests.get(page["html_url"]).text == "hello"
    (deployment,) = repo.get_deployments()
    assert deployment.environment == "github-pages"
    assert next(iter(deployment.get_statuses())).state == "success"
    assert (
        refusal(lambda: ask("POST", f"{repo.url}/pages", input={"build_type": "workflow"}))[0]
        == 409
    )


# Who may do what


def test_a_job_has_just_its_permissions(github: GitHub, client: Client, course: str) -> None:
    propose(client("bob"), course, "work", {"x": b"1"})
    job = client(token=github.job_token(course, {"contents": "read", "pull-requests": "read"}))
    repo = job.get_repo(course)

    with pytest.raises(GithubException) as caught:
        repo.get_issue(1).create_comment("score")

    assert caught.value.status == 403
    assert caught.value.data["message"] == "Resource not accessible by integration"
    needed = caught.value.headers["x-accepted-github-permissions"]
    assert needed == "issues=write; pull_requests=write"
    assert [pull.number for pull in repo.get_pulls()] == [1]
    assert refusal(lambda: job.get_user().login)[0] == 403
    writer = client(token=github.job_token(course, {"pull-requests": "write"})).get_repo(course)
    writer.get_issue(1).create_comment("score")
    assert github.repository(course).pulls[1].comments[0].author == "github-actions[bot]"
    assert (
        refusal(lambda: writer.create_git_ref("refs/heads/x", repo.get_branch("main").commit.sha))[
            0
        ]
        == 403
    )
    github.revoke(job.requester.auth.token)
    assert refusal(lambda: repo.get_pull(1))[0] == 401


def test_a_job_of_one_repository_writes_to_no_other(
    github: GitHub, client: Client, course: str
) -> None:
    github.add_repository("alice/secret", {"a": "b"}, private=True)
    all_of = {"contents": "write", "issues": "write"}
    job = client(token=github.job_token("alice/other", all_of))

    own = client(token=github.job_token("alice/secret", {"contents": "read"}))
    assert own.get_repo("alice/secret").get_contents("a").size
    assert refusal(lambda: own.get_repo("alice/secret").get_pulls()[0])[0] == 403
    assert job.get_repo(course).get_contents("README.md").size
    assert refusal(lambda: job.get_repo(course).create_label("x", "0"))[0] == 403
    assert refusal(lambda: job.get_repo("alice/secret"))[0] == 404


def test_private_repositories_do_not_exist_for_outsiders(
    github: GitHub, client: Client, tmp_path: Path
) -> None:
    repo = github.add_repository("alice/private", {"a": "b"}, private=True)
    url = git_url(github, "alice/private", github.user("bob").token)

    assert refusal(lambda: client("bob").get_repo("alice/private"))[0] == 404
    assert refusal(lambda: client().get_repo("alice/private"))[0] == 404
    assert "not found" in git("clone", url, "x", cwd=tmp_path, check=False).stderr
    client("alice").get_repo("alice/private").add_to_collaborators("bob", "pull")
    assert client("bob").get_repo("alice/private").private
    clone(github, "alice/private", github.user("bob").token, tmp_path / "clone")
    assert repo.collaborators == {"bob": "read"}
    alice = client("alice").get_repo("alice/private")
    assert alice.get_collaborator_permission("bob") == "read"
    assert alice.has_in_collaborators("bob")


def test_private_repositories_have_less_on_the_free_plan(github: GitHub, client: Client) -> None:
    github.add_repository("alice/private", {"a": "b"}, private=True)
    branch = client("alice").get_repo("alice/private").get_branch("main")

    status, message = refusal(lambda: branch.edit_protection(enforce_admins=True))
    github.world.paid = True

    assert (status, message.split()[0]) == (403, "Upgrade")
    branch.edit_protection(enforce_admins=True)


def test_visitors_read_and_write_nothing(client: Client, course: str) -> None:
    repo = client().get_repo(course)

    assert repo.get_contents("README.md").size
    assert refusal(lambda: repo.create_label("x", "0")) == (401, "Requires authentication")
    stranger = client("bob").get_repo(course)
    head = stranger.get_branch("main").commit.sha
    assert refusal(lambda: stranger.create_git_ref("refs/heads/x", head)) == (404, "Not Found")
    assert refusal(lambda: stranger.edit(description="mine"))[0] == 403


def test_tokens_say_what_they_may(github: GitHub, client: Client, course: str) -> None:
    classic = client(token=github.token("alice", scopes=["public_repo"]))
    fine = client(token=github.token("alice", permissions={"contents": "read"}))

    assert classic.get_user().login == "alice"
    assert classic.oauth_scopes == ["public_repo"]
    asked = requests.get(f"{github.api_url}/user", headers=_bearer(fine.requester.auth.token))
    assert "X-OAuth-Scopes" not in asked.headers
    assert asked.headers["X-Accepted-GitHub-Permissions"] == "allows_permissionless_access=true"
    assert refusal(lambda: fine.get_repo(course).create_label("x", "0")) == (
        403,
        "Resource not accessible by personal access token",
    )
    classic.get_repo(course).create_label("x", "0")
    element = InputGitTreeElement(".github/workflows/x.yml", "100644", "blob", content="on: push")
    assert refusal(lambda: classic.get_repo(course).create_git_tree([element]))[0] == 404
    client("alice").get_repo(course).create_git_tree([element])
    assert refusal(lambda: client(token="nonsense").get_user().login) == (401, "Bad credentials")


# Faults and limits


def test_the_nth_request_fails_before_its_effect(
    github: GitHub, client: Client, course: str
) -> None:
    repo = client("alice").get_repo(course)
    fault = github.fail(1, status=500)

    repo.create_label("first", "0")
    assert refusal(lambda: repo.create_label("second", "0"))[0] == 500
    repo.create_label("third", "0")

    assert fault.hits == 1
    assert set(github.repository(course).label_set) == {"first", "third"}


def test_an_operation_fails_after_its_effect_and_is_retried(
    github: GitHub, client: Client, course: str
) -> None:
    propose(client("bob"), course, "work", {"x": b"1"})
    issue = client("alice").get_repo(course).get_issue(1)
    github.fail(operation="issues/create-comment", status=502, when="after")

    assert refusal(lambda: issue.create_comment("once"))[0] == 502
    issue.create_comment("twice")

    assert github.repository(course).comments(1) == ["once", "twice"]


def test_connections_drop_and_answers_are_late(github: GitHub, course: str) -> None:
    url = f"{github.api_url}/repos/{course}"
    github.fail(0, drop=True)
    github.fail(1, status=None, delay=0.1)

    with pytest.raises(requests.ConnectionError):
        requests.get(url)
    start = time.perf_counter()
    status = requests.get(url).status_code

    assert (status, time.perf_counter() - start > 0.1) == (200, True)


def test_git_fails_too(github: GitHub, course: str, tmp_path: Path) -> None:
    folder = clone(github, course, github.user("alice").token, tmp_path / "clone")
    commit(folder, "a", "1")
    github.fail(operation="git-receive-pack", status=503)

    first = git("push", "origin", "HEAD:main", cwd=folder, check=False)
    second = git("push", "origin", "HEAD:main", cwd=folder, check=False)

    assert "503" in first.stderr
    assert second.returncode == 0


def test_the_hours_requests_are_used_up_and_come_back(
    github: GitHub, client: Client, course: str
) -> None:
    github.limits.job = 3
    repo = client(token=github.job_token(course, {"contents": "read"})).get_repo(course)
    repo.get_branch("main")
    repo.get_branch("main")

    with pytest.raises(GithubException) as caught:
        repo.get_branch("main")

    assert caught.value.headers["x-ratelimit-remaining"] == "0"
    assert "rate limit exceeded" in caught.value.data["message"]
    assert client("alice").get_rate_limit().resources.core.remaining == 5000
    github.advance(3601)
    repo.get_branch("main")


def test_a_304_costs_nothing_of_the_hour_and_visitors_have_sixty(
    github: GitHub, course: str
) -> None:
    url = f"{github.api_url}/repos/{course}"
    tag = {"If-None-Match": requests.get(url).headers["ETag"]}

    for _ in range(70):
        assert requests.get(url, headers=tag).status_code == 304
    left = requests.get(f"{github.api_url}/rate_limit").json()["rate"]

    assert (left["limit"], left["used"]) == (60, 1)
    assert github.limits.content_used(None) == 0


def test_too_much_content_in_a_minute_is_refused(
    github: GitHub, client: Client, course: str
) -> None:
    github.limits.content_per_minute = 2
    repo = client("alice").get_repo(course)
    repo.create_label("a", "0")
    repo.create_label("b", "0")

    with pytest.raises(GithubException) as caught:
        repo.create_label("c", "0")

    assert caught.value.status == 403
    assert 0 < int(caught.value.headers["retry-after"]) <= 61
    github.advance(61)
    repo.create_label("c", "0")
    client("bob").get_repo(course)


# Events


def test_events_tell_what_happened_and_whether_a_job_did_it(
    github: GitHub, client: Client, course: str, tmp_path: Path
) -> None:
    seen: list[Event] = []
    github.on_event(seen.append)
    propose(client("bob"), course, "work", {"x": b"1"})
    job = github.job_token(course, {"contents": "write", "pull-requests": "write"})
    issue = client(token=job).get_repo(course).get_issue(1)
    issue.create_comment("score")
    issue.edit(state="closed", labels=["done"])
    folder = clone(github, course, job, tmp_path / "clone")
    commit(folder, "board", "1")
    git("push", "--quiet", "origin", "HEAD:refs/heads/ledger", cwd=folder)

    told = [(e.name, e.action, e.repository.full_name, e.by_job_token) for e in seen]
    assert told == [
        ("fork", None, course, False),
        ("push", None, "bob/course", False),
        ("pull_request", "opened", course, False),
        ("issue_comment", "created", course, True),
        ("pull_request", "labeled", course, True),
        ("pull_request", "closed", course, True),
        ("push", None, course, True),
    ]
    opened, pushed = seen[2], seen[-1]
    assert opened.payload["pull_request"]["head"]["repo"]["full_name"] == "bob/course"
    assert (pushed.payload["ref"], pushed.payload["created"]) == ("refs/heads/ledger", True)
    assert pushed.actor == "github-actions[bot]"


def test_a_repository_dispatch_is_an_event(github: GitHub, client: Client, course: str) -> None:
    client("alice").get_repo(course).create_repository_dispatch("score", {"n": 1})

    (event,) = github.repository(course).dispatches

    assert (event.name, event.action) == ("repository_dispatch", "score")
    assert event.payload["client_payload"] == {"n": 1}
