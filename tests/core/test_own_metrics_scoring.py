"""Metrics of the owner's own beside built-in ones: computed part by part, ranked, told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from core_builders import evaluation, file, playground, submission

from aims_gh.core.answer import scored_comment
from aims_gh.core.holdout import Truth
from aims_gh.core.part import Part
from aims_gh.core.predictions import Predictions
from aims_gh.core.rank import extend, leaderboard
from aims_gh.core.score import Findings, check_metrics, score
from aims_gh.core.validate import Folder, check_manifest
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.submission import Claims
from aims_gh.errors import SubmissionError

COST = {"name": "cost", "function": "cost", "direction": "minimize"}
RULES = playground(metrics=(COST, "accuracy"))
SOME = np.array([False, True, False, True])
TRUTH = Truth(np.array([0, 1, 1, 0], np.int32), SOME)
CHANCES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
SAID = Predictions(np.array([0, 1, 0, 0], np.int32), CHANCES)


def rows(parts: Sequence[Part]) -> list[Findings]:
    return [Findings({"cost": float(len(part.predictions))}) for part in parts]


def test_each_part_is_judged_by_itself_public_first() -> None:
    seen: list[Part] = []

    def cost(parts: Sequence[Part]) -> list[Findings]:
        seen.extend(parts)
        return rows(parts)

    found = score(RULES, TRUTH, SAID, cost)

    assert found.scores == {"cost": 2.0, "accuracy": 0.5}
    assert list(found.scores) == ["cost", "accuracy"]
    assert found.private is not None
    assert found.private.private == {"cost": 2.0, "accuracy": 1.0}
    assert found.private.whole == {"cost": 4.0, "accuracy": 0.75}
    public, private, whole = seen
    assert public.answers.tolist() == [0, 1] and private.answers.tolist() == [1, 0]
    assert public.predictions.probabilities is not None
    assert public.predictions.probabilities.tolist() == CHANCES[~SOME].tolist()
    assert whole.predictions == SAID


def test_with_nothing_private_there_is_one_part() -> None:
    truth = Truth(TRUTH.answers, np.zeros(4, bool))

    found = score(RULES, truth, SAID, rows)

    assert (found.scores, found.private) == ({"cost": 4.0, "accuracy": 0.75}, None)


def test_what_failed_is_told_where_it_failed() -> None:
    def cost(parts: Sequence[Part]) -> list[Findings]:
        del parts
        why = ("in public", "in private", "in all")
        return [Findings({}, {"cost": reason}) for reason in why]

    found = score(RULES, TRUTH, SAID, cost)

    assert (found.scores, found.failures) == ({"accuracy": 0.5}, {"cost": "in public"})
    assert found.private is not None
    assert found.private.failures == {"cost": "in private"}
    assert found.private.private == {"accuracy": 1.0}


def test_built_in_metrics_are_checked_without_the_owner_s_own() -> None:
    check_metrics(RULES, TRUTH)
    check_metrics(playground(metrics=(COST,)), TRUTH)


def test_the_owner_s_own_are_not_asked_about_predictions_that_do_not_fit() -> None:
    def never(parts: Sequence[Part]) -> list[Findings]:
        raise AssertionError(parts)

    with pytest.raises(SubmissionError, match="3 predictions, the holdout has 4 rows"):
        score(RULES, TRUTH, Predictions(np.array([0, 1, 0], np.int32)), never)


def test_the_smaller_one_leads_where_that_is_better() -> None:
    made = [
        evaluation(1, scores={"cost": 3.0, "accuracy": 0.9}),
        evaluation(2, scores={"cost": 0.5, "accuracy": 0.1}),
        evaluation(3, scores={"accuracy": 1.0}, failures={"cost": "took longer than 30 s"}),
    ]

    board = leaderboard("titanic", RULES, made).boards["experiment"]

    assert (board.metric, board.direction) == ("cost", "minimize")
    assert board.columns["version"] == [2, 1, 3]
    assert board.columns["rank"] == [1, 2, None]
    assert board.columns["cost"] == [0.5, 3.0, None]
    assert board.columns["failures"] == [{}, {}, {"cost": "took longer than 30 s"}]


def test_a_board_from_before_is_extended() -> None:
    fresh = leaderboard("titanic", RULES, [evaluation(1, scores={"cost": 1.0})])
    columns = dict(fresh.boards["experiment"].columns)
    del columns["failures"]
    old = fresh.boards["experiment"].model_copy(update={"columns": columns})

    board = extend(
        Leaderboard(playground="titanic", boards={"experiment": old}),
        RULES,
        [evaluation(2, scores={"cost": 0.5})],
    ).boards["experiment"]

    assert isinstance(board, Board)
    assert board.columns["failures"] == [{}, None]


def test_the_comment_says_why_a_score_is_missing_and_does_nothing_else() -> None:
    found = evaluation(scores={"accuracy": 1.0}, failures={"cost": "ValueError: <b>|@ada #1"})

    text = scored_comment(found, RULES, leaderboard("titanic", RULES, [found]))

    assert "| cost (ranks) | – |" in text
    assert "**cost could not be computed**: ValueError&#58; &#60;b&#62;&#124;&#64;" in text
    assert "It is a metric of the owners' own" in text
    assert "Not ranked on the experiment board" in text
    assert "could not be computed" not in scored_comment(
        evaluation(), RULES, leaderboard("titanic", RULES, [evaluation()])
    )


def checked(metadata: dict[str, object], rules=RULES) -> None:
    one = submission(predictions=file("predictions.csv"), claims=Claims(metadata=metadata))
    sizes = {"submission.yml": 10, "predictions.csv": 10}
    check_manifest(one, Folder("x", "titanic", "forest", sizes), rules)


def test_no_key_of_a_participant_takes_the_column_of_an_owner_s_metric() -> None:
    checked({"team": "a", "Cost": 1})
    checked({"cost": 1}, playground())

    with pytest.raises(SubmissionError) as refused:
        checked({"cost": 1, "failures": 2, "team": "a"})

    assert refused.value.message == (
        "claims.metadata.cost: the board's own column, choose another name; "
        "claims.metadata.failures: the board's own column, choose another name"
    )
