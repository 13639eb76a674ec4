"""Metrics of the owner's own, from `aims playground create` to the board."""

from __future__ import annotations

import hashlib
import html
import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics as oracle
from test_evaluate import drain, edit_rules, opened_truth
from test_hostile import edit_main, evaluation_of, in_folder, packed, propose
from walk_classroom import Classroom, aims, csv_of

from aims_gh import settings
from aims_gh.core.seal import open_sealed
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.reveal import PrivateScores
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.workspace import Workspace

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

CODE = """\
import numpy as np

def cost(y_true, y_pred):
    missed = (y_true == "dog") & (y_pred != "dog")
    return float(np.mean(np.where(missed, 5, y_true != y_pred)))

def fairness(y_true, y_pred):
    from statistics import mean
    recalls = [mean(map(float, y_pred[y_true == who] == who)) for who in np.unique(y_true)]
    return {"gap": max(recalls) - min(recalls), "worst": min(recalls)}
"""
COST = {"name": "cost", "function": "cost", "direction": "minimize"}
GAP = {"name": "gap", "function": "fairness", "direction": "minimize"}
WORST = {"name": "worst", "function": "fairness", "direction": "maximize"}
LABELS = ("cat", "dog", "emu")


def start(
    classroom: Classroom,
    code: str = CODE,
    metrics: tuple = ("accuracy", COST),
    slug: str = "own",
    **rules: object,
) -> None:
    """Create a playground of animals with metrics of its own, 40 rows, half of them private."""
    truth = classroom.truth["animals"]
    classroom.truth[slug] = truth
    base = {"title": "Own", "task_type": "classification", "input_type": "tabular"}
    draft = Draft(
        rules=base | {"metrics": metrics} | rules,
        labels=Source("y.csv", csv_of("y", truth)),
        metrics=code.encode(),
    )
    create_playground(
        classroom.forge, slug, draft, seed=3, templates=settings.templates(),
        sandbox=settings.sandbox(),
    )  # fmt: skip


def guess(seed: int) -> list[str]:
    return np.random.default_rng(seed).choice(LABELS, 40).tolist()


def opened(classroom: Classroom, evaluation: Evaluation) -> PrivateScores:
    return PrivateScores.from_json(unsealed(classroom, evaluation))


def unsealed(classroom: Classroom, evaluation: Evaluation) -> bytes:
    with classroom.forge.tree() as main:
        key = settings.keys().find(Workspace(main).course().keys.owners[0])
    assert key is not None and evaluation.private is not None
    return open_sealed(evaluation.private.encode(), [key], name="private scores")


def comment_on(classroom: Classroom, author: str) -> str:
    (found,) = (p for p in classroom.forge.proposals(state="closed") if p.author == author)
    return found.comments[-1].body


def test_scores_are_the_functions_on_the_public_and_the_private_rows(classroom: Classroom) -> None:
    start(classroom, metrics=("accuracy", COST, GAP, WORST))
    said = np.array(guess(5))
    classroom.submit("own", "alice", said)

    (outcome,) = drain(classroom)

    assert outcome.outcome == "scored"
    found = evaluation_of(classroom, "own", "alice")
    assert list(outcome.scores or {}) == ["accuracy", "cost", "gap", "worst"]
    hidden = opened_truth(classroom, "own").private
    truth = np.array(classroom.truth["own"])
    private = opened(classroom, found)
    for scores, rows in (
        (found.scores, ~hidden),
        (private.private, hidden),
        (private.whole, np.ones(40, dtype=bool)),
    ):
        recalls = oracle.recall_score(truth[rows], said[rows], average=None, zero_division=0)
        missed = (truth == "dog") & (said != "dog")
        expected = {
            "accuracy": oracle.accuracy_score(truth[rows], said[rows]),
            "cost": np.mean(np.where(missed, 5, truth != said)[rows]),
            "gap": recalls.max() - recalls.min(),
            "worst": recalls.min(),
        }
        assert scores == pytest.approx(expected, rel=1e-12)
    assert (found.failures, private.failures) == ({}, {})


def test_a_score_is_about_the_very_bytes_of_metrics_py(classroom: Classroom) -> None:
    start(classroom)
    classroom.submit("own", "alice", guess(1))
    classroom.submit("animals", "alice", guess(1))

    drain(classroom)

    assert evaluation_of(classroom, "own", "alice").digests.metrics == (
        hashlib.sha256(CODE.encode()).hexdigest()
    )
    assert evaluation_of(classroom, "animals", "alice").digests.metrics is None


def test_one_of_them_may_rank(classroom: Classroom) -> None:
    start(classroom, metrics=(COST, "accuracy"))
    all_cats = ["cat"] * 40
    dogs_right = ["dog" if label == "dog" else "yeti" for label in classroom.truth["own"]]
    dogs_right = [label if label == "dog" else "emu" for label in dogs_right]
    classroom.submit("own", "alice", all_cats)
    classroom.submit("own", "bob", dogs_right)

    drain(classroom)

    board = classroom.board("own")
    assert (board.metric, board.direction, board.metrics) == (
        "cost", "minimize", ("cost", "accuracy"),
    )  # fmt: skip
    assert board.columns["username"] == ["bob", "alice"]
    assert board.columns["rank"] == [1, 2]
    assert board.columns["cost"] == sorted(board.columns["cost"])


def test_public_scores_of_ones_own_are_rounded_like_others(classroom: Classroom) -> None:
    code = "def cost(y_true, y_pred): return 1 / 3"
    start(classroom, code, competition={"release": "rounded"})
    classroom.submit("own", "alice", guess(1))

    drain(classroom)

    found = evaluation_of(classroom, "own", "alice")
    assert found.scores["cost"] == 0.333
    assert opened(classroom, found).private["cost"] == 1 / 3


TOUCHY = """\
def cost(y_true, y_pred):
    if (y_pred == "emu").all():
        one = str(y_true[2])
        raise ValueError(f"row 3 of {len(y_true)} is {one!r}, a {one} is no emu at all")
    return 1

def other(y_true, y_pred):
    return len(y_true)
"""
OTHER = {"name": "rows", "function": "other", "direction": "maximize"}


def test_a_function_that_fails_costs_its_metric_and_no_other(classroom: Classroom) -> None:
    start(classroom, TOUCHY, (COST, "accuracy", OTHER))
    classroom.submit("own", "mallory", ["emu"] * 40)
    classroom.submit("own", "bob", guess(1))

    ran = aims("evaluate", classroom.path)

    why = "ValueError: row … of … is … a … is no … at all"
    found = evaluation_of(classroom, "own", "mallory")
    assert set(found.scores) == {"accuracy", "rows"}
    assert found.failures == {"cost": why}
    private = opened(classroom, found)
    assert set(private.private) == set(private.whole) == {"accuracy", "rows"}
    assert private.failures == {"cost": why}
    board = classroom.board("own")
    assert board.columns["username"] == ["bob", "mallory"]
    assert board.columns["rank"] == [1, None]
    assert board.columns["failures"] == [{}, {"cost": why}]
    assert f"accuracy {found.scores['accuracy']:.6g}  rows 20  cost failed: {why}" in ran.stdout


def test_everybody_is_told_why_and_nobody_an_answer(classroom: Classroom, tmp_path: Path) -> None:
    start(classroom, TOUCHY, (COST, "accuracy", OTHER))
    classroom.submit("own", "mallory", ["emu"] * 40)
    drain(classroom)
    address = f"{classroom.path}/own"

    comment = comment_on(classroom, "mallory")
    shown = aims("show", address, 1).stdout
    as_json = json.loads(aims("show", address, 1, "--json").stdout)
    table = aims("leaderboard", address).stdout
    as_csv = aims("leaderboard", address, "--csv").stdout
    aims("site", "build", classroom.path, "-o", tmp_path / "site")
    page = html.unescape((tmp_path / "site/playgrounds/own/leaderboard/index.html").read_text())

    assert "| cost (ranks) | – |" in comment
    assert "**cost could not be computed**: ValueError" in comment
    assert "Not ranked on the experiment board" in comment
    for text in (shown, table, as_csv, page):
        assert "ValueError: row … of … is … a … is no … at all" in text.replace("\\u2026", "…")
    assert as_json["failures"]["cost"].startswith("ValueError: row … of …")
    for text in (comment, shown, table, as_csv, page):
        assert "dog is" not in text and "is 'dog'" not in text and "20 is" not in text


def test_a_failure_on_the_private_part_is_sealed(classroom: Classroom) -> None:
    code = """\
def cost(y_true, y_pred):
    if len(y_true) == PRIVATE and (y_pred == "emu").all():
        raise ValueError("too few animals")
    return 1
"""
    start(classroom, code.replace("PRIVATE", "16"), competition={"private_fraction": 0.4})
    start(classroom, code.replace("PRIVATE", "99"), competition={"private_fraction": 0.4}, slug="b")
    for slug in ("own", "b"):
        classroom.submit(slug, "mallory", ["emu"] * 40)

    drain(classroom)

    one, other = (evaluation_of(classroom, slug, "mallory") for slug in ("own", "b"))
    assert one.scores == other.scores
    assert one.failures == other.failures == {}
    assert opened(classroom, one).failures == {"cost": "ValueError: too few animals"}
    assert opened(classroom, other).failures == {}
    lengths = {len(unsealed(classroom, evaluation)) for evaluation in (one, other)}
    assert len(lengths) == 1, "the length tells nothing either"
    assert b"too few animals" not in b"".join(
        classroom.git("cat-file", "-p", f"ledger:own/{name}")
        for name in ("evaluations/1.json", "leaderboard.json")
    )


def test_hostile_predictions_cost_a_bounded_time_and_the_metric(classroom: Classroom) -> None:
    code = """\
def cost(y_true, y_pred):
    while (y_pred == "emu").all():
        pass
    return 1
"""
    limits = {"metric_seconds": 3}
    start(classroom, code, ("accuracy", COST), limits=limits)
    classroom.submit("own", "mallory", ["emu"] * 40)
    classroom.submit("own", "bob", guess(1))

    outcomes = drain(classroom)

    assert [o.outcome for o in outcomes] == ["scored", "scored"]
    assert evaluation_of(classroom, "own", "mallory").failures == {"cost": "took longer than 3 s"}
    assert evaluation_of(classroom, "own", "bob").scores["cost"] == 1.0


def test_a_function_that_ends_its_process_leaves_the_others(classroom: Classroom) -> None:
    code = """\
import os
def cost(y_true, y_pred):
    if (y_pred == "emu").all():
        os._exit(0)
    return 1
def other(y_true, y_pred): return len(y_true)
"""
    start(classroom, code, (COST, OTHER))
    classroom.submit("own", "mallory", ["emu"] * 40)

    drain(classroom)

    found = evaluation_of(classroom, "own", "mallory")
    assert found.scores == {"rows": 20.0}
    assert found.failures == {"cost": "its process ended without an answer"}


def test_a_score_of_text_or_nan_fails_that_metric(classroom: Classroom) -> None:
    code = """\
def cost(y_true, y_pred):
    return float("nan") if (y_pred == "emu").all() else 1
"""
    start(classroom, code, ("accuracy", COST))
    classroom.submit("own", "mallory", ["emu"] * 40)

    (outcome,) = drain(classroom)

    assert outcome.failures == {"cost": "returned no finite number"}


BROKEN = (
    (None, "playgrounds/own/metrics.py is missing from the course"),
    ("def cost(y_true y_pred): pass", "SyntaxError: invalid syntax"),
    ("def kost(y_true, y_pred): return 1", "metrics.py has no such function"),
    ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
    ("x = 1 / 0", "ZeroDivisionError: division by zero (line 1): x = 1 / 0"),
    ("#" * 300_000, "playgrounds/own/metrics.py has 300,000 bytes, the limit is 262,144"),
)


def test_a_metrics_py_that_an_owner_broke_makes_submissions_wait_until_it_is_mended(
    classroom: Classroom,
) -> None:
    start(classroom)
    classroom.submit("own", "alice", guess(1))
    for number, (code, reason) in enumerate(BROKEN):
        content = None if code is None else code.encode()
        edit_main(classroom, {"playgrounds/own/metrics.py": content})
        classroom.submit("animals", f"bob{number}", guess(1))

        outcomes = {o.author: o for o in drain(classroom)}

        assert outcomes[f"bob{number}"].outcome == "scored"
        assert outcomes["alice"].outcome == "waiting"
        assert reason in (outcomes["alice"].reason or "")
    edit_main(classroom, {"playgrounds/own/metrics.py": CODE.encode()})
    assert [o.outcome for o in drain(classroom)] == ["scored"]


def test_a_metric_added_later_leaves_old_rows_without_a_rank(classroom: Classroom) -> None:
    classroom.submit("animals", "alice", guess(1))
    drain(classroom)
    edit_main(classroom, {"playgrounds/animals/metrics.py": CODE.encode()})
    edit_rules(classroom, "animals", f"metrics: [{json.dumps(COST)}, accuracy]")
    classroom.submit("animals", "bob", guess(2))

    drain(classroom)

    board = classroom.board("animals")
    assert board.columns["username"] == ["bob", "alice"]
    assert board.columns["rank"] == [1, None]
    assert board.columns["cost"][1] is None


def test_a_file_metrics_py_of_a_participant_is_refused_and_never_run(
    classroom: Classroom, tmp_path: Path
) -> None:
    start(classroom)
    trace = tmp_path / "trace"
    content = in_folder("submissions/own/mallory/x", packed("own", guess(1)))
    payload = f"open({str(trace)!r}, 'w')\ndef cost(y_true, y_pred): return -99\n".encode()
    inside = content | {"submissions/own/mallory/x/metrics.py": payload}
    propose(classroom, "mallory", inside)
    propose(classroom, "eve", {"playgrounds/own/metrics.py": payload})
    classroom.submit("own", "bob", guess(2))

    outcomes = {o.author: o for o in drain(classroom)}

    assert {a: o.outcome for a, o in outcomes.items()} == {
        "mallory": "refused", "eve": "refused", "bob": "scored",
    }  # fmt: skip
    assert "metrics.py" in (outcomes["mallory"].reason or "")
    assert "playgrounds/own/metrics.py" in (outcomes["eve"].reason or "")
    assert outcomes["bob"].scores and outcomes["bob"].scores["cost"] > 0
    assert not trace.exists()


def test_a_key_of_a_participants_own_may_not_take_the_column(classroom: Classroom) -> None:
    start(classroom)
    predictions = csv_of("prediction", guess(1))
    (classroom.path.parent / "p.csv").write_bytes(predictions)

    refused = aims(
        "submit", "--to", f"{classroom.path}/own", "--as", "eve",
        "--predictions", classroom.path.parent / "p.csv", "--meta", "cost=0", check=False,
    )  # fmt: skip

    assert refused.returncode == 4
    assert "claims.metadata.cost: the board's own column, choose another name" in refused.stderr


def test_the_steps_apart_end_as_the_whole(classroom: Classroom, tmp_path: Path) -> None:
    start(classroom, TOUCHY, (COST, "accuracy", OTHER))
    classroom.submit("own", "mallory", ["emu"] * 40)
    steps = ["intake", "run", "score"]

    aims("intake", classroom.path, "--out", tmp_path / "intake")
    for before, step in pairwise(steps):
        aims(step, classroom.path, "--in", tmp_path / before, "--out", tmp_path / step)
    aims("record", classroom.path, "--in", tmp_path / "score")

    found = evaluation_of(classroom, "own", "mallory")
    assert set(found.scores) == {"accuracy", "rows"}
    assert set(found.failures) == {"cost"}
    assert found.digests.metrics == hashlib.sha256(TOUCHY.encode()).hexdigest()


def test_hidden_answers_cannot_be_found_where_a_metric_tells_all_it_knows(
    classroom: Classroom, tmp_path: Path
) -> None:
    """It prints, it raises, it names classes and keys: no answer gets out in words."""
    code = """\
import sys
def cost(y_true, y_pred):
    print(*y_true); print(*y_true, file=sys.stderr)
    if (y_pred == "emu").all():
        name = "Row" + "".join(y_true)
        raise type(name, (Exception,), {})(" ".join(y_true) + str(y_true) + repr(list(y_true)))
    return 1
def keys(y_true, y_pred):
    print(*y_true)
    return {"|".join(y_true): 1, "rows": 2} if (y_pred == "emu").all() else {"k": 1}
"""
    start(classroom, code, ("accuracy", COST, {**OTHER, "name": "k", "function": "keys"}))
    classroom.submit("own", "mallory", ["emu"] * 40)

    ran = aims("--verbose", "evaluate", classroom.path)

    found = evaluation_of(classroom, "own", "mallory")
    assert found.failures == {"cost": "Exception", "k": "returned a dict without this entry"}
    everything = ran.stdout + ran.stderr + comment_on(classroom, "mallory")
    everything += classroom.git("cat-file", "-p", "ledger:own/evaluations/1.json").decode()
    truth = classroom.truth["own"]
    for glue in (" ", "|", "', '", "' '", ""):
        for first, second in pairwise(truth):
            assert f"{first}{glue}{second}" not in everything


def test_regression_has_metrics_of_its_own_too(classroom: Classroom) -> None:
    truth = classroom.truth["prices"]
    code = "def worst(y_true, y_pred): return abs(y_true - y_pred).max()"
    rules = {
        "title": "P", "task_type": "regression", "input_type": "tabular",
        "metrics": [{"name": "worst", "function": "worst", "direction": "minimize"}],
        "competition": {"private_fraction": 0},
    }  # fmt: skip
    draft = Draft(rules=rules, labels=Source("y.csv", csv_of("y", truth)), metrics=code.encode())
    create_playground(
        classroom.forge, "own", draft, seed=3, templates=settings.templates(),
        sandbox=settings.sandbox(),
    )  # fmt: skip
    classroom.submit("own", "alice", [value + 2 for value in truth])

    (outcome,) = drain(classroom)

    assert outcome.scores == {"worst": pytest.approx(2)}
