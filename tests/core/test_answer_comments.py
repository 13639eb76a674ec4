"""The one comment under a proposal: complete, inert, and silent about what is secret."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from core_builders import COST, DAY, FACTS, NOON, SECOND, evaluation, playground, regression
from core_builders import reproduction as reproduced
from hypothesis import given
from hypothesis import strategies as st

from aims_gh.core.answer import refused_comment, scored_comment
from aims_gh.core.inert import plain
from aims_gh.core.rank import leaderboard
from aims_gh.core.rulings import Rulings
from aims_gh.domain.claims import Claims
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Leaderboard
from aims_gh.domain.people import Teams
from aims_gh.domain.playground import Playground
from aims_gh.domain.steps import Refusal

RULES = playground(metrics=("accuracy", "recall"))
HOSTILE = (
    "<img src=x onerror=alert(1)> [x](javascript:1) ![x](http://evil) @everyone #1 owner/repo#2 "
    "www.evil.example \x1b[31m\u202e `code` | cell | \n\n# Heading\n- [ ] task\n"
    "::set-output name=x::1"
)


def comment(
    found: Evaluation,
    rules: Playground = RULES,
    *others: Evaluation,
    board: Leaderboard | None = None,
) -> str:
    board = board or leaderboard("titanic", rules, [found, *others])
    return scored_comment(found, rules, board)


def test_a_scored_submission_is_told_its_version_scores_and_ranks() -> None:
    found = evaluation(7, scores={"accuracy": 0.912345678, "recall": 0.0})
    better = evaluation(8, scores={"accuracy": 0.95, "recall": 0.0}, board="experiment")

    assert comment(found, RULES, better) == (
        "**Scored: version 7** of Titanic.\n"
        "\n"
        "| metric | score |\n"
        "|---|---:|\n"
        "| accuracy (ranks) | 0.912346 |\n"
        "| recall | 0 |\n"
        "\n"
        "- Rank 2 of 2 on the experiment board, counting submissions; "
        "your best is 1 of 1, counting entrants.\n"
        "- Rank 1 of 1 on the competition board, counting submissions; "
        "your best is 1 of 1, counting entrants.\n"
    )


def test_a_score_that_is_missing_is_a_dash_and_no_rank_is_made_up() -> None:
    said = comment(evaluation(1, scores={"recall": 0.5}))

    assert "| accuracy (ranks) | – |" in said
    assert "- Not ranked on the experiment board." in said
    assert "None" not in said


def test_entrants_are_counted_once_and_a_team_is_one() -> None:
    rulings = Rulings(teams=Teams(teams={"red": ("ada", "bob")}))
    users = {1: "eve", 2: "Ada", 3: "bob", 4: "EVE", 5: "dan"}
    made = [
        evaluation(n, username=user, scores={"accuracy": 1 - n / 10}) for n, user in users.items()
    ]
    board = leaderboard("titanic", RULES, made, rulings)

    said = {n: comment(each, board=board) for n, each in enumerate(made, start=1)}

    assert "Rank 3 of 5 on the experiment board" in said[3]
    assert "your team's best is 2 of 3, counting entrants" in said[3]
    assert "your best is 1 of 3, counting entrants" in said[4]
    assert "your best is 3 of 3, counting entrants" in said[5]


def test_a_score_that_comes_with_the_reveal_has_no_row_and_a_sealed_one_is_told_so() -> None:
    digests = evaluation(1).digests.model_copy(update={"bundle": "b" * 64})

    said = comment(evaluation(1, scores={"accuracy": 0.5}, digests=digests))

    assert "recall" not in said
    assert "- It is sealed: what is in it is told at the reveal." in said


def test_a_board_that_lacks_the_version_is_not_mentioned() -> None:
    found = evaluation(1, board="experiment")

    assert "competition board" not in comment(found)
    assert "Rank" not in comment(found, board=Leaderboard(playground="titanic", boards={}))


@pytest.mark.parametrize("evaluated", ["predictions", "both", "model"])
def test_whether_the_model_reproduces_is_said_and_what_the_score_stands_for(
    evaluated: str,
) -> None:
    rules = playground(evaluation=evaluated)

    good = comment(evaluation(1, reproduction=reproduced(999)), rules)
    bad = comment(evaluation(1, reproduction=reproduced(998)), rules)

    assert "- The model reproduces the predictions (999 of 1000 rows)." in good
    assert "**The model does not reproduce the predictions**: 998 of 1000 rows agree." in bad
    scored = "model" if evaluated == "model" else "predictions"
    assert f"The score stands for the {scored}." in bad
    assert "reproduce" not in comment(evaluation(1), rules)


def test_cost_is_told() -> None:
    said = comment(evaluation(1, cost=COST))

    assert "- 1.5 ms per 1,000 rows, 200 MB at most." in said


def test_why_something_is_not_ranked_is_told() -> None:
    rules = playground(competition={"closes": NOON, "late": "mark"})

    said = comment(evaluation(1, timestamp=NOON + DAY), rules)

    assert "- Not ranked on the competition board: late." in said
    assert "- Rank 1 of 1 on the experiment board" in said


def test_private_scores_are_never_in_the_comment() -> None:
    sealed = "-----BEGIN AGE ENCRYPTED FILE-----\nc2VjcmV0\n-----END AGE ENCRYPTED FILE-----"
    found = evaluation(1, private=sealed, rows=5)

    said = comment(found)

    assert "AGE" not in said
    assert "c2VjcmV0" not in said
    assert "- Scores cover the 5 public rows; the private part stays sealed" in said
    assert said.replace("the private part stays sealed until the reveal", "").count("private") == 0
    assert set(re.findall(r"\d+\.\d+", said)) == {"0.5"}


def test_without_a_private_part_none_is_mentioned() -> None:
    rules = playground(competition={"private_fraction": 0})

    assert "private" not in comment(evaluation(1), rules)


def test_nothing_a_participant_wrote_is_repeated_in_a_scored_comment() -> None:
    claims = Claims(
        ml_framework=HOSTILE[:150], model_type=HOSTILE[:150], metadata={"team": HOSTILE[:150]}
    )
    hostile = evaluation(
        1, claims=claims, description=HOSTILE, tags=(HOSTILE[:150],), facts=FACTS, cost=COST
    )

    assert comment(hostile) == comment(evaluation(1, facts=FACTS, cost=COST))


def test_a_hostile_title_stays_text() -> None:
    said = comment(evaluation(1), playground(title=HOSTILE[:190]))

    first, *rest = said.splitlines()
    assert rest == comment(evaluation(1), playground()).splitlines()[1:]
    _holds_no_markup(first.removeprefix("**Scored: version 1** of "))


def test_a_refusal_says_what_is_wrong_and_what_to_do() -> None:
    said = refused_comment(Refusal(message="p.csv has no rows", hint="write a header"))

    assert said == (
        "**Not scored:** p.csv has no rows.\n"
        "\n"
        "What to do: write a header.\n"
        "\n"
        "Nothing was counted against any limit. Submit again after that.\n"
    )


def _holds_no_markup(quoted: str) -> None:
    entities = re.sub(r"&#\d+;", "", quoted)
    assert not set(entities) & set("<>&[]()!`*_|#@~\\\x1b\u202e\n")
    assert "www." not in entities


texts: Any = st.one_of(
    st.text(), st.text("@#<>[]()w.\n\r\x1b&;64 35\u200b\u2028"), st.just(HOSTILE)
)


@given(message=texts, hint=texts)
def test_whatever_a_refusal_says_it_has_four_lines_and_no_markup(message: str, hint: str) -> None:
    said = refused_comment(Refusal.model_construct(message=message, hint=hint))

    first, gap, second, gap2, last = said.removesuffix("\n").split("\n")
    assert (gap, gap2) == ("", "")
    assert last.startswith("Nothing was counted")
    quoted = first.removeprefix("**Not scored:** ").removesuffix(".")
    _holds_no_markup(quoted)
    _holds_no_markup(second.removeprefix("What to do: "))
    assert html.unescape(quoted).replace("\u200b", "") == plain(message)


@pytest.mark.parametrize("text", ["@everyone", "@org/team", "#1", "owner/repo#22", "a@b@c"])
def test_nobody_is_called_and_no_issue_linked_once_github_has_decoded_the_comment(
    text: str,
) -> None:
    said = html.unescape(refused_comment(Refusal(message=text, hint=text)))

    assert not re.search(r"[@#]\w", said)


def test_a_refusal_as_long_as_a_book_still_fits_into_a_comment() -> None:
    said = refused_comment(Refusal(message="@#<" * 100_000, hint="&" * 300_000))

    assert len(said) < 65_536


def test_a_small_or_a_huge_score_is_readable() -> None:
    rules = regression("mse", "mae")

    said = comment(
        evaluation(1, scores={"mse": 1.23456789e-9, "mae": 1e12}, timestamp=NOON + SECOND), rules
    )

    assert "| mse (ranks) | 1.23457e-09 |" in said
    assert "| mae | 1e+12 |" in said
