"""PyTorch models that are converted in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from aims_gh.errors import SubmissionError
from aims_gh.flows.convert import Tools, convert
from aims_gh.runner.sandbox import Bounds, Sandbox

HERE = Path(__file__).parent
ROWS = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)


class Elsewhere(nn.Module):
    """Does something else in the process that converts than in the one that made it."""

    def __init__(self) -> None:
        super().__init__()
        self.head, self.home = nn.Linear(4, 2), os.getpid()

    def forward(self, rows: Any) -> Any:
        if os.getpid() != self.home:
            self.act()
        return self.head(rows)

    def act(self) -> None:
        raise NotImplementedError


class Hanging(Elsewhere):
    def act(self) -> None:
        time.sleep(3600)


class Crashing(Elsewhere):
    def act(self) -> None:
        os.abort()


class SlowToArrive(Elsewhere):
    def __setstate__(self, state: dict[str, Any]) -> None:
        if os.getpid() != state["home"]:
            time.sleep(3600)
        super().__setstate__(state)


def test_a_class_of_a_notebook_is_converted_with_a_sample_of_one_row() -> None:
    env = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(sys.path)}

    printed = subprocess.run(
        [sys.executable, HERE / "notebook.py"], env=env, check=True, capture_output=True, text=True
    ).stdout

    found = json.loads(printed.splitlines()[-1])
    assert found["largest"] < 1e-6
    assert found["training"] is True
    assert found["model_type"] == "Reader"


@pytest.mark.parametrize("model", [Hanging(), SlowToArrive()], ids=["forward", "arriving"])
def test_a_model_that_hangs_is_stopped_when_its_time_is_up(model: nn.Module) -> None:
    with pytest.raises(SubmissionError, match="took longer than 1 s and was stopped") as caught:
        convert(model, ROWS, Tools(Sandbox(), Bounds(), seconds=1))

    assert "onnx_timeout" in caught.value.hint


def test_a_model_that_ends_the_converting_process_does_not_end_this_one() -> None:
    with pytest.raises(SubmissionError, match=r"ended without an answer \(signal 6\)"):
        convert(Crashing(), ROWS, Tools(Sandbox(), Bounds(), seconds=60))


def test_a_model_that_cannot_be_copied_is_refused_with_the_reason() -> None:
    model = nn.Linear(4, 2)
    model.guard = threading.Lock()  # type: ignore[assignment]

    with pytest.raises(SubmissionError, match="Linear cannot be copied: TypeError"):
        convert(model, ROWS, Tools(Sandbox(), Bounds(), seconds=60))


def test_torch_is_the_library_and_not_this_packages_folder() -> None:
    assert torch.__file__.endswith("torch/__init__.py") and "aims_gh" not in torch.__file__
