"""Boards lie column by column, and a leaderboard file has one column per line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.record import Problems


def board(**columns: list[Any]) -> Board:
    return Board(metric="mse", direction="minimize", metrics=("mse", "r2"), columns=columns)


def test_a_board_has_as_many_rows_as_each_column() -> None:
    assert len(board(rank=[1, 2], mse=[0.5, 0.75])) == 2
    assert len(board(rank=[], mse=[])) == 0
    assert len(board()) == 0


def test_rows_have_a_value_for_every_column_in_the_order_of_the_columns() -> None:
    rows = board(rank=[1, None], mse=[0.0, None], tags=[["a"], []]).rows()

    assert rows == [
        {"rank": 1, "mse": 0.0, "tags": ["a"]},
        {"rank": None, "mse": None, "tags": []},
    ]
    assert [list(row) for row in rows] == [["rank", "mse", "tags"]] * 2
    assert board().rows() == []


@pytest.mark.parametrize("columns", [{"a": [1], "b": []}, {"a": [1, 2], "b": [1, 2], "c": [1]}])
def test_columns_of_unequal_length_are_refused(columns: dict[str, list[int]]) -> None:
    with pytest.raises(ValidationError, match="columns are not equally long"):
        board(**columns)


def test_a_file_with_unequal_columns_is_refused_in_words() -> None:
    value = json.loads(Leaderboard(playground="a", boards={"experiment": board(a=[1])}).to_json())
    value["boards"]["experiment"]["columns"]["b"] = []

    with pytest.raises(Problems, match=r"boards\.experiment: columns are not equally long"):
        Leaderboard.from_json(json.dumps(value).encode())


def test_every_column_lies_on_a_line_of_its_own_so_that_a_diff_can_be_read() -> None:
    wide = board(rank=list(range(3)), mse=[0.1, 0.2, None], metadata=[{"b": 1, "a": "é"}, {}, {}])
    written = Leaderboard(playground="a-b", boards={"experiment": wide}).to_json().decode()

    assert written == (
        '{"boards":{\n'
        '"experiment":{"columns":{\n'
        '"rank":[0,1,2],\n'
        '"mse":[0.1,0.2,null],\n'
        '"metadata":[{"a":"\\u00e9","b":1},{},{}]\n'
        "},\n"
        '"direction":"minimize",\n'
        '"metric":"mse",\n'
        '"metrics":["mse","r2"]}\n'
        "},\n"
        '"playground":"a-b",\n'
        '"schema_version":1}\n'
    )


def test_another_row_changes_one_line_per_column_and_no_other() -> None:
    before = Leaderboard(playground="a", boards={"experiment": board(rank=[1], mse=[1.0])})
    after = Leaderboard(playground="a", boards={"experiment": board(rank=[1, 2], mse=[1.0, 2.0])})

    pairs = list(zip(before.to_json().splitlines(), after.to_json().splitlines(), strict=True))

    assert [new for old, new in pairs if old != new] == [b'"rank":[1,2],', b'"mse":[1.0,2.0]']


def test_both_boards_are_written_in_one_order_whatever_the_order_of_making() -> None:
    one = Leaderboard(playground="a", boards={"experiment": board(), "competition": board(a=[1])})
    two = Leaderboard(playground="a", boards={"competition": board(a=[1]), "experiment": board()})

    assert one.to_json() == two.to_json()
    assert Leaderboard.from_json(one.to_json()) == one


@pytest.mark.parametrize("text", ['"', "\\", "\n", "</script>", "\u2028", "é", "\x00", "a:b,"])
def test_text_on_a_board_is_written_as_json_and_cannot_break_out_of_it(text: str) -> None:
    leaderboard = Leaderboard(playground=text, boards={"experiment": board(**{text: [text]})})

    written = leaderboard.to_json()

    assert json.loads(written)["playground"] == text
    assert Leaderboard.from_json(written) == leaderboard
    assert written.count(b"\n") == leaderboard.model_copy(
        update={"playground": "a"}
    ).to_json().count(b"\n")


def test_a_board_that_is_none_of_the_two_is_refused() -> None:
    with pytest.raises(Problems, match="boards"):
        Leaderboard.from_json(b'{"playground": "a", "boards": {"private": {}}}')


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_does_not_know_is_never_written(number: float) -> None:
    leaderboard = Leaderboard(playground="a", boards={"experiment": board(mse=[number])})

    assert b"NaN" not in leaderboard.to_json()
    assert b"Infinity" not in leaderboard.to_json()
