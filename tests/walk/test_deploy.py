"""A version of a course on disk becomes an app, or the reason why it cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from test_served import choose, course, hand_in, model
from walk_classroom import Classroom, aims, csv_of

from aims_gh import settings
from aims_gh.errors import CourseError, HostError
from aims_gh.flows.deploy import Deployable, check_free, deployable, folder, serve, write_folder
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.site import Tools
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.host.folder import Target

__all__ = ["course"]
"""A fixture; it has the playgrounds `rents` and `secret`."""

ROWS = 5


def drain(course: Classroom) -> None:
    found = evaluate(
        course.forge,
        sandbox=settings.sandbox(),
        find_key=settings.keys().find,
        clock=settings.clock,
    )
    assert {each.outcome for each in found} == {"scored"}, found


def made(course: Classroom, version: int | None = None, target: Target = "gradio") -> Deployable:
    return deployable(course.forge, course.address("rents"), version, target, settings.sandbox())


def test_the_version_that_is_asked_for_or_chosen_or_best_becomes_the_app(
    course: Classroom,
) -> None:
    hand_in(course, None, 2, 1)  # the best, and predictions alone
    hand_in(course, model(1, 1), 1, 1)
    hand_in(course, model(1.5, 1), 1.5, 1)
    drain(course)

    best, asked = made(course), made(course, 2)
    choose(course, 2)
    chosen = made(course)

    assert [found.version for found in (best, asked, chosen)] == [3, 2, 2]
    assert best.model == model(1.5, 1)
    expected = [1.5 * row + row / 7 for row in range(ROWS)]
    assert [row["prediction"] for row in best.expected] == pytest.approx(expected, abs=1e-3)
    assert json.loads(folder(best, "gradio", tools())["app.json"])["model"]["version"] == 3
    with pytest.raises(CourseError, match="version 1 of rents is predictions alone"):
        made(course, 1)
    with pytest.raises(CourseError, match="no version 9"):
        made(course, 9)


def tools() -> Tools:
    return Tools(settings.templates())


def test_without_any_model_it_says_so(course: Classroom) -> None:
    with pytest.raises(CourseError, match="no version of rents has a model yet"):
        made(course)


def test_a_model_that_needs_its_authors_program_is_not_served(course: Classroom) -> None:
    parts = Parts(
        model=model(2, 1),
        predictions=csv_of("prediction", [2 * a + round(a / 7, 3) for a in range(30)]),
        files={"preprocessor.py": b"def preprocessor(rows):\n    return rows\n"},
        preprocessed=True,
    )
    submit(
        course.forge,
        course.address("rents"),
        pack("rents", parts, now=settings.clock()),
        author="ada",
    )
    drain(course)

    with pytest.raises(CourseError, match=r"what its author's preprocessor\.py makes") as error:
        made(course, 1)

    assert "joins the two" in error.value.hint


class Elsewhere:
    """A host whose app has another model."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.removed: list[str] = []

    def push(self, name: str, files: object) -> str:
        return self.url

    def status(self, name: str) -> str:
        return "running"

    def log(self, name: str) -> str:
        return ""

    def remove(self, name: str) -> None:
        self.removed.append(name)


def test_an_app_is_served_only_once_it_says_what_the_sandbox_says(course: Classroom) -> None:
    hand_in(course, model(1, 1), 1, 1)
    hand_in(course, model(1.5, 1), 1.5, 1)
    drain(course)
    one, two = made(course, 1), made(course, 2)

    with settings.host() as host:
        url = serve(one, host, folder(one, "gradio", tools()))
        elsewhere = Elsewhere(url)
        with pytest.raises(HostError, match="something else of example row 2") as error:
            serve(replace(one, expected=two.expected), elsewhere, {})  # type: ignore[arg-type]

    assert "nothing was announced" in error.value.hint
    assert elsewhere.removed == ["rents"]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()

    with pytest.raises(HostError, match="holds something else"):
        check_free(tmp_path)

    described = b'{"schema_version": 1, "slug": "rents", "model": {}}'
    for out in (tmp_path / "new", tmp_path / "new"):
        write_folder({"app.json": described, "a/b.txt": b"x"}, out)
    assert (tmp_path / "new" / "a" / "b.txt").read_bytes() == b"x"


@pytest.mark.parametrize("content", [b'{"expo": {"name": "theirs"}}', b"no JSON", b"[]"])
def test_a_project_with_an_app_json_of_its_own_is_left_alone(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "app.json").write_bytes(content)
    (tmp_path / "app.py").write_bytes(b"theirs")

    with pytest.raises(HostError, match="holds something else"):
        write_folder({"app.json": b"{}", "app.py": b"ours"}, tmp_path)

    assert (tmp_path / "app.py").read_bytes() == b"theirs"


def test_a_page_needs_npm_and_says_so(course: Classroom, tmp_path: Path) -> None:
    hand_in(course, model(1, 1), 1, 1)
    drain(course)
    rents = course.address("rents")

    done = aims("deploy", rents, "--target", "browser", "--out", tmp_path / "app", check=False)

    assert done.returncode == 9
    assert "AIMS_NPM is off" in done.stderr and "--target gradio" in done.stderr
    assert not (tmp_path / "app").exists()
