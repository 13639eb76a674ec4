"""submission.yml: what a participant may claim, and what takes nobody in."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from record_examples import CLAIMS, NOON, SHA, SUBMISSION

from aims_gh.domain.claims import RESERVED_KEYS, Claims
from aims_gh.domain.leaderboard import LEADING_COLUMNS, MODEL_COLUMNS, TRAILING_COLUMNS
from aims_gh.domain.playground import CLASSIFICATION_METRICS, REGRESSION_METRICS
from aims_gh.domain.record import Problems
from aims_gh.domain.submission import Submission, SubmittedFile

MANIFEST = f"""\
id: forest-2
playground: titanic
created: 2026-11-23T12:00:00Z
predictions: {{path: predictions.csv, sha256: {SHA}, bytes: 10}}
"""


def problems(text: str, manifest: str = MANIFEST) -> str:
    with pytest.raises(Problems) as caught:
        Submission.from_yaml(f"{manifest}{text}".encode())
    return str(caught.value)


def file(path: str) -> SubmittedFile:
    return SubmittedFile(path=path, sha256=SHA, bytes=1)


def submission(**parts: Any) -> Submission:
    return Submission(id="a", playground="b", created=NOON, **parts)


def test_predictions_alone_are_a_submission_and_so_is_a_model_alone() -> None:
    assert Submission.from_yaml(MANIFEST.encode()).contents == (
        SubmittedFile(path="predictions.csv", sha256=SHA, bytes=10),
    )
    assert submission(model=file("model.onnx")).contents == (file("model.onnx"),)


def test_contents_are_every_file_beside_the_manifest() -> None:
    paths = [each.path for each in SUBMISSION.contents]

    assert paths == ["model.onnx", "predictions.csv", "code.ipynb"]


@pytest.mark.parametrize("path", ["predictions.csv", "predictions.parquet", "predictions.npy"])
def test_predictions_have_one_of_three_names(path: str) -> None:
    assert submission(predictions=file(path)).predictions == file(path)


@pytest.mark.parametrize(
    "path",
    ["predictions.txt", "../predictions.csv", "/etc/passwd", "predictions.csv\n", "Predictions.csv",
     "predictions.npz", "predictions.pkl", "model.onnx", "",
     "x/predictions.csv", "predictions.csv "],
)  # fmt: skip
def test_no_other_path_gets_into_a_manifest(path: str) -> None:
    with pytest.raises(ValidationError, match=r"predictions\.path is one of"):
        submission(predictions=file(path))
    with pytest.raises(ValidationError, match="files may only be"):
        submission(predictions=file("predictions.csv"), files=(file(path),))
    if path != "model.onnx":
        with pytest.raises(ValidationError, match=r"model\.path is always model\.onnx"):
            submission(model=file(path))


def test_everything_about_the_files_is_said_at_once() -> None:
    said = problems(
        f"model: {{path: m.onnx, sha256: {SHA}, bytes: 1}}\n"
        f"files: [{{path: run.sh, sha256: {SHA}, bytes: 1}}]\n"
    )

    assert said == (
        "model.path is always model.onnx; files may only be preprocessor.py, code.ipynb, "
        "architecture.json, weights.skops, weights.keras, weights.safetensors"
    )


def test_weights_come_in_one_file() -> None:
    twice = [file(name) for name in ("weights.skops", "weights.keras")]

    with pytest.raises(ValidationError, match="only one file of weights"):
        submission(predictions=file("predictions.csv"), files=tuple(twice))


def test_a_file_is_listed_once() -> None:
    twice = (file("code.ipynb"), file("code.ipynb"))

    with pytest.raises(ValidationError, match="a file is listed twice"):
        submission(predictions=file("predictions.csv"), files=twice)


@pytest.mark.parametrize(
    "parts",
    [{"predictions": "predictions.csv"}, {"model": "model.onnx"},
     {"predictions": "predictions.csv", "files": "preprocessor.py"}],
)  # fmt: skip
def test_only_a_model_with_a_preprocessor_is_preprocessed(parts: dict[str, str]) -> None:
    given = {k: (file(v),) if k == "files" else file(v) for k, v in parts.items()}

    with pytest.raises(ValidationError, match=r"goes with a model and preprocessor\.py"):
        submission(preprocessed=True, **given)


def test_a_submission_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="neither a model nor predictions"):
        submission(files=(file("code.ipynb"),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("author: ada", "author (line 5): no such key"),
        ("username: ada", "username (line 5): no such key"),
        ("version: 1", "version (line 5): no such key"),
        ("scores: {accuracy: 1.0}", "scores (line 5): no such key"),
        ("timestamp: 2020-01-01T00:00:00Z", "timestamp (line 5): no such key"),
        ("board: private", "board (line 5)"),
        ("based_on: 0", "based_on (line 5)"),
        ("based_on: 0x" + "f" * 10_000, "a whole number of more than 64 bits"),
        ("tags: [" + ", ".join("abcdefghijk") + "]", "tags (line 5): Tuple should have at most 10"),
        ("tags: [" + "x" * 201 + "]", "tags.0 (line 5)"),
        ("description: [a]", "description (line 5)"),
        ("claims: {accuracy: 1.0}", "claims.accuracy (line 5): no such key"),
        ("claims: {depth: -1}", "claims.depth (line 5)"),
        ("claims: {depth: 1.5}", "claims.depth (line 5)"),
        ("claims: {epochs: 0x" + "f" * 10_000 + "}", "a whole number of more than 64 bits"),
        ("claims: {metadata: {team name: a}}", "claims.metadata.team name.[key] (line 5)"),
        ("claims: {metadata: {x: [1]}}", "claims.metadata.x"),
        ("claims: {metadata: {x: {y: 1}}}", "claims.metadata.x"),
        ("claims: {metadata: {x: .nan}}", "claims.metadata.x"),
        ("claims: {metadata: {x: .inf}}", "claims.metadata.x"),
        ("claims: {parameters: {alpha: .nan}}", "claims.parameters.0.value"),
        ("claims: {parameters: {seed: 0x" + "f" * 10_000 + "}}", "more than 64 bits"),
        ("claims: {libraries: {numpy: 2.1}}", "claims.libraries.numpy (line 5)"),
        ("claims: {metadata: {" + ", ".join(f"k{n}: 1" for n in range(21)) + "}}", "at most 20"),
    ],
)
def test_a_wrong_claim_is_refused_with_its_key(text: str, expected: str) -> None:
    assert expected in problems(text)


@pytest.mark.parametrize("digest", ["'" + "0" * 63 + "'", "abc", "~", SHA.upper()])
def test_a_digest_has_sixty_four_small_hexadecimal_digits(digest: str) -> None:
    said = problems("", MANIFEST.replace(SHA, digest))

    assert said.startswith("predictions.sha256 (line 4)")


def test_no_key_of_a_participant_takes_the_place_of_a_column_of_the_board() -> None:
    # A column that came later is for check_manifest to keep: older manifests stay readable.
    columns = {*LEADING_COLUMNS, *MODEL_COLUMNS, *TRAILING_COLUMNS} - {"failures"}
    metrics = {*CLASSIFICATION_METRICS, *REGRESSION_METRICS}

    assert columns | metrics <= RESERVED_KEYS
    for name in sorted(columns | metrics):
        with pytest.raises(ValidationError, match=f"{name}: the board's own column"):
            Claims(metadata={name: 1})


def test_all_taken_names_are_said_at_once() -> None:
    with pytest.raises(ValidationError, match="accuracy, rank: the board's own column"):
        Claims(metadata={"rank": 1, "team": "a", "accuracy": 1.0})


@pytest.mark.parametrize("value", [None, True, False, 0, 1, -3, 1.0, 0.0, "1", "true", "", "1.0"])
def test_a_claimed_value_keeps_its_type(value: Any) -> None:
    kept = Claims(parameters={"x": value}, metadata={"x": value})

    (parameter,) = kept.parameters
    assert type(parameter.value) is type(value)
    assert type(kept.metadata["x"]) is type(value)
    assert (parameter.name, parameter.value, parameter.changed) == ("x", value, None)


def test_a_claim_of_nought_is_not_a_missing_claim() -> None:
    claims = Submission.from_yaml(f"{MANIFEST}claims: {{depth: 0, epochs: 0}}".encode()).claims

    assert (claims.depth, claims.epochs) == (0, 0)
    assert Claims().depth is None
    assert CLAIMS.epochs == 0
