"""The page *Submit* in a browser: it takes what the evaluator takes, and what it makes is taken."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import random
import re
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from site_builders import DIGEST, TEMPLATES, course, page, playground, site
from visits import served, visiting

from aims_gh import settings
from aims_gh.core.predictions import predictions_from_table
from aims_gh.core.table import read_table
from aims_gh.core.validate import check_content
from aims_gh.domain.address import Address
from aims_gh.domain.playground import Playground
from aims_gh.domain.submission import Submission
from aims_gh.errors import SubmissionError
from aims_gh.flows.course import new_course
from aims_gh.flows.evaluate import evaluate
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.run import _need_probabilities
from aims_gh.flows.site import Tools, build_site
from aims_gh.flows.submit import Packed, check
from aims_gh.forge import Change
from aims_gh.forge.local import LocalForge
from aims_gh.site.build import build
from aims_gh.site.rules import rules
from aims_gh.workspace import parse_yaml

REPOSITORY = "https://github.com/alice/ml-2026"
HOSTILE = '<img src=x onerror="fail()">\u202e&"\''


def task(rows: int = 3, **changes: Any) -> Playground:
    return playground(**{"holdout": {"rows": rows, "labels_sha256": DIGEST}, **changes})


TASKS = {
    "ab": task(labels=["a", "b"]),
    "bits": task(labels=[0, 1]),
    "truth": task(labels=["True", "False"]),
    "odd": task(labels=["01", "1e+16", "1e-05", "0.5", "nan", "-0.0", "é,\n😀"]),
    "numbers": task(task_type="regression", labels=[], competition={"private_fraction": 0}),
    "roc": task(labels=["a", "b"], metrics=["accuracy", "roc_auc"]),
    "many": task(labels=[f"label {n}" for n in range(30)]),
}
PANDAS = b",p\n0,a\n1,b\n2,a\n"
GOOD: list[tuple[str, bytes]] = [
    ("ab", b"y\na\nb\na\n"),
    ("ab", b"y\na\nb\na"),
    ("ab", b"y\r\na\r\nb\r\na\r\n\r\n\r\n"),
    ("ab", b"y\ra\rb\ra\r"),
    ("ab", b"\xef\xbb\xbfy\na\nb\na\n"),
    ("ab", b'"y"\n"a"\n"b"\n"a"\n'),
    ("ab", PANDAS),
    ("ab", PANDAS.replace(b",p", b"Unnamed: 0,p")),
    ("ab", b"index,p\n7,a\n8,b\n9,a\n"),
    ("ab", b"a,b\n0.5,0.5\n1,0\n0.2,0.8\n"),
    ("ab", b"b,a\n0.1,0.9\n1,0\n0.2,0.8\n"),
    ("ab", b",b,a\n0,.1,.9\n1,1.,0\n2,2e-1,8E-1\n"),
    ("ab", b"a,b\n0.333,0.666\n0.3335,0.6675\n1,0\n"),
    ("bits", b"y\n0\n1\n1\n"),
    ("bits", b"y\n0.0\n1.0\n1.\n"),
    ("bits", b"y\nTrue\nFalse\nTrue\n"),
    ("bits", b"y\n-0\n1\n0\n"),
    ("bits", b"y\n-0.0\n1\n0\n"),
    ("truth", b"y\n1\n0\n1\n"),
    ("truth", b"y\n1\n0\nTrue\n"),
    ("odd", b"y\n01\n01\n01\n"),
    ("odd", b"y\n1e16\n0.00001\n0.50\n"),
    ("odd", b"y\n0.5\n\n-0.0\n".replace(b"\n\n", b'\n""\n')),
    ("odd", 'y\n"é,\n😀"\n01\n0.5\n'.encode()),
    ("numbers", b"y\n1\n-2.5\n+3e2\n"),
    ("numbers", b"y\n1\n-1e100\n1e99\n"),
    ("numbers", b"y\n999999999999999999\n-1\n0\n"),
    ("roc", b"a,b\n0.5,0.5\n1,0\n0.2,0.8\n"),
]
CASES = [
    *GOOD,
    # the wrong length
    ("ab", b""),
    ("ab", b"\n\n"),
    ("ab", b"y"),
    ("ab", b"y\na\nb\n"),
    ("ab", b"a\nb\na\n"),
    ("ab", b"y\na\nb\na\nb\n"),
    ("ab", b"y\na\n"),
    ("numbers", b"1.5\n2\n"),
    ("numbers", b"-2\n2\n3\n"),
    ("ab", b"\ny\na\nb\na\n"),
    ("ab", b"y\na\n\nb\na\n"),
    # not CSV as it should be
    ("ab", b"y\na,b\nb\na\n"),
    ("ab", b"y\na\nb\n,\n"),
    ("ab", b'y\n"a"x\nb\na\n'),
    ("ab", b'y\n"a\nb\na\n'),
    ("ab", b'y\na"\nb\na\n'),
    ("ab", b'y\n"a""\nb\na\n'),
    ("ab", b"y\n" + b"x" * 131_073 + b"\nb\na\n"),
    ("ab", b"y\n" + "😀".encode() * 131_000 + b"\nb\na\n"),
    ("ab", b"y;z\na;1\nb;2\na;3\n"),
    ("ab", b"y\tz\na\t1\nb\t2\na\t3\n"),
    ("ab", b"y,y\na,1\nb,2\na,3\n"),
    ("ab", b"y\na\nb\n\x00\n"),
    ("ab", "y\né\nb\na\n".encode("latin-1")),
    ("ab", b"\xef\xbb\xbfy\na\nb\n\xf0\x9f\x98"),
    ("ab", b"y\n\xed\xa0\x80\nb\na\n"),
    ("ab", b"\xff\xfey\x00\n\x00"),
    ("ab", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"),
    ("ab", b"," * 20_000 + b"\n"),
    # labels
    ("ab", b"y\na\nyeti\nb\n"),
    ("ab", b"y\na\n a\nb\n"),
    ("ab", b"y\nA\nb\na\n"),
    ("ab", b'y\na\n""\nb\n'),
    ("ab", b'y\n""\n""\n""\n'),
    ("ab", b"y\n0\n1\n0\n"),
    ("ab", b"y\nconstructor\na\nb\n"),
    ("bits", b"y\n0\n1\n2\n"),
    ("bits", b"y\n0\n01\n1\n"),
    ("bits", b"y\n0\n1\nnan\n"),
    ("bits", b"y\n0\n1.5\n1\n"),
    ("bits", b"y\n0\n1e400\n1\n"),
    ("bits", b"y\n0\n1\n10000000000000000000000\n"),
    ("odd", b"y\n1\n01\n01\n"),
    ("odd", "y\né\n01\n01\n".encode()),
    ("many", b"y\nlabel 0\nlabel 29\nlabel 30\n"),
    # several columns
    ("ab", b"id,p\n1,a\n2,b\n3,a\n"),
    ("ab", b",p\n0,a\n2,b\n3,a\n"),
    ("ab", b",p\na,a\nb,b\nc,a\n"),
    ("ab", b'it\'s,"a ""b""",back\\slash\n1,2,3\n1,2,3\n1,2,3\n'),
    ("ab", b"a,b,c\n1,0,0\n1,0,0\n1,0,0\n"),
    ("numbers", b"y,z\n1,2\n3,4\n5,6\n"),
    # probabilities
    ("ab", b"a,b\n0.5,0.5\n0.5,0.4\n0.2,0.8\n"),
    ("ab", b"a,b\n0.5,0.5\n1.5,-0.5\n0.2,0.8\n"),
    ("ab", b"a,b\n0.5,0.5\n1,0\n,1\n"),
    ("ab", b"a,b\n0.5,0.5\ninf,0\n0,1\n"),
    ("ab", b"a,b\n0.5,x\n1,0\n0,1\n"),
    ("ab", b"a,b\n0.5,1e200\n1,0\n0,1\n"),
    ("roc", b"y\na\nb\na\n"),
    # numbers
    ("numbers", b"y\n1\nnan\n3\n"),
    ("numbers", b"y\n1\ninf\n3\n"),
    ("numbers", b"y\n1\n2\n-inf\n"),
    ("numbers", b'y\n1\n""\n3\n'),
    ("numbers", b"y\n1\nNA\n3\n"),
    ("numbers", b"y\n1\n3 EUR\n3\n"),
    ("numbers", b"y\n1\n1,5\n3\n"),
    ("numbers", b'y\n1\n"1,5"\n3\n'),
    ("numbers", b"y\n1\n1e101\n3\n"),
    ("numbers", b"y\n1\n1e400\n3\n"),
    ("numbers", b"y\nTrue\nFalse\nTrue\n"),
    ("numbers", b"y\n01\n2\n3\n"),
    ("numbers", b"y\n0x10\n2\n3\n"),
    ("numbers", b"y\n1_0\n2\n3\n"),
    ("numbers", "y\n١\n2\n3\n".encode()),
    ("numbers", b"y\n 1\n2\n3\n"),
    ("numbers", b"y\n12345678901234567890\n2\n3\n"),
    ("numbers", b"y\n1\nNaN\nInfinity\n"),
]


def damaged(many: int) -> list[tuple[str, bytes]]:
    """Files with bytes changed, lost or doubled: what nobody would think of."""
    dice = random.Random(11)
    found = []
    for _ in range(many):
        name, content = dice.choice(
            [case for case in dice.choice([CASES, GOOD]) if len(case[1]) < 200]
        )
        letters = bytearray(content)
        for _ in range(dice.choice([1, 1, 2, 3])):
            place = dice.randint(0, len(letters))
            piece = dice.choice([b",", b'"', b"\n", b"\r", b"a", b"0", b".", b"-", b"e", b"\xe9"])
            letters[place : place + dice.randint(0, 2)] = piece * dice.randint(0, 2)
        found.append((name, bytes(letters)))
    return found


def by_python(name: str, content: bytes) -> dict[str, Any]:
    """What the evaluator makes of a file."""
    task = TASKS[name]
    try:
        check_content("predictions.csv", content)
        read = predictions_from_table(
            read_table(content, "predictions.csv"),
            name="predictions.csv",
            task_type=task.task_type,
            labels=task.labels,
            rows=task.holdout.rows,
        )
        _need_probabilities(read, task, "predictions.csv")
    except SubmissionError as error:
        return {"message": error.message, "hint": error.hint}
    codes = None if read.codes is None else read.codes.tolist()
    return {"codes": codes, "values": None if read.values is None else read.values.tolist()}


def as_numbers(answer: dict[str, Any]) -> dict[str, Any]:
    values = answer.get("values")
    return answer | {"values": [float(value) for value in values]} if values else answer


BY_PAGE = """async ({ module, rules, cases }) => {
    const { readPredictions } = await import(module);
    const found = [];
    for (const [name, content] of cases) {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        try {
            const { codes, values } = readPredictions(bytes, rules[name]);
            // As text: a large number would come as a whole one, rounded.
            const texts = values ? [...values].map(String) : null;
            found.push({ codes: codes ? [...codes] : null, values: texts });
        } catch (error) {
            found.push({ message: error.message, hint: error.hint });
        }
    }
    return found;
}"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, packages: Path) -> str:
    """/folder/ is a course in a folder, built without npm; /github/ is one on GitHub, with npm."""
    root = tmp_path_factory.mktemp("host")
    states = {
        "closed": task(competition={"closes": "2020-01-01T00:00:00Z"}),
        "late": task(competition={"closes": "2020-01-01T00:00:00Z", "late": "mark"}),
        "early": task(competition={"opens": "2100-01-01T00:00:00Z"}),
        "private": task(visibility="private", participants=["ada-secret"]),
        "both": task(evaluation="both", labels=["a", "b"], limits={"bytes": 10_000}),
        "hidden": task(
            evaluation="model",
            features="hidden",
            holdout={"rows": 3, "labels_sha256": DIGEST, "features_sha256": DIGEST},
        ),
        "hostile": task(2, labels=[HOSTILE, "b"]),
    }
    states |= {name: TASKS[name] for name in ("ab", "numbers")}
    value = site(*(page(slug, task=one, rows=0) for slug, one in states.items()))
    build(value, root / "folder", strict=True, templates=TEMPLATES)
    few = site(page("ab", task=TASKS["ab"], rows=0), page("hostile", task=states["hostile"]))
    few = dataclasses.replace(few, repository=REPOSITORY)
    build(few, root / "github", strict=True, templates=TEMPLATES, cache=packages)
    return served(root)


@pytest.fixture
def visit(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page; the test fails where it complained or reached for another host."""
    with visiting(browser, url, **getattr(request, "param", {})) as visit:
        yield visit.page


def open_submit(opened: Page, address: str) -> Page:
    opened.goto(f"{address}/submit/")
    opened.wait_for_selector(".aims-submit[data-started]", state="attached")
    return opened


def choose(opened: Page, *files: tuple[str, bytes]) -> None:
    given = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        for name, content in files
    ]
    opened.set_input_files("#aims-submit-file", given)  # type: ignore[arg-type]


def saved(opened: Page, button: str) -> tuple[str, bytes]:
    with opened.expect_download() as download:
        opened.get_by_role("button", name=button).first.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_the_page_takes_what_the_evaluator_takes_and_refuses_the_rest_in_its_words(
    visit: Page, url: str
) -> None:
    cases = CASES + damaged(1500)
    open_submit(visit, f"{url}folder/playgrounds/ab")

    found = visit.evaluate(
        BY_PAGE,
        {
            "module": f"{url}folder/assets/aims/submit/predictions.js",
            "rules": {
                name: json.loads(rules(page(name, task=one, rows=0), course()))
                for name, one in TASKS.items()
            },
            "cases": [(name, base64.b64encode(content).decode()) for name, content in cases],
        },
    )

    expected = [by_python(name, content) for name, content in cases]
    taken = sum("message" not in one for one in expected)
    assert 100 < taken < 300  # both kinds are tried
    wrong = [
        (case, mine, yours)
        for case, mine, yours in zip(cases, found, expected, strict=True)
        if as_numbers(mine) != yours
    ]
    assert wrong == []


def test_the_folder_that_the_page_makes_is_scored(
    visit: Page, tmp_path: Path, packages: Path
) -> None:
    forge, truth = a_course(tmp_path / "course")
    tools = Tools(settings.templates(), packages, repository=REPOSITORY)
    build_site(forge, "alice/ml-2026", tmp_path / "host/site", tools, strict=True)
    open_submit(visit, f"{served(tmp_path / 'host')}site/playgrounds/animals")
    said = b",prediction\n" + b"".join(b"%d,%s\n" % (n, v.encode()) for n, v in enumerate(truth))

    choose(visit, ("mine.csv", said))
    visit.get_by_label("Your login on GitHub").fill("bob")
    visit.get_by_label("A name for this submission").fill("from-the-browser")
    visit.get_by_label("Which board").select_option("experiment")
    visit.get_by_label("A sentence or two").fill(f"- *: {HOSTILE}\nid: \x85 😀")
    visit.get_by_label("Words to find it by").fill("first, yes, #no")
    name, content = saved(visit, "Save from-the-browser.zip")

    assert name == "from-the-browser.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    folder = "submissions/animals/bob/from-the-browser"
    assert sorted(files) == [f"{folder}/predictions.csv", f"{folder}/submission.yml"]
    assert files[f"{folder}/predictions.csv"] == said
    submission = manifest_of(files[f"{folder}/submission.yml"])
    assert submission.description == f"- *: {HOSTILE}\nid: \x85 😀"
    assert (submission.board, submission.tags) == ("experiment", ("first", "yes", "#no"))
    packed = Packed(submission, {path.rpartition("/")[2]: data for path, data in files.items()})
    address = Address(str(tmp_path / "course"), "animals")
    checks = {"sandbox": settings.sandbox(), "author": "bob", "now": settings.clock()}
    assert check(forge, address, packed, **checks).rows == len(truth)  # type: ignore[arg-type]
    forge.propose(Change(message="By hand", files=files), author="bob", title="By hand")
    (outcome,) = evaluate(
        forge,
        sandbox=settings.sandbox(),
        find_key=settings.keys().find,
        clock=settings.clock,
    )
    assert (outcome.outcome, outcome.reason) == ("scored", None)


def a_course(path: Path) -> tuple[LocalForge, list[str]]:
    forge = new_course(
        path,
        title="Class of tests",
        description="",
        owners=("teacher",),
        keyring=settings.keyring(),
        templates=settings.templates(),
        clock=settings.clock,
    )
    truth = random.Random(5).choices(["cat", "dog", "emu"], k=40)
    wishes = {"title": "Animals", "task_type": "classification", "input_type": "tabular"}
    labels = Source("y.csv", "\n".join(["y", *truth, ""]).encode())
    draft = Draft(rules=wishes, labels=labels)
    create_playground(forge, "animals", draft, seed=3, templates=settings.templates())
    return forge, truth


def manifest_of(content: bytes) -> Submission:
    return parse_yaml(Submission, content, "submission.yml", SubmissionError)


def test_github_s_pages_are_linked_step_by_step_with_the_manifest_filled_in(
    visit: Page, url: str
) -> None:
    open_submit(visit, f"{url}github/playgrounds/ab")
    choose(visit, ("predictions.csv", b"y\na\nb\na\n"), ("net.onnx", b"not looked into"))
    visit.get_by_label("Your login on GitHub").fill("Bob-1")
    visit.get_by_label("A name for this submission").fill("one")

    found = visit.locator(".aims-submit-ways a")
    expect(found.first).to_be_visible()
    fork, upload, again, filled, pieces, propose = [
        str(found.nth(n).get_attribute("href")) for n in range(found.count())
    ]

    own = "https://github.com/Bob-1/ml-2026"
    assert fork == again == f"{REPOSITORY}/fork"
    assert upload == f"{own}/upload/main"
    assert filled.startswith(f"{own}/new/main?")
    query = parse_qs(urlsplit(filled).query)
    assert query["filename"] == ["submissions/ab/Bob-1/one/submission.yml"]
    submission = manifest_of(query["value"][0].encode())
    assert submission.model is not None
    assert (submission.model.path, submission.model.bytes) == ("model.onnx", 15)
    assert pieces == f"{own}/upload/one/submissions/ab/Bob-1/one"
    assert propose == f"{REPOSITORY}/compare/main...Bob-1:one?expand=1&title=Submit%20one"
    assert saved_quietly(visit, "Save model.onnx") == ("model.onnx", b"not looked into")

    visit.get_by_label("A sentence or two").fill("é" * 2000)  # ten characters each in the link
    expect(visit.locator(".aims-submit-ways")).to_contain_text("too long for a link")


def saved_quietly(opened: Page, button: str) -> tuple[str, bytes]:
    """Save what lies in the part that is folded away."""
    opened.locator("summary", has_text="file by file").click()
    return saved(opened, button)


def test_the_owner_of_the_course_needs_no_fork(visit: Page, url: str) -> None:
    open_submit(visit, f"{url}github/playgrounds/ab")
    choose(visit, ("predictions.csv", b"y\na\nb\na\n"))

    visit.get_by_label("Your login on GitHub").fill("Alice")

    link = visit.get_by_role("link", name="the upload page of the repository")
    expect(link).to_have_attribute("href", "https://github.com/Alice/ml-2026/upload/main")
    expect(visit.locator(".aims-submit-ways")).not_to_contain_text("fork")


def test_a_site_built_without_npm_leads_to_github_file_by_file(visit: Page, url: str) -> None:
    def without(route: Route) -> None:
        text = route.fetch().text()
        assert " data-archive=" in text
        route.fulfill(body=text.replace(' data-archive="archive"', ""), content_type="text/html")

    visit.route("**/github/playgrounds/ab/submit/", without)
    open_submit(visit, f"{url}github/playgrounds/ab")
    choose(visit, ("mine.csv", b"y\na\nb\na\n"))

    visit.get_by_label("Your login on GitHub").fill("bob")

    expect(visit.get_by_role("link", name="submission.yml, filled in")).to_be_visible()
    assert saved(visit, "Save predictions.csv") == ("predictions.csv", b"y\na\nb\na\n")
    expect(visit.get_by_role("button", name=".zip")).to_have_count(0)


def test_a_course_in_a_folder_is_told_the_command(visit: Page, url: str) -> None:
    open_submit(visit, f"{url}folder/playgrounds/ab")
    choose(visit, ("it's $(mine).csv", b"y\na\nb\na\n"))
    visit.get_by_label("Who you are").fill("bob")
    visit.get_by_label("Which board").select_option("competition")
    visit.get_by_label("A sentence or two").fill("it's `mine`; rm -rf $HOME")
    visit.get_by_label("Words to find it by").fill("knn")

    typed = visit.locator(".aims-submit-command code")

    expect(typed).to_contain_text("--tag knn")
    assert shlex.split(typed.inner_text()) == [
        *("aims", "submit", "--to", "ada/course/ab", "--predictions", "it's $(mine).csv"),
        *("--as", "bob", "--board", "competition"),
        *("--description", "it's `mine`; rm -rf $HOME", "--tag", "knn"),
    ]
    name, content = saved(visit, "Save submission.yml")
    assert name == "submission.yml"
    assert manifest_of(content).description == "it's `mine`; rm -rf $HOME"


def test_what_is_wrong_is_said_where_the_file_was_chosen_until_it_is_mended(
    visit: Page, url: str
) -> None:
    open_submit(visit, f"{url}folder/playgrounds/ab")
    form = visit.locator(".aims-submit-form")

    choose(visit, ("p.csv", b"y\na\nyeti\na\n"))

    expect(visit.locator(".aims-submit-problem")).to_have_text(
        "p.csv has a label in row 2 that the playground does not knowthe labels are a, b"
    )
    expect(form).to_be_hidden()
    choose(visit, ("p.csv", b"y\na\na\nb\n"))
    expect(visit.locator(".aims-submit-good")).to_have_text("It fits: 3 rows, one label for each.")
    expect(visit.locator(".aims-submit-bars dd")).to_have_text(["2", "1"])
    expect(form).to_be_visible()
    visit.get_by_label("Who you are").fill("-bob")
    expect(form).to_contain_text("a login is 1 to 39 letters, digits and hyphens")
    expect(visit.locator(".aims-submit-ways")).to_have_count(0)
    visit.get_by_role("button", name="Remove p.csv").click()
    expect(form).to_be_hidden()
    choose(visit, ("p.parquet", b"PAR1"))
    expect(visit.locator(".aims-submit-problem")).to_contain_text("submit it by aims submit")


def test_a_dropped_file_is_taken_like_a_chosen_one(visit: Page, url: str) -> None:
    open_submit(visit, f"{url}folder/playgrounds/numbers")

    visit.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["y\\n1\\n2.5\\n4\\n"], "p.csv"));
            const drop = new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
            document.querySelector(".aims-drop").dispatchEvent(drop);
        }"""
    )

    expect(visit.locator(".aims-submit-spread dd")).to_have_text(["1", "2.5", "4"])


STATES = {
    "closed": "submissions are refused",
    "late": "still scored, and listed apart",
    "early": "Not open yet",
    "private": "only those on the owners' list may submit",
    "both": "A model is required",
    "hidden": "on rows that nobody is shown: hand in model.onnx",
}


def test_what_stands_in_the_way_is_said_before_any_work(visit: Page, url: str) -> None:
    for slug, expected in STATES.items():
        open_submit(visit, f"{url}folder/playgrounds/{slug}")
        expect(visit.locator(".aims-submit-states")).to_contain_text(expected)
        assert "ada-secret" not in visit.content()  # who is on the list

        choose(visit, ("p.csv", b"y\nmalignant\nbenign\nbenign\n"))

        visit.wait_for_selector(".aims-submit-good, .aims-submit-problem")
        on = slug in ("late", "early", "private")
        expect(visit.locator(".aims-submit-form")).to_be_visible(visible=on)
    told = visit.request.get(f"{url}folder/data/private/rules.json")
    assert told.json()["listed"] == "playground"
    assert "ada-secret" not in told.text()


def test_both_files_count_against_the_limit(visit: Page, url: str) -> None:
    open_submit(visit, f"{url}folder/playgrounds/both")

    choose(visit, ("p.csv", b"y\na\nb\na\n"))
    expect(visit.locator(".aims-submit-problem")).to_contain_text("needs a model")
    choose(visit, ("m.onnx", b"x" * 10_001))
    expect(visit.locator(".aims-submit-problem")).to_contain_text(
        "10,001 bytes in all, the limit is 10,000"
    )
    choose(visit, ("m.onnx", b"x" * 1_000))
    visit.get_by_label("Who you are").fill("bob")
    expect(visit.locator(".aims-submit-ways")).to_contain_text("aims submit m.onnx --to")
    choose(visit, ("m.onnx", b"x" * 9_900))  # with the manifest it is too much
    expect(visit.locator(".aims-submit-problem")).to_contain_text("the limit is 10,000")


@pytest.mark.parametrize("visit", [{"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_hostile_text_is_text_and_a_phone_scrolls_nothing_sideways(visit: Page, url: str) -> None:
    open_submit(visit, f"{url}github/playgrounds/hostile")
    shown = HOSTILE.replace("\u202e", "")
    cell = '"' + HOSTILE.replace('"', '""') + '"'

    choose(visit, (f"{HOSTILE.replace('/', '')}.csv", f"{cell}\nb\n{cell}\n".encode()))
    visit.get_by_label("Your login on GitHub").fill("bob")
    visit.get_by_label("A sentence or two").fill(HOSTILE * 9)

    expect(visit.locator(".aims-submit-bars dt").first).to_have_text(shown)
    expect(visit.locator(".aims-submit-rows th").nth(1)).to_have_text(shown)
    expect(visit.locator(".aims-submit-file strong")).to_have_text(f"{shown}.csv")
    for summary in visit.locator(".aims-submit-ways summary").all():
        summary.click()
    assert visit.locator(".aims-submit img").count() == 0
    assert visit.evaluate("document.documentElement.scrollWidth") == 390
    small = """() => [...document.querySelectorAll(".aims-submit button, .aims-submit input")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth).length"""
    assert visit.evaluate(small) == 0


def test_who_it_was_is_remembered_on_this_machine(visit: Page, url: str) -> None:
    address = f"{url}folder/playgrounds/ab"
    open_submit(visit, address)
    choose(visit, ("p.csv", b"y\na\na\nb\n"))
    name = visit.get_by_label("Who you are")
    name.fill("bob")
    expect(visit.locator(".aims-submit-ways")).to_be_visible()

    open_submit(visit, address)
    choose(visit, ("p.csv", b"y\na\na\nb\n"))

    expect(name).to_have_value("bob")
    suggested = visit.get_by_label("A name for this submission").input_value()
    assert re.fullmatch(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}", suggested)


def test_a_browser_that_keeps_nothing_and_digests_nothing_is_told_so(visit: Page, url: str) -> None:
    visit.add_init_script(
        """for (const name of ["getItem", "setItem"]) {
            const kept = Storage.prototype[name];
            Storage.prototype[name] = function (key, ...rest) { // not the theme's
                if (key.startsWith("aims")) throw new Error("no");
                return kept.call(this, key, ...rest);
            };
        }
        Object.defineProperty(window.crypto, "subtle", { value: undefined });"""
    )
    open_submit(visit, f"{url}github/playgrounds/ab")

    choose(visit, ("p.csv", b"y\na\na\nb\n"))
    visit.get_by_label("Your login on GitHub").fill("bob")

    expect(visit.locator(".aims-submit-problem")).to_contain_text("not loaded by https")
