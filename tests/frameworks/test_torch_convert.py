"""What PyTorch's exporter needs help with; the kinds of networks are in `network_cases`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from aims_gh.errors import SubmissionError
from aims_gh.flows.convert import Converted, Tools, convert
from aims_gh.flows.frames import as_file
from aims_gh.frameworks.torch.recurrent import with_operators
from aims_gh.runner.resident import Rows
from aims_gh.runner.sandbox import Bounds, Sandbox

SANDBOX = Sandbox()
RANDOM = np.random.default_rng(0)
ROWS = RANDOM.normal(size=(9, 4)).astype(np.float32)
WORDS = RANDOM.integers(1, 20, size=(9, 30))


def converted(model: nn.Module, features: Any) -> Converted:
    return convert(model, features, Tools(SANDBOX, Bounds(), seconds=None))


def asked(made: Converted, features: Any) -> np.ndarray:
    with SANDBOX.open(made.content, Bounds()) as file:
        (given,) = file.outputs(Rows(*as_file(features)))
    return given


def test_layers_that_onnx_has_no_operator_for_stay() -> None:
    model = nn.Sequential(nn.LSTM(4, 3, proj_size=2), nn.Linear(3, 2))

    assert with_operators(model) is False
    assert type(model[0]) is nn.LSTM


class Squeezing(nn.Linear):
    def forward(self, rows: Any) -> Any:
        return super().forward(rows).squeeze()


def test_a_squeeze_without_an_argument_gives_a_single_row_its_entry() -> None:
    made = converted(Squeezing(4, 1), ROWS)

    assert asked(made, ROWS[:1]).size == 1
    given = asked(made, ROWS).ravel()
    np.testing.assert_allclose(given, made.said.numbers, rtol=1e-5, atol=1e-6)
    # Nor does the file tell anything of the machine that made it.
    assert b"test_torch_convert" not in made.content
    assert b"site-packages" not in made.content


class Packing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.inner = nn.Embedding(20, 6), nn.LSTM(6, 2)

    def forward(self, words: Any) -> Any:
        lengths = (words > 0).sum(dim=1)
        packed = pack_padded_sequence(self.embed(words), lengths, True, enforce_sorted=False)
        return self.inner(packed)[1][0][-1]


class Decomposing(nn.Linear):
    def forward(self, rows: Any) -> Any:
        return torch.linalg.svdvals(super().forward(rows).unsqueeze(1))


REFUSED: list[tuple[Any, Any, str]] = [
    (Packing(), WORDS, "a packed sequence, as the LSTM takes, cannot be exported"),
    (Decomposing(4, 2), ROWS, "Decomposing cannot be exported: .*svd"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "features", "message"), REFUSED)
def test_what_cannot_be_exported_is_refused_with_the_reason(
    model: nn.Module, features: Any, message: str
) -> None:
    with pytest.raises(SubmissionError, match=message):
        converted(model, features)
