"""The text of a function that is to stand by itself: complete, or refused by name."""

from __future__ import annotations

import functools
import json as js
import math
import os.path
import xml.etree.ElementTree as ET
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import sklearn.metrics
from sklearn.metrics import f1_score
from sklearn.metrics import recall_score as recall

from aims_gh.core.source import function_source
from aims_gh.errors import AimsError

LIMIT = 3
TYPE_CHECKED_ONLY: object


def helper(x):
    return x


def plain(y_true, y_pred):
    """Uses nothing."""
    return sum(a == b for a, b in zip(y_true, y_pred, strict=True)) / len(y_true)


def with_modules(y_true: TYPE_CHECKED_ONLY, y_pred) -> Anything:  # noqa: F821
    deep = sorted(y_true, key=lambda v: np.linalg.norm([v]))

    class Inner:
        text = js.dumps([1])

        def tag(self):
            return ET.Element(os.path.commonpath(["ab/c", "ab/d"])).tag

    return math.fsum(deep) + sklearn.metrics.accuracy_score(y_true, y_pred) + len(Inner().tag())


def with_names(y_true, y_pred):
    assert OrderedDict is not None
    return f1_score(y_true, y_pred) + recall(y_true, y_pred)


def recursive(y_true, y_pred):
    return recursive(y_true[1:], y_pred) + 1 if len(y_true) else 0


@functools.lru_cache
def decorated(y_true, y_pred):
    return 7


def unfit(y_true, y_pred, limit=LIMIT):
    return [helper(v) for v in y_true] and nothing_of_the_kind  # noqa: F821


def surroundings():
    weight = 2

    def inner(y_true, y_pred):
        return weight

    def again(y_true, y_pred):
        return again(y_true[1:], y_pred) if len(y_true) else 5

    return inner, again


def run(text: str, *arguments: object, name: str) -> object:
    """Run the text where nothing else is, and call what it defines."""
    names: dict = {"__name__": "elsewhere"}
    exec(compile(text, "elsewhere.py", "exec"), names)
    return names[name](*arguments)


ARRAYS = (np.array([1, 0, 1]), np.array([1, 1, 1]))


@pytest.mark.parametrize(
    "function", [plain, with_modules, with_names, recursive, surroundings()[1]]
)
def test_the_text_gives_the_same_results_elsewhere(function) -> None:
    text = function_source(function)

    assert run(text, *ARRAYS, name=function.__name__) == function(*ARRAYS)


def test_modules_are_imported_under_the_names_that_the_function_uses() -> None:
    lines = function_source(with_modules).split("\n\n\n")[0].splitlines()

    assert lines == [
        "from __future__ import annotations", "",
        "import json as js", "import math", "import numpy as np", "import numpy.linalg",
        "import os.path", "import sklearn.metrics", "import xml.etree.ElementTree as ET",
    ]  # fmt: skip


def test_names_are_imported_from_where_everybody_finds_them() -> None:
    lines = function_source(with_names).splitlines()[2:5]

    assert lines == [
        "from collections import OrderedDict",
        "from sklearn.metrics import f1_score",
        "from sklearn.metrics import recall_score as recall",
    ]


def test_a_function_that_needs_nothing_gets_no_imports() -> None:
    text = function_source(plain)

    assert text.startswith("from __future__ import annotations\n\n\ndef plain(y_true, y_pred):\n")
    assert text.endswith("len(y_true)\n")


def test_decorators_go_along() -> None:
    text = function_source(decorated)

    assert "import functools\n" in text
    assert run(text, 1, 2, name="decorated") == 7


def test_everything_that_cannot_go_along_is_named_at_once() -> None:
    with pytest.raises(AimsError) as refused:
        function_source(unfit)

    assert refused.value.message == (
        "unfit uses LIMIT, helper, nothing_of_the_kind, defined outside of it"
    )
    assert "inside unfit" in refused.value.hint


def test_what_a_surrounding_function_holds_cannot_go_along() -> None:
    with pytest.raises(AimsError, match="inner uses weight, defined outside of it"):
        function_source(surroundings()[0])


class Scorer:
    def method(self, y_true, y_pred):
        return 1


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (lambda a, b: 1, "<lambda> is no plain function"),
        (print, "print is no plain function"),
        (Scorer, "Scorer is no plain function"),
        (Scorer().method, "method is no plain function"),
        (functools.partial(plain), "partial is no plain function"),
        (3, "int is no plain function"),
    ],
)
def test_only_plain_functions_have_a_text_of_their_own(thing, message: str) -> None:
    with pytest.raises(AimsError, match=message):
        function_source(thing)


def test_a_function_without_a_text_is_refused() -> None:
    names: dict = {}
    exec("def typed(a, b): return 1", names)

    with pytest.raises(AimsError, match="the source text of typed cannot be found"):
        function_source(names["typed"])


def test_a_function_of_a_notebook_is_found(tmp_path: Path) -> None:
    # As IPython does: the cell's text lies in linecache under a name of no file.
    import linecache

    text = "import numpy as np\ndef cell(a, b):\n    return float(np.mean(a == b))\n"
    linecache.cache["<cell>"] = (len(text), None, text.splitlines(True), "<cell>")
    names: dict = {"__name__": "__main__"}
    exec(compile(text, "<cell>", "exec"), names)

    assert function_source(names["cell"]).splitlines()[2:6] == [
        "import numpy as np", "", "", "def cell(a, b):",
    ]  # fmt: skip
