"""Reading NumPy files: numbers, truth values and text; never a pickle, never a claim believed."""

from __future__ import annotations

import io
import os
import pickle
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aims_gh.core.table import read_table
from aims_gh.errors import SubmissionError


def saved(array: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def crafted(
    descr: str, shape: object, payload: bytes = b"", *, fortran: bool = False, major: int = 1
) -> bytes:
    """Write a file by hand, whose header may lie."""
    return with_header(
        f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n", payload, major
    )


def with_header(header: str, payload: bytes = b"", major: int = 1) -> bytes:
    text = header.encode("latin-1")
    length = struct.pack("<H" if major == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([major, 0]) + length + text + payload


def read(data: bytes) -> np.ndarray[Any, Any]:
    table = read_table(data, "p.npy")
    (array,) = table.columns.values()
    assert list(table.columns) == [""]
    assert len(table) == len(array)
    return array


def refusal(data: bytes) -> str:
    with pytest.raises(SubmissionError) as caught:
        read(data)
    assert caught.value.message.startswith("p.npy ")
    return caught.value.message


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "<f8", ">f8", "g"])
def test_every_float_becomes_a_native_float64(dtype: str) -> None:
    array = read(saved(np.array([0.5, -2, np.nan]).astype(dtype)))

    assert array.dtype == np.dtype(np.float64)
    assert array.dtype.isnative
    np.testing.assert_array_equal(array, [0.5, -2, np.nan])


@pytest.mark.parametrize("dtype", ["i1", "u1", ">i2", "<u2", ">i4", "<u4", ">i8", "<u8"])
def test_every_whole_number_becomes_a_native_int64(dtype: str) -> None:
    array = read(saved(np.array([0, 1, 127]).astype(dtype)))

    assert array.dtype == np.dtype(np.int64)
    assert array.dtype.isnative
    assert array.tolist() == [0, 1, 127]


def test_truth_values_stay_truth_values() -> None:
    assert read(saved(np.array([True, False]))).tolist() == [True, False]


@pytest.mark.parametrize("order", ["<", ">"])
def test_text_is_read_in_either_byte_order(order: str) -> None:
    array = read(saved(np.array(["ja", "日本", "", "🦊"]).astype(f"{order}U2")))

    assert array.dtype.isnative
    assert array.tolist() == ["ja", "日本", "", "🦊"]


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_both_versions_of_the_header_are_read(version: tuple[int, int]) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array([1.5]), version=version)

    assert read(stream.getvalue()).tolist() == [1.5]


def test_rows_stay_rows_in_fortran_order() -> None:
    matrix = np.arange(6.0).reshape(3, 2)

    assert read(saved(np.asfortranarray(matrix))).tolist() == matrix.tolist()


def test_a_long_double_beyond_float64_is_infinite_and_no_warning() -> None:
    beyond = np.array([1, 1], dtype="g") * np.longdouble(10) ** 400
    if np.finfo("g").max == np.finfo("d").max:
        pytest.skip("long double is double on this processor: there is nothing beyond to test")

    assert read(saved(beyond)).tolist() == [np.inf, np.inf]


def test_a_whole_number_above_int64_is_refused_and_never_wraps() -> None:
    assert refusal(saved(np.array([2**63], "u8"))) == "p.npy has whole numbers above 2^63"
    assert read(saved(np.array([2**63 - 1], "u8"))).tolist() == [2**63 - 1]


class Payload:
    """Unpickled, it creates a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (os.mkdir, (str(self._path),))


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "pwned"
    hostile = [
        saved(np.array([Payload(path)], dtype=object), allow_pickle=True),
        saved(np.array([(Payload(path),)], dtype=[("a", "O")]), allow_pickle=True),
        pickle.dumps(Payload(path)),
        crafted("'|O'", (1,), pickle.dumps(Payload(path))),
        crafted("'|O8'", (1,), b"\0" * 8),
    ]

    for data in hostile:
        refusal(data)

    assert not path.exists()
    pickle.loads(pickle.dumps(Payload(path)))  # the payload is a live one
    assert path.exists()


@pytest.mark.parametrize(
    "array",
    [np.zeros(2, complex), np.zeros(2, "M8[s]"), np.zeros(2, "m8[s]"), np.array([b"a"]),
     np.zeros(2, [("a", "f8")]), np.zeros(2, [("a", "f8"), ("b", "i4")]), np.zeros(2, "V8"),
     np.array(["a" * 1025])],
    ids=lambda array: str(array.dtype),
)  # fmt: skip
def test_other_types_are_refused(array: Any) -> None:
    assert refusal(saved(array)) == "p.npy holds something other than numbers, truth values or text"


@pytest.mark.parametrize(
    "data",
    [
        saved(np.arange(3.0))[:-1],
        saved(np.arange(3.0)) + b"x",
        saved(np.array(1.0)),
        crafted("'<f8'", (10**15,)),
        crafted("'<f8'", (2**62, 4), b"\0" * 8),
        crafted("'<f8'", (-1,), b"\0" * 8),
        crafted("'<f8'", (-1, -1), b"\0" * 8),
        crafted("'<f8'", ()),
        crafted("'<f8'", (3,)),
    ],
    ids=["short", "long", "0-d", "huge", "product", "negative", "twice", "no shape", "no data"],
)
def test_a_shape_that_does_not_fit_the_bytes_is_refused(data: bytes) -> None:
    assert refusal(data) == "p.npy is cut short, too long, or has no rows"


@pytest.mark.parametrize("shape", [(10**15,), (10**30,), (10**9, 10**9), (1, 10**12)])
@pytest.mark.parametrize("descr", ["'<f8'", "'<U1000'", "'|b1'", "'<U0'"])
def test_what_a_header_claims_is_never_allocated(shape: tuple[int, ...], descr: str) -> None:
    data = crafted(descr, shape)
    tracemalloc.start()
    try:
        refusal(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1_000_000


@pytest.mark.parametrize(
    "data",
    [
        crafted("'<f8'", (0, 10**30)),
        crafted("'<f8'", (10**30, 0)),
        crafted("'<f8'", (1,) * 70, b"\0" * 8),
        crafted("'<f8'", "(True,)", b"\0" * 8),
        crafted("'<f8'", "(1.0,)", b"\0" * 8),
        crafted("'<f8'", "[1]", b"\0" * 8),
        crafted("'<f8'", "'1'", b"\0" * 8),
        crafted("'<f8'", (1,), b"\0" * 8, major=3),
        crafted("'<f8'", (1,), b"\0" * 8, major=9),
        crafted("None", (1,), b"\0" * 8),
        crafted("'<q8'", (1,), b"\0" * 8),
        crafted("('<f8', (1000000,))", (1,), b"\0" * 8),
        crafted("[]", (1,)),
        with_header("(" * 9_000),
        with_header("{'descr': " + "-" * 9_000 + "1}"),
        with_header("[" * 60_000, major=2),
        with_header("{}"),
        with_header(""),
        with_header("{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", b"\0" * 8),
        with_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}", b"\0" * 8),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff",
        b"\x93NUMPY\x01\x00\xff\xff",
        b"\x93NUMPY",
        b"PK\x03\x04",
        b"",
    ],
)
def test_a_header_that_lies_or_attacks_the_parser_is_refused(data: bytes) -> None:
    refusal(data)


def test_a_header_is_a_literal_and_never_evaluated(tmp_path: Path) -> None:
    path = tmp_path / "pwned"
    call = f"__import__('os').mkdir({str(path)!r})"

    refusal(with_header(f"{{'descr': {call}, 'fortran_order': False, 'shape': (1,)}}\n"))

    assert not path.exists()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("code", [0x110000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_text_beyond_unicode_is_refused_before_python_trips_over_it(order: str, code: int) -> None:
    data = crafted(f"'{order}U1'", (1,), struct.pack(f"{order}I", code))

    assert refusal(data) == "p.npy has text that is not Unicode"


def test_the_last_character_of_unicode_is_read() -> None:
    assert read(crafted("'<U1'", (1,), struct.pack("<I", 0x10FFFF))).tolist() == ["\U0010ffff"]


def test_an_array_of_no_rows_is_a_table_of_no_rows() -> None:
    assert len(read(saved(np.zeros(0)))) == 0
    assert len(read(saved(np.zeros((0, 3))))) == 0
