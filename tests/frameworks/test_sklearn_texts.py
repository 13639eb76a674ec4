"""Texts: words as Python knows them, in every language, or a refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
from framework_cases import converted
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn_cases import texts

from aims_gh.errors import SubmissionError
from aims_gh.frameworks.sklearn.texts import token_expression

FOREIGN = [
    "Æsop's naïve café déjà-vu, Straße und Öl",
    "ÉLAN vital: über_cool ÑANDÚ! 2nd x_y",
    "Привет, мир: это ПРОСТО текст",
    "東京 大阪 京都 and some 言葉",
    "a b c",
    "",
]


def sentences() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    found, about = texts()
    more = np.array(FOREIGN * 3)
    return np.concatenate([found, more]), np.concatenate([about, np.arange(len(more)) % 3])


def linear() -> LogisticRegression:
    return LogisticRegression(max_iter=500)


def check(model: Any, rows: Any) -> None:
    found = converted(model, rows).claims.conversion
    assert found is not None
    assert found.matching == found.rows
    assert found.largest_difference is not None and found.largest_difference < 1e-5


RIGHT = {
    "as they come": TfidfVectorizer(),
    "counts": CountVectorizer(),
    "counts, or none": CountVectorizer(binary=True),
    "sublinear": TfidfVectorizer(sublinear_tf=True),
    "sublinear, in two steps": make_pipeline(
        CountVectorizer(), TfidfTransformer(sublinear_tf=True)
    ),
    "letters as they are": TfidfVectorizer(lowercase=False),
    "pairs": TfidfVectorizer(ngram_range=(1, 2)),
    "pairs alone": TfidfVectorizer(ngram_range=(2, 2)),
    "the most frequent runs": TfidfVectorizer(ngram_range=(1, 3), max_features=300),
    "stop words": TfidfVectorizer(stop_words="english"),
    "sums": TfidfVectorizer(norm="l1", use_idf=False),
    "raw": TfidfVectorizer(norm=None, smooth_idf=False),
    "frequent ones": TfidfVectorizer(min_df=2, max_df=0.5),
    "words of one letter": TfidfVectorizer(token_pattern=r"(?u)\b\w+\b"),
    "words of three letters": TfidfVectorizer(token_pattern=r"\w{3,}"),
    "ASCII alone": TfidfVectorizer(token_pattern=r"[a-z]+"),
    "both": FeatureUnion([("a", TfidfVectorizer()), ("b", CountVectorizer(ngram_range=(1, 2)))]),
}


@pytest.mark.parametrize("vectorizer", RIGHT.values(), ids=RIGHT)
def test_texts_of_many_languages_are_read_as_scikit_learn_reads_them(vectorizer: Any) -> None:
    rows, target = sentences()

    check(make_pipeline(vectorizer, linear()).fit(rows, target), rows)


WRONG = {
    "accents": (TfidfVectorizer(strip_accents="unicode"), "has strip_accents='unicode'"),
    "edges of words": (TfidfVectorizer(analyzer="char_wb"), "has analyzer='char_wb'"),
    "a tokenizer": (
        TfidfVectorizer(tokenizer=str.split, token_pattern=None),
        "has a tokenizer of its own",
    ),
    "a preprocessor": (TfidfVectorizer(preprocessor=str.upper), "has a preprocessor of its own"),
    "an analyzer": (TfidfVectorizer(analyzer=str.split), "has analyzer=split"),
    "stop words in pairs": (
        TfidfVectorizer(stop_words="english", ngram_range=(1, 2)),
        "has stop_words together with ngram_range",
    ),
    "a pattern with edges": (
        TfidfVectorizer(token_pattern=r"\b[a-z]+\b"),
        r"has token_pattern='\\b[a-z]+\\b'",
    ),
    "hashes": (HashingVectorizer(n_features=64), "hashes words"),
}


@pytest.mark.parametrize(("vectorizer", "reason"), WRONG.values(), ids=WRONG)
def test_what_onnx_cannot_do_is_refused_by_name(vectorizer: Any, reason: str) -> None:
    rows, target = sentences()
    model = make_pipeline(vectorizer, linear()).fit(rows, target)
    kind = type(vectorizer).__name__

    with pytest.raises(SubmissionError) as caught:
        converted(model, rows)

    assert caught.value.message == f"{kind.lower()} ({kind}) {reason}, which ONNX cannot do"
    assert caught.value.hint


@pytest.mark.parametrize("rows", ["a frame", "a series", "a list", "an array", "a column"])
def test_texts_come_in_many_shapes(rows: str) -> None:
    found, target = sentences()
    shapes = {
        "a frame": pd.DataFrame({"text": found}),
        "a series": pd.Series(found, name="text"),
        "a list": list(found),
        "an array": found,
        "a column": found.reshape(-1, 1),
    }

    check(make_pipeline(TfidfVectorizer(), linear()).fit(found, target), shapes[rows])


def test_texts_beside_numbers() -> None:
    found, target = sentences()
    frame = pd.DataFrame({"text": found, "length": [len(text) for text in found]})
    columns = ColumnTransformer(
        [("words", TfidfVectorizer(), "text"), ("numbers", StandardScaler(), ["length"])]
    )

    check(make_pipeline(columns, linear()).fit(frame, target), frame)


def test_texts_among_other_columns_ask_for_the_name_of_theirs() -> None:
    found, target = sentences()
    frame = pd.DataFrame({"text": found, "length": 1})
    model = make_pipeline(TfidfVectorizer(), linear()).fit(found, target)

    with pytest.raises(SubmissionError, match=r"takes texts, and the features have 2 columns"):
        converted(model, frame)


def test_the_locale_is_one_that_every_machine_has() -> None:
    rows, target = sentences()

    content = converted(make_pipeline(TfidfVectorizer(), linear()).fit(rows, target), rows).content

    (node,) = (n for n in onnx.load_from_string(content).graph.node if n.op_type.startswith("Str"))
    assert {a.name: a.s for a in node.attribute if a.name == "locale"} == {"locale": b"C.UTF-8"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"(?u)\b\w\w+\b", r"[\p{L}\p{N}_]{2,}"),
        (r"\w+", r"[\p{L}\p{N}_]{1,}"),
        (r"\b\w{2,}\b", r"[\p{L}\p{N}_]{2,}"),
        (r"\w\w*", r"[\p{L}\p{N}_]{1,}"),
        (r"[A-Za-z]+", "[A-Za-z]+"),
        (r"\d+", r"\p{Nd}+"),
        (r"(\w+)@", None),
        (r"\S+", None),
        (r"(?<=a)b", None),
        (r"[^\W\d]+", None),
        (r"\w", None),
    ],
)
def test_patterns_are_written_for_another_engine_or_not_at_all(
    pattern: str, expected: str | None
) -> None:
    assert token_expression(pattern) == expected
