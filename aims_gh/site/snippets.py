"""What programs ask a playground's site for, in four languages."""

from __future__ import annotations

import json
from dataclasses import dataclass

LOCAL = "http://127.0.0.1:8000/"
"""Where `aims site serve COURSE --port 8000` shows a site that is nowhere else."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines to copy."""

    language: str
    fence: str
    code: str


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to ask for, in several languages."""

    title: str
    about: str
    """Trusted Markdown."""

    snippets: tuple[Snippet, ...]


def board_part(slug: str, url: str, metric: str) -> Part:
    """Say how programs read the boards."""
    address = json.dumps(f"{url or LOCAL}data/{slug}/leaderboard.json")
    table = json.dumps(f"{url or LOCAL}data/{slug}/experiment.csv")
    about = (
        "The boards are plain files at addresses that stay: no key, no login, no limit. "
        f'<a href="../../../data/{slug}/leaderboard.json">leaderboard.json</a> holds each board '
        f'column by column, <a href="../../../data/{slug}/experiment.csv">experiment.csv</a> is '
        "the same as a table."
    )
    python = (
        "import json\nfrom urllib.request import urlopen\n\n"
        f"with urlopen({address}) as answer:\n"
        '    board = json.load(answer)["boards"]["experiment"]["columns"]\n'
        f'for rank, user, score in zip(board["rank"], board["username"], board["{metric}"]):\n'
        "    print(rank, user, score)"
    )
    javascript = (
        f"const answer = await fetch({address});\n"
        "const board = (await answer.json()).boards.experiment.columns;\n"
        "board.rank.forEach((rank, row) =>\n"
        f"  console.log(rank, board.username[row], board.{metric}[row]),\n"
        ");"
    )
    r = f'board <- read.csv({table})\nprint(board[, c("rank", "username", "{metric}")])'
    return Part(
        "The boards",
        about,
        (
            Snippet("Python", "python", python),
            Snippet("JavaScript", "javascript", javascript),
            Snippet("R", "r", r),
            Snippet("curl", "sh", f"curl --fail --location {table}"),
        ),
    )
