"""What an owner can change, what can be fetched, and what is done another way than in AIMS."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import aims_gh
from aims_gh import Data, ModelPlayground, download_data, import_quickstart_data
from aims_gh.api.data import QuickstartData
from aims_gh.errors import AimsError, CourseError, SubmissionError
from aims_gh.forge import MAIN, Change
from aims_gh.workspace import data_file, playground_file


def rules(pg: ModelPlayground) -> str:
    with pg._forge.tree() as main:
        return (main.read(playground_file(pg._where.slug)) or b"").decode()


def edited(pg: ModelPlayground, change: Callable[[str], str]) -> None:
    """Write playground.yml by hand, as an owner does in the repository."""
    path = playground_file(pg._where.slug)
    text = change(rules(pg)).encode()
    pg._forge.record(lambda _: Change("By hand", {path: text}), branch=MAIN)


def test_who_may_submit_is_changed_and_nothing_else_of_the_file(wines: ModelPlayground) -> None:
    edited(wines, lambda text: f"# for the spring term\n{text}# the end\n")

    assert wines.update_access_list(["ada", "bob"]) == ["ada", "bob"]
    assert wines.update_access_list(["ADA"], "Remove") == ["bob"]
    assert wines.update_access_list(["eve"]) == ["bob", "eve"]
    assert wines.update_access_list(["ada"], "Replace_list") == ["ada"]
    assert wines.update_access_list(update_type="Get") == ["ada"]

    assert rules(wines).startswith("# for the spring term\n")
    assert "# the end" in rules(wines)
    assert wines.playground.visibility == "private"
    with pytest.raises(SubmissionError, match="eve is not among the participants"):
        ModelPlayground(playground_url=wines.playground_url, username="eve").submit_model(
            None, None, ["class_0"] * 45
        )


@pytest.mark.parametrize(
    ("logins", "update", "message"),
    [
        ([], "Replace_list", "nobody would be left"),
        (["a b"], "Add", "a login is 1 to 39"),
        (["x@example.org"], "Add", "a login is 1 to 39"),
        (["ada"], "Delete", "no update_type 'Delete'"),
    ],
)
def test_an_access_list_that_will_not_do_changes_nothing(
    logins: list[str], update: str, message: str, wines: ModelPlayground
) -> None:
    before = rules(wines)

    with pytest.raises(CourseError, match=message):
        wines.update_access_list(logins, update)

    assert rules(wines) == before


def test_example_rows_are_replaced(wines: ModelPlayground, wine: QuickstartData) -> None:
    wines.update_example_data(wine.X_train.iloc[10:13])

    example = wines.playground.data.example
    assert example is not None
    assert example.rows == 3
    with wines._forge.tree() as main:
        content = main.read(data_file("wines", example.path))
    assert content == wine.X_train.iloc[10:13].to_csv(index=False).encode()


def test_example_rows_with_other_columns_are_refused(wines: ModelPlayground) -> None:
    with pytest.raises(CourseError, match="the playground's inputs are alcohol"):
        wines.update_example_data(pd.DataFrame({"a": [1]}))


def test_files_are_shared_listed_on_the_site_and_fetched(
    wines: ModelPlayground, tmp_path: Path, wine: QuickstartData
) -> None:
    folder = tmp_path / "to-share"
    folder.mkdir()
    wine.X_train.to_csv(folder / "more.csv", index=False)
    (folder / "notes.txt").write_text("about the vineyards\n")

    shared = Data("tabular", wines.playground_url).share_dataset(folder)
    fetched = download_data(wines.playground_url, tmp_path / "here")

    assert shared == ["more.csv", "notes.txt"]
    assert sorted(path.name for path in fetched) == [
        "example.csv", "features.csv", "more.csv", "notes.txt",
    ]  # fmt: skip
    notes = tmp_path / "here" / "wines" / "notes.txt"
    assert notes.read_text() == "about the vineyards\n"
    assert wines.playground.data.shared[0].rows == len(wine.X_train)


def test_a_shared_table_with_the_held_out_answers_is_refused(
    wines: ModelPlayground, tmp_path: Path, wine: QuickstartData
) -> None:
    wine.X_test.assign(kind=wine.y_test).to_csv(tmp_path / "all.csv", index=False)

    with pytest.raises(CourseError, match=r"the column 'kind' of all\.csv is the held-out answers"):
        Data("tabular", wines.playground_url).share_dataset(tmp_path / "all.csv")

    assert wines.playground.data.shared == ()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: folder / "nowhere", "there is no"),
        (lambda folder: (folder / "empty").mkdir() or folder / "empty", "has no files"),
        (lambda folder: (folder / "in").mkdir() or folder, "has folders in it: in"),
        (lambda folder: _written(folder / "a b.txt"), "cannot be shared under this name"),
        (lambda folder: _written(folder / "features.csv"), "is the playground's own file"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    make: Callable[[Path], Any], message: str, wines: ModelPlayground, tmp_path: Path
) -> None:
    folder = tmp_path / "share"
    folder.mkdir()
    place = make(folder)

    with pytest.raises(CourseError, match=message):
        Data("tabular", wines.playground_url).share_dataset(place)


def _written(path: Path) -> Path:
    path.write_text("a\n1\n")
    return path


def test_shared_data_are_public(wines: ModelPlayground, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="shared data are public"):
        Data("tabular", wines.playground_url).share_dataset(tmp_path, private="TRUE")


def test_a_download_goes_on_where_it_broke_off(wines: ModelPlayground, tmp_path: Path) -> None:
    whole = {p.name: p.read_bytes() for p in download_data(wines.playground_url, tmp_path)}
    folder = tmp_path / "wines"
    kept = (folder / "features.csv").stat().st_mtime_ns
    (folder / "example.csv").write_bytes(whole["example.csv"][:10])
    (folder / ".example.csv.part").write_bytes(b"half")

    again = download_data(wines.playground_url, tmp_path)

    assert {path.name: path.read_bytes() for path in again} == whole
    assert (folder / "features.csv").stat().st_mtime_ns == kept
    assert not list(folder.glob(".*.part"))


def test_a_file_that_is_not_the_one_described_is_not_written(
    wines: ModelPlayground, tmp_path: Path
) -> None:
    path = data_file("wines", "example.csv")
    wines._forge.record(lambda _: Change("Tamper", {path: b"x\n1\n"}), branch=MAIN)

    with pytest.raises(CourseError, match=r"example\.csv of wines is not the file"):
        download_data(wines.playground_url, tmp_path)

    assert not (tmp_path / "wines" / "example.csv").exists()


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes", "digits", "iris", "wine"])
def test_data_that_ship_with_packages_come_split_and_the_same_every_time(name: str) -> None:
    first, second = import_quickstart_data(name), import_quickstart_data(name)

    assert len(first.X_train) == len(first.y_train) > len(first.X_test) == len(first.y_test)
    assert first.X_train.equals(second.X_train)
    assert first.y_test_labels == first.y_test.tolist()
    assert len(first) == 6


def test_data_that_would_have_to_be_downloaded_are_named_with_what_there_is() -> None:
    with pytest.raises(AimsError, match="no installed package has the data 'titanic'") as caught:
        import_quickstart_data("titanic")

    assert "breast_cancer" in caught.value.hint


def test_labels_keep_the_owners_order_and_others_are_refused(
    wines: ModelPlayground, wine: QuickstartData
) -> None:
    order = ["class_2", "class_0", "class_1"]
    hot = pd.DataFrame(columns=["class_0", "class_1", "class_2"])

    found = [wines.update_labels(given) for given in (wine.y_test_labels, order[::-1], hot)]

    assert found == [order] * 3
    assert list(wines.playground.labels) == order
    with pytest.raises(CourseError, match="a label in row 4 that the playground") as error:
        wines.update_labels([*order, "class_9"])
    assert "another playground" in error.value.hint


REPLACED: dict[str, Callable[[ModelPlayground], Any]] = {
    "update_eval_data": lambda pg: pg.update_eval_data([1]),
    "get_apikey": lambda pg: pg.get_apikey(),
    "create_competition": lambda pg: pg.create_competition("folder", [1]),
    "create_experiment": lambda pg: pg.create_experiment("folder", y_test=[1]),
    "activate": lambda pg: pg.activate("model.onnx", "preprocessor.zip"),
    "deploy": lambda pg: pg.deploy("model.onnx", "preprocessor.zip", [1]),
    "set_credentials": lambda _: aims_gh.set_credentials(type="deploy_model"),
    "configure_credentials": lambda _: aims_gh.configure_credentials(),
    "upload_preprocessor": lambda _: aims_gh.upload_preprocessor("preprocessor.zip"),
    "import_preprocessor": lambda _: aims_gh.import_preprocessor("preprocessor.zip"),
}


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_done_another_way_here_says_how(name: str, wines: ModelPlayground) -> None:
    with pytest.raises(AimsError, match=f"{name} is not used here: ") as caught:
        REPLACED[name](wines)

    assert caught.value.hint
