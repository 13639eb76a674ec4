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


class Reader(nn.Module):
    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 6)
        self.inner = kind(6, 5, num_layers=2, bidirectional=True)
        self.head = nn.Linear(10, 2)

    def forward(self, words: Any) -> Any:
        self.inner.flatten_parameters()
        _, state = self.inner(self.embed(words).transpose(0, 1))
        state = state[0] if isinstance(state, tuple) else state
        last = state.view(self.inner.num_layers, 2, words.size(0), self.inner.hidden_size)[-1]
        return self.head(torch.cat([last[0], last[1]], dim=1))


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_recurrent_layer_is_one_operator_for_each_of_its_levels(kind: Any) -> None:
    made = converted(Reader(kind), WORDS)

    operators = SANDBOX.inspect(made.content, Bounds()).operators
    assert operators[kind.__name__] == 2
    assert sum(operators.values()) < 30


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


class Drawing(nn.Linear):
    def forward(self, rows: Any) -> Any:
        return super().forward(rows + torch.randn_like(rows))


class Packing(Reader):
    def forward(self, words: Any) -> Any:
        lengths = (words > 0).sum(dim=1)
        packed = pack_padded_sequence(self.embed(words), lengths, True, enforce_sorted=False)
        return self.head(torch.cat(list(self.inner(packed)[1][0][-2:]), dim=1))


class Decomposing(nn.Linear):
    def forward(self, rows: Any) -> Any:
        return torch.linalg.svdvals(super().forward(rows).unsqueeze(1))


REFUSED: list[tuple[Any, Any, str]] = [
    (Drawing(4, 2), ROWS, "does not say what the model says: 12 of 12 rows differ"),
    (Packing(nn.LSTM), WORDS, "a packed sequence, as the LSTM takes, cannot be exported"),
    (Decomposing(4, 2), ROWS, "Decomposing cannot be exported: .*svd"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "features", "message"), REFUSED)
def test_what_cannot_be_exported_is_refused_with_the_reason(
    model: nn.Module, features: Any, message: str
) -> None:
    with pytest.raises(SubmissionError, match=message):
        converted(model, features)


def test_a_file_tells_nothing_of_the_machine_that_made_it() -> None:
    made = converted(Squeezing(4, 1), ROWS)

    assert b"test_torch_convert" not in made.content
    assert b"site-packages" not in made.content


def test_the_number_of_outputs_is_said_where_only_the_first_is_kept() -> None:
    class Several(nn.Linear):
        def forward(self, rows: Any) -> Any:
            found = super().forward(rows)
            return found, {"inner": found.exp()}

    made = converted(Several(4, 2), ROWS)

    assert made.claims.conversion is not None
    assert made.claims.conversion.converter.endswith(", the first of 2 outputs")
