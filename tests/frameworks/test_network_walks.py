"""From a live network to the board: converted, sent, run in the sandbox, scored, reproduced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import network_cases
import numpy as np
import torch

from aims_gh import ModelPlayground

HERE = Path(__file__).parent


def test_a_live_network_reaches_the_board_and_is_reproduced(tmp_path: Path) -> None:
    (case,) = [
        each for each in network_cases.torch_cases() if each.name == "LSTM with states given"
    ]
    torch.manual_seed(0)
    model, features = case.build(), case.rows()
    with torch.no_grad():
        said = model.eval()(torch.from_numpy(features)).argmax(dim=1).numpy()
    answers = np.where(np.arange(64) % 4 == 0, 1 - said, said)
    pg = ModelPlayground("text", "classification", private=False, username="ada")
    pg.create(
        f"{tmp_path}/course/networks", eval_data=answers, test_features=features,
        labels=[0, 1], public_private_split=0,
    )  # fmt: skip

    *_, scores = pg.submit_model(model, return_metrics=True)

    (row,) = pg.get_leaderboard().to_dict("records")
    assert row["reproduced"] is True
    assert scores["accuracy"] == float((said == answers).mean())
    assert (row["ml_framework"], row["depth"]) == ("pytorch", 3)


def test_a_functional_keras_model_reaches_the_board_and_can_be_built_again(
    tmp_path: Path,
) -> None:
    found: dict[str, Any] = json.loads(_printed("keras_script.py", str(tmp_path)))

    assert found["walk"] == {
        "reproduced": True, "ml_framework": "keras", "model_type": "Functional", "depth": 2,
        "num_params": 50, "optimizer": "Adam", "epochs": 4,
    }  # fmt: skip
    assert found["again"] == {"same": True, "trained": True, "layers": True, "unchanged": True}
    assert found["converted"] < 1e-6
    assert found["foreign"].endswith("Function cannot be converted here")


def _printed(*arguments: str) -> str:
    """Run a program of its own, and give the last line that it prints."""
    env = dict(os.environ) | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, *arguments], env=env, cwd=HERE, check=True, capture_output=True, text=True
    )
    return done.stdout.strip().splitlines()[-1]
