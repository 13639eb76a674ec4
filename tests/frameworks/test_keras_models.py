"""A Keras model: what it takes, says and tells; built again, and never by running a file.

With PyTorch as backend, which takes less time to import; what is particular to TensorFlow is in
`keras_script.py`.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import layers

import aims_gh.frameworks.keras as library
from aims_gh.errors import SubmissionError
from aims_gh.frameworks.keras.models import check_backend
from aims_gh.frameworks.library import library_of

pytestmark = pytest.mark.filterwarnings(
    # What Keras on PyTorch itself does with NumPy 2, when models are fitted here.
    "ignore:__array__ implementation:DeprecationWarning"
)
ROWS = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
ANSWERS = np.arange(16) % 3


def branching() -> keras.Model:
    rows = layers.Input((4,), name="rows")
    left = layers.Dense(6, activation="relu", name="left")(rows)
    right = layers.Dense(6, activation=keras.activations.gelu, name="right")(rows)
    found = layers.BatchNormalization(name="norm")(left * 2.0 + right)
    found = layers.Dropout(0.5, name="drop")(keras.ops.concatenate([found, left], axis=1)[:, 2:])
    return keras.Model(rows, layers.Dense(3, activation="softmax", name="head")(found))


def fitted(model: keras.Model, epochs: int = 2) -> keras.Model:
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(ROWS, ANSWERS, epochs=epochs, verbose=0)
    return model


def attending() -> keras.Model:
    words = layers.Input((5,))
    found = layers.Embedding(9, 4, mask_zero=True)(words)
    found = layers.LayerNormalization()(found + layers.MultiHeadAttention(2, 4)(found, found))
    found = layers.Bidirectional(layers.GRU(3))(found)
    return keras.Model(words, layers.Dense(2)(found))


def picturing() -> keras.Model:
    return keras.Sequential(
        [layers.Input((6, 6, 3)), layers.Rescaling(0.5), layers.Conv2D(4, 3, padding="same"),
         layers.MaxPooling2D(), layers.LeakyReLU(), layers.Flatten(),
         layers.Dense(2, kernel_regularizer="l2", kernel_constraint="max_norm")]
    )  # fmt: skip


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = layers.Dense(5, activation="tanh"), layers.Dense(2)

    def call(self, rows: Any, training: bool = False) -> Any:
        found = self.body(rows)
        return {"out": self.head(found), "inner": found}


def test_a_keras_model_is_keras_whatever_it_computes_with() -> None:
    assert library_of(branching()) is library
    assert library_of(Subclassed()) is library


@pytest.mark.parametrize("name", ["jax", "openvino", "numpy"])
def test_a_backend_without_a_converter_is_refused_with_what_to_do(name: str) -> None:
    with pytest.raises(SubmissionError, match=f"Keras computes with {name} here") as caught:
        check_backend(name)

    assert "set KERAS_BACKEND=tensorflow" in caught.value.hint


def test_a_model_stays_as_it_was() -> None:
    model = fitted(branching())
    before = [w.copy() for w in model.get_weights()]
    chances = random.getstate(), np.random.get_state()[1].copy()
    optimizer = [np.array(v) for v in map(keras.ops.convert_to_numpy, model.optimizer.variables)]

    rows = library.rows(model, ROWS)
    library.said(model, rows)
    library.claims(model, rows)
    library.architecture(model, rows)
    library.weights(model)

    assert chances[0] == random.getstate()
    assert np.array_equal(chances[1], np.random.get_state()[1])
    assert all(map(np.array_equal, before, model.get_weights()))
    now = map(keras.ops.convert_to_numpy, model.optimizer.variables)
    assert all(map(np.array_equal, optimizer, now))


def test_a_model_says_what_predict_says() -> None:
    model = fitted(branching())

    said = library.said(model, library.rows(model, ROWS))

    np.testing.assert_allclose(said.numbers, model.predict(ROWS, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_model_that_was_never_built_is_built_on_the_rows() -> None:
    model = keras.Sequential([layers.Dense(3), layers.Dense(1)])

    said = library.said(model, library.rows(model, pd.DataFrame(ROWS)))

    assert model.built and said.numbers is not None and said.numbers.shape == (16, 1)


def test_of_several_outputs_the_first_is_said() -> None:
    model = Subclassed()

    said = library.said(model, library.rows(model, ROWS))

    wanted = keras.ops.convert_to_numpy(model(ROWS)["out"])
    np.testing.assert_allclose(said.numbers, wanted, rtol=1e-5, atol=1e-6)


def named(*names: str) -> keras.Model:
    inputs = {name: layers.Input((1,), name=name) for name in names}
    return keras.Model(inputs, layers.Dense(1)(layers.Concatenate()(list(inputs.values()))))


def test_named_inputs_are_columns_whatever_their_order() -> None:
    model = named("size", "age")
    frame = pd.DataFrame({"age": [1.0, 2.0], "other": ["x", "y"], "size": [5.0, 7.0]})

    rows = library.rows(model, frame)

    assert dict(zip(rows.names, [v.ravel().tolist() for v in rows.values], strict=True)) == {
        "age": [1.0, 2.0], "size": [5.0, 7.0],
    }  # fmt: skip


REFUSED: list[tuple[Any, Any, str]] = [
    (lambda: named("size", "age"), ROWS, "has several inputs, and the features are one array"),
    (lambda: named("a", "b"), pd.DataFrame({"a": [1.0]}), "input b, and the features have no such"),
    (branching, ROWS[:, :3], r"takes rows of shape \(4\), the features have rows of shape \(3,\)"),
    (branching, ["a text"], "Keras takes numbers, and the features are texts"),
    (
        lambda: keras.Sequential([layers.Input((4,)), layers.Dense(1, dtype="mixed_bfloat16")]),
        ROWS, "computes in bfloat16, which no other runtime computes alike",
    ),
    (
        lambda: keras.Sequential(
            [layers.Input((4, 1), batch_size=16), layers.LSTM(2, stateful=True, name="memory")]
        ),
        ROWS, "layer memory is stateful",
    ),
    (lambda: keras.Sequential([layers.Reshape((7,))]), ROWS, r"not run on rows of shape \(4,\)"),
    (lambda: layers.Dense(3), ROWS, "a Dense of Keras is no model"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "features", "message"), REFUSED)
def test_what_does_not_fit_is_refused_by_what_is_at_fault(
    build: Any, features: Any, message: str
) -> None:
    with pytest.raises(SubmissionError, match=message):
        library.rows(build(), features)


def test_layers_are_told_with_what_feeds_them() -> None:
    claims = library.claims(fitted(branching()))

    table = [
        (each.name, each.type, each.output_shape, each.num_params, each.activation, each.inputs)
        for each in claims.layers
    ]
    assert table == [
        ("rows", "InputLayer", (None, 4), 0, None, ()),
        ("left", "Dense", (None, 6), 30, "relu", ("rows",)),
        ("right", "Dense", (None, 6), 30, "gelu", ("rows",)),
        ("norm", "BatchNormalization", (None, 6), 24, None, ("left", "right")),
        ("drop", "Dropout", (None, 10), 0, None, ("norm", "left")),
        ("head", "Dense", (None, 3), 33, "softmax", ("drop",)),
    ]


def test_how_a_model_was_trained_is_told() -> None:
    claims = library.claims(fitted(branching(), epochs=3))

    assert claims.model_dump(
        include={"ml_framework", "model_type", "optimizer", "loss", "epochs", "depth", "num_params",
                 "trainable_params", "transfer_learning", "deep_learning"}
    ) == {
        "ml_framework": "keras", "model_type": "Functional", "optimizer": "Adam",
        "loss": "sparse_categorical_crossentropy", "epochs": 3, "depth": 4, "num_params": 117,
        "trainable_params": 105, "transfer_learning": False, "deep_learning": True,
    }  # fmt: skip
    settings = {each.name: each for each in claims.parameters}
    assert settings["beta_1"].model_dump() == {
        "step": "optimizer", "name": "beta_1", "value": 0.9, "default": 0.9, "changed": False,
    }  # fmt: skip
    assert settings["learning_rate"].changed is True
    assert str(settings["learning_rate"].value).startswith("ExponentialDecay(initial")
    assert {"keras", "torch", "python"} <= set(claims.libraries)


LOSSES: list[tuple[Any, str]] = [
    ("mse", "mean_squared_error"),
    (keras.losses.Huber(), "huber_loss"),
    (keras.losses.mean_absolute_error, "mean_absolute_error"),
    (lambda y, p: keras.ops.mean(y - p), "<lambda>"),
]


@pytest.mark.parametrize(("loss", "name"), LOSSES)
def test_a_loss_is_named_however_it_was_given(loss: Any, name: str) -> None:
    model = branching()
    model.compile("sgd", loss=loss)

    claims = library.claims(model)

    assert (claims.optimizer, claims.loss, claims.epochs) == ("SGD", name, None)


def test_a_model_that_was_not_compiled_says_nothing_of_training() -> None:
    claims = library.claims(branching())

    assert claims.optimizer is claims.loss is claims.epochs is None
    assert claims.parameters == ()


def test_frozen_layers_and_known_models_inside_are_transfer_learning() -> None:
    frozen = branching()
    frozen.get_layer("left").trainable = False
    body = keras.Sequential([layers.Input((4,)), layers.Dense(2)], name="resnet50")
    around = keras.Sequential([layers.Input((4,)), body, layers.Dense(1)])

    assert library.claims(frozen).transfer_learning is True
    assert library.claims(around).transfer_learning is True
    assert library.claims(around).layers[0].name.startswith("resnet50/")
    assert library.claims(branching()).transfer_learning is False


def test_layers_of_a_subclassed_model_are_told_without_connections() -> None:
    model = Subclassed()
    library.rows(model, ROWS)

    claims = library.claims(model)

    assert [(each.type, each.output_shape, each.activation) for each in claims.layers] == [
        ("Dense", (None, 5), "tanh"), ("Dense", (None, 2), None),
    ]  # fmt: skip


@pytest.mark.parametrize("build", [branching, attending, picturing])
def test_a_model_is_built_again_with_its_weights_and_says_the_same(build: Any) -> None:
    model = build()
    row = model.input_shape[1:]
    features = np.random.default_rng(0).integers(0, 9, size=(8, *row)).astype(np.float32)
    rows = library.rows(model, features)

    built = json.loads(json.dumps(library.architecture(model)))
    again = library.with_weights(built, library.weights(model).content)

    np.testing.assert_array_equal(
        library.said(again, rows).numbers, library.said(model, rows).numbers
    )
    assert library.claims(again).layers == library.claims(library.rebuild(built)).layers
    assert library.claims(again).layers == library.claims(model).layers
    assert library.architecture(again) == built


def test_a_model_that_was_built_again_is_compiled_and_can_be_trained() -> None:
    again = library.rebuild(library.architecture(fitted(branching())) or {})

    losses = again.fit(ROWS, ANSWERS, epochs=2, verbose=0).history["loss"]

    assert losses[0] != losses[1]
    assert type(again.optimizer).__name__ == "Adam"


def test_weights_leave_out_what_the_optimizer_remembers() -> None:
    plain, trained = branching(), fitted(branching())
    sizes = [len(library.weights(each).content) for each in (plain, trained)]

    again = library.with_weights(None, library.weights(trained).content)

    assert sizes[1] < 1.2 * sizes[0]
    assert again.evaluate(ROWS, ANSWERS, verbose=0)[0] == pytest.approx(
        trained.evaluate(ROWS, ANSWERS, verbose=0)[0], rel=1e-6
    )


class Doubling(layers.Layer):
    def call(self, rows: Any) -> Any:
        return 2 * rows


def with_layer(layer: Any) -> keras.Model:
    return keras.Sequential([layers.Input((4,)), layer, layers.Dense(1)])


@pytest.mark.parametrize(
    "build",
    [
        Subclassed,
        lambda: with_layer(Doubling()),
        lambda: with_layer(layers.Lambda(lambda rows: 2 * rows)),
        lambda: with_layer(layers.Dense(2, activation=lambda rows: 2 * rows)),
    ],
    ids=["subclassed", "a layer of one's own", "Lambda", "a function of one's own"],
)
def test_what_is_not_kerass_own_is_not_told(build: Any) -> None:
    model = build()
    library.rows(model, ROWS)

    assert library.architecture(model) is None

    with pytest.raises(SubmissionError, match="not the architecture of a Keras model"):
        library.with_weights(None, library.weights(model).content)


def good() -> dict[str, Any]:
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3, name="body")])
    return json.loads(json.dumps(library.architecture(model)))  # type: ignore[no-any-return]


def replaced(layer: Any) -> dict[str, Any]:
    built = good()
    built["config"]["config"]["layers"][1] = layer
    return built


def dense(**changes: Any) -> dict[str, Any]:
    (_, layer) = good()["config"]["config"]["layers"]
    return replaced({**layer, "config": {**layer["config"], **changes}, "build_config": None})


def named_class(module: Any, name: Any, config: Any = None, **more: Any) -> dict[str, Any]:
    return replaced({"module": module, "class_name": name, "config": config or {}, **more})


def nested(depth: int) -> Any:
    found: Any = 1
    for _ in range(depth):
        found = [found]
    return found


COMMAND = "touch {mark}"
PAYLOAD = "__import__('pathlib').Path('{mark}').touch()"


def lambda_layer(mark: str) -> dict[str, Any]:
    """Give the configuration of a Lambda, as Keras itself writes it, that leaves a file behind."""
    code = eval(f"lambda rows: [rows, open({mark!r}, 'w').close()][0]")
    config = keras.saving.serialize_keras_object(layers.Lambda(code, output_shape=(4,)))
    return json.loads(json.dumps(config))  # type: ignore[no-any-return]


# Made when they are wanted: writing a model down, Keras imports TensorFlow.
HOSTILE: dict[str, Any] = {
    "nothing": {},
    "a configuration that is none": {"config": "Sequential"},
    "a class without a module": partial(named_class, None, "Dense", {"units": 1}),
    "a module that is not Keras": partial(named_class, "subprocess", "Popen", {"args": COMMAND}),
    "a function of Python": partial(
        named_class, "builtins", "function", "eval", registered_name="function"
    ),
    "a function that Keras fetches files with": partial(
        named_class, "keras.utils", "function", "get_file", registered_name="get_file"
    ),
    "a class that loads a SavedModel": partial(
        named_class, "keras.layers", "TFSMLayer", {"filepath": "{mark}"}
    ),
    "a class that loads a pickle": partial(
        named_class, "keras.layers", "TorchModuleWrapper", {"module": "gASV"}
    ),
    "a module inside of Keras": partial(
        named_class, "keras.src.saving.saving_lib", "load_model", {"filepath": "{mark}"}
    ),
    "a registered name": partial(
        named_class, "keras.layers", "Dense", {"units": 1}, registered_name="package>Dense"
    ),
    "a lambda beside other settings": partial(
        dense, activation={"class_name": "__lambda__", "config": {"value": ["4wAA", None, None]}}
    ),
    "a lambda in capitals": partial(dense, activation={"class_name": "__LAMBDA__", "config": {}}),
    "a type of TensorFlow's": partial(
        dense,
        activation={
            "class_name": "__typespec__",
            "module": "os",
            "spec_name": "system",
            "config": [COMMAND],
            "registered_name": None,
        },
    ),
    "an activation of somebody's own": partial(
        dense,
        activation={
            "module": "builtins",
            "class_name": "function",
            "config": "exec",
            "registered_name": "function",
        },
    ),
    "an initializer of another module": partial(
        dense,
        kernel_initializer={
            "module": "os",
            "class_name": "system",
            "config": {"command": COMMAND},
            "registered_name": None,
        },
    ),
    "a vocabulary in a file": partial(
        named_class,
        "keras.layers",
        "StringLookup",
        {"vocabulary": "/etc/passwd"},
        registered_name=None,
    ),
    "units that are code": partial(dense, units=PAYLOAD),
    "terabytes in one layer": partial(dense, units=1 << 30),
    "a number without bounds": partial(dense, units=10**30),
    "a negative size": partial(dense, units=-4),
    "settings that are a list": partial(named_class, "keras.layers", "Dense", [1, 2]),
    "a name that is no text": partial(named_class, "keras.layers", 7),
    "a settings too many": partial(dense, code=PAYLOAD),
    "nesting without end": partial(dense, units=nested(100)),
    "no model at all": {
        "config": {
            "module": "keras.layers",
            "class_name": "Dense",
            "config": {"units": 1},
            "registered_name": None,
        }
    },
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_architecture_is_refused_and_runs_nothing(what: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    made = HOSTILE[what]() if callable(HOSTILE[what]) else HOSTILE[what]
    built = json.loads(json.dumps(made).replace("{mark}", str(mark)))

    with pytest.raises(SubmissionError, match="not the architecture of a Keras model"):
        library.rebuild(built)

    assert not mark.exists()


def test_a_lambda_that_keras_would_run_is_refused_and_does_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    built = replaced(lambda_layer(str(mark)))
    copied = json.loads(json.dumps(built["config"]))
    model = keras.saving.deserialize_keras_object(copied, safe_mode=False)
    model(ROWS)
    assert mark.exists()  # the payload is a real one
    mark.unlink()

    with pytest.raises(SubmissionError, match=r"has the class keras\.layers\.Lambda"):
        library.rebuild(built)

    assert not mark.exists()


def test_nesting_deeper_than_python_can_go_is_refused() -> None:
    with pytest.raises(SubmissionError, match="nested too deep"):
        library.rebuild({"config": {"class_name": "Sequential", "config": nested(100_000)}})


def archive(**members: bytes | None) -> bytes:
    """Write a `.keras` file of a good model, with other members."""
    content = library.weights(library.rebuild(good())).content
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        found = {name: old.read(name) for name in old.namelist()}
    names = {"config": "config.json", "weights": "model.weights.h5"}
    found |= {names.get(name, name): data for name, data in members.items() if data is not None}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in found.items():
            new.writestr(name, data)
    return stream.getvalue()


def numbers(kind: str, folder: Path) -> bytes:
    """Write an HDF5 file that is not what it seems."""
    import h5py

    path = folder / "x.h5"
    with h5py.File(path, "w") as file:
        if kind == "bomb":
            file.create_dataset("x", shape=(1 << 40,), dtype="f4", chunks=(1 << 20,))
        if kind == "outside":
            file["x"] = h5py.ExternalLink("/etc/passwd", "/")
        if kind == "raw":
            file.create_dataset("x", (8,), "u1", external=[("/etc/hostname", 0, 8)])
        if kind == "soft":
            file["x"] = h5py.SoftLink("/y")
    return path.read_bytes()


def test_a_keras_file_with_a_lambda_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    config = replaced(lambda_layer(str(mark)))["config"]

    with pytest.raises(SubmissionError, match=r"has the class keras\.layers\.Lambda"):
        library.with_weights(None, archive(config=json.dumps(config).encode()))

    assert not mark.exists()


BAD_FILES: list[tuple[str, Any, str]] = [
    ("no archive", lambda _: b"PK", "it is no zip archive"),
    ("no configuration", lambda _: archive(config=b""), "config.json cannot be read"),
    ("a configuration without end", lambda _: archive(config=b"[" * 100_000), "cannot be read"),
    (
        "a foreign class",
        lambda _: archive(config=json.dumps(named_class("os", "system")["config"]).encode()),
        "which is not built here",
    ),
    (
        "a path that leaves the folder",
        lambda _: archive(**{"../../escaped.txt": b"x"}),
        "it has a member '../../escaped.txt'",
    ),
    ("an absolute path", lambda _: archive(**{"/tmp/escaped.txt": b"x"}), "it has a member"),
    ("a member that is code", lambda _: archive(**{"plugin.py": b"x"}), "it has a member"),
    ("a zip bomb", lambda _: archive(config=b" " * 200_000_000), "unfolds to more than is allowed"),
    ("no numbers", lambda _: archive(weights=b"x"), "its numbers cannot be read"),
    ("a bomb of numbers", lambda p: archive(weights=numbers("bomb", p)), "unfold to more"),
    ("numbers in another file", lambda p: archive(weights=numbers("outside", p)), "another file"),
    ("numbers of another file", lambda p: archive(weights=numbers("raw", p)), "another file"),
    ("numbers by a soft link", lambda p: archive(weights=numbers("soft", p)), "another file"),
]


@pytest.mark.parametrize(("make", "message"), [pytest.param(b, c, id=a) for a, b, c in BAD_FILES])
def test_a_hostile_keras_file_is_refused(make: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(SubmissionError, match=re.escape(message)):
        library.with_weights(None, make(tmp_path))

    assert not Path("/tmp/escaped.txt").exists()
    assert not (tmp_path.parent.parent / "escaped.txt").exists()


def test_two_members_of_one_name_are_refused() -> None:
    stream = io.BytesIO(archive())
    with zipfile.ZipFile(stream, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr("config.json", b"{}")

    with pytest.raises(SubmissionError, match="two of one name"):
        library.with_weights(None, stream.getvalue())


def test_numbers_of_another_model_are_refused() -> None:
    other = library.weights(branching()).content
    with zipfile.ZipFile(io.BytesIO(other)) as file:
        strange = file.read("model.weights.h5")

    with pytest.raises(SubmissionError, match="not the weights of a Keras model: ValueError"):
        library.with_weights(None, archive(weights=strange))


def test_what_has_too_many_numbers_is_counted_without_making_them() -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(SubmissionError, match="numbers, and 250,000,000 are allowed"):
        library.rebuild(dense(units=100_000_000))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB
