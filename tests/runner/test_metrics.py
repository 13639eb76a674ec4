"""Owners' metrics: what a function is given, what it may return, and what it may import."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from metric_parts import (
    BOUNDS,
    BRIEF,
    LABELS,
    NUMBERS,
    PARTS,
    PRIVATE,
    PUBLIC,
    WHOLE,
    ask,
    labelled,
    numbered,
)
from sklearn import metrics as oracle

from aims_gh.runner.sandbox import Bounds, Sandbox, Task

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")


def test_a_function_is_called_once_for_each_part_with_its_rows_alone() -> None:
    code = "def metric(y_true, y_pred): return len(y_true) + len(y_pred) / 100"

    assert ask(code).scores() == [{"m": 4.04}, {"m": 3.03}, {"m": 7.07}]


@pytest.mark.parametrize(
    ("labels", "kind", "first"),
    [
        (("cat", "dog", "emu"), "U", "'cat'"),
        ((7, 8, 9), "i", "7"),
        (("cat", 8, "9"), "O", "'cat'"),
    ],
)
def test_labels_come_as_the_owner_wrote_them(labels: tuple, kind: str, first: str) -> None:
    code = f"""
    def metric(y_true, y_pred):
        assert y_true.dtype.kind == y_pred.dtype.kind == {kind!r}, y_true.dtype
        assert y_true[0] == y_pred[0] == {first}
        assert list(y_true) == [{", ".join(repr(labels[c]) for c in (0, 1, 2, 0))}]
        return (y_true == y_pred).mean()
    """

    assert ask(code, parts=[PUBLIC], task=Task("classification", labels, None)).scores() == [
        {"m": 0.75}
    ]


def test_numbers_come_as_floats_in_their_unit() -> None:
    code = """
    def metric(y_true, y_pred):
        assert y_true.dtype == y_pred.dtype == float
        return abs(y_true - y_pred).max()
    """

    part = numbered([1.5, 2.0, 1e300], [1.5, 4.25, 1e300])
    assert ask(code, parts=[part], task=NUMBERS).scores() == [{"m": 2.25}]


def test_probabilities_come_where_they_are_asked_for_by_name() -> None:
    code = """
    def metric(y_true, y_pred, y_prob):
        if y_prob is None:
            return -1
        assert y_prob.shape == (2, 3) and y_prob.dtype == float
        return y_prob[0, 2]
    """
    chances = [[0.25, 0.25, 0.5], [0.1, 0.8, 0.1]]

    with_them = labelled([0, 1], [2, 1], chances=chances)
    without = labelled([0, 1], [2, 1])

    assert ask(code, parts=[with_them, without]).scores() == [{"m": 0.5}, {"m": -1.0}]


@pytest.mark.parametrize(
    "head",
    ["y_true, y_pred, y_prob=None", "y_true, y_pred, *, y_prob", "a, b, beta=2", "*args", "a, b"],
)
def test_whatever_takes_truth_and_predictions_will_do(head: str) -> None:
    assert ask(f"def metric({head}): return 1", parts=[PUBLIC]).scores() == [{"m": 1.0}]


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nmetric = lambda a, b: np.mean(a == b)",
        "import functools\nmetric = functools.partial(lambda k, a, b: (a == b).mean(), 1)",
        "class Metric:\n    def __call__(self, a, b): return (a == b).mean()\nmetric = Metric()",
    ],
)
def test_a_function_may_be_anything_that_can_be_called(text: str) -> None:
    assert ask(text, parts=[PUBLIC]).scores() == [{"m": 0.75}]


def test_a_function_may_come_from_a_library() -> None:
    assert ask("from numpy import array_equal as metric", parts=[PUBLIC]).scores() == [{"m": 0.0}]


@pytest.mark.parametrize(
    ("value", "score"),
    [
        ("1", 1.0), ("True", 1.0), ("0.1", 0.1), ("np.float32(0.5)", 0.5), ("np.int64(3)", 3.0),
        ("np.array(2.5)", 2.5), ("Fraction(1, 4)", 0.25), ("10**300", 1e300), ("-0.0", 0.0),
    ],
)  # fmt: skip
def test_numbers_of_every_kind_are_numbers(value: str, score: float) -> None:
    code = f"import numpy as np\nfrom fractions import Fraction\ndef metric(a, b): return {value}"

    assert ask(code, parts=[PUBLIC]).scores() == [{"m": score}]


def test_a_number_goes_to_every_column_and_an_entry_of_a_dict_to_its_own() -> None:
    number = ask("def metric(a, b): return 2", columns=("x", "y"), parts=[PUBLIC])
    several = ask(
        "def metric(a, b): return {'x': 1, 'y': 2, 'z': 'whatever'}",
        columns=("x", "y"),
        parts=[PUBLIC],
    )

    assert number.scores() == [{"x": 2.0, "y": 2.0}]
    assert several.scores() == [{"x": 1.0, "y": 2.0}]


@pytest.mark.parametrize(
    ("value", "published", "in_full"),
    [
        ("None", "returned no number", "returned no number (NoneType)"),
        ("'3.5'", "returned no number", "returned no number (str)"),
        ("b'3'", "returned no number", "returned no number (bytes)"),
        ("[1.0]", "returned no number", "returned no number (list)"),
        ("1j", "returned no number", "returned no number (complex)"),
        ("y_true == y_pred", "returned no number", "returned no number (ndarray)"),
        ("float('nan')", "returned no finite number", "returned no finite number (nan)"),
        ("float('inf')", "returned no finite number", "returned no finite number (inf)"),
        ("-1e999", "returned no finite number", "returned no finite number (-inf)"),
        ("10**400", "returned no finite number", "returned no finite number (inf)"),
        ("{}", "returned a dict without this entry", "returned a dict without this entry"),
        ("{'cat': 1, 'n': 2}", "returned a dict without this entry",
         "returned a dict without this entry (cat, n)"),
        ("{'m': None}", "returned no number", "returned no number (NoneType)"),
        ("{'m': float('nan')}", "returned no finite number", "returned no finite number (nan)"),
        ("{'m': {'m': 1}}", "returned no number", "returned no number (dict)"),
    ],
)  # fmt: skip
def test_anything_else_is_no_score(value: str, published: str, in_full: str) -> None:
    code = f"def metric(y_true, y_pred): return {value}"

    (verdict,) = ask(code, parts=[PUBLIC]).verdicts().parts

    assert verdict.scores == {}
    assert verdict.failures["m"].published(LABELS) == published
    assert verdict.failures["m"].in_full() == in_full


def test_one_entry_that_is_no_score_leaves_the_others() -> None:
    code = "def metric(a, b): return {'x': float('nan'), 'y': 2, 'w': [3]}"

    (verdict,) = ask(code, columns=("w", "x", "y", "z"), parts=[PUBLIC]).verdicts().parts

    assert verdict.scores == {"y": 2.0}
    assert {name: failure.published(()) for name, failure in verdict.failures.items()} == {
        "w": "returned no number",
        "x": "returned no finite number",
        "z": "returned a dict without this entry",
    }


def test_an_exception_on_one_part_leaves_the_others() -> None:
    code = """
    def metric(y_true, y_pred):
        if len(y_true) == 3:
            raise ValueError("three rows are too few")
        return 1
    """

    public, private, whole = ask(code).verdicts().parts

    assert (public.scores, whole.scores) == ({"m": 1.0}, {"m": 1.0})
    assert private.failures["m"].in_full() == "ValueError: three rows are too few (line 3)"


def test_the_line_is_the_last_one_of_metrics_py_itself() -> None:
    code = """
    import json

    def helper(text):
        return json.loads(text)

    def metric(y_true, y_pred):
        return helper("{")
    """

    (verdict,) = ask(code, parts=[PUBLIC]).verdicts().parts

    assert verdict.failures["m"].in_full().endswith("(line 4)")


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("def metric(a, b) return 1", "SyntaxError: expected ':' (line 1)"),
        ("x = 1\n\nraise RuntimeError('no')", "RuntimeError: no (line 3)"),
        ("import nothing", "ModuleNotFoundError: No module named 'nothing' (line 1)"),
        ("def other(a, b): return 1", "metrics.py has no such function"),
        ("metric = 3", "is no function (int)"),
        ("def metric(a): return 1", "cannot be called with y_true and y_pred (it takes (a))"),
        ("def metric(a, b, c): return 1",
         "cannot be called with y_true and y_pred (it takes (a, b, c))"),
        ("def metric(): return 1", "cannot be called with y_true and y_pred (it takes ())"),
        ("def metric(*, y_true, y_pred): pass",
         "cannot be called with y_true and y_pred (it takes (*, y_true, y_pred))"),
        ("import sys; sys.exit(3)", "SystemExit: 3 (line 1)"),
        ("import os; os._exit(0)", "its process ended without an answer"),
        ("while True: pass", "took longer than 1.5 s"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_loaded_is_told_before_any_row_is_shown(code: str, why: str) -> None:
    verdicts = ask(code, bounds=BRIEF if "took longer" in why else BOUNDS).verdicts()

    assert verdicts.parts == ()
    assert verdicts.unfit is not None
    assert verdicts.unfit.in_full() == why


def test_scikit_learn_can_be_imported_when_it_is_needed() -> None:
    code = """
    def metric(y_true, y_pred):
        from sklearn.metrics import f1_score, cohen_kappa_score
        return {"f1": f1_score(y_true, y_pred, average="macro"),
                "kappa": cohen_kappa_score(y_true, y_pred)}
    """
    names = np.array(LABELS)

    found = ask(code, columns=("f1", "kappa"), bounds=Bounds(seconds=120)).scores()

    for part, scores in zip(PARTS, found, strict=True):
        truth, said = names[part.answers], names[part.predictions.codes]
        assert scores["f1"] == oracle.f1_score(truth, said, average="macro")
        assert scores["kappa"] == oracle.cohen_kappa_score(truth, said)


def test_pandas_works() -> None:
    code = """
    def metric(a, b):
        import pandas as pd
        frame = pd.DataFrame({"a": a, "b": b})
        summer = pd.Timestamp("2026-07-01", tz="Europe/Berlin")
        return {
            "cells": pd.crosstab(a, b).size,
            "mean": frame.groupby("a")["b"].nunique().mean(),
            "upper": frame["a"].str.upper().value_counts()["CAT"],
            "hours": summer.utcoffset().seconds / 3600,
        }
    """
    columns = ("cells", "mean", "upper", "hours")

    (found,) = ask(code, columns=columns, parts=[PUBLIC], bounds=Bounds(seconds=120)).scores()

    assert found == {"cells": 6.0, "mean": 1.0, "upper": 2.0, "hours": 2.0}


def test_scipy_and_what_looks_for_threads_work() -> None:
    code = """
    import dataclasses, statistics, decimal, datetime, re, csv
    import numpy as np
    def metric(a, b):
        from scipy import stats
        from scipy.spatial.distance import cdist
        from sklearn.cluster import KMeans
        from sklearn.metrics import pairwise_distances_argmin
        square = np.ones((900, 900))
        return {
            "product": (square @ square).sum() / 900**3,
            "entropy": stats.entropy([1, 1], base=2),
            "distance": cdist(np.eye(2), np.eye(2)).sum() ** 2,
            "nearest": pairwise_distances_argmin(np.eye(4), np.eye(4)).sum(),
            "inertia": KMeans(2, n_init=1).fit(np.array([[0.0], [0.0], [9.0]])).inertia_,
        }
    """
    columns = ("product", "entropy", "distance", "nearest", "inertia")

    (found,) = ask(code, columns=columns, parts=[PUBLIC], bounds=Bounds(seconds=120)).scores()

    assert [round(found[name]) for name in columns] == [1, 1, 8, 6, 0]


def test_what_is_printed_is_lost_and_disturbs_nothing() -> None:
    code = """
    import sys, os
    print("loading")
    def metric(y_true, y_pred):
        print(y_true, flush=True)
        print(y_true, file=sys.stderr)
        os.write(1, b"x" * 100_000)
        return 1
    """

    assert ask(code).scores() == [{"m": 1.0}] * 3


def test_a_function_that_keeps_something_between_parts_keeps_it_to_itself() -> None:
    code = """
    seen = []
    def metric(y_true, y_pred):
        seen.append(len(y_true))
        return len(seen)
    """

    assert ask(code).scores() == [{"m": 1.0}, {"m": 2.0}, {"m": 3.0}]
    assert ask(code).scores() == [{"m": 1.0}, {"m": 2.0}, {"m": 3.0}]


def test_a_large_part_arrives_whole() -> None:
    truth = np.arange(1_000_000, dtype=np.float64)
    code = "def metric(y_true, y_pred): return float((y_true + y_pred).sum())"

    (scores,) = ask(code, parts=[numbered(truth, -truth + 1)], task=NUMBERS).scores()

    assert scores == {"m": 1_000_000.0}


def test_without_a_lock_it_still_works_where_that_is_accepted() -> None:
    code = "def metric(y_true, y_pred): return (y_true == y_pred).mean()"

    assert ask(code, parts=[WHOLE], sandbox=Sandbox(strict=False)).scores() == [{"m": 5 / 7}]


def test_a_part_does_not_show_its_answers() -> None:
    assert repr(PRIVATE) == "Part()"
