"""A `metrics.py` that attacks: it gets a number or a failure out, and nothing else happens."""

from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path

import pytest
from children import children
from metric_parts import BOUNDS, BRIEF, LABELS, PUBLIC, ask

from aims_gh import settings
from aims_gh.errors import RunnerError
from aims_gh.runner.sandbox import Bounds, Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")


@pytest.fixture(autouse=True)
def _nothing_is_left_behind():
    """Neither a process nor an open file survives, whatever was tried."""
    before = sorted(entry.name for entry in Path("/proc/self/fd").iterdir()), children()
    yield
    after = sorted(entry.name for entry in Path("/proc/self/fd").iterdir()), children()
    assert after == before


def function(body: str) -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return (
        "import ctypes, os, signal, socket, subprocess, sys, threading, time\n"
        f"def metric(y_true, y_pred):\n{lines}\n    return 1\n"
    )


DENIED = {
    "read /etc/passwd": "open('/etc/passwd').read()",
    "read it through the kernel's own call": "os.read(os.open('/etc/passwd', 0), 100)",
    "list the root folder": "os.listdir('/')",
    "list the folder of all homes": "os.listdir('/home')",
    "list its own folder": "os.listdir('.')",
    "read its own environment": "open('/proc/self/environ').read()",
    "read its own memory": "open('/proc/self/mem', 'rb').read(1)",
    "read the command that started us": f"open('/proc/{os.getpid()}/cmdline').read()",
    "read our environment": f"open('/proc/{os.getpid()}/environ').read()",
    "look into our open files": f"os.listdir('/proc/{os.getpid()}/fd')",
    "write a file": "open('/tmp/aims-metrics-attack', 'w')",
    "write among the packages": "open(os.path.join(os.path.dirname(os.__file__), 'x.py'), 'w')",
    "change a file of Python's": "open(os.__file__, 'r+')",
    "make a folder": "os.mkdir('/tmp/aims-metrics-attack')",
    "open a socket": "socket.socket()",
    "ask for a name": "socket.create_connection(('localhost', 80))",
    "make a pair of sockets": "socket.socketpair()",
    "make a pipe": "os.pipe()",
    "fork": "os.fork()",
    "start a program": "subprocess.run(['/bin/true'])",
    "become a program": "os.execv('/bin/true', ['true'])",
    "kill its parent": "os.kill(os.getppid(), 9)",
    "kill everything": "os.kill(-1, 9)",
    "raise its limits": "import resource\n"
    "try: resource.setrlimit(resource.RLIMIT_CPU, (9999, 9999))\n"
    "except ValueError as no: raise PermissionError from no",
    "trace us": "r = ctypes.CDLL(None, use_errno=True).ptrace(16, os.getppid(), 0, 0)\n"
    "if r: raise OSError(ctypes.get_errno(), 'no')",
    "load a library it wrote": "ctypes.CDLL('/tmp/libx.so')",
}


@pytest.mark.parametrize("attempt", DENIED)
def test_it_may_not(attempt: str) -> None:
    (verdict,) = ask(function(DENIED[attempt]), parts=[PUBLIC]).verdicts().parts

    assert verdict.scores == {}
    told = verdict.failures["m"]
    assert "OSError" in told.types, told.in_full()
    assert not Path("/tmp/aims-metrics-attack").exists()


def test_it_may_not_make_threads() -> None:
    code = function("threading.Thread(target=print).start()")

    (verdict,) = ask(code, parts=[PUBLIC]).verdicts().parts

    assert verdict.failures["m"].in_full() == "RuntimeError: can't start new thread (line 3)"


def secret_key(folder: Path) -> Path:
    folder.mkdir(parents=True)
    key = folder / "course-score-abcd.txt"
    key.write_text("AGE-SECRET-KEY-1NOTREALLY")
    return key


def reading(path: Path) -> str:
    return function(f"open({str(path)!r}).read()")


def test_it_may_not_read_the_secret_keys() -> None:
    key = secret_key(settings.keyring().folder)

    (verdict,) = ask(reading(key), parts=[PUBLIC], sandbox=settings.sandbox()).verdicts().parts

    assert "PermissionError" in verdict.failures["m"].types


def test_it_may_not_read_secret_keys_that_lie_among_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    key = secret_key(packages / "keys")
    (packages / "beside.py").write_text("x = 7\n")
    monkeypatch.syspath_prepend(packages)
    monkeypatch.setenv("AIMS_KEYS", str(packages / "keys"))
    beside = function("import beside\nreturn beside.x")
    listing = function(f"os.listdir({str(packages / 'keys')!r})")

    def verdict(code: str, sandbox: Sandbox):
        return ask(code, parts=[PUBLIC], sandbox=sandbox).verdicts().parts[0]

    assert "PermissionError" in verdict(reading(key), settings.sandbox()).failures["m"].types
    assert "PermissionError" in verdict(listing, settings.sandbox()).failures["m"].types
    assert verdict(beside, settings.sandbox()).scores == {"m": 7.0}
    assert verdict(reading(key), Sandbox()).scores == {"m": 1.0}, "the attempt itself works"


def test_it_may_not_import_from_a_folder_that_only_pythonpath_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_secrets.py").write_text("x = 7\n")
    monkeypatch.syspath_prepend(tmp_path)

    (verdict,) = ask(function("import my_secrets"), parts=[PUBLIC]).verdicts().parts

    assert "ModuleNotFoundError" in verdict.failures["m"].types


def test_nobody_hears_from_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        code = function(f"socket.create_connection(('127.0.0.1', {port}))")

        (verdict,) = ask(code, parts=[PUBLIC]).verdicts().parts

        with pytest.raises(TimeoutError):
            server.accept()
    assert "PermissionError" in verdict.failures["m"].types


ENDS = {
    "loops for ever": ("while True: pass", "took longer than 1.5 s"),
    "sleeps for ever": ("time.sleep(1e9)", "took longer than 1.5 s"),
    "catches what would stop it": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "took longer than 1.5 s",
    ),
    "ignores signals": (
        "for n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, "
        "ValueError): pass\nwhile True: pass",
        "took longer than 1.5 s",
    ),
    "leaves": ("os._exit(7)", "its process ended without an answer"),
    "aborts": ("os.abort()", "its process ended without an answer"),
    "reads where nothing is": ("ctypes.string_at(0)", "its process ended without an answer"),
    "closes everything": (
        "for n in range(64):\n    try: os.close(n)\n    except OSError: pass",
        "its process ended without an answer",
    ),
}


@pytest.mark.parametrize("deed", ENDS)
def test_a_function_that(deed: str) -> None:
    body, why = ENDS[deed]
    bounds = BRIEF if why.startswith("took longer") else BOUNDS

    assert ask(function(body), bounds=bounds).published() == [{"m": why}] * 3


@pytest.mark.parametrize(
    "body",
    [
        "return len(bytearray(100_000_000_000))",
        "import numpy as np\nreturn np.ones(10**11).sum()",
        "x = []\nwhile True: x.append(bytearray(10_000_000))",
    ],
)
def test_memory_without_end_is_refused(body: str) -> None:
    (verdict,) = ask(function(body), parts=[PUBLIC]).verdicts().parts

    assert "MemoryError" in verdict.failures["m"].types


@pytest.mark.parametrize(
    "body",
    [
        "return metric(y_true, y_pred)",
        "x = []\nfor _ in range(10**6): x = [x]\nreturn len(repr(x))",
        "sys.setrecursionlimit(10**9)\nreturn metric(y_true, y_pred)",
    ],
)
def test_recursion_without_end_ends(body: str) -> None:
    (told,) = ask(function(body), parts=[PUBLIC]).published()

    assert re.match(r"RecursionError|MemoryError|its process ended|took longer than", told["m"])


@pytest.mark.parametrize("kind", ["BaseException", "KeyboardInterrupt", "SystemExit",
                                  "GeneratorExit", "MemoryError", "StopIteration"])  # fmt: skip
def test_any_exception_is_just_a_failure(kind: str) -> None:
    own = f"class Own({kind}): pass\nraise Own('wait a moment')"

    (told,) = ask(function(own), parts=[PUBLIC]).published()

    assert told == {"m": f"{kind}: wait a moment"}


HOSTILE_VALUES = {
    "__float__ raises": "class V:\n    def __float__(self): raise KeyError('x')\nreturn V()",
    "__float__ leaves": "class V:\n    def __float__(self): os._exit(1)\nreturn V()",
    "__float__ gives text": "class V:\n    def __float__(self): return 'x'\nreturn V()",
    "a dict whose get raises": "class D(dict):\n    def get(s, *a): raise ValueError\nreturn D()",
    "a dict whose keys raise": "class K:\n    def __hash__(self): return 1\n"
    "    def __str__(self): raise ValueError\nreturn {K(): 1}",
    "an exception whose text raises": "class E(Exception):\n    def __str__(s): raise E\nraise E",
    "an exception whose text is none": "class E(Exception):\n    def __str__(s): return 3\nraise E",
    "an exception without a name": "class M(type):\n    def __getattribute__(c, n): raise OSError\n"
    "class E(Exception, metaclass=M): pass\nraise E('x')",
}


@pytest.mark.parametrize("value", HOSTILE_VALUES)
def test_a_value_that_fights_back_is_no_score(value: str) -> None:
    (verdict,) = ask(function(HOSTILE_VALUES[value]), parts=[PUBLIC]).verdicts().parts

    assert verdict.scores == {}
    assert verdict.failures["m"].published(LABELS)


FORGE = """
import json, os, struct, time
HEAD = struct.Struct("<cQ")
def frame(kind, payload=b""):
    return HEAD.pack(kind, len(payload)) + payload
def score(place, number): return frame(b"N", struct.pack("<Hd", place, number))
def failed(place, payload): return frame(b"X", struct.pack("<H", place) + payload)
def say(data):
    for channel in range(3, 64):
        try:
            while data: data = data[os.write(channel, data):]
            return
        except OSError: pass
    raise SystemError("no channel")
"""
SAID = b'{"kind": "raised", "message": "m", "types": ["ValueError"], "line": 1}'
FORGERIES = {
    "a score twice": "say(score(0, 0.5) + score(0, 0.75))",
    "a score of no column": "say(score(7, 0.5))",
    "a score and a failure": f"say(score(0, 0.5) + failed(0, {SAID!r}))",
    "a score cut short": "say(frame(b'N', b'12345'))",
    "a frame without its column": "say(frame(b'X', b'1'))",
    "a score too long": "say(frame(b'N', bytes(100)))",
    "a failure too long": "say(frame(b'X', bytes(100_000)))",
    "a frame of 2^63 bytes": "say(HEAD.pack(b'X', 2**63))",
    "an unknown frame": "say(frame(b'?', b'x'))",
    "text": "say(b'hello, how are you today?')",
    "a failure that is no JSON": "say(failed(0, b'{{{'))",
    "a failure nested deeply": "say(failed(0, b'[' * 9_000 + b']' * 6_000))",
    "a failure of an unknown kind": 'say(failed(0, b\'{"kind": "cat", "message": ""}\'))',
    "a failure of another form": "say(failed(0, b'[1, 2]'))",
    "a failure that lacks most": 'say(failed(0, b\'{"kind": "raised"}\'))',
    "ready once more": "say(frame(b'R', b'{}'))",
    "failures without end": f"while True: say(failed(0, {SAID!r}))",
    "scores without end": "while True: say(score(1, 1.0))",
    "stages without end": "while True: say(frame(b'S', struct.pack('<BQQ', 1, 1, 1)))",
    "done at once": "say(frame(b'D')); time.sleep(9)",
    "an array": "say(frame(b'A', struct.pack('<BQQ', 2, 10**12, 0)))",
    "a description": "say(frame(b'F', b'{}'))",
    "a refusal": "say(frame(b'E', b'{}')); os._exit(0)",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_answer_costs_the_metric_and_nothing_else(forgery: str) -> None:
    code = f"{FORGE}\ndef metric(y_true, y_pred):\n    {FORGERIES[forgery]}\n    return 0.25\n"

    for verdict in ask(code, bounds=BOUNDS).verdicts().parts:
        assert verdict.scores == {}
        assert verdict.failures["m"].published(LABELS) in (
            "answered nonsense",
            "its process ended without an answer",
            "took longer than 20 s",
        )


def test_frames_that_are_printed_are_no_frames() -> None:
    code = (
        f"{FORGE}\ndef metric(a, b):\n    os.write(1, score(0, 0.5) + frame(b'D'))\n    return 1\n"
    )

    assert ask(code).scores() == [{"m": 1.0}] * 3


PEEK = (
    FORGE
    + """
def metric(y_true, y_pred):
    # Ask for the private rows while the public ones are to be scored, and tell of them.
    say(frame(b"W"))
    seen = b""
    while b"answers.npy" not in seen:
        seen += os.read(0, 65536)
    time.sleep(0.2)
    return float(len(seen))
"""
)


def test_a_public_score_cannot_be_made_of_private_rows() -> None:
    public, private, _ = ask(PEEK, bounds=Bounds(seconds=5)).verdicts().parts

    assert public.scores == {}
    assert public.failures["m"].published(LABELS) in (
        "its process ended without an answer",
        "took longer than 5 s",
    )
    assert set(private.scores) <= {"m"}, "what it says now is about the private part, and sealed"


def test_private_rows_cannot_be_had_before_the_file_is_loaded() -> None:
    code = f"{FORGE}\nsay(frame(b'W') * 3)\nseen = os.read(0, 9)\ndef metric(a, b): return 1\n"

    verdicts = ask(code, bounds=Bounds(seconds=5)).verdicts()

    assert not any(verdict.scores for verdict in verdicts.parts[:2])


def test_a_machine_that_cannot_lock_it_in_refuses() -> None:
    # A child that says how well it is locked in, and is not.
    said = (
        "import os, struct, json, sys\n"
        "from dataclasses import asdict, replace\n"
        "from aims_gh.runner.lockdown import Isolation\n"
        "held = Isolation(*[True] * 8)\n"
        "held = replace(held, files_denied=False, missing=('files denied: no Landlock',))\n"
        "body = json.dumps(asdict(held)).encode()\n"
        "os.write(1, struct.pack('<cQ', b'R', len(body)) + body)\n"
    )
    command = [sys.executable, "-c", said]

    with pytest.raises(RunnerError) as refused:
        ask("def metric(a, b): return 1", sandbox=Sandbox(command=command)).verdicts()

    assert refused.value.message == (
        "this machine cannot lock metrics.py in (files denied: no Landlock)"
    )
    assert "AIMS_SANDBOX=best-effort" in refused.value.hint
