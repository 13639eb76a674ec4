"""What one job leaves for the next is sealed, and what is opened is trusted in nothing."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from test_evaluate import edit_rules
from walk_classroom import Classroom, aims

from aims_gh import settings
from aims_gh.core.seal import Key, seal
from aims_gh.domain.steps import Intake
from aims_gh.errors import AimsError, ForgeError, RunnerError, SealError
from aims_gh.flows.evaluate import Ran, run_open, score_and_record
from aims_gh.flows.handoff import Handoff
from aims_gh.flows.handover import open_folders, seal_folders
from aims_gh.flows.record import Outcome
from aims_gh.forge import Change, Forge
from aims_gh.workspace import Workspace

Guesses = Callable[[int], list[str]]


def find(public: str) -> Key | None:
    return settings.keys().find(public)


def score_key(classroom: Classroom) -> str:
    with classroom.forge.tree() as main:
        return Workspace(main).course().keys.score


def run_all(classroom: Classroom, folder: Path, **options: Any) -> Ran:
    options = {"may_go_on": lambda: True} | options
    forge, sandbox = classroom.forge, settings.sandbox()
    return run_open(forge, folder, sandbox=sandbox, find_key=find, **options)


def packed(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_the_four_steps_walk_through_sealed_files(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    for seed in range(3):
        classroom.submit("animals", "bob", guesses(seed))
    classroom.submit("animals", "carol", guesses(4)[:-1])
    course, work = classroom.path, tmp_path / "work"

    aims("intake", course, "--out", work / "intake")
    aims("run", course, "--in", work / "intake", "--out", work / "run", "--seal")
    between = sorted(path.name for path in (work / "run").iterdir())
    aims("score", course, "--in", work / "run", "--out", work / "score")
    aims("record", course, "--in", work / "score")

    assert between == ["1.age", "2.age", "3.age", "4.age"]
    assert len(classroom.board("animals").columns["rank"]) == 3
    assert classroom.forge.proposals() == []


def test_sealed_folders_say_nothing_and_are_as_long_for_other_predictions(
    classroom: Classroom, tmp_path: Path
) -> None:
    sizes = []
    for place, guess in enumerate(("cat", "dog")):
        classroom.submit("animals", "bob", [guess] * 40)
        folder = tmp_path / str(place)
        run_all(classroom, folder)
        sealed = seal_folders(classroom.forge, folder)[-1].read_bytes()
        sizes.append(len(sealed))
        assert b"bob" not in sealed

    assert abs(sizes[0] - sizes[1]) < 300  # age itself adds noise of a random length


def test_without_the_score_key_nothing_opens(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    classroom.submit("animals", "bob", guesses(1))
    run_all(classroom, tmp_path / "run")
    seal_folders(classroom.forge, tmp_path / "run")

    with pytest.raises(SealError):
        open_folders(classroom.forge, tmp_path / "run", find_key=lambda _: None)


HOSTILE = {
    "a path": packed(**{"../../etc/cron.d/x": b"", "intake.json": b"{}"}),
    "an absolute path": packed(**{"/tmp/x": b""}),
    "a model": packed(**{"model.onnx": b""}),
    "no archive": b"nothing",
    "an empty archive": packed(),
    "somebody else's proposal": b"",
    "a bomb": b"",
    "the same name twice": b"",
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_and_leaves_nothing(
    what: str, classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    content = HOSTILE[what]
    if what == "somebody else's proposal":
        classroom.submit("animals", "bob", guesses(1))
        run_all(classroom, tmp_path / "run")
        (theirs,) = (tmp_path / "run").iterdir()
        content = packed(**{path.name: path.read_bytes() for path in theirs.iterdir()})
    elif what == "a bomb":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("intake.json", b" " * 200_000_000)
        content = stream.getvalue()
    elif what == "the same name twice":
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("intake.json", b"{}")
            archive.writestr("intake.json", b"{}")
        content = stream.getvalue()
    folder = tmp_path / "sealed"
    folder.mkdir()
    (folder / "7.age").write_bytes(seal(content, [score_key(classroom)]))

    with pytest.raises(AimsError):
        open_folders(classroom.forge, folder, find_key=find)

    assert list(folder.rglob("*")) == [folder / "7.age"]


def test_a_link_in_place_of_a_sealed_file_is_refused(classroom: Classroom, tmp_path: Path) -> None:
    (tmp_path / "7.age").symlink_to("/etc/passwd")

    with pytest.raises(AimsError, match=r"7\.age"):
        open_folders(classroom.forge, tmp_path, find_key=find)


def test_many_batches_are_run_before_any_is_scored(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    for seed in range(5):
        classroom.submit("animals", f"person-{seed}", guesses(seed))

    ran = run_all(classroom, tmp_path / "run", batch=2)

    assert (ran.taken, ran.more, ran.waiting) == (5, False, ())
    outcomes = score_and_record(
        classroom.forge,
        tmp_path / "run",
        sandbox=settings.sandbox(),
        find_key=find,
        clock=settings.clock,
        batch=2,
    )
    assert [(o.author, o.version) for o in outcomes] == [(f"person-{n}", n + 1) for n in range(5)]


def test_a_limit_holds_across_batches_that_are_not_recorded_yet(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    edit_rules(classroom, "animals", "limits: {total: 1}\n")
    for seed in range(3):
        classroom.submit("animals", "bob", guesses(seed))

    ran = run_all(classroom, tmp_path / "run", batch=1)

    assert (ran.taken, ran.more) == (1, True)


def test_a_proposal_that_moves_on_meanwhile_is_taken_once(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    classroom.submit("animals", "bob", guesses(1))
    asked = []

    def may_go_on() -> bool:
        asked.append(classroom.git("rev-parse", "refs/pull/1/head"))
        if len(asked) == 2:
            tree = classroom.git("rev-parse", "refs/pull/1/head^{tree}").decode().strip()
            moved = classroom.git("commit-tree", tree, "-p", "main", "-m", "again")
            classroom.git("update-ref", "refs/pull/1/head", moved.decode().strip())
        return True

    ran = run_all(classroom, tmp_path / "run", may_go_on=may_go_on)

    assert ran.taken == 1
    assert Handoff(tmp_path / "run" / "1").intake.head == asked[0].decode().strip()


def test_a_job_whose_time_is_up_within_a_batch_leaves_the_rest_for_the_next(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    for seed in range(3):
        classroom.submit("animals", f"person-{seed}", guesses(seed))
    answers = iter([True, True, False, False])

    ran = run_all(classroom, tmp_path / "run", may_go_on=lambda: next(answers))

    assert (ran.taken, ran.more) == (1, True)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["1"]


def test_a_job_whose_time_is_up_says_that_there_is_more(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    for seed in range(3):
        classroom.submit("animals", f"person-{seed}", guesses(seed))
    answers = iter([True, True, True, False])

    ran = run_all(classroom, tmp_path / "run", batch=2, may_go_on=lambda: next(answers))

    assert (ran.taken, ran.more) == (2, True)
    assert Handoff(tmp_path / "run" / "1").intake.author == "person-0"


def score_all(classroom: Classroom, folder: Path) -> list[Outcome]:
    forge, sandbox = classroom.forge, settings.sandbox()
    done = score_and_record(
        forge, folder, sandbox=sandbox, find_key=find, clock=settings.clock, batch=2
    )
    return list(done)


class Stumbling:
    """A forge that fails at the n-th call of a method."""

    def __init__(self, forge: Forge, method: str, call: int, error: Exception) -> None:
        self._forge, self._method, self._left, self._error = forge, method, call, error

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._forge, name)
        if name != self._method:
            return found

        def counted(*args: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                raise self._error
            return found(*args, **options)

        return counted


def test_one_proposal_that_makes_the_program_stumble_keeps_nobody_from_being_scored(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    for seed in range(3):
        classroom.submit("animals", f"person-{seed}", guesses(seed))
    forge = Stumbling(classroom.forge, "changes", 2, MemoryError())

    ran = run_open(
        cast("Forge", forge),
        tmp_path / "run",
        sandbox=settings.sandbox(),
        find_key=find,
        may_go_on=lambda: True,
        batch=3,
    )

    assert (ran.taken, ran.stopped, len(ran.waiting)) == (2, None, 1)


@pytest.mark.parametrize("error", [ForgeError("no answer", hint="later"), OSError("disk full")])
def test_what_is_done_is_handed_over_when_a_later_batch_breaks_off(
    error: Exception, classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    for seed in range(3):
        classroom.submit("animals", f"person-{seed}", guesses(seed))
    forge = Stumbling(classroom.forge, "proposals", 2, error)

    ran = run_open(
        cast("Forge", forge),
        tmp_path / "run",
        sandbox=settings.sandbox(),
        find_key=find,
        may_go_on=lambda: True,
        batch=2,
    )

    assert (ran.taken, ran.more) == (2, True)
    assert ran.stopped in ("no answer", "disk full")
    assert [o.outcome for o in score_all(classroom, tmp_path / "run")] == ["scored"] * 2
    assert run_all(classroom, tmp_path / "again").taken == 1


def test_a_machine_that_can_run_nothing_says_so_and_leaves_nothing_half_done(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    classroom.submit("animals", "bob", guesses(1))
    forge = Stumbling(classroom.forge, "tree", 3, RunnerError("no sandbox", hint="mend it"))

    with pytest.raises(RunnerError):
        run_open(
            cast("Forge", forge),
            tmp_path / "run",
            sandbox=settings.sandbox(),
            find_key=find,
            may_go_on=lambda: True,
        )


def test_everybodys_first_proposal_comes_before_anybodys_second(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    for seed in range(4):
        classroom.submit("animals", "flood", guesses(seed))
    classroom.submit("animals", "late", guesses(7))
    answers = iter([True, True, True, False, False])

    run_all(classroom, tmp_path / "run", may_go_on=lambda: next(answers))

    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["1", "5"]


@pytest.mark.parametrize(
    "lie", [{"author": "eve"}, {"pushed": "2020-01-01T00:00:00Z"}, {"proposal": 7}]
)
def test_a_score_is_recorded_for_nobody_but_whom_the_forge_names(
    lie: dict[str, object], classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    classroom.submit("animals", "alice", guesses(1))
    classroom.submit("animals", "bob", guesses(2))
    run_all(classroom, tmp_path / "run")
    handoff = Handoff(tmp_path / "run" / "1")
    told = json.loads(handoff.intake.to_json())
    handoff.write(Intake.from_value(told | lie))

    outcomes = {o.author: o for o in score_all(classroom, tmp_path / "run")}

    assert outcomes.pop("bob").outcome == "scored"
    (lied,) = outcomes.values()
    assert lied.outcome == "waiting"
    assert classroom.board("animals").columns["username"] == ["bob"]


def test_rules_that_changed_since_the_model_ran_put_its_score_off(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    classroom.submit("animals", "alice", guesses(1))
    run_all(classroom, tmp_path / "run")
    edit_rules(classroom, "animals", "limits: {total: 5}\n")

    (outcome,) = score_all(classroom, tmp_path / "run")

    assert outcome.outcome == "waiting"
    assert outcome.reason == "animals was changed while this was evaluated"
    run_all(classroom, tmp_path / "again")
    assert [o.outcome for o in score_all(classroom, tmp_path / "again")] == ["scored"]


def test_rules_are_read_from_main_and_not_where_the_step_before_says(
    classroom: Classroom, guesses: Guesses, tmp_path: Path
) -> None:
    """Somebody's own commit could name other owners, and other metrics."""
    classroom.submit("animals", "alice", guesses(1))
    run_all(classroom, tmp_path / "run")
    handoff = Handoff(tmp_path / "run" / "1")
    evil = Change("Evil", {"playgrounds/animals/playground.yml": b"title: Evil\n"})
    head = classroom.forge.propose(evil, author="eve", title="x").head
    handoff.write(handoff.intake.model_copy(update={"main": head}))

    (outcome,) = score_all(classroom, tmp_path / "run")

    assert outcome.outcome == "waiting"
    assert outcome.reason == "animals was changed while this was evaluated"
