"""What other tools would run on opening a submission does nothing here, whoever opens it."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from aims_gh import ModelPlayground, model_to_onnx
from aims_gh.api.data import QuickstartData
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.submit import Parts, pack, submit
from aims_gh.settings import clock


class Payload:
    """Unpickled, it leaves a file behind."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> Any:
        return (Path.touch, (self._trace,))


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    return tmp_path / "trace"


def propose(pg: ModelPlayground, **parts: Any) -> None:
    """Send what the Python interface itself would never send."""
    packed = pack("wines", Parts(**parts), now=clock())
    submit(pg._forge, pg._where, packed, author="mallory")


def evaluated(pg: ModelPlayground) -> None:
    course = pg.playground_url.rpartition("/")[0]
    subprocess.run([sys.executable, "-m", "aims_gh", "evaluate", course], check=True)


def test_the_payload_of_these_tests_works(trace: Path) -> None:
    pickle.loads(pickle.dumps(Payload(trace)))

    assert trace.exists()


def test_a_pickle_in_the_metadata_of_an_onnx_file(
    wines: ModelPlayground, wine: QuickstartData, trace: Path
) -> None:
    model = LogisticRegression(max_iter=5000).fit(wine.X_train, wine.y_train)
    proto = model_to_onnx(model, model_input=wine.X_train, onnx_timeout=False)
    weights = pickle.dumps(Payload(trace))
    for key, value in {
        "model_metadata": str(
            {"model_weights": weights, "model_config": "{'C': __import__('os')}"}
        ),
        "model_weights": weights.decode("latin-1"),
    }.items():
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value

    wines.submit_model(proto)
    back = wines.instantiate_model(1)

    assert (back.predict(wine.X_test) == model.predict(wine.X_test)).all()
    wines.inspect_model(1)
    wines.compare_models([1])
    with pytest.raises(CourseError, match="does not say how its model is built"):
        wines.instantiate_model(1, trained=False)
    assert not trace.exists()


def test_a_pickle_in_place_of_every_file(
    wines: ModelPlayground, wine: QuickstartData, trace: Path
) -> None:
    content = pickle.dumps(Payload(trace))
    files = {"architecture.json": content, "weights.skops": content, "preprocessor.py": content}
    said = b"label\n" + b"class_0\n" * len(wine.X_test)

    propose(wines, model=content, predictions=said)
    propose(wines, model=None, predictions=content, predictions_suffix=".npy")
    propose(wines, model=None, predictions=content, predictions_suffix=".parquet")
    propose(wines, model=None, predictions=said, files=files)
    evaluated(wines)

    assert len(wines.get_leaderboard()) == 1
    for arguments in ({"trained": False}, {"native": True}):
        with pytest.raises((CourseError, SubmissionError)):
            wines.instantiate_model(1, **arguments)
    assert not trace.exists()


def test_python_in_files_that_are_kept(
    wines: ModelPlayground, wine: QuickstartData, trace: Path
) -> None:
    code = f"open({str(trace)!r}, 'w')\n".encode()
    model = LogisticRegression(max_iter=5000).fit(wine.X_train, wine.y_train)
    content = model_to_onnx(model, model_input=wine.X_train, onnx_timeout=False).SerializeToString()
    said = b"label\n" + b"class_0\n" * len(wine.X_test)

    propose(
        wines,
        model=content,
        predictions=said,
        files={"preprocessor.py": code, "code.ipynb": code},
        preprocessed=True,
    )
    evaluated(wines)
    back = wines.instantiate_model(1)
    back.predict(wine.X_test)

    assert back.preprocessor == code.decode()
    assert not trace.exists()


PROGRAMS = (
    b'{"class": "os.system", "parameters": {"command": "touch TRACE"}}',
    b'{"class": "builtins.eval", "parameters": {"source": "open(\'TRACE\', \'w\')"}}',
    b'{"class": "subprocess.Popen", "parameters": {"args": ["touch", "TRACE"]}}',
)


def test_an_architecture_that_names_a_program(
    wines: ModelPlayground, wine: QuickstartData, trace: Path
) -> None:
    said = b"label\n" + b"class_0\n" * len(wine.X_test)
    libraries = (b"sklearn", b"keras", b"pytorch", b"xgboost")
    named = [(library, program) for library in libraries for program in PROGRAMS]
    for library, program in named:
        inner = program.replace(b"TRACE", str(trace).encode())
        content = b'{"schema_version": 1, "library": "%s", "built": %s}' % (library, inner)
        propose(wines, model=None, predictions=said, files={"architecture.json": content})
    evaluated(wines)

    assert len(wines.get_leaderboard()) == len(named)
    for version, (library, program) in enumerate(named, start=1):
        with pytest.raises(SubmissionError):
            wines.instantiate_model(version, trained=False)
        assert not trace.exists(), (library, program)
