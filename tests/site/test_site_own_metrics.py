"""Metrics of the owners' own on a playground's page: explained, sorted the right way, linked."""

from __future__ import annotations

from site_builders import course, evaluation, page, playground, site
from site_html import parse

from aims_gh.core.rank import leaderboard
from aims_gh.domain.metric import MetricSpec
from aims_gh.site.facts import facts
from aims_gh.site.view import playground_view
from aims_gh.site.words import arrow, better, formula

COST = {"name": "cost", "function": "price_of", "direction": "minimize"}
GAP = {"name": "gap", "function": "fairness", "direction": "minimize"}
WORST = {"name": "worst", "function": "fairness", "direction": "maximize"}
CODE = b"def price_of(y_true, y_pred): return 1\n"


def test_it_is_explained_as_the_owners_own() -> None:
    spec = MetricSpec.model_validate(COST)

    assert formula(spec) == "the owners' own: price_of(y_true, y_pred) in metrics.py"
    assert (better(spec), arrow(spec)) == ("lower is better", "↓")


def test_the_facts_tell_the_one_that_ranks_from_the_others() -> None:
    task = playground(metrics=[COST, "accuracy", GAP, WORST])

    found = {fact.name: fact for fact in facts(task, course())}

    assert found["Ranked by"].value == "cost ↓"
    assert found["Ranked by"].more[1] == "= the owners' own: price_of(y_true, y_pred) in metrics.py"
    own = found["The owners' own metrics"]
    assert own.value == "gap ↓, worst ↑"
    assert own.more[0] == "gap = the owners' own: fairness(y_true, y_pred) in metrics.py"
    assert "The owners' own metrics" not in {
        fact.name for fact in facts(playground(metrics=[COST]), course())
    }


def test_each_column_is_sorted_with_its_better_end_first() -> None:
    task = playground(metrics=["accuracy", GAP, WORST, "log_loss"])

    board, _ = playground_view(page(task=task), site()).boards

    first = {column.key: column.descending_first for column in board.columns}
    assert [first[name] for name in ("accuracy", "gap", "worst", "log_loss")] == [
        True, False, True, False,
    ]  # fmt: skip


def test_a_failure_is_shown_beside_the_missing_score(built) -> None:
    task = playground(metrics=["accuracy", COST])
    why = "ValueError: row … is <b>wrong</b>"
    failed = evaluation(9, task, scores={"accuracy": 0.5}, failures={"cost": why})
    board = leaderboard("breast-cancer", task, [evaluation(1, task), failed])

    folder = built(site(page(task=task, leaderboard=board)))

    root = parse(folder / "playgrounds/breast-cancer/leaderboard/index.html")
    table = root.all(css="aims-board")[0]
    assert "Not computed" in [head.text for head in table.all("th")]
    assert f"cost: {why}" in [cell.text for cell in table.all("td")]
    assert table.all("b") == []


def test_a_board_without_failures_has_no_column_for_them() -> None:
    board, _ = playground_view(page(task=playground(metrics=[COST])), site()).boards

    assert "failures" not in {column.key for column in board.columns}


def test_the_code_can_be_read(built) -> None:
    task = playground(metrics=[COST])

    folder = built(site(page(task=task, files={"metrics.py": CODE})))

    root = parse(folder / "playgrounds/breast-cancer/data/index.html")
    (link,) = [a for a in root.all("a") if a.attributes.get("href") == "../metrics.py"]
    assert link.text == "metrics.py"
    assert (folder / "playgrounds/breast-cancer/metrics.py").read_bytes() == CODE
