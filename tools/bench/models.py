"""From a live model to a verified submission, beside the bare call of the converter."""

from __future__ import annotations

import io
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier

from aims_gh import settings
from aims_gh.domain.address import Address
from aims_gh.flows.convert import Tools
from aims_gh.flows.frames import as_file
from aims_gh.flows.hand_in import HandedIn, parts_of
from aims_gh.flows.owner_data import Source
from aims_gh.flows.playground import Draft, create_playground
from aims_gh.flows.read import read_playground
from aims_gh.flows.run import bounds_of
from aims_gh.flows.submit import Parts, check, pack
from aims_gh.forge.local import LocalForge
from tools.bench.measure import Row, alternate
from tools.bench.rows import course_in

RUNS = 3


def models(folder: Path) -> Iterator[Row]:
    """A forest, a small network of scikit-learn's, a convolutional one of PyTorch's."""
    images, digits = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)
    train, test = slice(0, 1400), slice(1400, None)
    forest = RandomForestClassifier(100, random_state=0).fit(images[train], digits[train])
    layers = MLPClassifier((64, 64), max_iter=60, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has not converged, and need not
        layers.fit(images[train], digits[train])
    cnn = _cnn(images[train].reshape(-1, 1, 8, 8), digits[train])
    flat, square = images[test], images[test].reshape(-1, 1, 8, 8)
    plain = {"zipmap": False}
    cases: tuple[tuple[str, Any, Any, Callable[[], bytes], str], ...] = (
        ("RF(100)", forest, flat, lambda: _sklearn(forest, flat, plain), "skl2onnx.to_onnx"),
        ("MLP 64-64", layers, flat, lambda: _sklearn(layers, flat, plain), "skl2onnx.to_onnx"),
        ("CNN", cnn, square, lambda: _torch(cnn, square), "torch.onnx.export"),
    )
    for name, model, features, bare, other in cases:
        forge, address = _playground(folder / name, features, digits[test])
        made: list[Parts] = []

        def ours(
            forge: LocalForge = forge,
            address: Address = address,
            model: Any = model,
            features: Any = features,
            made: list[Parts] = made,
        ) -> None:
            made[:] = [_verified(forge, address, model, features)]

        mine, theirs = alternate(ours, bare, runs=RUNS)
        yield Row(
            f"live {name} to a checked submission", "submit_model's work", mine, other, theirs
        )
        content = made[0].model
        assert content is not None
        yield Row(f"ONNX file of {name}", "ours", len(content), other, len(bare()), unit="kB")


def _verified(forge: LocalForge, address: Address, model: Any, features: Any) -> Parts:
    playground, sandbox = read_playground(forge, address), settings.sandbox()
    given = HandedIn(
        model=model,
        preprocessor=None,
        predictions=None,
        sample=None,
        public_features=lambda: features,
    )
    parts = parts_of(given, playground, Tools(sandbox, bounds_of(playground)))
    packed = pack(address.slug, parts, now=settings.clock())
    checked = check(forge, address, packed, sandbox=sandbox, author="alice", now=settings.clock())
    assert checked.run.reproduction is not None
    assert checked.run.reproduction.reproduced
    return parts


def _playground(folder: Path, features: Any, answers: Any) -> tuple[LocalForge, Address]:
    forge, address = course_in(folder)
    content, _ = as_file(features)
    labels = "y\n" + "".join(f"{digit}\n" for digit in answers)
    draft = Draft(
        rules={"title": "Digits", "task_type": "classification", "input_type": "image"},
        labels=Source("y.csv", labels.encode()),
        features=Source("X.npy", content),
    )
    create_playground(forge, address.slug, draft, seed=1, templates=settings.templates())
    return forge, address


def _sklearn(model: Any, features: Any, plain: dict[str, bool]) -> bytes:
    return bytes(to_onnx(model, features[:1], options=plain).SerializeToString())


def _torch(model: Any, features: Any) -> bytes:
    stream = io.BytesIO()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    batch = torch.export.Dim("batch", min=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (torch.from_numpy(features[:2]),),
            stream,
            dynamo=True,
            dynamic_shapes=({0: batch},),
            external_data=False,
            verbose=False,
        )
    return stream.getvalue()


def _cnn(images: Any, digits: Any) -> Any:
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(16, 32, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(32 * 16, 10),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    inputs, targets = torch.from_numpy(images), torch.from_numpy(digits)
    until = time.monotonic() + 20
    for _ in range(40):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
        if time.monotonic() > until:
            break
    return model.eval()
