"""The reference says what the program does: all of it, and nothing else."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import click
import numpy as np
import pytest
import yaml

import aims_gh
from aims_gh.core.metrics import METRICS, compute_scores
from aims_gh.core.predictions import Predictions
from aims_gh.core.rank import leaderboard
from aims_gh.domain.metric import CLASSIFICATION_METRICS, MetricSpec
from aims_gh.domain.playground import Playground
from aims_gh.flows.playground import read_rules
from aims_gh.settings import ENVIRONMENT

ROOT = Path(__file__).resolve().parent.parent.parent
REFERENCE = ROOT / "docs" / "reference"
FRONT = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
EVERYTHING = [*(ROOT / name for name in FRONT), *sorted((ROOT / "docs").rglob("*.md"))]


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = _tool()


def text(page: str) -> str:
    return (REFERENCE / page).read_text(encoding="utf-8")


def code_blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=name_of)
def test_making_the_generated_parts_again_changes_nothing(page: Path) -> None:
    expected = page.read_text(encoding="utf-8")

    assert reference.filled(page) == expected, "run: python tools/reference.py"


@pytest.mark.parametrize(("name", "command"), list(reference.commands()))
def test_every_command_and_every_option_is_explained(name: str, command: click.Command) -> None:
    assert f"\n## {name}\n" in text("commands.md")
    for option, meaning in reference.option_words(command).items():
        assert meaning, f"{name} {option} has no help: give it one, or words in words.yml"


def test_every_record_is_described() -> None:
    assert set(reference.places()) == set(reference.records())


@pytest.mark.parametrize("name", sorted(set(reference.records())))
def test_every_field_of_a_record_has_a_meaning(name: str) -> None:
    record = reference.records()[name]

    missing = [
        field
        for field, (_, said) in reference.fields(record).items()
        if not reference.meaning(record, field, said)
    ]

    assert set(reference.fields(record)) == set(record.model_fields)
    assert not missing, "give them a docstring in aims_gh/domain"


def test_no_words_are_kept_for_what_the_code_says_itself() -> None:
    records, words = reference.records(), reference.WORDS
    kept = [
        (record, field)
        for record, fields in words["fields"].items()
        if isinstance(fields, dict)
        for field in fields
    ]

    said = {(r, f): reference.fields(records[r])[f][1] for r, f in kept}
    helped = {
        option.opts[-1]
        for _, command in reference.commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    }

    assert not [key for key, docstring in said.items() if docstring]
    assert set(words["options"]) <= helped


@pytest.mark.parametrize("metric", list(METRICS))
def test_a_metric_equals_the_scikit_learn_call_that_its_page_names(metric: str) -> None:
    section = text("metrics.md").split(f"\n## {metric}\n")[1].split("\n## ")[0]
    calls = [" ".join(call.split()) for call in re.findall(r"`(sklearn\.metrics\.[^`]*)`", section)]
    random = np.random.default_rng(11)
    classes = metric in CLASSIFICATION_METRICS
    labels = 2 if len(calls) == 1 else 3
    truth = random.integers(0, labels, 60) if classes else random.normal(size=60)
    probabilities = random.dirichlet(np.ones(labels), 60)
    predicted = probabilities.argmax(axis=1) if classes else truth + random.normal(size=60)
    import sklearn.metrics

    names = {
        "sklearn": sklearn,
        "truth": truth,
        "predicted": predicted,
        "probabilities": probabilities,
        "average": "macro",
        "positive": 1,
        "zero_division": 0,
        "k": labels,
    }
    expected = eval(calls[-1], names)

    given = (
        Predictions(codes=predicted.astype(np.int32), probabilities=probabilities)
        if classes
        else Predictions(values=predicted)
    )
    answers = truth.astype(np.int32) if classes else truth
    scores = compute_scores(
        [MetricSpec(name=metric)],
        labels=list("abc")[:labels] if classes else [],
        truth=answers,
        predictions=given,
    )

    assert scores[metric] == pytest.approx(expected, rel=1e-12)


AIMS = reference.aims_names()


@pytest.mark.parametrize("name", AIMS)
def test_a_name_of_aimodelshare_is_there_with_its_arguments(name: str) -> None:
    found: object = aims_gh
    for part in name.split("."):
        found = getattr(found, part)

    taken = inspect.signature(found).parameters  # type: ignore[arg-type]

    anything = any(item.kind == item.VAR_KEYWORD for item in taken.values())
    assert anything or set(AIMS[name]["arguments"].split()) <= set(taken)


@pytest.mark.parametrize("name", AIMS)
def test_a_name_of_aimodelshare_is_replaced_or_has_words(name: str) -> None:
    told = AIMS[name]

    if told["state"] == "replaced":
        assert reference.replacement(name)
        assert "words" not in told
    else:
        assert told["words"].endswith(".")


def test_every_error_has_its_exit_code() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| `(\w+)` \|", text("errors.md"), re.MULTILINE))

    assert {int(code): name for code, name in rows.items()} == {
        error.exit_code: error.__name__ for error in reference.errors()
    }


def test_every_environment_variable_is_listed() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", text("environment.md"), re.MULTILINE)

    assert listed == list(ENVIRONMENT)


def test_every_dependency_has_its_line_with_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *(line for lines in project["project"]["optional-dependencies"].values() for line in lines),
        *(line for lines in project["dependency-groups"].values() for line in lines),
        *project["build-system"]["requires"],
    ]
    names = {re.match(r"[\w.-]+", line)[0] for line in asked} - {"aims-gh"}  # type: ignore[index]
    package = json.loads((ROOT / "site_templates/assets/package.json").read_text(encoding="utf-8"))
    names |= package["dependencies"].keys() | package["devDependencies"].keys()

    rows = re.findall(r"^\|(?: `\w+` \|)? `([\w./@-]+)` \| (.+) \|$", text("dependencies.md"), re.M)

    assert {name for name, _ in rows} == names
    for extra in set(project["project"]["optional-dependencies"]) - {"all"}:
        assert f"`{extra}`" in text("dependencies.md")


def test_the_example_of_a_playground_is_a_valid_one() -> None:
    (example,) = code_blocks("playground.md", "yaml")
    holdout = {"rows": 200, "labels_sha256": "0" * 64}

    rules, _ = read_rules(example.encode(), "playground.yml")
    playground = Playground.from_value(rules | {"holdout": holdout})

    assert playground.ranking_metric.name == "f1_score"


def test_the_example_that_reads_a_leaderboard_reads_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = code_blocks("leaderboard.md", "python")
    playground = Playground.from_value(
        {
            "title": "T",
            "input_type": "tabular",
            "task_type": "regression",
            "holdout": {"rows": 9, "labels_sha256": "0" * 64},
        }
    )
    (tmp_path / "leaderboard.json").write_bytes(leaderboard("t", playground, ()).to_json())
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}

    exec(example, names)

    assert "mse" in names["board"].columns  # type: ignore[attr-defined]


def test_the_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    pages = (tmp_path / "site").rglob("*.html")
    assert not [p for p in pages if "fonts.googleapis" in p.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", FRONT)
def test_links_of_the_pages_beside_the_documentation_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", (ROOT / name).read_text(encoding="utf-8"))

    for path, anchor in links:
        if not path.startswith("https://"):
            target = ROOT / (path or name)
            assert target.exists(), path
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert not anchor or anchor in {reference.slugify(h, "-") for h in headings}, anchor


@pytest.mark.parametrize("page", EVERYTHING, ids=name_of)
def test_no_page_names_a_command_or_an_option_that_is_not_there(page: Path) -> None:
    commands = dict(reference.commands())
    written = page.read_text(encoding="utf-8").replace("\\\n", " ")
    said = re.findall(r"`(aims [^`]*)`", written)
    typed = re.findall(r"^(?:\w+=\S+ )?(aims .*)$", written, re.MULTILINE)

    for line in (*said, *typed):
        words = line.split(" #")[0].split()
        name = next(n for i in range(len(words), 0, -1) if (n := " ".join(words[:i])) in commands)
        rest = words[len(name.split()) :]
        known = {form for param in commands[name].params for form in (*param.opts, "--help")}
        subcommands = getattr(commands[name], "commands", {})
        assert not (subcommands and rest and re.fullmatch(r"[a-z]+", rest[0])), line
        used = {word.split("=")[0] for word in rest if word.startswith("-")}
        assert used <= {*known, *(o for p in commands["aims"].params for o in p.opts)}, line


def test_contributing_lists_what_make_test_runs() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\ntest:")[1].split("\n\n")[0].splitlines()[1:]
    runs = [line.strip().removeprefix("$(BIN)/") for line in recipe]

    listed = re.findall(
        r"^\| `([^`]+)` \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert listed == runs
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make test" in readme
    assert f".venv/bin/{runs[-1]}" in readme
    for file in re.findall(r"requirements/\w+\.txt", readme):
        assert (ROOT / file).is_file()


def test_hooks_run_what_is_installed_and_fetch_nothing() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))

    for repo in config["repos"]:
        assert repo["repo"] == "local"
        for hook in repo["hooks"]:
            assert hook["language"] == "system"
            assert hook["entry"].startswith(".venv/bin/")
