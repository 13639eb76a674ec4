"""What the pages say: cards, facts, boards, commands."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from site_builders import KEY, board, course, evaluation, page, playground, site
from site_html import Element, parse, table
from site_html import facts as pairs

from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.site.board import STATIC_ROWS
from aims_gh.site.facts import facts
from aims_gh.site.tabs import TABS
from aims_gh.site.view import playground_view


@pytest.fixture
def crowded(demo: Path) -> Element:
    return parse(demo / "playgrounds/crowded/leaderboard/index.html")


def said(task, **changes) -> dict[str, str]:
    return {
        fact.name: " ".join([fact.value, *fact.more]) for fact in facts(task, course(**changes))
    }


def test_a_card_says_what_to_do_and_how_well_it_has_been_done(demo: Path) -> None:
    cards = {c.one("a").text: c for c in parse(demo / "index.html").all("li", "aims-card")}

    assert set(cards) == {"Breast cancer", "House prices"}
    cancer = cards["Breast cancer"].one("p", "aims-kicker").text
    assert cancer == "Tabular classification · closes 31 January 2027"
    house = cards["House prices"]
    board_ = Leaderboard.from_json((demo / "data/houses/leaderboard.json").read_bytes())
    best = board_.boards["experiment"].rows()[0]
    assert house.one("p", "aims-kicker").text == "Tabular regression"
    assert house.one(css="aims-best").text == f"{best['mse']:.4f} best mse ↓ by {best['username']}"
    assert pairs(house) == {
        "participants": str(len(set(board_.boards["experiment"].columns["username"]))),
        "submissions": "7",
        "rows to predict": "171",
    }


def test_a_card_of_an_untouched_playground_says_that_nobody_has_submitted(built) -> None:
    folder = built(site(page(rows=None)))

    card = parse(folder / "index.html").one("li", "aims-card")
    assert "nobody has submitted yet" in card.text
    assert pairs(card)["participants"] == "0"


def test_the_page_shows_the_first_rows_of_the_board(crowded: Element, crowd) -> None:
    rows = table(crowded)

    assert len(rows) == STATIC_ROWS == 100
    expected = crowd.boards["experiment"].rows()[:100]
    assert [r["version"] for r in rows] == [str(e["version"]) for e in expected]
    assert [r["username"] for r in rows] == [e["username"] for e in expected]
    assert rows[0]["rank"] == "1"


def test_scores_have_four_decimals_and_their_whole_value_as_title(crowded: Element, crowd) -> None:
    score = crowded.all("td", "aims-ranks")[0]

    exact = crowd.boards["experiment"].columns["accuracy"][0]
    assert score.text == f"{exact:.4f}"
    assert float(score.attributes["title"]) == exact


def test_both_boards_are_there_as_tabs_that_work_without_a_script(crowded: Element) -> None:
    tabs = crowded.all("input", "aims-tab")
    labels = {e.attributes["for"]: e.text for e in crowded.all("label") if "for" in e.attributes}

    assert [t.attributes["type"] for t in tabs] == ["radio", "radio"]
    assert ["checked" in t.attributes for t in tabs] == [True, False]
    assert labels["tab-experiment"] == "Experiment 12,000"
    assert labels["tab-competition"] == "Competition 12,000"


def test_without_a_private_part_there_is_one_board_and_no_tab(demo: Path) -> None:
    root = parse(demo / "playgrounds/houses/leaderboard/index.html")

    assert root.all("input", "aims-tab") == []
    assert [s.attributes["id"] for s in root.all("section", "aims-board")] == ["experiment"]


def test_columns_that_are_empty_for_all_are_left_out(built) -> None:
    task = playground()
    bare = [evaluation(1, task, facts=None, cost=None, reproduction=None, marks=(), tags=())]

    folder = built(site(page(leaderboard=board(task, 0, *bare))))

    keys = set(table(parse(folder / "playgrounds/breast-cancer/leaderboard/index.html"))[0])
    assert keys >= {"rank", "username", "accuracy", "f1_score", "version", "timestamp"}
    assert not keys & {"reproduced", "num_params", "memory_size", "marks", "tags", "based_on"}


def test_marks_are_shown_and_explained_in_words(built) -> None:
    task = playground()
    many = [*(evaluation(v, task) for v in range(1, 60)), evaluation(60, task, marks=("baseline",))]

    folder = built(site(page(leaderboard=board(task, 0, *many))))

    root = parse(folder / "playgrounds/breast-cancer/leaderboard/index.html").one("article")

    assert {row["reproduced"] for row in table(root)} == {"✔", "✘", "–"}
    assert "baseline" in {row["marks"] for row in table(root)}
    legend = root.all("dl", "aims-legend")[0].text
    for words in ("the same predictions", "not reproduced", "not checked", "to be compared with"):
        assert words in legend
    unseen = {e.raw().strip() for e in root.all("span", "aims-unseen")}
    assert unseen == {"reproduced", "not reproduced"}


def test_a_row_without_the_ranking_score_has_no_rank_and_stands_last(built) -> None:
    task = playground()
    unscored = evaluation(9, task, scores={"f1_score": 0.5})

    folder = built(site(page(leaderboard=board(task, 3, unscored))))

    rows = table(parse(folder / "playgrounds/breast-cancer/leaderboard/index.html"))
    assert [row["rank"] for row in rows] == ["1", "2", "3", "–"]
    assert (rows[3]["version"], rows[3]["accuracy"]) == ("9", "–")


def test_an_empty_board_invites_to_the_first_submission(demo: Path) -> None:
    root = parse(demo / "playgrounds/empty/leaderboard/index.html")

    assert [e.text for e in root.all("p", "aims-empty-title")] == ["Nobody has submitted yet"] * 2
    assert root.all("section", "aims-board")[0].one("a").attributes["href"] == "../submit/"
    assert [section.all("table") for section in root.all("section", "aims-board")] == [[], []]


def test_the_title_of_the_readme_is_not_said_twice(demo: Path) -> None:
    root = parse(demo / "playgrounds/small/index.html")

    assert [h.text for h in root.all("h1")] == ["Breast cancer"]
    assert "Thirty measurements of cell nuclei say it well." in root.one(css="aims-readme").text


def test_headings_of_a_readme_do_not_take_the_places_of_ours(built) -> None:
    readme = "## Leaderboard\n\nmine\n\n## Submit\n\n## Data\n\n## Overview\n"

    root = parse(built(site(page(readme=readme))) / "playgrounds/breast-cancer/index.html")

    ids = [e.attributes["id"] for e in root.walk() if "id" in e.attributes]
    assert len(ids) == len(set(ids))


def test_the_facts_say_how_it_is_ranked_and_what_is_secret() -> None:
    facts_ = said(playground())

    assert facts_["Task"] == "Tabular classification"
    assert facts_["Labels"] == "malignant, benign"
    assert facts_["Ranked by"] == ("accuracy ↑ higher is better; = rows predicted right ÷ all rows")
    assert "earlier submission, by server time" in facts_["Equal scores"]
    assert facts_["Private part"].startswith("50 % of the rows stay secret until")
    assert facts_["One submission"] == "at most 25 MB, 60 s, 2 GB of memory"
    assert facts_["Each participant"] == "5 in 24 hours"
    assert facts_["Closes"] == "31 January 2027, 17:00 UTC"
    assert facts_["After that"] == "scored, and listed apart"
    assert facts_["Licence"] == "CC BY 4.0"


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("Private part", {"competition": {"private_fraction": 0}}, "every row counts"),
        ("Private part", {"competition": {"release": "rounded"}}, "three decimals"),
        ("Who may submit", {}, "everybody"),
        ("Who may submit", {"visibility": "private", "participants": ["ada"]}, "1 participant"),
        ("Each participant", {"limits": {}}, "as many submissions as they like"),
        ("Each participant", {"limits": {"total": 1000}}, "1,000 in all"),
        ("What is scored", {"evaluation": "model"}, "its own predictions"),
        ("Labels", {"labels": [*range(30)]}, "11 and 18 more"),
        ("After that", {"competition": {"closes": "2027-01-01T00:00Z", "grace_minutes": 5}},
         "refused after 5 minutes of grace"),
        ("Late submissions until", {"competition": {"closes": "2027-01-01T00:00Z", "late": "mark",
         "late_until": "2027-01-02T00:00Z"}}, "2 January 2027, 00:00 UTC"),
        ("In the final phase", {"limits": {"per_day": 2, "total": 9}, "competition": {
         "closes": "2027-01-01T00:00Z", "final": {"closes": "2027-01-02T00:00Z", "per_day": 1}}},
         "1 in 24 hours, 9 in all"),
        ("Teams", {"competition": {"team_size": 4}}, "at most 4 members; a team has one quota"),
        ("Ranked by", {"metrics": ["log_loss"]}, "log_loss ↓ lower is better"),
        ("Ranked by", {"metrics": [{"name": "recall", "average": "binary", "pos_label": "benign"}]},
         "of “benign” alone"),
    ],
)  # fmt: skip
def test_the_facts_follow_the_rules(name: str, changes: dict, expected: str) -> None:
    assert expected in said(playground(**changes))[name]


def test_a_listed_roster_is_said() -> None:
    roster = {"policy": "listed", "participants": ["ada"]}

    assert said(playground(), roster=roster)["Who may submit"] == "those on the course's roster"


def test_a_playground_that_waits_for_its_labels_says_so_first() -> None:
    waiting = said(playground(holdout={"rows": 171}))

    assert next(iter(waiting)) == "Waits for its labels"
    assert "Waits for its labels" not in said(playground())


def test_while_a_playground_waits_for_its_labels_every_page_says_so_and_none_asks_for_submissions(
    built,
) -> None:
    task = playground(holdout={"rows": 171})
    code = {"code/starter.ipynb": b'{"cells": []}'}

    folder = built(site(page(task=task, rows=None, files=code), page("open", files=code)))

    for tab in TABS:
        there = parse(folder / f"playgrounds/breast-cancer/{tab.folder}index.html")
        assert not there.all(css="aims-start")
        assert there.one(css="aims-waits").text.startswith("This playground waits for its labels:")
        assert not re.search(r"submit_model|aims submit|How to submit", there.raw())
        assert not [*there.all(css="aims-ways"), *there.all(css="aims-in-browser")]
    submit = parse(folder / "playgrounds/open/submit/index.html")
    assert submit.one(css="aims-in-browser").all("div", "aims-submit")
    assert not submit.all(css="aims-waits")
    links = {"overview": "code/starter.ipynb", "submit": "../code/starter.ipynb"}
    for tab in TABS[:1] + TABS[6:7]:
        there = parse(folder / f"playgrounds/open/{tab.folder}index.html")
        start = there.one(css="aims-start").all("a")[0]
        assert (start.text, start.attributes["href"]) == ("Starter notebook", links[tab.name])
        assert "download" in start.attributes


def test_every_metric_is_explained() -> None:
    from aims_gh.domain.metric import CLASSIFICATION_METRICS, REGRESSION_METRICS, MetricSpec
    from aims_gh.site.words import formula

    for name in CLASSIFICATION_METRICS + REGRESSION_METRICS:
        assert len(formula(MetricSpec(name=name))) > 20


def test_the_commands_are_the_exact_ones(demo: Path) -> None:
    root = parse(demo / "playgrounds/small/submit/index.html")
    ways = [code.raw().rstrip("\n") for code in root.one(css="aims-ways").all("code")]

    to = "ada/course/small"
    said = f"--to {to} --predictions p.csv --as YOU"  # in a folder nobody is signed in
    assert f"aims data {to}\naims check model.onnx {said}" in ways
    assert f"aims submit model.onnx {said}" in ways
    assert f"aims leaderboard {to}" in ways
    assert ways[-1].splitlines() == [
        "from aims_gh import ModelPlayground",
        f'pg = ModelPlayground(playground_url="{to}", username="YOU")',
        "pg.submit_model(model, prediction_submission=model.predict(X_test))",
    ]


def test_commands_of_a_course_on_github_leave_it_to_github_who_submits() -> None:
    course = replace(site(), repository="https://github.com/ada/course")

    commands = playground_view(page(), course).commands

    assert "--as" not in commands.check + commands.submit


def test_commands_ask_for_no_predictions_where_the_model_is_scored() -> None:
    commands = playground_view(page(task=playground(evaluation="model")), site()).commands

    assert "predict" not in commands.submit + commands.check + commands.python


def test_commands_can_be_pasted_for_an_address_with_blanks_and_quotes(built) -> None:
    from shlex import split

    address = "/home/Ada's course`$(touch x)`/<b>/x"

    folder = built(site(replace(page(), address=address)))

    root = parse(folder / "playgrounds/breast-cancer/submit/index.html").one(css="aims-ways")
    shell = [c.raw() for c in root.all("code") if c.raw().startswith("aims leaderboard")]
    assert split(shell[0]) == ["aims", "leaderboard", address]
    assert root.all("b") == []


def test_data_files_are_links_where_the_site_carries_them(demo: Path) -> None:
    data = parse(demo / "playgrounds/crowded/data/index.html").all("table", "aims-plain")[0]

    links = {link.text: link.attributes["href"] for link in data.all("a")}
    assert links == {"data/train.csv": "train.csv"}
    assert [code.text for code in data.all("code") if "/" in code.text] == ["data/test.csv"]


def test_the_csv_holds_the_whole_board(demo: Path, crowd) -> None:
    text = (demo / "data/crowded/experiment.csv").read_text("utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))

    columns = crowd.boards["experiment"].columns
    assert list(rows[0]) == list(columns)
    assert [r["username"] for r in rows] == columns["username"]
    assert [float(r["accuracy"]) for r in rows] == columns["accuracy"]


def test_the_search_finds_the_owners_words_and_no_participant(demo: Path, crowd) -> None:
    index = (demo / "search/search_index.json").read_text("utf-8")

    assert "measurements of cell nuclei" in index
    assert crowd.boards["experiment"].columns["username"][0] not in index


def test_keys_are_not_on_the_site(demo: Path) -> None:
    assert not any(KEY.encode() in path.read_bytes() for path in demo.rglob("*") if path.is_file())


def test_a_wrong_address_leads_home_and_to_the_playgrounds(built) -> None:
    folder = built(site(page(), url="https://ada.github.io/course/"))

    root = parse(folder / "404.html").one("article")
    assert root.one("h1").text == "There is no such page"
    links = [a.attributes["href"] for a in root.all("a")]
    assert links == ["/course/", "/course/playgrounds/breast-cancer/"]
