"""Creating a playground with metrics of one's own: tried out first, and told in full."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from test_own_metrics import CODE, COST, GAP, WORST, start
from walk_classroom import Classroom, aims, csv_of

from aims_gh.errors import CourseError, RunnerError
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.runner.sandbox import Sandbox
from aims_gh.settings import templates

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

RULES = """\
task_type: classification
input_type: tabular
metrics:
  - f1_score
  - {name: cost, function: cost, direction: minimize}
  - {name: gap, function: fairness, direction: minimize}
"""


@pytest.fixture
def desk(classroom: Classroom, tmp_path: Path) -> Path:
    """A folder with answers and rules."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "answers.csv").write_bytes(csv_of("y", classroom.truth["animals"]))
    (folder / "rules.yml").write_text(RULES)
    return folder


def create(
    classroom: Classroom, desk: Path, *options: object, check: bool = True
) -> subprocess.CompletedProcess[str]:
    return aims(
        "playground", "create", f"{classroom.path}/own", "--from", desk / "rules.yml",
        "--labels", desk / "answers.csv", *options, check=check,
    )  # fmt: skip


def on_main(classroom: Classroom) -> bytes:
    return classroom.git("cat-file", "blob", "main:playgrounds/own/metrics.py")


def test_a_metrics_py_beside_the_rules_is_taken(classroom: Classroom, desk: Path) -> None:
    (desk / "metrics.py").write_text(CODE)

    create(classroom, desk)

    assert on_main(classroom) == CODE.encode()
    shown = aims("playground", "show", f"{classroom.path}/own").stdout
    assert "cost (minimize, cost in metrics.py), gap (minimize, fairness in metrics.py)" in shown


def test_a_metrics_file_that_is_named_is_taken_instead(classroom: Classroom, desk: Path) -> None:
    (desk / "metrics.py").write_text("this is not Python")
    (desk / "better.py").write_text(CODE)

    create(classroom, desk, "--metrics-file", desk / "better.py")

    assert on_main(classroom) == CODE.encode()


def test_a_metrics_py_that_the_rules_do_not_mention_is_left_alone(
    classroom: Classroom, desk: Path
) -> None:
    (desk / "metrics.py").write_text("this is not Python")
    (desk / "rules.yml").write_text("task_type: classification\ninput_type: tabular\n")

    create(classroom, desk)

    assert b"metrics.py" not in classroom.git("ls-tree", "-r", "--name-only", "main")


def test_a_file_that_no_metric_uses_is_refused(classroom: Classroom, desk: Path) -> None:
    (desk / "rules.yml").write_text("task_type: classification\ninput_type: tabular\n")
    (desk / "m.py").write_text(CODE)

    refused = create(classroom, desk, "--metrics-file", desk / "m.py", check=False)

    assert refused.returncode == 3
    assert "metrics.py was handed over, and no metric names a function of it" in refused.stderr
    assert "metrics: [{name: cost, function: cost, direction: minimize}]" in refused.stderr


def test_a_file_that_is_missing_is_asked_for(classroom: Classroom, desk: Path) -> None:
    refused = create(classroom, desk, check=False)

    assert refused.returncode == 3
    assert "cost is computed by the function cost of metrics.py, and that file is missing" in (
        refused.stderr
    )
    assert "--metrics-file metrics.py" in refused.stderr


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "def cost(a, b):\n    return 1 / (a != b).sum()",
            "cost: the function cost of metrics.py failed on perfect predictions, the public part: "
            "returned no finite number (inf)",
        ),
        (
            "def cost(a, b):\n    return 1 // int((a != b).sum())",
            "cost: the function cost of metrics.py failed on perfect predictions, the public part: "
            "ZeroDivisionError: integer division or modulo by zero (line 2): "
            "return 1 // int((a != b).sum())",
        ),
        (
            "import numpy as np\n"
            "def cost(a, b):\n    return np.corrcoef(a == 'cat', b == 'cat')[0, 1]",
            "cost: the function cost of metrics.py failed on predictions that are the same in "
            "every row, the public part: returned no finite number (nan)",
        ),
        (
            "def cost(a, b):\n    a == b",
            "cost: the function cost of metrics.py failed on perfect predictions, the public part: "
            "returned no number (NoneType)",
        ),
        (
            "def cost(a, b):\n    if (a != b).all():\n        raise ValueError(f'all wrong')\n"
            "    return 1",
            "cost: the function cost of metrics.py failed on predictions that are all wrong, "
            "the public part: ValueError: all wrong (line 3): raise ValueError(f'all wrong')",
        ),
        (
            "def cost(a, b):\n    return 1 if len(a) != 40 else None",
            "cost: the function cost of metrics.py failed on perfect predictions, all rows: "
            "returned no number (NoneType)",
        ),
        (
            "def cost(a, b):\n    return {'costs': 1, 'n': 2}",
            "cost: the function cost of metrics.py failed on perfect predictions, the public part: "
            "returned a dict without this entry (costs, n)",
        ),
        (
            "def cost(a, b):\n    open('/etc/passwd')",
            "cost: the function cost of metrics.py failed on perfect predictions, the public part: "
            "PermissionError: [Errno 13] Permission denied: '/etc/passwd' (line 2): "
            "open('/etc/passwd')",
        ),
        (
            "def kost(a, b): return 1",
            "the function cost of metrics.py cannot be used: metrics.py has no such function",
        ),
        (
            "def cost(a): return 1",
            "the function cost of metrics.py cannot be used: cannot be called with y_true and "
            "y_pred (it takes (a))",
        ),
        (
            "x = 3\ndef cost(a, b) return 1",
            "the function cost of metrics.py cannot be used: SyntaxError: expected ':' (line 2): "
            "def cost(a, b) return 1",
        ),
        ("#" * 300_000, "metrics.py has 300,000 bytes, the limit is 262,144"),
    ],
)  # fmt: skip
def test_a_function_that_fails_is_told_in_full_and_nothing_is_written(
    classroom: Classroom, code: str, message: str
) -> None:
    before = classroom.git("for-each-ref")

    with pytest.raises(CourseError) as refused:
        start(classroom, code)

    assert refused.value.message == message
    assert refused.value.hint
    assert classroom.git("for-each-ref") == before


def test_what_fails_shows_the_owner_the_answers_it_failed_on(classroom: Classroom) -> None:
    code = "def cost(a, b):\n    raise ValueError(f'cannot weigh {a[0]} and {len(a)} more')"

    with pytest.raises(CourseError, match=r"cannot weigh (cat|dog|emu) and 20 more \(line 2\)"):
        start(classroom, code)


def test_a_function_that_hangs_is_told_after_its_time(classroom: Classroom) -> None:
    with pytest.raises(CourseError, match="the public part: took longer than 3 s") as refused:
        start(classroom, "def cost(a, b):\n    while True: pass", limits={"metric_seconds": 1})

    assert "raise limits.metric_seconds" in refused.value.hint


def test_every_function_is_tried_on_every_column(classroom: Classroom) -> None:
    code = CODE.replace('"worst": min(recalls)', '"wurst": 1')

    with pytest.raises(CourseError, match=r"worst: the function fairness .* \(gap, wurst\)"):
        start(classroom, code, (COST, GAP, WORST))


def test_probabilities_are_there_where_a_function_is_tried_out(classroom: Classroom) -> None:
    code = "def cost(y_true, y_pred, y_prob): return y_prob.max()"

    start(classroom, code)

    assert on_main(classroom) == code.encode()


def test_numbers_are_tried_out_in_their_unit(classroom: Classroom) -> None:
    code = "def worst(a, b):\n    return 1 / abs(a - b).max()"
    rules = {
        "title": "P", "task_type": "regression", "input_type": "tabular",
        "metrics": [{"name": "worst", "function": "worst", "direction": "minimize"}],
    }  # fmt: skip
    labels = Source("y.csv", csv_of("y", classroom.truth["prices"]))
    draft = Draft(rules=rules, labels=labels, metrics=code.encode())

    with pytest.raises(CourseError, match="perfect predictions, the public part: returned no fin"):
        create_playground(
            classroom.forge, "own", draft, seed=3, templates=templates(), sandbox=Sandbox()
        )


def test_a_machine_that_cannot_lock_code_in_creates_no_such_playground(
    classroom: Classroom,
) -> None:
    rules = {
        "title": "P", "task_type": "classification", "input_type": "tabular", "metrics": [COST],
    }  # fmt: skip
    labels = Source("y.csv", csv_of("y", classroom.truth["animals"]))
    draft = Draft(rules=rules, labels=labels, metrics=CODE.encode())
    unlocked = (
        "import os, struct, json\n"
        "from dataclasses import asdict\n"
        "from aims_gh.runner.lockdown import Isolation\n"
        "body = json.dumps(asdict(Isolation())).encode()\n"
        "os.write(1, struct.pack('<cQ', b'R', len(body)) + body)\n"
    )
    sandbox = Sandbox(command=[sys.executable, "-c", unlocked])

    with pytest.raises(RunnerError, match=r"this machine cannot lock metrics\.py in"):
        create_playground(
            classroom.forge, "own", draft, seed=3, templates=templates(), sandbox=sandbox
        )
