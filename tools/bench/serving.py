"""A served model, beside the bare session, a bare server of it, another client, and MLflow."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

from aims_gh import settings
from aims_gh.domain.app import App, RuntimeModel
from aims_gh.domain.playground import Input
from aims_gh.domain.submission import MODEL_FILE
from aims_gh.errors import HostError
from aims_gh.host.asking import ask
from aims_gh.host.folder import gradio_folder
from tools.bench.measure import Row

ONE, MANY, BATCH, CALLS = 200, 20, 1_000, 2_000
CLIENTS, SWAPS, SECONDS = 8, 10, 30.0
NAMES = [str(name) for name in load_breast_cancer().feature_names]

PEERS = Path(sys.prefix) / "peers" / "bin"
"""What shares no environment with this project."""

FASTAPI = """
import sys, numpy as np, onnxruntime, uvicorn
from fastapi import Body, FastAPI
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
names, app = sys.argv[3].split("|"), FastAPI()

@app.get("/")
def ready():
    return {}

@app.post("/predict")
def predict(rows: list[dict[str, float]] = Body()):
    given = np.array([[row[name] for name in names] for row in rows], dtype=np.float32)
    labels, numbers = session.run(None, {"X": given})
    return [{"prediction": int(a), "p": b} for a, b in zip(labels, numbers.tolist())]

uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
"""

MLFLOW = """
import sys, mlflow.sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
rows, answers = load_breast_cancer(return_X_y=True, as_frame=True)
model = RandomForestClassifier(50, random_state=0).fit(rows, answers)
mlflow.sklearn.save_model(model, sys.argv[1], serialization_format="cloudpickle")
"""


def serving(folder: Path) -> Iterator[Row]:
    """A forest of fifty trees over thirty columns: how soon, how many, how heavy, how steady."""
    rows, answers = load_breast_cancer(return_X_y=True)
    model = _onnx(rows, answers, seed=0)
    dicts = [dict(zip(NAMES, row, strict=True)) for row in rows[:BATCH].tolist()]
    dicts = (dicts * (BATCH // len(dicts) + 1))[:BATCH]
    (folder / "served.onnx").write_bytes(model)
    with settings.host() as host:
        started = time.perf_counter()
        url = host.push("bench", _folder(model, rows, version=1))
        ask(url, "predict_batch", dicts[:1])
        cold = time.perf_counter() - started
        yield from _beside(folder, url, cold, dicts)
        yield _steady(host, url, [_folder(_onnx(rows, answers, seed=s), rows, s) for s in (2, 3)])


def _beside(folder: Path, url: str, cold: float, dicts: list[Any]) -> Iterator[Row]:
    ours: Callable[[list[Any]], object] = lambda given: ask(url, "predict_batch", given)  # noqa: E731
    session = _session(folder / "served.onnx")
    bare: Callable[[list[Any]], object] = lambda given: session.run(  # noqa: E731
        None, {"X": np.array([[row[name] for name in NAMES] for row in given], dtype=np.float32)}
    )
    yield from _compared(dicts, ours, "onnxruntime in this process", bare)
    script = folder / "fastapi_server.py"
    script.write_text(FASTAPI)
    command = [sys.executable, str(script), str(folder / "served.onnx")]
    with _server(lambda port: [*command, str(port), "|".join(NAMES)]) as other:
        plain = _poster(f"{other.url}predict", lambda given: given)
        plain(dicts[:1])
        yield Row("cold start to the first answer", "ours", cold, "FastAPI", other.seconds)
        yield from _compared(dicts, ours, "FastAPI and uvicorn", plain)
        for _ in range(CALLS):
            ours(dicts[:1])
            plain(dicts[:1])
        mine, theirs = _memory(_listening(url)), _memory(other.process.pid)
        yield Row(f"memory after {CALLS} calls", "ours", mine, "FastAPI", theirs, unit="kB")
    yield from _gradio_client(url, dicts, ours)
    yield from _mlflow(folder, dicts, ours)


def _gradio_client(
    url: str, dicts: list[Any], ours: Callable[[list[Any]], object]
) -> Iterator[Row]:
    from gradio_client import Client

    client = Client(url, verbose=False)
    theirs: Callable[[list[Any]], object] = lambda given: client.predict(  # noqa: E731
        given, api_name="/predict_batch"
    )
    yield from _compared(dicts, ours, "gradio_client, same app", theirs)


def _mlflow(folder: Path, dicts: list[Any], ours: Callable[[list[Any]], object]) -> Iterator[Row]:
    program = PEERS / "mlflow"
    if not program.exists():
        print(f"{program} is not there: run `make bench`, which installs it", file=sys.stderr)
        return
    python = PEERS / "python"
    saved = folder / "mlflow-model"
    # It starts uvicorn by its name.
    found = os.environ | {"PATH": f"{PEERS}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([python, "-c", MLFLOW, saved], check=True, stdout=subprocess.DEVNULL, env=found)
    command = [str(program), "models", "serve", "-m", str(saved), "--env-manager", "local"]
    serve = lambda port: [*command, "-h", "127.0.0.1", "-p", str(port)]  # noqa: E731
    with _server(serve, "ping", environment=found) as other:
        wrap = lambda given: {"dataframe_records": given}  # noqa: E731
        theirs = _poster(f"{other.url}invocations", wrap)
        yield from _compared(dicts, ours, "mlflow models serve", theirs)


def _compared(
    dicts: list[Any], ours: Callable[[list[Any]], object], name: str, other: Callable[..., object]
) -> Iterator[Row]:
    single = [_times(work, dicts[:1], ONE) for work in (ours, other)]
    for share in (50, 95):
        mine, theirs = (float(np.percentile(times, share)) for times in single)
        yield Row(f"one row, p{share}", "plain HTTP", mine, name, theirs)
    mine, theirs = (float(np.median(_times(work, dicts, MANY))) for work in (ours, other))
    yield Row("rows per second", f"of {BATCH}", BATCH / mine, name, BATCH / theirs, unit="/s")


def _times(work: Callable[[list[Any]], object], given: list[Any], runs: int) -> Sequence[float]:
    found = []
    for number in range(runs + 3):
        started = time.perf_counter()
        work(given)
        if number >= 3:
            found.append(time.perf_counter() - started)
    return found


def _steady(host: Any, url: str, folders: Sequence[dict[str, bytes]]) -> Row:
    """Change the model ten times in half a minute under eight clients: how many are lost?"""
    asked, lost, over = [0] * CLIENTS, [0] * CLIENTS, threading.Event()
    row = json.loads(folders[0]["app.json"])["examples"][:1]

    def client(place: int) -> None:
        while not over.is_set():
            asked[place] += 1
            try:
                ask(url, "predict_batch", row)
            except HostError:
                lost[place] += 1

    clients = [threading.Thread(target=client, args=(place,)) for place in range(CLIENTS)]
    for each in clients:
        each.start()
    for number in range(SWAPS):
        before = time.monotonic()
        host.swap("bench", folders[number % 2])
        time.sleep(max(0.0, SECONDS / SWAPS - (time.monotonic() - before)))
    over.set()
    for each in clients:
        each.join()
    what = f"lost in {SWAPS} changes, {CLIENTS} clients"
    return Row(what, "lost", sum(lost), f"asked in {SECONDS:.0f} s", sum(asked), unit="")


def _onnx(rows: Any, answers: Any, *, seed: int) -> bytes:
    forest = RandomForestClassifier(50, random_state=seed).fit(rows, answers)
    made = to_onnx(forest, rows[:1].astype(np.float32), options={"zipmap": False})
    return bytes(made.SerializeToString())


def _folder(model: bytes, rows: Any, version: int) -> dict[str, bytes]:
    app = App(
        slug="bench",
        address="bench/bench",
        title="Bench",
        input_type="tabular",
        task_type="classification",
        labels=(0, 1),
        inputs=tuple(Input(name=name) for name in NAMES),
        examples=tuple(tuple(row) for row in rows[:2].tolist()),
        model=RuntimeModel(
            version=version,
            username="bench",
            path=MODEL_FILE,
            sha256=hashlib.sha256(model).hexdigest(),
            bytes=len(model),
        ),
    )
    return gradio_folder(app, model, settings.templates())


def _session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _poster(url: str, wrap: Callable[[list[Any]], Any]) -> Callable[[list[Any]], object]:
    def post(given: list[Any]) -> object:
        body = json.dumps(wrap(given)).encode()
        asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)

    return post


class _Other:
    def __init__(self, process: subprocess.Popen[bytes], url: str, seconds: float) -> None:
        self.process, self.url, self.seconds = process, url, seconds


@contextmanager
def _server(
    command: Callable[[int], list[str]],
    ready: str = "",
    environment: Mapping[str, str] | None = None,
) -> Iterator[_Other]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started, url = time.perf_counter(), f"http://127.0.0.1:{port}/"
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command(port), stdout=said, stderr=said, env=environment, start_new_session=True
        )
        try:
            while not _answers(f"{url}{ready}"):
                if process.poll() is not None or time.perf_counter() - started > 90:
                    said.seek(0)
                    words = said.read().decode("utf-8", "replace").strip()
                    raise RuntimeError(f"{command(port)[0]} does not answer: {words[-2_000:]}")
                time.sleep(0.02)
            yield _Other(process, url, time.perf_counter() - started)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # MLflow starts others
            process.wait(20)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True


def _listening(url: str) -> int:
    """Find the process of an app by its port."""
    port = f"GRADIO_SERVER_PORT={url.rstrip('/').rpartition(':')[2]}".encode()
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdecimal() and port in (place / "environ").read_bytes():
                return int(place.name)
        except OSError:
            continue
    raise AssertionError("the app has no process")


def _memory(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    (line,) = (line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024
