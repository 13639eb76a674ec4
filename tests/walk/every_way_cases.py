"""A small trained model for each kind of input and task, and what to ask it.

Labels are in an order of the owner's that is neither the alphabet's nor scikit-learn's, and not its
own opposite either: whoever mixes two orders up names another label.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd
import torch
from PIL import Image
from predict_playgrounds import HOSTILE
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from torch import nn

MARKS: tuple[str | int, ...] = ("low", "medium", "high")
TRAINED, HELD, ASKED = 48, 12, 3
RATE, SAMPLES = 16_000, 800
PICTURES = 12


@dataclass(frozen=True)
class Said:
    """An answer: a label, and a probability for each in their order; or a number alone."""

    numbers: list[float]
    label: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trained:
    """A model that somebody has trained, the held-out data, and rows to ask it for."""

    input_type: str
    model: Any
    held_out: Any
    answers: list[Any]
    rows: Any
    """As Python has them: a table, texts, or an array."""

    asked: list[Any]
    """The same as people have them: an object, a text, the bytes of a file."""

    labels: tuple[str | int, ...] = ()

    @property
    def suffix(self) -> str:
        return {"image": ".png", "audio": ".wav", "video": ".mp4"}.get(self.input_type, "")

    @property
    def task_type(self) -> str:
        return "classification" if self.labels else "regression"

    def says(self, rows: Any = None) -> list[Said]:
        """What the live model says, by names of labels and not by their places."""
        rows = self.rows if rows is None else rows
        if isinstance(self.model, nn.Module):
            with torch.no_grad():
                numbers = self.model(torch.from_numpy(rows)).numpy()
        elif self.labels:
            places = [list(self.model.classes_).index(label) for label in self.labels]
            numbers = self.model.predict_proba(rows)[:, places]
        else:
            numbers = self.model.predict(rows)
        lines = numbers.reshape(len(rows), -1).tolist()
        return [answer(self.labels, line) for line in lines]

    def score(self) -> dict[str, float]:
        """What it must score on the held-out rows, of which it gets some wrong."""
        said = self.says(self.held_out)
        if self.labels:
            right = [one.label == str(a) for one, a in zip(said, self.answers, strict=True)]
            return {"accuracy": float(np.mean(right))}
        off = [abs(one.numbers[0] - a) for one, a in zip(said, self.answers, strict=True)]
        return {"mae": float(np.mean(off))}


def answer(labels: tuple[str | int, ...], numbers: list[float]) -> Said:
    names = tuple(map(str, labels))
    return Said(numbers, names[int(np.argmax(numbers))] if names else "", names)


Make = Callable[[np.random.Generator, float], Any]
"""One row of what its answer is about: -1, 0 or 1, or anything between."""


def drawn(
    make: Make, labels: tuple[Any, ...], count: int, seed: int
) -> tuple[list[Any], list[Any]]:
    """Rows and answers: each label in turn, or numbers."""
    dice = np.random.default_rng(seed)
    places = [place % 3 for place in range(count)]
    apart = labels or count == ASKED
    about = [place - 1 if apart else dice.uniform(-1, 1) for place in places]
    if labels and count == HELD:
        places[:2] = places[1::-1]  # nobody is always right
    said = [labels[place] for place in places] if labels else [10 * a + 20 for a in about]
    return [make(dice, a) for a in about], said


def fitted(model: nn.Module, rows: Any, answers: list[Any], labels: tuple[Any, ...]) -> nn.Module:
    """Train a network whose outputs are in the owner's order, as PyTorch has no other."""
    torch.manual_seed(3)
    for layer in model.modules():
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()
    wanted = [labels.index(a) for a in answers] if labels else [[a] for a in answers]
    target = torch.tensor(wanted, dtype=torch.long if labels else torch.float32)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        optimizer.zero_grad()
        said = model(torch.from_numpy(rows))
        if labels:  # an answer that is all but sure of itself would hide the others
            loss = nn.functional.cross_entropy(said.log(), target, label_smoothing=0.3)
        else:
            loss = nn.functional.mse_loss(said, target)
        loss.backward()
        optimizer.step()
    return model.eval()


class Scaled(nn.Module):
    """A network that takes what files hold, and brings it to numbers around zero itself."""

    def __init__(self, axes: tuple[int, ...], low: float, high: float, *layers: nn.Module) -> None:
        super().__init__()
        self.axes, self.low, self.high = axes, low, high
        self.layers = nn.Sequential(*layers)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.layers(
            (rows.reshape(rows.shape[0], *self.axes) - self.low) / (self.high - self.low)
        )
        return found


def ending(width: int, labels: tuple[Any, ...]) -> list[nn.Module]:
    out: list[nn.Module] = [nn.Flatten(), nn.Linear(width, 3 if labels else 1)]
    return [*out, nn.Softmax(dim=1)] if labels else out


# ------------------------------------------------------------------ tables, texts, series


def tabular(labels: tuple[str | int, ...]) -> Trained:
    def make(dice: np.random.Generator, about: float) -> dict[str, Any]:
        return {
            "age (years)": int(50 + 20 * about + dice.integers(0, 9)),
            "income": round(float(4e4 + 2e4 * about + dice.uniform(0, 9e3)), 2),
            "city": str(dice.choice(["Basel", "Köln", "Łódź"])),
            "member": bool(dice.integers(2)),
        }

    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
        (StandardScaler(), ["age (years)", "income", "member"]),
    )
    (rows, answers), (held, said), (asked, _) = three(make, labels)
    if not labels:  # prices of houses have seven digits
        answers, said = [[123_456.7 * one for one in some] for some in (answers, said)]
    model = make_pipeline(columns, LogisticRegression() if labels else Ridge())
    model.fit(pd.DataFrame(rows), answers)
    return Trained(
        "tabular", model, pd.DataFrame(held), said, pd.DataFrame(asked), asked, labels
    )  # fmt: skip


def three(make: Make, labels: tuple[Any, ...]) -> list[tuple[list[Any], list[Any]]]:
    """Rows to learn from, held-out ones, and those that are asked."""
    counts = (TRAINED, HELD, ASKED)
    return [drawn(make, labels, count, seed) for seed, count in enumerate(counts)]


def text(labels: tuple[str | int, ...]) -> Trained:
    words = [
        ["awful", "boring", "loud"],
        ["fair", "average", "long"],
        ["great", "“lovely”", "Größe"],
    ]

    def make(dice: np.random.Generator, about: float) -> str:
        chosen = [words[int(dice.binomial(2, (about + 1) / 2))] for _ in range(6)]
        return " ".join(str(dice.choice(some)) for some in chosen) + "!\nNo. 1, the film"

    (rows, answers), (held, said), (asked, _) = three(make, labels)
    asked += ["01", f"great {HOSTILE} Größe"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression(C=9) if labels else Ridge(0.1))
    return Trained("text", model.fit(rows, answers), held, said, asked, asked, labels)


def timeseries(labels: tuple[str | int, ...]) -> Trained:
    """Twelve values of one thing in scikit-learn; ten steps of two in a recurrent network."""
    shape = (12,) if labels else (10, 2)

    def make(dice: np.random.Generator, about: float) -> Any:
        slope = np.linspace(-1, 1, shape[0]).reshape(-1, *[1] * (len(shape) - 1))
        return (about * slope + dice.normal(0, 0.2, shape)).astype(np.float32)

    (rows, answers), (held, said), (asked, _) = three(make, labels)
    if labels:
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(np.stack(rows), answers)
    else:
        model = fitted(Recurrent(), np.stack(rows), answers, labels)
    texts = ["\n".join(", ".join(map(repr, line)) for line in one.reshape(shape[0], -1).tolist())
             for one in asked]  # fmt: skip
    return Trained("timeseries", model, np.stack(held), said, np.stack(asked), texts, labels)


class Recurrent(nn.Module):
    """What a series ends in."""

    def __init__(self) -> None:
        super().__init__()
        self.steps, self.head = nn.GRU(2, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = 30 * self.head(self.steps(rows)[0][:, -1])
        return found


# ------------------------------------------------------------------ files


def scene(dice: np.random.Generator, about: float, at: float, size: tuple[int, int]) -> Any:
    """A picture of a box on a wall: its place and its colour tell what it is about."""
    width, height = size
    picture = np.empty((height, width, 3), dtype=np.uint8)
    picture[...] = dice.integers(30, 60, 3)
    left = int((0.35 + 0.3 * about * at) * width)
    picture[height // 3 : -height // 3, left : left + width // 3] = (200, 90 + int(80 * about), 40)
    return picture


def image(labels: tuple[str | int, ...]) -> Trained:
    """Colours, channels first, 0 to 255; or shades of grey from 0 to 1."""
    size = (12, 9)

    def make(dice: np.random.Generator, about: float) -> Any:
        return scene(dice, about, 1, size)

    (rows, answers), (held, said), (asked, _) = three(make, labels)
    asked.append(scene(np.random.default_rng(8), -0.9, 1, (61, 40)))  # of another size
    files = [png(picture) for picture in asked]
    small = [np.asarray(Image.fromarray(each).resize(size)) for each in asked]
    small[:ASKED] = asked[:ASKED]

    def array(pictures: list[Any]) -> Any:
        if labels:
            return np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32)
        grey = [np.asarray(Image.fromarray(each).convert("L")) for each in pictures]
        return (np.stack(grey) / np.float32(255)).astype(np.float32)

    if labels:
        axes, low, high, channels = (3, 9, 12), 100.0, 200.0, 3
    else:
        # A grey picture is resized as grey.
        axes, low, high, channels = (1, 9, 12), 0.4, 0.8, 1
        small[-1] = np.asarray(Image.fromarray(asked[-1]).convert("L").resize(size))
    layers = [nn.Conv2d(channels, 4, 3), nn.ReLU(), *ending(4 * 7 * 10, labels)]
    model = fitted(Scaled(axes, low, high, *layers), array(rows), answers, labels)
    return Trained("image", model, array(held), said, array(small), files, labels)


def png(picture: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    return stream.getvalue()


def audio(labels: tuple[str | int, ...]) -> Trained:
    """A tone, as fractions in one channel, or as whole numbers: how high it is."""

    def make(dice: np.random.Generator, about: float) -> Any:
        time = (np.arange(SAMPLES) + dice.integers(99)) / RATE
        tone = np.sin(2 * np.pi * (900 + 600 * about) * time) + dice.normal(0, 0.05, SAMPLES)
        return (9000 * tone).round().astype(np.int16)

    def array(recordings: list[Any]) -> Any:
        heard = np.stack(recordings).astype(np.float32)
        return heard[:, np.newaxis] / 32768 if labels else heard

    (rows, answers), (held, said), (asked, _) = three(make, labels)
    layers = [nn.Conv1d(1, 8, 16, 4), nn.ReLU(), nn.AvgPool1d(197), *ending(8, labels)]
    full = 0.1 if labels else 3276.8
    model = fitted(Scaled((1, SAMPLES), 0, full, *layers), array(rows), answers, labels)
    files = [wav(recording) for recording in asked]
    return Trained("audio", model, array(held), said, array(asked), files, labels)


def wav(samples: Any) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return stream.getvalue()


def video(labels: tuple[str | int, ...]) -> Trained:
    """Where a box moves: four pictures in colour, or in grey with time before the rest."""
    size, mode = (12, 9), "RGB" if labels else "L"

    def make(dice: np.random.Generator, about: float) -> list[Any]:
        seed = int(dice.integers(999))
        return [
            scene(np.random.default_rng(seed), about, 2 * at / (PICTURES - 1) - 1, (96, 72))
            for at in range(PICTURES)
        ]

    def array(films: list[Any]) -> Any:
        seen = [[Image.fromarray(film[at]).convert(mode).resize(size) for at in (1, 4, 7, 10)]
                for film in films]  # fmt: skip
        return np.stack([[np.asarray(one) for one in film] for film in seen]).astype(np.float32)

    (rows, answers), (held, said), (asked, _) = three(make, labels)
    files = [mp4(film) for film in asked]
    # Time is what a convolution of colours has for channels, and an axis where all is grey.
    sides = (4, 9, 12, 3) if labels else (1, 4, 9, 12)
    out = 4 * 7 * 10 * (1 if labels else 2)
    layers = [nn.Conv3d(sides[0], 4, 3), nn.ReLU(), *ending(out, labels)]
    model = fitted(Scaled(sides, 100, 200, *layers), array(rows), answers, labels)
    seen = array([decoded(file) for file in files])
    return Trained("video", model, array(held), said, seen, files, labels)


def mp4(pictures: list[Any]) -> bytes:
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as file:
        track = file.add_stream("libx264", rate=12)
        track.height, track.width = pictures[0].shape[:2]
        track.pix_fmt = "yuv420p"
        for picture in pictures:
            file.mux(track.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        file.mux(track.encode())
    return stream.getvalue()


def decoded(content: bytes) -> list[Any]:
    with av.open(io.BytesIO(content)) as file:
        return [frame.to_ndarray(format="rgb24") for frame in file.decode(video=0)]


# ------------------------------------------------------------------ all of them

KINDS: tuple[Callable[[tuple[str | int, ...]], Trained], ...] = (
    tabular, text, image, audio, video, timeseries,
)  # fmt: skip
LABELS: dict[str, tuple[str | int, ...]] = {"timeseries": (20, 5, 10)}
"""As numbers 5 comes first, as text 10."""

CASES: dict[str, Callable[[], Trained]] = {
    f"{kind.__name__}-{task}": partial(
        kind, LABELS.get(kind.__name__, MARKS) if task == "classification" else ()
    )
    for kind in KINDS
    for task in ("classification", "regression")
}


def written(trained: Trained, folder: Path) -> list[Any]:
    """Write what is asked as files, where people have files."""
    if not trained.suffix:
        return trained.asked
    paths = [folder / f"asked-{at}{trained.suffix}" for at in range(len(trained.asked))]
    for path, content in zip(paths, trained.asked, strict=True):
        path.write_bytes(content)
    return list(paths)
