"""What a notebook does: a class of its own, in `__main__`, converted with one row as a sample."""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import nn

from aims_gh.flows.convert import Tools, convert
from aims_gh.flows.frames import as_file
from aims_gh.runner.resident import Rows
from aims_gh.runner.sandbox import Bounds, Sandbox


class Reader(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.inner = nn.Embedding(20, 8), nn.LSTM(8, 6, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(6, 2))

    def forward(self, words: Any) -> Any:
        return self.head(self.inner(self.embed(words))[0][:, -1])


if __name__ == "__main__":
    torch.manual_seed(0)
    model = nn.DataParallel(Reader())  # in training, as `fit` left it
    words = torch.randint(0, 20, (64, 9))
    sandbox = Sandbox()
    made = convert(model, words[:1], Tools(sandbox, Bounds(), seconds=120))
    with sandbox.open(made.content, Bounds()) as file:
        (given,) = file.outputs(Rows(*as_file(words)))
    training = model.training
    wanted = model.eval()(words).detach().numpy()
    found = {"largest": float(abs(given - wanted).max()), "training": training}
    print(json.dumps(found | {"model_type": made.claims.model_type}))
