"""Files of predictions, honest and hostile: read in the sandbox, never here."""

from __future__ import annotations

import io
import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from children import children
from runner_models import npy

from aims_gh.core.predictions import Predictions
from aims_gh.errors import SubmissionError
from aims_gh.runner.sandbox import Bounds, Sandbox, Task

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

SANDBOX = Sandbox()
BOUNDS = Bounds(seconds=10, memory_bytes=800_000_000, output_bytes=10_000_000)
LABELS = Task("classification", ("cat", "dog"), 3)
NUMBERS = Task("regression", (), 3)


def read(data: bytes, name: str, task: Task = LABELS, bounds: Bounds = BOUNDS) -> Predictions:
    return SANDBOX.read_predictions(data, name, task, bounds)


def refusal(data: bytes, name: str, task: Task = LABELS, bounds: Bounds = BOUNDS) -> str:
    with pytest.raises(SubmissionError) as refused:
        read(data, name, task, bounds)
    assert refused.value.hint
    return refused.value.message


def parquet(**columns) -> bytes:
    import pyarrow
    import pyarrow.parquet

    stream = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"label\ncat\ndog\ncat\n", "p.csv"),
        (b"\xef\xbb\xbflabel\r\ncat\r\ndog\r\ncat\r\n", "p.csv"),
        (npy(np.array(["cat", "dog", "cat"])), "p.npy"),
        (parquet(label=["cat", "dog", "cat"]), "p.parquet"),
    ],
    ids=["csv", "csv from Excel", "npy", "parquet"],
)
def test_labels_are_read_from_every_format(data: bytes, name: str) -> None:
    predictions = read(data, name)

    assert predictions.codes is not None
    assert predictions.codes.tolist() == [0, 1, 0]
    assert predictions.codes.dtype == np.int32


def test_probabilities_come_in_the_owners_order() -> None:
    predictions = read(b"dog,cat\n0.25,0.75\n0.5,0.5\n1,0\n", "p.csv")

    assert predictions.probabilities is not None
    assert predictions.probabilities.tolist() == [[0.75, 0.25], [0.5, 0.5], [0.0, 1.0]]


@pytest.mark.parametrize("suffix", ["csv", "npy", "parquet"])
def test_numbers_are_read_from_every_format(suffix: str) -> None:
    files = {
        "csv": b"y\n1.5\n-2e3\n3\n",
        "npy": npy(np.array([1.5, -2e3, 3])),
        "parquet": parquet(y=[1.5, -2e3, 3.0]),
    }

    predictions = read(files[suffix], f"p.{suffix}", NUMBERS)

    assert predictions.values is not None
    assert predictions.values.tolist() == [1.5, -2000.0, 3.0]


class _Exploit:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


@pytest.mark.parametrize("name", ["p.npy", "p.csv", "p.parquet"])
def test_a_pickle_is_never_opened(tmp_path: Path, name: str) -> None:
    target = tmp_path / "executed"
    stream = io.BytesIO()
    np.save(stream, np.array([_Exploit(target)] * 3, dtype=object), allow_pickle=True)
    as_array, bare = stream.getvalue(), pickle.dumps(_Exploit(target))

    messages = {refusal(data, name) for data in (as_array, bare)}

    assert all(message.startswith(name) for message in messages)
    assert not target.exists()


def header(text: str, payload: bytes = b"") -> bytes:
    body = text.encode()
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body + payload


@pytest.mark.parametrize(
    "data",
    [
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (999999999999,), }\n"),
        header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }\n", bytes(8)),
        header("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }\n", bytes(24)),
        header("{'descr': '<U999999999', 'fortran_order': False, 'shape': (3,), }\n"),
        header("__import__('os').system('touch /tmp/aims-npy')\n"),
        header("(" * 3000 + ")" * 3000),
        header("[" * 9000),
        header("9" * 9000),
        b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b"{" * 1000,
        b"\x93NUMPY\x09\x09",
        b"\x93NUMPY",
        b"",
    ],
    ids=lambda data: repr(data[8:30]),
)
def test_headers_of_numpy_files_are_not_believed(data: bytes) -> None:
    assert refusal(data, "p.npy").startswith("p.npy ")
    assert not Path("/tmp/aims-npy").exists()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "p.csv is empty"),
        (b"label\ncat\ndog\n", "p.csv has 2 rows, the holdout has 3"),
        (b"label\ncat\ndog\ncat\ndog\n", "p.csv has 4 rows, the holdout has 3"),
        (
            b"label\ncat\nmouse\ncat\n",
            "p.csv has a label in row 2 that the playground does not know",
        ),
        (b"a,b\n1,2\n3\n5,6\n", "p.csv has 1 cells in row 2, the header has 2"),
        (b"a,a\n1,2\n3,4\n5,6\n", "p.csv names a column twice"),
        (b"\xff\xfe\x00c", "p.csv is not UTF-8 text (byte 0)"),
    ],
)
def test_csv_of_another_kind_is_refused(data: bytes, message: str) -> None:
    assert refusal(data, "p.csv") == message


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", ""])
def test_numbers_that_are_not_finite_are_refused(number: str) -> None:
    data = f"id,y\n1,1.5\n2,{number}\n3,2.5\n".replace("id,", "").encode()
    data = f"y\n1.5\n{number or 'NA'}\n2.5\n".encode()

    assert refusal(data, "p.csv", NUMBERS) == "p.csv is not a finite number in row 2"


def test_texts_without_end_end_at_the_memory() -> None:
    long = b"label\n" + b"x" * 9_000_000 + b"\ncat\ndog\n" + b"cat\n" * 300

    message = refusal(long, "p.csv", Task("classification", ("cat", "dog"), 303))

    assert message in (
        "p.csv needed more than the 800 MB of memory allowed while being read",
        "p.csv is not CSV: field larger than field limit (131072)",
    )


def test_a_parquet_file_that_unpacks_to_gigabytes_ends_at_the_memory() -> None:
    bomb = parquet(y=np.zeros(60_000_000))
    assert len(bomb) < 1_000_000

    message = refusal(bomb, "p.parquet", Task("regression", (), None))

    assert message in (
        "p.parquet needed more than the 800 MB of memory allowed while being read",
        "p.parquet is not a Parquet file (ArrowMemoryError)",
    )


def test_more_answers_than_allowed_are_not_read() -> None:
    data = npy(np.zeros(2_000_000))

    message = refusal(data, "p.npy", Task("regression", (), None))

    assert message == "p.npy made the sandbox answer nonsense (more than the output allowed)"


def test_damaged_parquet_files_are_refused() -> None:
    whole = parquet(y=[1.0, 2.0, 3.0])

    for damaged in (whole[:-10], whole[:50], b"PAR1" * 20, whole.replace(b"y", b"\xff")):
        assert refusal(damaged, "p.parquet", NUMBERS).startswith("p.parquet ")


def test_a_name_without_a_known_ending_is_refused() -> None:
    assert refusal(b"label\ncat\n", "p.pkl") == "p.pkl is none of .csv, .parquet, .npy"


def test_a_name_is_made_inert() -> None:
    assert "\x1b" not in refusal(b"", "p\x1b[31m.csv")


def test_reading_is_stopped_in_time() -> None:
    data = b"label\n" + b"cat\ndog\n" * 3_000_000

    message = refusal(
        data, "p.csv", Task("classification", ("cat", "dog"), None), Bounds(seconds=0.2)
    )

    assert message == "p.csv was stopped after 0.2 s while being read"


def test_nothing_is_left_behind() -> None:
    before = children()

    read(b"label\ncat\ndog\ncat\n", "p.csv")

    assert children() == before
