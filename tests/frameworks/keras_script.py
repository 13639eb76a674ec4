"""What a notebook with TensorFlow does, from a model to the board; prints what came of it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
import pandas as pd
from keras import layers

import aims_gh.frameworks.keras as library
from aims_gh import ModelPlayground
from aims_gh.flows.convert import Tools, convert
from aims_gh.runner.sandbox import Bounds, Sandbox

RANDOM = np.random.default_rng(0)
ROWS = pd.DataFrame(RANDOM.normal(size=(60, 3)), columns=["size", "age", "weight"])
ANSWERS = np.where(ROWS["size"] > ROWS["age"], "big", "small")


class Subclassed(keras.Model):
    """A class of `__main__`."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = layers.Dense(5, activation="tanh"), layers.Dense(1)

    def call(self, rows: Any) -> Any:
        return self.head(self.body(rows))


def functional() -> keras.Model:
    parts = [layers.Input((1,), name=name) for name in ROWS.columns]
    together = layers.Concatenate(name="together")(parts)
    body = layers.Dense(8, activation="relu", name="body")(together)
    found = layers.Dense(2, activation="softmax", name="head")(layers.Dropout(0.5)(body) + body)
    model = keras.Model(parts, found)
    model.compile("adam", "sparse_categorical_crossentropy")
    given = {name: ROWS[[name]].to_numpy() for name in ROWS.columns}
    model.fit(given, (ANSWERS == "small").astype(int), epochs=4, verbose=0)
    return model


def walk(model: keras.Model, folder: Path) -> dict[str, Any]:
    """Submit to a course on disk, and read the board."""
    pg = ModelPlayground("tabular", "classification", private=False, username="ada")
    pg.create(f"{folder}/course/sizes", eval_data=ANSWERS, test_features=ROWS)
    pg.submit_model(model)
    (row,) = pg.get_leaderboard().to_dict("records")
    wanted = ("reproduced", "ml_framework", "model_type", "depth", "num_params", "optimizer",
              "epochs")  # fmt: skip
    return {name: row[name] for name in wanted}


def again(model: keras.Model) -> dict[str, Any]:
    """Build the model again, with weights and without, and see that it was left alone."""
    before = [w.copy() for w in model.get_weights()]
    rows = library.rows(model, ROWS)
    built = json.loads(json.dumps(library.architecture(model)))
    loaded = library.with_weights(built, library.weights(model).content)
    new = library.rebuild(built)
    given = [ROWS[[name]].to_numpy() for name in ROWS.columns]
    losses = new.fit(given, (ANSWERS == "small").astype(int), epochs=2, verbose=0).history["loss"]
    said = [library.said(each, rows).numbers for each in (model, loaded)]
    return {
        "same": bool(np.array_equal(*said)),
        "trained": losses[0] != losses[1],
        "layers": library.claims(new).layers == library.claims(model).layers,
        "unchanged": all(map(np.array_equal, before, model.get_weights())),
    }


def converted() -> float | None:
    """Convert a class of `__main__`, with one row as a sample."""
    made = convert(Subclassed(), ROWS[:1], Tools(Sandbox(), Bounds(), seconds=120))
    assert made.claims.conversion is not None
    return made.claims.conversion.largest_difference


if __name__ == "__main__":
    model = functional()
    found = {
        "walk": walk(model, Path(sys.argv[1])), "again": again(model), "converted": converted(),
    }  # fmt: skip
    print(json.dumps(found, default=str))
