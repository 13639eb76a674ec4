"""What is promised: every way of asking a model says what the model itself says, of every kind.

Twelve playgrounds of a course, each with a model that somebody trained and submitted, that was run
in the sandbox and scored, and that is now asked for rows whose answers differ.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from every_way import EVERY, examples_by_readme, said, said_of_rows
from every_way_cases import ASKED, CASES, Said, Trained, written
from playwright.sync_api import Browser
from shared_demo import CACHE
from test_every_page import problems
from test_predict import Trial
from visits import chromium, served, visiting

import aims_gh
from aims_gh import ModelPlayground, settings
from aims_gh.flows.deploy import deployable, folder, serve
from aims_gh.flows.site import Tools, build_site
from aims_gh.forge.local import LocalForge
from aims_gh.host.local import write

CLOSE = 1e-5
CLOSE_IN_BROWSERS = {"audio": 1e-4, "video": 2e-2}
"""Chromium divides samples above zero by 32,767; videos have a decoder for each program."""


@pytest.fixture(scope="module")
def trained() -> dict[str, Trained]:
    return {slug: make() for slug, make in CASES.items()}


@pytest.fixture(scope="module")
def course(
    trained: dict[str, Trained], lasting_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Every playground has one version, and what it says is what its author's model says."""
    path = tmp_path_factory.mktemp("every") / "course"
    for slug, one in trained.items():
        pg = ModelPlayground(one.input_type, one.task_type, private=False, username="ada")
        pg.create(
            f"{path}/{slug}", eval_data=one.answers, test_features=one.held_out,
            labels=one.labels or None, public_private_split=0,
        )  # fmt: skip
        made = pg.submit_model(one.model, onnx_timeout=False, print_output=False)
        assert (made.version, made.reproduced) == ("1", True), slug
        assert made.metrics is not None
        for name, value in one.score().items():
            assert made.metrics[name] == pytest.approx(value, rel=1e-5), slug
    return path


def same(found: list[Said], expected: list[Said], close: float = CLOSE) -> bool:
    return len(found) == len(expected) and all(
        (one.label, one.labels) == (other.label, other.labels)
        and one.numbers == pytest.approx(other.numbers, abs=close, rel=close)
        for one, other in zip(found, expected, strict=True)
    )


def differ(answers: list[Said]) -> bool:
    """Whether no answer could be taken for another."""
    first = answers[:ASKED]
    return not any(same([a], [b], 0.1) for a in first for b in first if a is not b)


@pytest.mark.parametrize("slug", CASES)
def test_every_program_is_answered_as_the_model_answers(
    slug: str, course: Path, trained: dict[str, Trained], tmp_path: Path
) -> None:
    one = trained[slug]
    expected, given = one.says(), written(one, tmp_path)
    pictures = given if one.input_type == "image" else None
    pg = ModelPlayground(playground_url=f"{course}/{slug}")
    found = deployable(pg._forge, pg._where, None, "gradio", settings.sandbox())

    with settings.host() as host, pg.instantiate_model(1) as model:
        files = folder(found, "gradio", Tools(settings.templates()))
        write(files, tmp_path / "app")
        url = serve(found, host, files)
        answers = {way: [said(each) for each in ask(url, given)] for way, ask in EVERY.items()}
        batch = aims_gh.predict(url, one.rows, progress=False)
        many = aims_gh.predict(url, one.held_out, batch_size=5, progress=False)
        examples = examples_by_readme(url, tmp_path / "app")
        labels, instantiated = [*map(str, model.labels)], instance(model, pictures or one.rows)

    assert differ(expected)
    for way, each in answers.items():
        assert same(each, expected), (way, each, expected)
    assert same(said_of_rows(batch), expected)
    assert same(said_of_rows(many), one.says(one.held_out))
    assert examples
    assert same(said_of_rows(examples), said_of_rows(found.expected)[: len(examples)])
    assert labels == [*map(str, one.labels)]
    assert same(instantiated, expected)


def instance(model: Any, rows: Any) -> list[Said]:
    answers = model.predict(rows).tolist()
    if not model.labels:
        return [Said([number]) for number in answers]
    names = tuple(map(str, model.labels))
    sure = model.predict_proba(rows).tolist()
    return [Said(line, str(label), names) for label, line in zip(answers, sure, strict=True)]


@pytest.fixture(scope="module")
def url(course: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The website of the course."""
    out = tmp_path_factory.mktemp("site") / "site"
    tools = Tools(settings.templates(), CACHE / "aims-gh" / "site")
    build_site(LocalForge.open(course), str(course), out, tools, strict=True)
    return served(out)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("slug", CASES)
def test_the_page_of_every_playground_answers_as_its_model_answers(
    slug: str, url: str, browser: Browser, trained: dict[str, Trained], tmp_path: Path
) -> None:
    one = trained[slug]
    close = CLOSE_IN_BROWSERS.get(one.input_type, CLOSE)

    with visiting(browser, url, Trial) as visit:
        visit.open(slug)
        visit.answer()
        for given, expected in zip(written(one, tmp_path), one.says(), strict=True):
            enter(visit, one, given)
            shown = answer_like(visit, expected, close)
            assert same([shown], [expected], close), (given, shown, expected)
        visit.page.set_viewport_size({"width": 390, "height": 844})
        assert problems(visit.page) == []


def shortened(number: float) -> str:
    return f"{number:.6g}" if abs(number) < 1e6 else str(round(number))


def enter(visit: Trial, one: Trained, given: Any) -> None:
    page = visit.page
    if isinstance(given, Path):
        page.locator("input[type=file]").first.set_input_files(given)
    elif one.input_type == "tabular":
        page.get_by_label("age (years)").fill(str(given["age (years)"]))
        page.get_by_label("income").fill(str(given["income"]))
        page.get_by_label("city").select_option(given["city"])
        page.get_by_label("member").set_checked(given["member"])
    else:
        label = "Text" if one.input_type == "text" else "Numbers"
        page.get_by_role("textbox", name=label, exact=True).fill(given)


def answer_like(visit: Trial, expected: Said, close: float) -> Said:
    """Give what is shown once that is what is expected, or at last: the page reads files first."""
    for _ in range(100):
        shown = visit.answer()
        numbers = shown["numbers"] or [shown["value"]]
        labels = visit.page.locator(".aims-p-label").all_text_contents()
        found = Said(numbers, shown["text"] if labels else "", (*labels,))
        if not labels:
            assert shown["text"] == shortened(shown["value"])
        if same([found], [expected], close):
            break
        visit.page.wait_for_timeout(100)
    return found


LABELS = """
import sys
from pathlib import Path

from aims_gh.flows.app import choose, described, example_rows
from aims_gh.forge import LEDGER, MAIN
from aims_gh.forge.local import LocalForge
from aims_gh.workspace import Workspace

forge = LocalForge.open(Path(sys.argv[1]))
with forge.tree(MAIN) as main, forge.tree(LEDGER) as ledger:
    rules, facts = Workspace(main), Workspace(ledger)
    for slug in rules.slugs():
        playground = rules.playground(slug)
        rows = example_rows(rules, slug, playground)
        app = described(playground, slug, slug, choose(facts, slug, playground), rows)
        print(slug, *playground.labels, *app.labels, app.to_json().decode())
assert not {"torch", "sklearn", "pandas"} & set(sys.modules)
"""


def test_labels_and_all_else_that_apps_are_told_are_the_same_whatever_python_hashes_by(
    course: Path, trained: dict[str, Trained]
) -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", LABELS, str(course)],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in range(20)
    }  # fmt: skip

    (only,) = told
    for slug, one in trained.items():
        assert " ".join([slug, *map(str, one.labels * 2), "{"]) in only
