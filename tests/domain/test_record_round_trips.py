"""Every record is read back as it was written, byte for byte."""

from __future__ import annotations

import importlib
import json
import pkgutil
from datetime import UTC, datetime

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from record_examples import EXAMPLES, SUBMISSION, every_kind, instants, names, scalars, texts

import aims_gh.domain
from aims_gh.domain.claims import Claims
from aims_gh.domain.leaderboard import Board
from aims_gh.domain.playground import Holdout, Playground
from aims_gh.domain.record import Record
from aims_gh.domain.submission import Submission

for _module in pkgutil.iter_modules(aims_gh.domain.__path__):
    importlib.import_module(f"aims_gh.domain.{_module.name}")

by_kind = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())


def test_there_is_an_example_of_every_kind_of_record() -> None:
    assert {kind.__name__ for kind in every_kind()} == set(EXAMPLES)


@by_kind
def test_json_is_read_back_as_it_was_written(example: Record) -> None:
    again = type(example).from_json(example.to_json())

    assert again == example
    assert again.to_json() == example.to_json()


@by_kind
def test_yaml_is_read_back_as_it_was_written(example: Record) -> None:
    again = type(example).from_yaml(example.to_yaml())

    assert again == example
    assert again.to_yaml() == example.to_yaml()


@by_kind
def test_json_is_ascii_sorted_and_ends_with_one_line_break(example: Record) -> None:
    written = example.to_json()

    assert written.isascii()
    assert written.endswith(b"\n")
    assert not written.endswith(b"\n\n")
    assert b"NaN" not in written and b"Infinity" not in written
    if not isinstance(example, EXAMPLES["Leaderboard"].__class__):
        value = json.loads(written)
        assert written == json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


@by_kind
def test_a_record_cannot_be_changed(example: Record) -> None:
    name = next(iter(type(example).model_fields))

    with pytest.raises(ValueError, match="frozen"):
        setattr(example, name, None)


@by_kind
def test_a_key_that_nobody_knows_is_refused(example: Record) -> None:
    value = json.loads(example.to_json()) | {"auther": 1}

    with pytest.raises(ValueError, match="auther: no such key"):
        type(example).from_value(value)


def test_yaml_begins_with_the_version_and_leaves_out_what_is_at_its_default() -> None:
    plain = Submission(
        id="a",
        playground="b",
        created=datetime(2026, 1, 1, tzinfo=UTC),
        predictions=SUBMISSION.predictions,
    )

    written = yaml.safe_load(plain.to_yaml())

    assert list(written) == ["schema_version", "id", "playground", "created", "predictions"]
    assert plain.to_yaml().startswith(b"schema_version: 1\n")


def test_a_record_without_a_version_gets_none_in_yaml() -> None:
    assert b"schema_version" not in EXAMPLES["Refusal"].to_yaml()


def test_yaml_keeps_people_s_letters_readable() -> None:
    assert "ünïcödé — yes" in EXAMPLES["Claims"].to_yaml().decode()


@settings(max_examples=60, deadline=None)
@given(
    description=texts,
    tags=st.lists(texts, max_size=5),
    created=instants,
    parameters=st.dictionaries(texts, scalars, max_size=6),
    metadata=st.dictionaries(names, scalars, max_size=6),
)
def test_whatever_a_participant_writes_survives_both_formats(
    description: str,
    tags: list[str],
    created: datetime,
    parameters: dict[str, object],
    metadata: dict[str, object],
) -> None:
    submission = Submission(
        id="a",
        playground="b",
        created=created,
        predictions=SUBMISSION.predictions,
        description=description,
        tags=tuple(tags),
        claims=Claims.model_validate({"parameters": parameters, "metadata": metadata}),
    )

    from_json = Submission.from_json(submission.to_json())
    from_yaml = Submission.from_yaml(submission.to_yaml())

    assert from_json == from_yaml == submission
    assert from_json.to_json() == from_yaml.to_json() == submission.to_json()
    assert _types({p.name: p.value for p in from_yaml.claims.parameters}) == _types(parameters)
    assert _types(from_json.claims.metadata) == _types(metadata)


def _types(values: dict[str, object]) -> dict[str, type]:
    """Equality is not enough: 1, 1.0 and True are equal."""
    return {name: type(value) for name, value in values.items()}


@settings(max_examples=60, deadline=None)
@given(labels=st.lists(st.one_of(texts, st.integers(-99, 99)), min_size=2, unique_by=str))
def test_whatever_the_classes_are_called_they_survive_yaml_with_their_type(
    labels: list[str | int],
) -> None:
    playground = Playground(
        title="t",
        input_type="tabular",
        task_type="classification",
        labels=tuple(labels),
        holdout=Holdout(rows=1, labels_sha256="a" * 64),
    )

    again = Playground.from_yaml(playground.to_yaml())

    assert [(type(label), label) for label in again.labels] == [(type(v), v) for v in labels]


@pytest.mark.parametrize("text", ["a\x85b", "\u2028", "a\u2029 b", "\ufeff", "a\r\nb", "\x00\x1b"])
def test_a_line_break_that_only_yaml_knows_is_kept(text: str) -> None:
    submission = SUBMISSION.model_copy(update={"description": text})

    assert Submission.from_yaml(submission.to_yaml()).description == text


@settings(max_examples=60, deadline=None)
@given(columns=st.dictionaries(texts, st.lists(scalars, min_size=2, max_size=2)))
def test_whatever_is_on_a_board_survives(columns: dict[str, list[object]]) -> None:
    board = Board(metric="mse", direction="minimize", metrics=("mse",), columns=columns)

    again = Board.from_json(board.to_json())

    assert again.to_json() == board.to_json()
    assert again.columns == columns
