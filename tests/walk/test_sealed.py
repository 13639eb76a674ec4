"""Sealed submissions: nothing of them can be read before the reveal, everything after it."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from contest import CLOSES, HOUR, ROWS, SLUG, Contest, contest
from onnx import TensorProto, helper
from walk_classroom import csv_of

from aims_gh import settings
from aims_gh.cli import aims
from aims_gh.core.bundle import AUTHOR_FILE, pack, unpack
from aims_gh.core.seal import Key, seal
from aims_gh.domain.claims import Claims
from aims_gh.domain.submission import BUNDLE_FILE, MANIFEST_FILE, Submission, SubmittedFile
from aims_gh.errors import CourseError, SubmissionError
from aims_gh.flows.decide import decide
from aims_gh.flows.owner_data import Source
from aims_gh.flows.read import compare, get_model, read_evaluation, reading_of
from aims_gh.flows.reveal import reveal
from aims_gh.flows.submit import Parts, sealed_up, submit
from aims_gh.flows.submit import pack as pack_submission
from aims_gh.forge import MAIN, Change
from aims_gh.workspace import Workspace, submission_folder

HIDDEN = "ForestOfSecrets"


@pytest.fixture
def birds(tmp_path: Path) -> Contest:
    return contest(tmp_path / "course", sealed=True, limits={"bytes": 30_000})


def everything(birds: Contest) -> bytes:
    """All that anybody can read: the ledger, and the files of every proposal."""
    found = [*birds.ledger().values()]
    for proposal in birds.forge.proposals(state="all"):
        with birds.forge.tree(proposal.head) as tree:
            found += [tree.read(path) or b"" for path in tree.paths("submissions")]
        found += [comment.body.encode() for comment in birds.forge.comments(proposal.number)]
    return b"\n".join(found)


def test_the_board_shows_scores_and_nothing_else_until_the_reveal(birds: Contest) -> None:
    claims = Claims(model_type=HIDDEN, metadata={"trick": HIDDEN})
    outcome = birds.scored("ada", (70, 60), sealed=True, claims=claims, tags=(HIDDEN.lower(),))
    before, row = everything(birds), birds.board().rows()[0]
    birds.at(CLOSES + HOUR)
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)
    after = birds.board("experiment").rows()[0]

    assert outcome.scores is not None and outcome.scores["accuracy"] == 0.7
    assert HIDDEN.encode() not in before and HIDDEN.lower().encode() not in before
    assert (row["accuracy"], row["model_type"], row["tags"]) == (0.7, None, [])
    assert (after["accuracy"], after["model_type"]) == (0.65, HIDDEN)
    assert after["metadata"] == {"trick": HIDDEN}


def test_a_version_is_shown_as_the_reveal_has_opened_it(tmp_path: Path) -> None:
    birds = contest(tmp_path / "course", sealed=True, release="ladder")
    claims = Claims(model_type=HIDDEN, metadata={"trick": HIDDEN})
    birds.scored("ada", (90, 60))
    birds.scored("ada", (50, 40), sealed=True, claims=claims)
    birds.at(CLOSES + HOUR)
    decide(
        birds.forge, birds.address, 2, action="disqualified", by="t", now=birds.now, reason="copied"
    )
    address = f"{birds.forge.name}/{SLUG}"

    def shown(*options: str) -> str:
        return CliRunner().invoke(aims, ["show", address, "2", *options]).stdout

    board = CliRunner().invoke(aims, ["leaderboard", address]).stdout
    before, ladder = shown(), read_evaluation(birds.forge, birds.address, 2).scores
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)
    after, value = shown(), json.loads(shown("--json"))

    assert ladder == {"accuracy": 0.9}
    assert "f1_score" not in board and "sealed, disqualified" in board
    assert "what is in it is told at the reveal" in before and "best so far" in before
    assert "sealed until the reveal" in before and HIDDEN not in before
    assert "sealed until the reveal" not in after and HIDDEN in after and "copied" in after
    parts = {name: value["revealed"][name]["accuracy"] for name in ("whole", "public", "private")}
    assert parts == {"whole": 0.45, "public": 0.5, "private": 0.4}
    low, high = value["revealed"]["intervals"]["accuracy"]
    assert low < 0.4 < high and f"{low:.6g} to {high:.6g}" in after
    assert (value["scores"]["accuracy"], value["rows"]) == (0.45, 200)
    assert (value["marks"], value["reason"]) == (["disqualified"], "copied")
    compared = compare(birds.forge, birds.address, [1, 2])
    assert compared.evaluations[1].claims.model_type == HIDDEN
    assert compared.lines[0].values == (0.75, 0.45)


def test_a_copied_bundle_is_worth_nothing_to_who_copies_it(birds: Contest) -> None:
    number = birds.submit("ada", (90, 90), sealed=True)
    (proposal,) = birds.forge.proposals()
    with birds.forge.tree(proposal.head) as tree:
        files = {path: tree.read(path) or b"" for path in tree.paths("submissions")}
    stolen = {path.replace("/ada/", "/mallory/"): data for path, data in files.items()}
    change = Change("Submit", stolen)
    copy = birds.forge.propose(change, author="mallory", title="Submit").number

    outcomes = {o.proposal: o for o in birds.evaluate()}

    assert outcomes[number].outcome == "scored"
    assert outcomes[copy].outcome == "refused"
    assert "was not sealed by who hands it in" in (outcomes[copy].reason or "")


def test_hostile_bundles_are_refused_by_name_and_the_others_are_scored(birds: Contest) -> None:
    with birds.forge.tree(MAIN) as main:
        envelope = Workspace(main).playground(SLUG).holdout.envelope
    assert envelope is not None
    members = {AUTHOR_FILE: b"mallory", MANIFEST_FILE: b"id: x\n"}
    bomb = [("bomb", b"\0" * 1_000_000)]
    twice = [("author", b"a"), ("author", b"b")]
    attacks = {
        "is compressed": (zipped(bomb, zipfile.ZIP_DEFLATED), envelope),
        "is no archive as aims makes it": (b"PK\x03\x04" + bytes(range(256)), envelope),
        "files that are no part of": (pack(members | {"../../../etc/passwd": b"root"}), envelope),
        "has too many files, or one twice": (zipped(twice, zipfile.ZIP_STORED), envelope),
        "not sealed to this competition's envelope": (pack(members), Key.new().public),
        "submission.yml is not valid": (pack(members), envelope),
        "the limit is 30,000": (pack(members | {"model.onnx": bytes(31_000)}), envelope),
    }
    numbers = {
        what: propose_bundle(birds, seal(content, [key]))
        for what, (content, key) in attacks.items()
    }
    good = birds.submit("ada", (70, 60), sealed=True)

    outcomes = {o.proposal: o for o in birds.evaluate()}

    assert outcomes[good].outcome == "scored"
    assert {outcomes[number].outcome for number in numbers.values()} == {"refused"}
    assert [what for what, n in numbers.items() if what not in (outcomes[n].reason or "")] == []


def propose_bundle(birds: Contest, bundle: bytes) -> int:
    """Propose a bundle that no aims has made."""
    digest = hashlib.sha256(bundle).hexdigest()
    file = SubmittedFile(path=BUNDLE_FILE, sha256=digest, bytes=len(bundle))
    outer = Submission(id=f"x-{digest[:6]}", playground=SLUG, created=birds.now, bundle=file)
    folder = submission_folder(SLUG, "mallory", outer.id)
    files = {f"{folder}/{MANIFEST_FILE}": outer.to_yaml(), f"{folder}/{BUNDLE_FILE}": bundle}
    return birds.forge.propose(Change("Submit", files), author="mallory", title="Submit").number


def zipped(members: list[tuple[str, bytes]], method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name comes twice is the attack
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


def tiny_model() -> bytes:
    """Give 2 x + 1, as ONNX: nobody runs it here, since the playground has no features."""
    weight = helper.make_tensor("weight", TensorProto.FLOAT, [1, 1], [2.0])
    bias = helper.make_tensor("bias", TensorProto.FLOAT, [1], [1.0])
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "weight", "bias"], ["y"])],
        "line",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [weight, bias],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def test_a_model_that_was_sealed_can_be_had_after_the_reveal(birds: Contest) -> None:
    model = tiny_model()
    packed = pack_submission(
        SLUG,
        Parts(model=model, predictions=csv_of("prediction", birds.guesses(60, 60))),
        now=birds.now,
    )
    with birds.forge.tree(MAIN) as main:
        sealed = sealed_up(packed, Workspace(main).playground(SLUG), author="ada")
    submit(birds.forge, birds.address, sealed, author="ada")
    (outcome,) = birds.evaluate()

    with pytest.raises(CourseError, match="is sealed until the reveal"):
        get_model(birds.forge, birds.address, 1)
    birds.at(CLOSES + HOUR)
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    assert outcome.outcome == "scored"
    assert get_model(birds.forge, birds.address, 1) == model
    assert birds.board("experiment").rows()[0]["num_params"] is not None


def test_how_the_numbers_of_a_sealed_model_are_read_is_told_after_the_reveal(
    tmp_path: Path,
) -> None:
    sure = np.linspace(0, 1, ROWS)
    features = Source("x.csv", csv_of("x", sure.tolist()))
    birds = contest(tmp_path / "course", sealed=True, labels=("owl", "jay"), features=features)
    said = ["owl" if value >= 0.5 else "jay" for value in sure]

    birds.submit("ada", (0, 0), sealed=True, values=said, model=owl_model())
    birds.submit("bob", (0, 0), sealed=True, values=said, model=odds_model())
    birds.evaluate()
    before = everything(birds)
    told = [reading_of(birds.forge, birds.address, version) for version in (1, 2)]
    birds.at(CLOSES + HOUR)
    reveal(birds.forge, birds.address, find_key=settings.keys().find, by="t", now=birds.now)

    assert told == [None, None] and b'"reading": "' not in before
    after = [reading_of(birds.forge, birds.address, version) for version in (1, 2)]
    assert after == ["probabilities", "scores"]


def owl_model() -> bytes:
    """Give the label owl where x is at least a half, and beside it x and 1 - x."""
    texts = helper.make_tensor("texts", TensorProto.STRING, [2], [b"owl", b"jay"])
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    nodes = [
        helper.make_node("Constant", [], ["labels"], value=texts),
        helper.make_node("Sub", ["one", "x"], ["rest"]),
        helper.make_node("Concat", ["x", "rest"], ["p"], axis=1),
        helper.make_node("ArgMax", ["p"], ["best"], axis=1, keepdims=0),
        helper.make_node("Gather", ["labels", "best"], ["label"]),
    ]
    graph = helper.make_graph(
        nodes,
        "birds",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [
            helper.make_tensor_value_info("label", TensorProto.STRING, [None]),
            helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 2]),
        ],
        [one],
    )
    return onnx_of(graph)


def odds_model() -> bytes:
    """Give the log-odds of jay: positive where x is less than a half."""
    values = {"half": [0.5], "steep": [-20.0]}
    graph = helper.make_graph(
        [
            helper.make_node("Sub", ["x", "half"], ["over"]),
            helper.make_node("Mul", ["over", "steep"], ["odds"]),
        ],
        "birds",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("odds", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor(name, TensorProto.FLOAT, [1], value) for name, value in values.items()],
    )
    return onnx_of(graph)


def onnx_of(graph: Any) -> bytes:
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def test_nobody_seals_where_nothing_may_be_sealed(tmp_path: Path) -> None:
    open_one = contest(tmp_path / "open")

    with pytest.raises(CourseError, match="takes no sealed submissions"):
        open_one.submit("ada", (60, 60), sealed=True)


def test_a_bundle_holds_no_more_than_it_may() -> None:
    content = pack({"a": bytes(600), "b": bytes(600)})

    assert unpack(content, limit=1200) == {"a": bytes(600), "b": bytes(600)}
    with pytest.raises(SubmissionError, match="1,200 bytes, the limit is 1,199"):
        unpack(content, limit=1199)
