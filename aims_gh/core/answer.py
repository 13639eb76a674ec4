"""What a proposal is told: the text of its one comment."""

from __future__ import annotations

import re

from aims_gh.core.inert import cell
from aims_gh.domain.evaluation import Evaluation
from aims_gh.domain.leaderboard import Board, Leaderboard
from aims_gh.domain.playground import Playground
from aims_gh.domain.selection import Choice
from aims_gh.domain.steps import Refusal

_MAX_TEXT = 4000
_LADDER = (
    "- Shown is the score of your best submission so far, and no other metric: a new one is shown "
    "where it is clearly better."
)


def scored_comment(
    evaluation: Evaluation,
    playground: Playground,
    board: Leaderboard,
    left: str = "",
    pseudonym: str = "",
) -> str:
    """Tell the participant the version, the scores, the ranks and what was noticed.

    Parameters
    ----------
    left : str
        What is left of the limits, in a sentence.
    pseudonym : str
        What the website calls the participant, where it shows no logins.
    """
    lines = [
        f"**Scored: version {evaluation.version}** of {_quoted(playground.title)}.",
        "",
        "| metric | score |",
        "|---|---:|",
    ]
    for metric in playground.metrics:
        ranks = metric == playground.ranking_metric
        value = evaluation.scores.get(metric.name)
        if value is None and not ranks and metric.name not in evaluation.failures:
            continue  # it is shown after the reveal
        shown = "–" if value is None else f"{value:.6g}"
        lines.append(f"| {metric.name}{' (ranks)' if ranks else ''} | {shown} |")
    lines += ["", *_standing(evaluation, board), *_remarks(evaluation, playground)]
    if left:
        lines.append(f"- {left}")
    if pseudonym:
        lines.append(f"- On the website you are *{_quoted(pseudonym)}*.")
    return "\n".join(lines) + "\n"


def _standing(evaluation: Evaluation, board: Leaderboard) -> list[str]:
    lines = []
    for name, rows in board.boards.items():
        versions = rows.columns["version"]
        if evaluation.version in versions:
            place = versions.index(evaluation.version)
            rank = rows.columns["rank"][place]
            marks = rows.columns["marks"][place] if "marks" in rows.columns else []
            ranked = sum(each is not None for each in rows.columns["rank"])
            standing = f"Rank {rank} of {ranked}" if rank else "Not ranked"
            apart = ", ".join(mark for mark in marks if mark != "sealed")
            why = f": {apart}" if apart and not rank else ""
            among = f", counting submissions; {_among_entrants(rows, place)}" if rank else ""
            lines.append(f"- {standing} on the {name} board{why}{among}.")
            counted = rows.columns.get("counted", [])
            if counted and counted[place] is not None:
                lines.append(f"- It is late: it counts as {counted[place]:.6g} there.")
    return lines


def _among_entrants(board: Board, place: int) -> str:
    """Say where somebody stands among entrants, each by the best that is ranked."""
    users, ranks = board.columns["username"], board.columns["rank"]
    teams = board.columns.get("team_name", [None] * len(board))
    best: dict[tuple[str | None, str], int] = {}
    for team, user, rank in zip(teams, users, ranks, strict=True):
        if rank is not None:
            best.setdefault((team, "" if team else str(user).lower()), rank)
    own = best[teams[place], "" if teams[place] else str(users[place]).lower()]
    above = sum(rank < own for rank in best.values())
    whose = "your team's best" if teams[place] else "your best"
    return f"{whose} is {above + 1} of {len(best)}, counting entrants"


def _remarks(evaluation: Evaluation, playground: Playground) -> list[str]:
    lines = []
    if evaluation.private and playground.competition.release == "ladder":
        lines.append(_LADDER)
    if evaluation.private:
        lines.append(
            f"- Scores cover the {evaluation.rows} public rows; the private part stays sealed "
            "until the reveal."
        )
    if evaluation.digests.bundle:
        lines.append("- It is sealed: what is in it is told at the reveal.")
    for name, why in evaluation.failures.items():
        lines.append(
            f"- **{_quoted(name)} could not be computed**: {_quoted(why)}. It is a metric of the "
            "owners' own, from their metrics.py."
        )
    seen = evaluation.reproduction
    if seen and seen.reproduced:
        lines.append(
            f"- The model reproduces the predictions ({seen.matching} of {seen.rows} rows)."
        )
    elif seen:
        lines.append(
            f"- **The model does not reproduce the predictions**: {seen.matching} of {seen.rows} "
            "rows agree. The score stands for the "
            + ("model." if playground.evaluation == "model" else "predictions.")
        )
    if evaluation.cost:
        lines.append(
            f"- {evaluation.cost.latency_ms_per_1000:.3g} ms per 1,000 rows, "
            f"{evaluation.cost.peak_memory_bytes / 1e6:.0f} MB at most."
        )
    return lines


def chosen_comment(choice: Choice) -> str:
    """Tell the participant what will count in the end."""
    if not choice.versions:
        return "**Noted:** nothing is chosen. What is best in public will count in the end.\n"
    versions = ", ".join(map(str, choice.versions))
    return (
        f"**Noted:** version {versions} will count in the end.\n\n"
        "Another `aims select` before closing replaces this choice.\n"
    )


def refused_comment(refusal: Refusal) -> str:
    """Tell the participant what is wrong and what to do."""
    return (
        f"**Not scored:** {_quoted(refusal.message)}.\n\n"
        f"What to do: {_quoted(refusal.hint)}.\n\n"
        "Nothing was counted against any limit. Submit again after that.\n"
    )


def _quoted(text: str) -> str:
    """Make text inert in a comment on GitHub, which takes 65,536 characters."""
    short = f"{text[:_MAX_TEXT]}…" if len(text) > _MAX_TEXT else text
    # GitHub looks for @names and #numbers after it has turned entities into characters.
    return re.sub("&#(?:64|35);", r"\g<0>&#8203;", cell(short))
