"""Seeds and versions, as data: nothing that is read is ever executed."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from aims_gh import (
    ModelPlayground,
    export_reproducibility_env,
    import_reproducibility_env,
    set_reproducibility_env,
)
from aims_gh.api.data import QuickstartData
from aims_gh.api.instantiating import DifferentEnvironment
from aims_gh.errors import AimsError
from aims_gh.flows.environment import differences, this_platform


def draws() -> list[float]:
    return [random.random(), float(np.random.random())]


def test_what_is_written_is_a_seed_and_what_is_installed(tmp_path: Path) -> None:
    path = export_reproducibility_env(42, tmp_path, "cpu")

    written = json.loads(path.read_bytes())
    assert path.name == "reproducibility.json"
    assert (written["seed"], written["deterministic"]) == (42, True)
    assert written["python"] == ".".join(map(str, sys.version_info[:3]))
    assert written["packages"]["numpy"] == np.__version__


def test_random_numbers_start_from_the_seed(tmp_path: Path) -> None:
    path = export_reproducibility_env(42, tmp_path)

    import_reproducibility_env(path)
    first = draws()
    environment = import_reproducibility_env(tmp_path)
    assert draws() == first
    assert {"random", "numpy"} <= set(set_reproducibility_env(environment))
    assert draws() == first
    set_reproducibility_env({"seed": 43})
    assert draws() != first


def test_networks_draw_from_the_seed_too() -> None:
    import torch

    assert "torch" in set_reproducibility_env({"seed": 5})
    first = torch.rand(3)
    set_reproducibility_env({"seed": 5})

    assert torch.equal(torch.rand(3), first)


@pytest.mark.parametrize("seed", [-1, 2**32, "1; import os", 1.5])
def test_what_is_no_seed_is_refused(seed: Any, tmp_path: Path) -> None:
    with pytest.raises(AimsError, match="is no seed"):
        export_reproducibility_env(seed, tmp_path)


def test_a_file_of_the_original_is_refused_and_its_code_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    original = {
        "global_seed_code": [f"open({str(trace)!r}, 'w')"],
        "local_seed_code": ["random_state=1"],
        "session_runtime_info": {"python_version": "3.7"},
    }
    (tmp_path / "reproducibility.json").write_text(json.dumps(original))

    with pytest.raises(AimsError, match="is not valid") as caught:
        import_reproducibility_env(tmp_path)

    assert "hold code and are not used" in caught.value.hint
    assert not trace.exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AimsError, match="there is no file"):
        import_reproducibility_env(tmp_path / "nothing.json")


def test_differences_are_told_one_by_one() -> None:
    found = differences({"numpy": "0.1", "no-such-package": "1.0", "python": "2.7"}, "Plan9 mips")

    assert found == [
        f"numpy is {np.__version__}, it was 0.1",
        "no-such-package is not installed, it was 1.0",
        f"python is {'.'.join(map(str, sys.version_info[:3]))}, it was 2.7",
        f"this is {this_platform()}, it was Plan9 mips",
    ]
    assert differences({"numpy": np.__version__}, this_platform()) == []


def test_a_version_is_replicated_with_its_seed_and_a_warning_of_what_differs(
    wines: ModelPlayground, wine: QuickstartData, tmp_path: Path
) -> None:
    model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(wine.X_train, wine.y_train)
    path = export_reproducibility_env(11, tmp_path)
    changed = json.loads(path.read_bytes())
    changed["packages"]["pandas"] = "0.0.1"
    path.write_text(json.dumps(changed))
    wines.submit_model(model, reproducibility_env_filepath=path, onnx_timeout=False)

    with pytest.warns(DifferentEnvironment, match=r"pandas is .*, it was 0\.0\.1"):
        again = wines.replicate_model(1)
    seeded = draws()

    assert again.get_params() == model.get_params()
    assert not hasattr(again, "tree_")
    assert again.fit(wine.X_train, wine.y_train).score(wine.X_test, wine.y_test) > 0.8
    set_reproducibility_env({"seed": 11})
    assert draws() == seeded


def test_a_version_without_a_seed_says_so(wines: ModelPlayground, wine: QuickstartData) -> None:
    model = LogisticRegression(max_iter=5000).fit(wine.X_train, wine.y_train)
    wines.submit_model(model, onnx_timeout=False)

    with pytest.warns(DifferentEnvironment, match="does not tell its random seed"):
        found = wines.set_model_reproducibility_env(1)

    assert found == ["version 1 does not tell its random seed"]
