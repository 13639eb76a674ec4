"""A proposal is checked as data: where its files lie, what they claim, whether it may come now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from core_builders import DAY, HOUR, MINUTE, NOON, SECOND, course, file, playground, submission
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.validate import (
    MAX_FILES,
    PLAIN_NAMES,
    Admission,
    Folder,
    admit,
    check_content,
    check_manifest,
    locate,
    missing_parts,
)
from aims_gh.domain.playground import Holdout
from aims_gh.domain.proposal import ChangedFile
from aims_gh.errors import ForgeError, SubmissionError

HOME = "submissions/titanic/Ada/forest"
TINY = timedelta(microseconds=1)


def changed(
    path: str, kind: Literal["file", "link", "submodule", "removed"] = "file", size: int = 10
) -> ChangedFile:
    return ChangedFile(path, kind, size if kind == "file" else 0)


MANIFEST = changed(f"{HOME}/submission.yml")
PREDICTIONS = changed(f"{HOME}/predictions.csv", size=20)


def refusal(function: Any, *arguments: Any, **options: Any) -> SubmissionError:
    with pytest.raises(SubmissionError) as caught:
        function(*arguments, **options)
    assert caught.value.hint
    return caught.value


def test_a_proposal_is_located_by_its_one_folder() -> None:
    assert locate([PREDICTIONS, MANIFEST], "Ada") == Folder(
        HOME, "titanic", "forest", {"predictions.csv": 20, "submission.yml": 10}
    )


def test_the_longest_names_that_the_records_allow_are_located() -> None:
    slug, login, own = "s" * 64, "L" * 39, "i" * 64
    path = f"submissions/{slug}/{login}/{own}"

    found = locate([changed(f"{path}/submission.yml")], login)

    assert (found.path, found.slug, found.submission) == (path, slug, own)


def test_a_folder_is_spelt_as_its_author_is() -> None:
    # A reader finds a submission by the author's name; another spelling would be lost to it.
    assert locate([MANIFEST], "Ada").path == HOME
    for other in ("ada", "ADA"):
        assert "outside one submission folder" in refusal(locate, [MANIFEST], other).message


def test_every_file_of_a_full_submission_is_known() -> None:
    one_of_each = {"predictions.npy", "predictions.parquet", "weights.keras", "weights.skops"}
    names = sorted(PLAIN_NAMES - one_of_each)

    found = locate([changed(f"{HOME}/{name}") for name in names], "Ada")

    assert sorted(found.sizes) == names


STRAY = [
    "README.md",
    "course.yml",
    ".github/workflows/evaluate.yml",
    ".github/workflows/submissions/titanic/Ada/forest/submission.yml",
    "playgrounds/titanic/playground.yml",
    "playgrounds/titanic/holdout/labels.age",
    ".gitattributes",
    ".gitmodules",
    "submissions/titanic/Eve/forest/submission.yml",
    "submissions/titanic/Ada2/forest/submission.yml",
    "submissions/titanic/Ad/forest/submission.yml",
    "submissions/titanic/Ada/pine/submission.yml",
    "submissions/iris/Ada/forest/submission.yml",
    "submissions/titanic/ada/forest/submission.yml",
    "Submissions/titanic/Ada/forest/submission.yml",
    "submissions/Titanic/Ada/forest/submission.yml",
    "submissions/titanic/Ada/Forest/submission.yml",
    "submissions/titanic/Ada/submission.yml",
    "submissions/titanic/Ada",
    "submissions",
    "",
    "/submissions/titanic/Ada/forest/submission.yml",
    "//submissions/titanic/Ada/forest/submission.yml",
    "./submissions/titanic/Ada/forest/submission.yml",
    "x/../submissions/titanic/Ada/forest/submission.yml",
    "../submissions/titanic/Ada/forest/submission.yml",
    "submissions/../titanic/Ada/forest/submission.yml",
    "submissions/titanic/../Ada/forest/submission.yml",
    "submissions/titanic/Eve/../Ada/forest/submission.yml",
    "submissions/titanic/Ada/../submission.yml",
    "submissions/titanic/Ada//forest/submission.yml",
    "submissions//titanic/Ada/forest/submission.yml",
    "submissions\\titanic\\Ada\\forest\\submission.yml",
    "submissions/titanic\\Ada/forest/submission.yml",
    "C:/submissions/titanic/Ada/forest/submission.yml",
    "submissions/titanic/Аda/forest/submission.yml",
    "submissions/titanic/Ａda/forest/submission.yml",
    "submissions/titanic/Ada\u200b/forest/submission.yml",
    "submissions/titanic/Ada\ufffd/forest/submission.yml",
    "submissions/titanic\n/Ada/forest/submission.yml",
    "\nsubmissions/titanic/Ada/forest/submission.yml",
    " submissions/titanic/Ada/forest/submission.yml",
    "submissions/titanic/Ada/forest /submission.yml",
    "submissions/titanic/Ada/for.est/submission.yml",
    f"submissions/titanic/Ada/{'x' * 65}/submission.yml",
    f"submissions/{'x' * 65}/Ada/forest/submission.yml",
]


OWN_TOO = [
    "submissions/titanic/Ada/pine/submission.yml",
    "submissions/iris/Ada/forest/submission.yml",
    "submissions/titanic/ada/forest/submission.yml",
]
"""Another folder of the author's: one is allowed, two are not."""


@pytest.mark.parametrize("path", STRAY)
@pytest.mark.parametrize("before", [True, False])
def test_a_path_outside_the_author_s_one_folder_is_refused_and_listed(
    path: str, before: bool
) -> None:
    changes = [changed(path), MANIFEST] if before else [MANIFEST, changed(path)]

    error = refusal(locate, changes, "Ada")

    assert error.message.startswith("the proposal touches files outside one submission folder: ")
    assert error.message.isprintable()
    assert error.hint == "only files in submissions/<playground>/Ada/<id>/ are accepted"


@pytest.mark.parametrize("path", [path for path in STRAY if path not in OWN_TOO])
def test_alone_too_such_a_path_is_refused(path: str) -> None:
    assert "outside one submission folder" in refusal(locate, [changed(path)], "Ada").message


INSIDE = [
    "extra.txt", "submission.yaml", "Submission.yml", "submission.yml\n", "submission.yml ",
    "submission.yml\0", "sub/submission.yml", "../submission.yml", "../../../../course.yml", "..",
    ".", "", "/submission.yml", "submission.yml/", "bundle.age.txt", "model.onnx.data",
    "predictions.pkl", "predictions.csv.gz", "submission．yml", "ѕubmission.yml",
    "submission.yml\u200b", "\\submission.yml", ".gitattributes", "code.ipynb/x",
    "preprocessor.pyc", "submission.yml:x", "con",
]  # fmt: skip


@pytest.mark.parametrize("name", INSIDE)
def test_a_file_that_is_no_part_of_a_submission_is_refused_and_listed(name: str) -> None:
    error = refusal(locate, [MANIFEST, changed(f"{HOME}/{name}")], "Ada")

    assert error.message.startswith("the proposal has files that are no part of a submission: ")
    assert error.message.isprintable()


@pytest.mark.parametrize("kind", ["link", "submodule", "removed"])
@pytest.mark.parametrize("name", ["submission.yml", "predictions.csv", "model.onnx"])
def test_a_link_a_submodule_or_a_removal_is_no_file(kind: Any, name: str) -> None:
    error = refusal(locate, [MANIFEST, changed(f"{HOME}/{name}", kind)], "Ada")

    assert f"no part of a submission: {HOME}/{name}" in error.message


def test_removing_another_s_file_is_refused() -> None:
    other = changed("submissions/titanic/Eve/pine/submission.yml", "removed")

    assert "outside one submission folder" in refusal(locate, [MANIFEST, other], "Ada").message


def test_every_stray_file_is_listed_up_to_five_and_the_rest_counted() -> None:
    strays = [changed(f"stray{n}.txt") for n in range(6)]

    assert refusal(locate, strays[:2], "Ada").message.endswith(": stray0.txt, stray1.txt")
    assert refusal(locate, strays, "Ada").message.endswith(
        "stray0.txt, stray1.txt, stray2.txt, stray3.txt, stray4.txt and 1 more"
    )


def test_hostile_names_are_listed_short_and_obey_nobody() -> None:
    names = ["\x1b[2J\r\n::set-output name=x::1", "\u202egpj.exe", "a" * 5_000]

    message = refusal(locate, [changed(name) for name in names], "Ada").message

    assert message.isprintable()
    assert len(message) < 400


def test_a_proposal_of_no_file_or_of_too_many_is_refused() -> None:
    assert refusal(locate, [], "Ada").message == "the proposal changes no file"
    many = [MANIFEST, *(changed(f"{HOME}/{n}") for n in range(MAX_FILES))]
    assert refusal(locate, many, "Ada").message == "the proposal touches more than 7 files"


def test_a_proposal_without_a_manifest_is_refused() -> None:
    assert refusal(locate, [PREDICTIONS], "Ada").message == "the proposal has no submission.yml"


@given(
    paths=st.lists(
        st.lists(
            st.sampled_from(["submissions", "titanic", "Ada", "ada", "Eve", "forest", "..", ".", "",
                             "submission.yml", "predictions.csv", "model.onnx", "\n", "\\"]),
            min_size=1, max_size=7,
        ).map("/".join),
        max_size=4,
    )
)  # fmt: skip
def test_whatever_is_located_lies_under_the_author_s_name(paths: list[str]) -> None:
    try:
        found = locate([changed(path) for path in paths], "Ada")
    except SubmissionError:
        return

    slug, login, own = found.path.split("/")[1:]
    assert (login.lower(), slug, own) == ("ada", found.slug, found.submission)
    assert {f"{found.path}/{name}" for name in found.sizes} == set(paths)
    assert set(found.sizes) <= PLAIN_NAMES | {"bundle.age"}
    assert ".." not in found.path.split("/")


FOLDER = Folder(HOME, "titanic", "forest", {"submission.yml": 100, "predictions.csv": 10})


def test_a_manifest_that_agrees_with_its_files_passes() -> None:
    check_manifest(submission(), FOLDER, playground())


def test_everything_that_does_not_agree_is_said_at_once() -> None:
    manifest = submission(
        id="pine",
        playground="iris",
        board="competition",
        predictions=None,
        model=file("model.onnx", 5),
        files=(file("code.ipynb", 7),),
    )
    folder = Folder(
        HOME, "titanic", "forest",
        {"submission.yml": 100, "model.onnx": 1_500, "preprocessor.py": 3},
    )  # fmt: skip
    rules = playground(
        competition={"private_fraction": 0}, evaluation="both", limits={"bytes": 1_000}
    )

    error = refusal(check_manifest, manifest, folder, rules)

    assert error.message.split("; ") == [
        "the manifest is for iris, the folder for titanic",
        "the manifest's id is not the folder's name",
        "code.ipynb is listed in the manifest but missing",
        "preprocessor.py is not in the manifest",
        "model.onnx has 1500 bytes, the manifest says 5",
        "1,603 bytes in all, the limit is 1,000",
        "this playground needs predictions: --predictions p.csv",
        "this playground has no competition board",
    ]


def test_the_limit_counts_the_manifest_and_is_itself_allowed() -> None:
    sizes = {"submission.yml": 900, "predictions.csv": 100}
    manifest = submission(predictions=file("predictions.csv", 100))
    rules = playground(limits={"bytes": 1_000})

    check_manifest(manifest, Folder(HOME, "titanic", "forest", sizes), rules)
    error = refusal(
        check_manifest,
        manifest,
        Folder(HOME, "titanic", "forest", {**sizes, "submission.yml": 901}),
        rules,
    )

    assert error.message == "1,001 bytes in all, the limit is 1,000"


@pytest.mark.parametrize(
    ("evaluation", "parts", "expected"),
    [
        ("predictions", ("predictions",), []),
        ("predictions", ("model", "predictions"), []),
        ("predictions", ("model",), ["this playground needs predictions"]),
        ("model", ("model",), []),
        ("model", ("predictions",), ["this playground needs a model"]),
        ("both", ("predictions",), ["this playground needs a model"]),
        ("both", ("model",), ["this playground needs predictions"]),
        ("both", ("model", "predictions"), []),
    ],
)
def test_a_playground_says_which_parts_it_needs(
    evaluation: str, parts: tuple[str, ...], expected: list[str]
) -> None:
    manifest = submission(
        model=file("model.onnx") if "model" in parts else None,
        predictions=file("predictions.npy") if "predictions" in parts else None,
    )

    found = missing_parts(manifest, playground(evaluation=evaluation))

    assert [problem.partition(":")[0] for problem in found] == expected


@pytest.mark.parametrize("board", ["experiment", "competition", "all"])
def test_a_submission_asks_for_a_board_that_there_is(board: str) -> None:
    only_one = playground(competition={"private_fraction": 0})

    assert missing_parts(submission(board=board), playground()) == []
    assert bool(missing_parts(submission(board=board), only_one)) is (board == "competition")


def test_a_pointer_in_place_of_a_file_is_refused() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"

    assert refusal(check_content, "model.onnx", pointer).message == (
        "model.onnx is a Git LFS pointer, not the file"
    )
    check_content("model.onnx", b"\x08\x08")
    check_content("predictions.csv", b"y\nversion https://git-lfs\n")


def admission(author: str = "Ada", pushed: datetime = NOON, **options: Any) -> Admission:
    facts = {"course": course(), "playground": playground(), "scored": ()}
    return admit(author, pushed, **facts | options)


def test_everybody_may_submit_to_an_open_course() -> None:
    assert admission("whoever") == Admission(wait=False)


@pytest.mark.parametrize("author", ["Ada", "ada", "ADA", "Teacher", "teacher"])
def test_participants_of_a_private_playground_and_owners_may_submit(author: str) -> None:
    rules = playground(visibility="private", participants=("aDa",))

    assert admission(author, playground=rules) == Admission()


def test_others_may_not_submit_to_a_private_playground() -> None:
    rules = playground(visibility="private", participants=("ada",))

    for author in ("eve", "ada-2", "ad", "ada-"):
        assert refusal(admission, author, playground=rules).message == (
            f"{author} is not among the participants of this private playground"
        )


def test_a_playground_that_waits_for_its_labels_takes_nothing_of_its_owners_either() -> None:
    waiting = playground(holdout=Holdout(rows=10))

    for author in ("ada", "teacher"):
        said = refusal(admission, author, playground=waiting)
        assert "waits for its labels" in said.message
        assert "aims playground reseal" in said.hint


def test_a_listed_roster_lets_in_those_on_it() -> None:
    listed = course(policy="listed", participants=("Ada",))

    assert admission("ada", course=listed) == Admission()
    assert admission("TEACHER", course=listed) == Admission()
    error = refusal(admission, "eve", course=listed)
    assert error.message == "eve is not on the course's roster"
    assert error.hint == "ask an owner to add you: aims roster set"


def test_an_open_roster_does_not_look_at_its_list() -> None:
    assert admission("eve", course=course(policy="open", participants=("Ada",))) == Admission()


def test_a_private_playground_and_a_listed_roster_are_both_asked() -> None:
    rules = playground(visibility="private", participants=("ada", "bob"))
    listed = course(policy="listed", participants=("ada",))

    assert admission("ada", playground=rules, course=listed) == Admission()
    assert "roster" in refusal(admission, "bob", playground=rules, course=listed).message


def test_nothing_is_taken_before_the_opening_and_everything_from_it_on() -> None:
    rules = playground(competition={"opens": NOON})

    assert admission(pushed=NOON, playground=rules) == Admission()
    assert refusal(admission, pushed=NOON - SECOND, playground=rules).message == (
        "the playground opens 2026-11-23 12:00 UTC, this arrived 2026-11-23 11:59 UTC"
    )


def test_nobody_is_refused_for_a_moment_that_is_not_known() -> None:
    closes = playground(competition={"closes": NOON})
    marking = playground(competition={"closes": NOON, "late": "mark"})
    daily = playground(limits={"per_day": 1})
    late, early = NOON + SECOND, NOON - SECOND

    with pytest.raises(ForgeError, match="before the playground closed") as caught:
        admission(pushed=late, playground=closes, since=NOON)
    assert "an owner decides" in caught.value.hint
    with pytest.raises(ForgeError, match="on a day on which"):
        admission(pushed=late, playground=daily, scored=[NOON], since=early)
    assert admission(pushed=late, playground=marking, since=early) == Admission()
    assert admission(pushed=NOON, playground=closes, since=early) == Admission()


def test_what_is_certain_though_the_moment_is_not_known_is_refused() -> None:
    closes = playground(competition={"closes": NOON})
    total = playground(limits={"per_day": 1, "total": 1})

    assert (
        "closed"
        in refusal(admission, pushed=NOON + MINUTE, playground=closes, since=NOON + SECOND).message
    )
    assert (
        "in all" in refusal(admission, playground=total, scored=[NOON], since=NOON - MINUTE).message
    )


@pytest.mark.parametrize("grace", [0, 1, 90])
def test_the_closing_moment_and_the_grace_still_count(grace: int) -> None:
    closes = {"closes": NOON, "grace_minutes": grace}
    refusing = playground(competition=closes)
    marking = playground(competition=closes | {"late": "mark"})
    last = NOON + grace * MINUTE

    for moment in (NOON, last):
        assert admission(pushed=moment, playground=refusing) == Admission()
        assert admission(pushed=moment, playground=marking) == Admission()
    assert admission(pushed=last + TINY, playground=marking) == Admission()
    assert refusal(admission, pushed=last + TINY, playground=refusing).message.startswith(
        f"the playground closed {last:%Y-%m-%d %H:%M} UTC"
    )


def test_owners_keep_the_deadline_too() -> None:
    rules = playground(competition={"closes": NOON})

    assert "closed" in refusal(admission, "Teacher", NOON + SECOND, playground=rules).message


def test_a_limit_in_all_counts_every_scored_submission_however_old() -> None:
    rules = playground(limits={"total": 2})
    old = [NOON - 400 * DAY, NOON - 300 * DAY]

    assert admission(playground=rules, scored=old[:1]) == Admission()
    assert refusal(admission, playground=rules, scored=old).message == (
        "Ada has 2 scored submissions in all, the limit is 2"
    )


@pytest.mark.parametrize(
    ("earlier", "counts"),
    [
        ((DAY,), False),
        ((DAY + TINY,), False),
        ((DAY - TINY,), True),
        ((HOUR,), True),
        ((timedelta(0),), True),
        ((-TINY,), True),  # an older proposal, opened again
        ((-DAY,), False),
        ((2 * DAY, 3 * DAY), False),
    ],
)
def test_a_limit_per_day_looks_at_the_last_24_hours_and_no_calendar(
    earlier: tuple[timedelta, ...], counts: bool
) -> None:
    rules = playground(limits={"per_day": 1})
    scored = [NOON - distance for distance in earlier]

    if counts:
        error = refusal(admission, playground=rules, scored=scored)
        assert error.message == "Ada has 1 scored submission in 24 hours, the limit is 1"
        assert error.hint.startswith(f"one more from {scored[0] + DAY:%Y-%m-%d %H:%M} UTC;")
    else:
        assert admission(playground=rules, scored=scored) == Admission()


@pytest.mark.parametrize(
    ("limits", "scored", "pending", "expected"),
    [
        ({"per_day": 2}, 1, 0, "admit"),
        ({"per_day": 2}, 1, 1, "wait"),
        ({"per_day": 2}, 0, 2, "wait"),
        ({"per_day": 2}, 0, 1, "admit"),
        ({"per_day": 2}, 2, 0, "refuse"),
        ({"per_day": 2}, 2, 5, "refuse"),
        ({"total": 1}, 0, 1, "wait"),
        ({"total": 3, "per_day": 1}, 1, 0, "refuse"),
        ({"total": 3, "per_day": 2}, 1, 1, "wait"),
        ({}, 1_000, 1_000, "admit"),
    ],
)
def test_what_is_on_its_way_makes_the_next_one_wait_and_never_refuses_it(
    limits: dict[str, int], scored: int, pending: int, expected: str
) -> None:
    options: dict[str, Any] = {
        "playground": playground(limits=limits),
        "scored": [NOON - HOUR] * scored,
        "pending": pending,
    }

    if expected == "refuse":
        assert "the limit is" in refusal(admission, **options).message
    else:
        assert admission(**options) == Admission(wait=expected == "wait")


def test_a_limit_that_is_reached_says_when_there_is_more() -> None:
    scored = [NOON - distance * HOUR for distance in (1, 5, 9, 30)]
    phases = {"closes": NOON + DAY, "final": {"closes": NOON + 9 * DAY}}

    daily = refusal(admission, playground=playground(limits={"per_day": 2}), scored=scored)
    rules = playground(limits={"total": 4}, competition=phases)
    in_all = refusal(admission, playground=rules, scored=scored)

    assert daily.hint.startswith(f"one more from {NOON + 19 * HOUR:%Y-%m-%d %H:%M} UTC;")
    assert in_all.hint.startswith(f"the final phase opens {NOON + DAY:%Y-%m-%d %H:%M} UTC;")


def test_a_late_submission_may_have_to_wait_too() -> None:
    rules = playground(competition={"closes": NOON, "late": "mark"}, limits={"total": 1})

    assert admission(pushed=NOON + DAY, playground=rules, pending=1).wait
