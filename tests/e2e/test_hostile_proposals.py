"""Hostile proposals, all at once, before the real workflows: refused, told why, not executed."""

from __future__ import annotations

import html
from pathlib import Path

from e2e_course import (
    ANIMALS,
    add_playground,
    board,
    csv_of,
    hand_in,
    make_course,
    packed,
    ran,
    told_by,
)
from e2e_hostile import (
    CONTROL,
    ESCAPES,
    LINK,
    SUBMODULE,
    Entry,
    Payload,
    files_of,
    propose_entries,
    with_files,
)
from loopback.actions import Actions
from loopback.github import GitHub

from aims_gh import settings
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft
from aims_gh.flows.submit import Parts, pack

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:%b\nsize 12345\n" % (b"4d" * 32)
COMMAND = "::set-output name=taken::0"
NAME = f"{ESCAPES}\n{COMMAND}\n::error::x\n::add-mask::Scored"


def proposals(github: GitHub, payload: Payload) -> dict[int, str]:
    """Open them; say for each what its author is to be told."""
    good = packed(ANIMALS)
    nan = pack("prices", Parts(None, csv_of("y", ["nan", *range(39)])), now=settings.clock())
    npy = packed(ANIMALS, predictions=payload.npy, predictions_suffix=".npy")
    pickled = packed(ANIMALS, model=payload.pickle)
    manifest = f"submissions/animals/{{}}/{good.submission.id}/submission.yml"
    predictions = manifest.replace("submission.yml", "predictions.csv")
    many = [Entry(f"submissions/animals/many/x/{n % 100}/{n}", b"x") for n in range(10_000)]
    opened = {
        "short": (files_of("short", packed(ANIMALS[:-1])), "39"),
        "nan": (files_of("nan", nan, slug="prices"), "not a finite number"),
        "label": (files_of("label", packed(["wolf", *ANIMALS[1:]])), "a label in row 1"),
        "large": (
            files_of("large", with_files(ANIMALS, preprocessor_py=b"#" * 30_000)),
            "the limit is 20,000",
        ),
        "folder": ([Entry("animals/folder/x/submission.yml", b"x")], "outside one submission"),
        "playground": (files_of("playground", good, slug="plants"), "no playground 'plants'"),
        "thief": (files_of("short", good), "outside one submission folder"),
        "workflow": (
            [*files_of("workflow", good), Entry(".github/workflows/wake.yml", payload.workflow)],
            ".github/workflows/wake.yml",
        ),
        "link": (
            [*files_of("link", good)[1:], Entry(manifest.format("link"), b"/etc/passwd", LINK)],
            "no part of a submission",
        ),
        "module": (
            [*files_of("module", good), Entry(predictions.format("module"), b"1" * 40, SUBMODULE)],
            "no part of a submission",
        ),
        "lfs": (files_of("lfs", packed(ANIMALS, predictions=LFS)), "Git LFS pointer"),
        "many": (many, "more than 7 files"),
        "name": (
            [*files_of("name", good), *files_of("name", good, name=NAME)],
            "outside one submission folder",
        ),
        "yaml": ([Entry(manifest.format("yaml"), payload.yaml)], "submission.yml is not valid"),
        "npy": (files_of("npy", npy), "predictions.npy"),
        "pickle": (files_of("pickle", pickled), "is not ONNX"),
        "attributes": (
            [
                *files_of("attributes", good),
                Entry("submissions/.gitattributes", b"* filter=x\n"),
                Entry("submissions/.git-hooks/post-checkout", payload.python),
            ],
            ".gitattributes",
        ),
    }
    return {
        propose_entries(github, login, entries, title=f"{NAME} {login}"): why
        for login, (entries, why) in opened.items()
    }


def test_each_is_refused_and_told_why_and_nothing_of_it_is_executed(
    github: GitHub, actions: Actions, tmp_path: Path
) -> None:
    course = make_course(github, limits={"bytes": 20_000})
    rules = {"title": "Prices", "task_type": "regression", "input_type": "tabular"}
    add_playground(
        github, "prices", Draft(rules=rules, labels=Source("y.csv", csv_of("y", range(40))))
    )
    main = course.head()
    actions.queue.clear()
    payload = Payload(tmp_path / "executed")
    told = proposals(github, payload)
    code = {"preprocessor.py": payload.python, "code.ipynb": payload.notebook}
    honest = hand_in(github, "honest", ANIMALS, files=code)  # kept, and not executed either

    wake, evaluate = actions.step(), actions.step()

    assert wake and evaluate
    assert ran([wake, evaluate]) == [
        ("wake.yml", "pull_request_target", "success"),
        ("evaluate.yml", "workflow_dispatch", "success"),
    ], told_by([wake, evaluate])
    assert evaluate.jobs["run"].outputs == {
        "taken": str(len(told) + 1),
        "more": "false",
        "due": "false",
    }
    assert board(course)["username"] == ["honest"]
    assert (course.labels(honest), course.pulls[honest].state) == (["scored"], "closed")
    for number, why in told.items():
        who = course.pulls[number].author
        assert (who, course.labels(number)) == (who, ["refused"])
        assert (who, course.pulls[number].state) == (who, "closed")
        (comment,) = course.comments(number)
        assert why in html.unescape(comment), (who, comment)
        assert not set(comment) & CONTROL, who
    for text in (run.log + job.summary for run in actions.runs for job in run.jobs.values()):
        assert not set(text) & CONTROL
        assert not any(line.startswith(COMMAND) for line in text.splitlines())
    assert not payload.mark.exists()
    assert course.head() == main
    assert [run.workflow for run in actions.queue] == ["publish.yml"]
