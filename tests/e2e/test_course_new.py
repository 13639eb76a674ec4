"""`aims course new OWNER/NAME`: a course with everything around it, however often it is begun."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from e2e_course import ANIMALS, csv_of
from e2e_owner import ONCE, run, run_json, set_up, sign_in, state_of
from loopback.github import GitHub, Repository

from aims_gh import settings
from aims_gh.domain.course import Course
from aims_gh.errors import AimsError
from aims_gh.flows.hosted_course import Plan

COURSE = "prof/ml"


@pytest.fixture
def prof(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    sign_in(github, monkeypatch, "prof")
    return github


def course_of(repository: Repository) -> Course:
    return Course.from_yaml(repository.read("course.yml") or b"")


def secret(public: str) -> str:
    key = settings.keyring().find(public)
    assert key is not None
    return key.secret


def test_everything_is_there_after_one_command(prof: GitHub) -> None:
    result = run("course", "new", COURSE, "--title", "Machine learning")

    assert result.exit_code == 0, result.output
    repository = prof.repository(COURSE)
    course = course_of(repository)
    assert (course.title, course.owners) == ("Machine learning", ("prof",))
    assert "# Machine learning" in (repository.read("README.md") or b"").decode()
    for name in ("wake", "evaluate", "publish"):
        assert repository.read(f".github/workflows/{name}.yml")
    assert repository.read("README.md", "refs/heads/ledger")
    assert repository.pages is not None
    assert repository.pages.build_type == "workflow"
    assert repository.homepage == f"{prof.server_url}/pages/{COURSE}/"
    assert set(repository.label_set) == {"scored", "chosen", "refused"}
    assert "aims-course" in repository.topics
    assert repository.workflow_permissions["default_workflow_permissions"] == "read"
    assert repository.approval_policy == "all_external_contributors"
    protection = repository.protection["main"]
    assert not (protection["allow_force_pushes"] or protection["allow_deletions"])


def test_each_environment_has_its_own_key_and_admits_main_alone(prof: GitHub) -> None:
    run("course", "new", COURSE)

    repository = prof.repository(COURSE)
    keys, environments = course_of(repository).keys, repository.environments
    assert environments["aims-run"].secrets == {"AIMS_RUN_KEY": secret(keys.run)}
    assert environments["aims-score"].secrets == {"AIMS_SCORE_KEY": secret(keys.score)}
    assert environments["deploy"].secrets == {}
    for name in ("aims-run", "aims-score", "deploy"):
        assert list(environments[name].policies.values()) == [("main", "branch")]
    assert repository.secrets == {}


def test_no_secret_is_printed_or_sent_open(prof: GitHub) -> None:
    shown = run("course", "new", COURSE).output

    assert "AGE-SECRET-KEY" not in shown
    assert prof.user("prof").token not in shown


def test_the_second_time_nothing_changes(prof: GitHub) -> None:
    run("course", "new", COURSE)
    before, keys = state_of(prof.repository(COURSE)), settings.keyring().files()

    again = run_json("course", "new", COURSE)

    assert state_of(prof.repository(COURSE)) == before
    assert settings.keyring().files() == keys
    done = {step["what"] for step in again["steps"] if step["outcome"] == "done"}
    assert done == {"secret AIMS_RUN_KEY", "secret AIMS_SCORE_KEY"}


def test_the_owner_may_still_write_to_main_and_nobody_may_force_it(prof: GitHub) -> None:
    run("course", "new", COURSE)

    prof.commit(COURSE, {"docs/index.md": "hello"}, by=prof.user("prof").token)

    repository = prof.repository(COURSE)
    token = prof.world.tokens[prof.user("prof").token]
    assert prof.world.refusal(repository, "main", token) is None
    assert prof.world.refusal(repository, "main", token, forced=True)
    assert prof.world.refusal(repository, "main", token, gone=True)


def test_an_organization_gets_a_course_from_its_members_alone(
    prof: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    prof.organization("uni", "prof")
    assert run("course", "new", "uni/ml").exit_code == 0
    assert prof.repository("uni/ml").environments["aims-run"].secrets

    sign_in(prof, monkeypatch, "stranger")
    refused = run("course", "new", "uni/other")

    assert refused.exit_code == 6
    assert "may not make a repository for uni" in refused.stderr
    assert "stranger/other" in refused.stderr


def test_a_private_course_says_what_the_plan_does_not_have(prof: GitHub) -> None:
    result = run("course", "new", COURSE, "--private")

    assert result.exit_code == 0, result.output
    repository = prof.repository(COURSE)
    assert repository.private
    assert repository.environments["aims-score"].secrets
    assert (repository.pages, repository.protection) == (None, {})
    missing = [line for line in result.stderr.splitlines() if line.startswith("!")]
    assert ["website" in missing[0], "protection of main" in missing[1]] == [True, True]


def test_pseudonyms_promise_too_much_while_the_repository_is_public(
    prof: GitHub, tmp_path: Path
) -> None:
    students = tmp_path / "students.csv"
    students.write_text("login\nann\n")
    run("course", "new", COURSE, "--private")

    hidden = run("roster", "set", COURSE, students, "--pseudonyms")
    prof.repository(COURSE).private = False
    shown = run("roster", "set", COURSE, students)

    assert (hidden.exit_code, shown.exit_code) == (0, 0)
    told = ["pull requests name everybody" in said.stderr for said in (hidden, shown)]
    assert told == [False, True]
    assert shown.stdout == "roster set: 1 student, 0 added, 0 removed\n"


def test_a_roster_is_set_where_github_does_not_say_whether_the_repository_is_public(
    prof: GitHub, tmp_path: Path
) -> None:
    students = tmp_path / "students.csv"
    students.write_text("login\nann\n")
    run("course", "new", COURSE, "--private")

    for option, told in (("--no-pseudonyms", False), ("--pseudonyms", True)):
        prof.fail(operation="repos/get", status=403, body={"message": "Forbidden"})
        said = run("roster", "set", COURSE, students, option)

        assert said.exit_code == 0, said.output
        assert ("whether the repository is public is not known" in said.stderr) is told


def test_a_server_that_knows_no_approval_of_workflows_is_told_of_and_no_error(
    prof: GitHub,
) -> None:
    for verb in ("get", "set"):
        where = f"actions/{verb}-fork-pr-contributor-approval-permissions-repository"
        prof.fail(operation=where, status=404, body={"message": "Not Found"})

    result = run("course", "new", COURSE)

    assert result.exit_code == 0, result.output
    (missing,) = [line for line in result.stderr.splitlines() if line.startswith("!")]
    assert "workflows of outsiders" in missing
    assert prof.repository(COURSE).protection


def test_what_is_public_already_is_not_taken_for_private(prof: GitHub) -> None:
    prof.add_repository(COURSE)

    result = run("course", "new", COURSE, "--private")

    assert result.exit_code == 3
    assert "is public" in result.stderr
    assert settings.keyring().files() == []


def test_capital_letters_name_the_same_course(prof: GitHub) -> None:
    prof.fail(operation="repos/create-for-authenticated-user", status=404)
    assert run("course", "new", COURSE).exit_code == 6

    assert run("course", "new", "Prof/ML").exit_code == 0

    assert len(settings.keyring().files()) == 3


def test_a_default_branch_of_another_name_becomes_main(prof: GitHub) -> None:
    repository = prof.add_repository(COURSE)
    repository.default_branch = "master"

    result = run("course", "new", COURSE)

    assert result.exit_code == 0, result.output
    assert repository.default_branch == "main"
    assert course_of(repository).title == "ml"


def test_a_repository_with_something_else_in_it_is_left_alone(prof: GitHub) -> None:
    repository = prof.add_repository(COURSE, {"README.md": "x", "thesis.tex": "y"})
    before = state_of(repository)

    result = run("course", "new", COURSE)

    assert result.exit_code == 3
    assert "no course.yml" in result.stderr
    assert state_of(repository) == before
    assert settings.keyring().files() == []


def test_a_title_that_will_not_do_is_told_before_anything_is_made(prof: GitHub) -> None:
    result = run("course", "new", COURSE, "--title", "x" * 300)

    assert result.exit_code == 3
    assert settings.keyring().files() == []
    assert COURSE not in prof.world.repositories


def test_without_its_keys_a_course_is_not_touched(prof: GitHub) -> None:
    run("course", "new", COURSE)
    settings.keyring().remove(course=COURSE)
    before = state_of(prof.repository(COURSE))

    result = run("course", "new", COURSE)

    assert result.exit_code == 3
    assert "aims course adopt" in result.stderr
    assert state_of(prof.repository(COURSE)) == before


@pytest.mark.parametrize("scopes", [[], ["public_repo"], ["workflow"]])
def test_a_token_that_may_too_little_is_told_at_once(
    prof: GitHub, monkeypatch: pytest.MonkeyPatch, scopes: list[str]
) -> None:
    sign_in(prof, monkeypatch, "prof", prof.token("prof", scopes=scopes))

    result = run("course", "new", COURSE)

    assert result.exit_code == 6
    assert "scope" in result.stderr
    assert "gh auth refresh --scopes" in result.stderr
    assert (COURSE in prof.world.repositories, settings.keyring().files()) == (False, [])


def test_a_fine_grained_token_that_may_too_little_is_told_what_it_needs(
    prof: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(prof, monkeypatch, "prof", prof.token("prof", permissions={"contents": "write"}))
    nothing = run("course", "new", COURSE)
    rights = ("administration", "contents", "environments", "pages", "actions", "pull_requests")
    sign_in(
        prof, monkeypatch, "prof", prof.token("prof", permissions=dict.fromkeys(rights, "write"))
    )
    half = run("course", "new", COURSE)
    sign_in(prof, monkeypatch, "prof")
    whole = run("course", "new", COURSE)

    assert (nothing.exit_code, half.exit_code, whole.exit_code) == (6, 6, 0)
    assert "Workflows" in nothing.stderr
    assert "Contents and Workflows: write" in half.stderr
    assert len(settings.keyring().files()) == 3


def test_without_a_token_nothing_is_made(prof: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")

    result = run("course", "new", COURSE)

    assert result.exit_code == 6
    assert "nobody is signed in" in result.stderr


# Copies


def test_a_fork_gets_keys_and_a_board_of_its_own(
    prof: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("course", "new", COURSE, "--title", "Machine learning")
    labels = tmp_path / "y.csv"
    labels.write_bytes(csv_of("animal", ANIMALS))
    options = ("--task", "classification", "--labels", labels)
    assert run("playground", "create", f"{COURSE}/animals", *options).exit_code == 0
    prof.commit(COURSE, {"animals/evaluations/1.json": "{}"}, branch="ledger")
    upstream = course_of(prof.repository(COURSE))
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "keys-of-bob"))
    sign_in(prof, monkeypatch, "bob")
    with prof.world.lock:
        fork = prof.world.fork(prof.repository(COURSE), "bob", "ml", only_default=False)
    fork.actions_permissions["enabled"] = False
    fork.disabled_workflows.add(".github/workflows/wake.yml")

    refused = run("course", "new", "bob/ml")
    adopted = run("course", "adopt", "bob/ml")

    assert refused.exit_code == 3
    assert "aims course adopt bob/ml" in refused.stderr
    assert adopted.exit_code == 0, adopted.output
    assert "wait for their labels, and take nothing: animals" in adopted.stderr
    assert "aims playground reseal bob/ml/animals" in adopted.stderr
    course = course_of(fork)
    assert (course.title, course.owners) == ("Machine learning", ("bob",))
    assert {course.keys.run, course.keys.score}.isdisjoint({upstream.keys.run, upstream.keys.score})
    assert fork.environments["aims-score"].secrets == {"AIMS_SCORE_KEY": secret(course.keys.score)}
    assert fork.read("animals/evaluations/1.json", "refs/heads/ledger") is None
    assert fork.read("README.md", "refs/heads/ledger")
    assert len(fork.git.commits(fork.head("ledger") or "")) == 1
    assert course.address == "bob/ml"
    assert course.upstream is not None
    assert course.upstream.address == COURSE
    assert prof.repository(COURSE).head("main") == course.upstream.commit
    assert fork.read("playgrounds/animals/holdout/labels.age") is None
    assert fork.actions_permissions["enabled"]
    assert fork.disabled_workflows == set()

    before = state_of(fork)
    assert run("course", "adopt", "bob/ml").exit_code == 0
    assert state_of(fork) == before
    assert len(settings.keyring().files()) == 3


def test_who_has_the_keys_may_go_on_with_them_in_a_copy_or_make_new_ones(prof: GitHub) -> None:
    prof.organization("uni", "prof")
    run("course", "new", COURSE)
    with prof.world.lock:
        copy = prof.world.fork(prof.repository(COURSE), "uni", "ml", only_default=True)

    assert run("course", "new", "uni/ml").exit_code == 0
    assert course_of(copy).keys == course_of(prof.repository(COURSE)).keys
    assert copy.environments["aims-run"].secrets

    assert run("course", "new", "uni/ml", "--adopt").exit_code == 0
    keys = course_of(copy).keys
    assert keys.score != course_of(prof.repository(COURSE)).keys.score
    assert copy.environments["aims-score"].secrets == {"AIMS_SCORE_KEY": secret(keys.score)}


def test_who_is_without_the_keys_of_a_course_and_adopts_it_does_not_lose_its_history(
    prof: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("course", "new", COURSE)
    prof.commit(COURSE, {"animals/evaluations/1.json": "{}"}, branch="ledger")
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "another-machine"))
    repository = prof.repository(COURSE)
    before = state_of(repository)

    refused = run("course", "adopt", COURSE)

    assert refused.exit_code == 3
    assert f"aims course adopt {COURSE} --confirm {COURSE}" in refused.stderr
    assert (state_of(repository), settings.keyring().files()) == (before, [])
    assert run("course", "adopt", COURSE, "--confirm", COURSE).exit_code == 0
    assert repository.read("animals/evaluations/1.json", "refs/heads/ledger") is None
    assert len(repository.git.commits(repository.head("ledger") or "")) == 3


def test_no_workflow_of_the_first_course_is_left_when_an_adopted_copy_gets_its_secrets(
    prof: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("course", "new", COURSE)
    first = prof.repository(COURSE)
    folder, steals = ".github/workflows", "on: push # env: ${{ secrets.AIMS_SCORE_KEY }}\n"
    own = first.read(f"{folder}/evaluate.yml")
    prof.commit(COURSE, {f"{folder}/{name}": steals for name in ("evaluate.yml", "more.yaml")})
    copy_course(prof, "bob")
    sign_in(prof, monkeypatch, "bob")
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "keys-of-bob"))
    start = len(prof.requests)

    told = run("course", "adopt", "bob/ml")

    fork = prof.repository("bob/ml")
    paths = fork.git.run("ls-tree", "-r", "--name-only", "main", folder).decode().split()
    assert steals.encode() not in [fork.read(path) for path in paths]
    assert fork.read(f"{folder}/evaluate.yml") == own
    assert "removed: evaluate.yml, more.yaml" in told.stderr
    assert fork.read(f"{folder}/more.yaml") is None
    writes = [r for r in prof.requests[start:] if r.method not in ("GET", "HEAD")]
    cleared = next(i for i, r in enumerate(writes) if "git/refs/heads/main" in r.path)
    assert cleared < next(i for i, r in enumerate(writes) if "/secrets/" in r.path)


def test_an_adopted_fork_keeps_its_results_and_answers_on_a_second_machine_and_when_renamed(
    prof: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run("course", "new", COURSE)
    copy_course(prof, "bob")
    sign_in(prof, monkeypatch, "bob")
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "keys-of-bob"))
    assert run("course", "adopt", "bob/ml").exit_code == 0
    labels = tmp_path / "y.csv"
    labels.write_bytes(csv_of("animal", ANIMALS))
    options = ("--task", "classification", "--labels", labels)
    assert run("playground", "create", "bob/ml/animals", *options).exit_code == 0
    fork = prof.repository("bob/ml")
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "second-machine"))
    before = state_of(fork)

    sealed = run("course", "adopt", "bob/ml")
    prof.commit("bob/ml", {"animals/evaluations/1.json": "{}"}, branch="ledger")
    scored = run("course", "adopt", "bob/ml")

    assert (sealed.exit_code, scored.exit_code) == (3, 3)
    assert "answers that no key on this machine opens" in sealed.stderr
    assert "bob/ml has results" in scored.stderr
    assert fork.read("animals/evaluations/1.json", "refs/heads/ledger") == b"{}"
    assert state_of(fork)["branches"]["main"] == before["branches"]["main"]
    assert state_of(fork)["environments"] == before["environments"]
    content = {"course.yml": fork.read("course.yml") or b""}
    prof.add_repository("bob/renamed", content)
    prof.commit("bob/renamed", {"animals/evaluations/1.json": "{}"}, branch="ledger")
    assert run("course", "adopt", "bob/renamed").exit_code == 3


def test_a_plan_without_environments_is_named(prof: GitHub) -> None:
    words = "Failed to create the environment protection rule. Please ensure the billing plan ..."
    where = "repos/create-or-update-environment"
    prof.fail(operation=where, status=422, body={"message": words}, times=9)

    result = run("course", "new", COURSE, "--private")

    assert result.exit_code == 6
    assert "plan of prof/ml's owner has no environments such as aims-run" in result.stderr
    assert "make the repository public" in result.stderr


def test_what_is_no_copy_cannot_be_adopted(prof: GitHub) -> None:
    result = run("course", "new", COURSE, "--adopt")

    assert result.exit_code == 3
    assert "no copy of a course" in result.stderr


# Broken off


@pytest.mark.parametrize("how", ["502 before", "502 after", "drop after"])
def test_broken_off_at_any_request_the_same_command_goes_on(
    github: GitHub, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    github.limits.primary = github.limits.secondary = False
    kind, when = how.split()
    plan = Plan("Machine learning")
    start = len(github.requests)
    set_up(github, "prof", "prof/whole", plan)
    requests = github.requests[start:]
    whole = comparable(github, "prof/whole")
    broken = 0
    for at, request in enumerate(requests):
        if when == "after" and request.method == "GET":
            continue  # which is lost as it is before
        if request.method == "GET" and at % 3:
            continue  # a question that got no answer has changed nothing: some will do
        name = f"prof/broken-{at}"
        monkeypatch.setenv("AIMS_KEYS", str(tmp_path / f"keys-{at}"))
        fault = github.fail(at, when=when, drop=kind == "drop")
        try:
            set_up(github, "prof", name, plan, patience=ONCE)
        except AimsError:
            broken += 1
        assert fault.hits == 1, request

        set_up(github, "prof", name, plan)

        assert len(settings.keyring().files()) == 3, request
        assert comparable(github, name) == whole, request
    assert broken > 10


def test_adopting_a_copy_may_be_broken_off_at_any_write(
    github: GitHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    github.limits.primary = github.limits.secondary = False
    set_up(github, "prof", COURSE, Plan("Machine learning"))
    github.commit(COURSE, {"animals/evaluations/1.json": "{}"}, branch="ledger")
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "keys"))
    copy_course(github, "whole")
    start, plan = len(github.requests), Plan(adopt=True)
    set_up(github, "whole", "whole/ml", plan)
    requests = github.requests[start:]
    whole = comparable(github, "whole/ml")
    for at, request in enumerate(requests):
        if request.method == "GET":
            continue
        login = f"bob-{at}"
        monkeypatch.setenv("AIMS_KEYS", str(tmp_path / f"keys-{at}"))
        copy_course(github, login)
        fault = github.fail(at, when="after")
        with suppress(AimsError):
            set_up(github, login, f"{login}/ml", plan, patience=ONCE)
        assert fault.hits == 1, request

        set_up(github, login, f"{login}/ml", plan)

        assert len(settings.keyring().files()) == 3, request
        found = comparable(github, f"{login}/ml").replace(f"- {login}", "- whole")
        assert found == whole, request


def copy_course(github: GitHub, login: str) -> None:
    github.user(login)
    with github.world.lock:
        github.world.fork(github.repository(COURSE), login, "ml", only_default=False)


def comparable(github: GitHub, name: str) -> str:
    """Leave out what differs by its nature: names, and keys that were made anew."""
    text = repr(state_of(github.repository(name))).replace(name, "NAME")
    for key in settings.keyring().files():
        text = text.replace(key.public, "PUBLIC").replace(secret(key.public), "SECRET")
    return text
